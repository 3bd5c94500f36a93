import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { recognise } from '../../src/evidence/recognise.ts';
import { ALB, CLASSIC, CONNECTION, HEALTH, NLB } from './first-line.ts';

const PODS = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'u' }, status: {} };
const EVENT = {
  kind: 'Event',
  apiVersion: 'v1',
  reason: 'Killing',
  involvedObject: { kind: 'Pod', name: 'a' },
  message: 'Stopping container a',
};
const SLICE = { kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [], metadata: { name: 'a-x' } };
const AUDIT = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'a',
  stage: 'ResponseComplete',
};
const pretty = (value: unknown) => JSON.stringify(value, null, 4);

const CONTROLLER = [
  '{"level":"info","ts":1676814406.23,"msg":"deRegistering targets","arn":"arn:x","targets":[]}',
  '{"level":"info","ts":"2026-01-15T04:11:30Z","logger":"controllers.ingress","msg":"deleting securityGroup"}',
  '{"level":"info","ts":"2026-01-14T00:17:02Z","msg":"All workers finished","controller":"targetGroupBinding"}',
  '{"log":"2026-01-15T04:11:30Z stderr F {\\"level\\":\\"info\\",\\"ts\\":1.5,\\"msg\\":\\"registered targets\\"}"}',
  'I0123 11:13:31.059901       1 targets.go:88] ns/ing: Removing targets from arn:aws:x: 10.1.187.208:80',
];
const ECS = {
  version: '0',
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  detail: { taskArn: 'arn:aws:ecs:x:1:task/shop/a', lastStatus: 'RUNNING', desiredStatus: 'RUNNING', containers: [] },
};
const TRAIL = { eventVersion: '1.08', eventSource: 'elasticloadbalancing.amazonaws.com', eventName: 'RegisterTargets' };

const cases: [string, string, string][] = [
  ['alb_access_log', 'ALB log', ALB],
  ['alb_access_log', 'every field quoted', '"http" "2023-01-07T09:22:52.872365Z" "app/a/b" "1.2.3.4:5" "-" "-1"'],
  ['alb_access_log', 'a type of tomorrow', ALB.replace('h2', 'h3')],
  ['alb_access_log', 'no fraction', ALB.replace('.872365Z', 'Z')],
  ['alb_access_log', 'first lines damaged', `{"0x\u0000\n\uFFFD\uFFFD app/\n"${'x'.repeat(9000)}\n${ALB}`],
  ['alb_access_log', 'a line that is cut', ALB.slice(0, 70)],
  [
    'alb_access_json',
    'ALB log in JSON',
    '{"type":"h2","time":"2026-01-31T08:00:00.000000Z","elb_status_code":"200"}\n',
  ],
  [
    'alb_access_json',
    'ALB log in JSON, with an agent that looks like another log',
    `{"time":"x","elb_status_code":504,"user_agent":${JSON.stringify(CONTROLLER[0])}}\n`,
  ],
  ['alb_access_w3c', 'ALB log in W3C', '#Version: 1.0\n#Fields: time elb elb-status-code user_agent\n'],
  ['alb_access_plain', 'ALB log with tabs', ALB.replaceAll(' ', '\t')],
  ['alb_connection_json', 'connection log in JSON', '{"time":"x","client_ip":"10.0.0.1","listener_port":443}'],
  ['alb_connection_w3c', 'connection log in W3C', '#Fields: time client-ip listener-port tls-verify-status\n'],
  ['alb_connection_plain', 'connection log with tabs', CONNECTION.replaceAll(' ', '\t')],
  ['alb_health_check_json', 'health check log', '{"time":1,"target_addr":"10.0.0.1:80","target_group_id":"a"}'],
  ['alb_health_check_w3c', 'health check log in W3C', '#Fields:\ttime\ttarget_addr\ttarget_group_id\tstatus\n'],
  ['alb_health_check_plain', 'health check log with tabs', HEALTH.replaceAll(' ', '\t')],
  ['alb_connection_log', 'connection log', CONNECTION],
  ['alb_connection_log', 'connection log over IPv6', CONNECTION.replace('203.0.113.1', '2001:db8::1')],
  ['alb_health_check_log', 'health check log', HEALTH],
  ['nlb_log', 'NLB log', NLB],
  ['classic_elb_log', 'Classic log', CLASSIC],
  ['alb_test_file', 'test file', 'Enable AccessLog for ELB: app/k8s-x/abc at 2020-11-20T09:55:52.806Z'],
  ['empty', 'nothing', ''],
  ['empty', 'blanks', '\uFEFF \r\n\n'],
  ['kubectl_pods_json', 'a Pod', pretty(PODS)],
  ['kubectl_pods_json', 'a List', pretty({ apiVersion: 'v1', items: [PODS], kind: 'List' })],
  ['kubectl_pods_json', 'a List after a warning', `Warning: x is deprecated\n${pretty({ items: [PODS] })}`],
  ['kubectl_pods_json', 'a List with a byte order mark', `\uFEFF${pretty({ items: [PODS] })}`],
  ['kubectl_pods_json', 'a PodList', pretty({ kind: 'PodList', apiVersion: 'v1', items: [{ metadata: {} }] })],
  ['kubectl_pods_json', 'an empty List', pretty({ apiVersion: 'v1', items: [], kind: 'List' })],
  ['kubectl_pods_json', 'a watch', pretty({ type: 'ADDED', object: PODS })],
  ['kubectl_pods_json', 'an envelope', JSON.stringify({ capturedAt: 'x', pods: { items: [], kind: 'List' } })],
  ['kubectl_pods_json', 'an array', JSON.stringify([PODS])],
  ['kubectl_pods_json', 'a watch of our own', JSON.stringify({ capturedAt: 'x', type: 'ADDED', object: PODS })],
  ['kubectl_pods_json', 'a listing of our own', '{"capturedAt":"x","object":{"kind":"PodList","items":[]}}'],
  ['kubernetes_events_json', 'Events', pretty({ items: [EVENT], kind: 'List' })],
  ['kubernetes_events_json', 'an EventList', pretty({ kind: 'EventList', items: [] })],
  ['kubernetes_events_json', 'a watch of Events', pretty({ type: 'ADDED', object: EVENT })],
  ['kubernetes_events_json', 'an Event without a kind', JSON.stringify({ ...EVENT, kind: undefined })],
  [
    'kubernetes_events_json',
    'a record of an Event',
    JSON.stringify({ verb: 'ADDED', event: { ...EVENT, kind: undefined } }),
  ],
  ['endpointslices_json', 'EndpointSlices', pretty({ items: [SLICE], kind: 'List' })],
  ['endpointslices_json', 'a watch of EndpointSlices', pretty({ type: 'ADDED', object: SLICE })],
  ['kubernetes_audit_log', 'an audit log', JSON.stringify(AUDIT)],
  [
    'kubernetes_audit_log',
    'an EventList of audit',
    pretty({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: [AUDIT] }),
  ],
  ['kubernetes_audit_log', 'CloudWatch Logs', pretty({ events: [{ timestamp: 1, message: JSON.stringify(AUDIT) }] })],
  ['kubernetes_audit_log', 'an export of CloudWatch Logs', `2026-03-01T10:00:00.000Z ${JSON.stringify(AUDIT)}`],
  ['kubectl_pods_table', 'a table', 'NAME   READY   STATUS    RESTARTS   AGE\na-1   1/1     Running   0   5m'],
  [
    'kubectl_pods_table',
    'a table below its command',
    '$ kubectl get po -A\nNAMESPACE   NAME   READY   STATUS    RESTARTS   AGE   IP',
  ],
  ['prometheus_json', 'an answer', '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__na'],
  ['prometheus_json', 'an empty answer', pretty({ status: 'success', data: { resultType: 'vector', result: [] } })],
  [
    'kubernetes_events_json',
    'a listing of our own',
    '{"capturedAt":"x","query":"events","events":{"kind":"List","items":[]}}',
  ],
  [
    'endpointslices_json',
    'a listing of our own',
    '{"capturedAt":"x","query":"y","endpointSlices":{"kind":"List","items":[',
  ],
  ['target_health_json', 'an answer', pretty({ TargetHealthDescriptions: [] })],
  ['target_health_json', 'an envelope', '{"capturedAt":"x","targetGroupArn":"y","TargetHealthDescriptions":[{"Tar'],
  ['target_health_json', 'an array', pretty([{ Target: { Id: '10.0.0.1' }, TargetHealth: { State: 'healthy' } }])],
  ['pods_csv', 'CSV', 'namespace,pod,ip,port,created_at,ready_at,deleted_at,finished_at\n'],
  ['pods_csv', 'CSV, other order and case, quoted', '\uFEFF"Pod", "IP",note\r\na,10.0.0.1,x'],
  ['probe_transcript', 'transcript', '16 starts kube pod [2023-01-07 17:22:40.926437] ;\nNAME  READY'],
  ...CONTROLLER.map((line): [string, string, string] => ['lb_controller_log', line.slice(0, 60), line]),
  ['lb_controller_log', 'behind lines of others', `Defaulted container "x"\n{"a":1}\n${CONTROLLER[0]}`],
  ['aws_settings_json', 'attributes', pretty({ Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] })],
  ['aws_settings_json', 'target groups', pretty({ TargetGroups: [{ TargetGroupArn: 'arn:x' }] })],
  ['aws_settings_json', 'load balancers', pretty({ LoadBalancers: [{ LoadBalancerArn: 'arn:x' }] })],
  ['kubernetes_manifest', 'YAML', '# a comment\n---\napiVersion: apps/v1\nkind: Deployment\n'],
  [
    'kubernetes_manifest',
    'YAML behind another kind',
    'apiVersion: v1\nkind: Secret\n---\nkind: "Service"\napiVersion: v1',
  ],
  ['kubernetes_manifest', 'a List in YAML', 'apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n'],
  ['kubernetes_manifest', 'JSON', pretty({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: {} })],
  ['kubernetes_manifest', 'a List', pretty({ items: [{ kind: 'TargetGroupBinding' }], kind: 'List' })],
  [
    'ecs_event_json',
    'an event',
    JSON.stringify({ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail: {} }),
  ],
  [
    'ecs_event_json',
    'a service action',
    pretty({ 'detail-type': 'ECS Service Action', source: 'aws.ecs', detail: {} }),
  ],
  [
    'ecs_event_json',
    'a detail alone',
    JSON.stringify({ taskArn: 'x', desiredStatus: 'STOPPED', lastStatus: 'RUNNING' }),
  ],
  ['ecs_event_json', 'tasks of a query', pretty([{ taskArn: 'x', desiredStatus: 'RUNNING', lastStatus: 'RUNNING' }])],
  ['ecs_event_json', 'CloudWatch Logs', pretty({ events: [{ message: JSON.stringify(ECS) }] })],
  [
    'ecs_event_json',
    'a CloudWatch Insights answer',
    pretty({ results: [[{ field: '@message', value: JSON.stringify(ECS) }]] }),
  ],
  ['ecs_description_json', 'tasks', pretty({ tasks: [{ taskArn: 'x', lastStatus: 'RUNNING' }], failures: [] })],
  ['ecs_description_json', 'no tasks', pretty({ tasks: [], failures: [] })],
  ['ecs_description_json', 'services', pretty({ services: [{ serviceArn: 'x', clusterArn: 'y', events: [] }] })],
  ['ecs_description_json', 'an updated service', pretty({ service: { serviceArn: 'x', clusterArn: 'y' } })],
  [
    'ecs_description_json',
    'a task definition',
    pretty({ taskDefinition: { taskDefinitionArn: 'x', containerDefinitions: [] } }),
  ],
  [
    'ecs_description_json',
    'instances',
    pretty({ containerInstances: [{ containerInstanceArn: 'x', agentConnected: true }] }),
  ],
  [
    'cloudtrail_json',
    'a call of ECS',
    JSON.stringify({ source: 'aws.ecs', 'detail-type': 'AWS API Call via CloudTrail', detail: TRAIL }),
  ],
  ['cloudtrail_json', 'a file of the trail', JSON.stringify({ Records: [TRAIL] })],
  ['cloudtrail_json', 'lookup-events', pretty({ Events: [{ EventId: 'x', CloudTrailEvent: '{}' }] })],
  ['instances_json', 'no activities', pretty({ Activities: [] })],
  ['cloudtrail_json', 'a record', JSON.stringify(TRAIL)],
  ['cloudtrail_json', 'an array', pretty([TRAIL])],
  ['cloudtrail_json', 'EventBridge', JSON.stringify({ version: '0', 'detail-type': 'AWS API Call', detail: TRAIL })],
  ['cloudtrail_json', 'CloudWatch Logs', pretty({ events: [{ message: JSON.stringify(TRAIL) }] })],
];

for (const [kind, title, head] of cases) {
  test(`recognises ${kind}: ${title}`, () => {
    assert.equal(recognise(head, 'object').kind, kind);
  });
}

test('says what an unknown object looks like', () => {
  const looks = (head: string, name = 'x') => {
    const { kind, looksLike } = recognise(head, name);
    assert.equal(kind, 'unknown');
    return looksLike;
  };
  assert.equal(looks('{"b": {"c": 1}, "a": [2]}'), 'JSON of some other shape (keys b, a)');
  assert.equal(looks('{}'), 'JSON of some other shape (no keys)');
  assert.equal(looks('{"pods": 3}'), 'JSON of some other shape (keys pods)');
  assert.equal(
    looks(pretty({ items: [{ kind: 'ConfigMap' }], kind: 'List' })),
    'Kubernetes JSON of kind "ConfigMap", not pods: use kubectl get pods,nodes,services,endpointslices -A -o json',
  );
  assert.equal(
    looks('{"kind": "constructor"}'),
    'Kubernetes JSON of kind "constructor", not pods: use kubectl get pods,nodes,services,endpointslices -A -o json',
  );
  assert.equal(
    looks('{"kind": "Endpoints"}'),
    'Kubernetes JSON of kind "Endpoints", not pods: use kubectl get pods,nodes,services,endpointslices -A -o json',
  );
  assert.equal(
    looks('{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": []}'),
    'Kubernetes JSON of kind "Policy", not pods: use kubectl get pods,nodes,services,endpointslices -A -o json',
  );
  assert.equal(looks('{"status": "success", "data": ["job"]}'), 'JSON of some other shape (keys status, data)');
  assert.equal(looks('{"reason": "Killing", "message": "a"}'), 'JSON of some other shape (keys reason, message)');
  assert.equal(looks('a,b,c\n1,2,3'), 'CSV with other columns (a, b, c)');
  assert.equal(looks('NAME  STATUS   AGE\nx Active  4d'), 'a kubectl table, not of pods');
  assert.equal(looks('<!DOCTYPE html><html>'), 'HTML or XML');
  assert.equal(looks('PAR1\u0015'), 'Parquet');
  assert.equal(looks('\u0000\u0001\u0002'), 'binary data');
  const header = `logs/a.log${'\0'.repeat(247)}ustar\u000000${'\0'.repeat(247)}`;
  assert.equal(looks(`${header}${ALB}\n${ALB}\n`), 'a tar archive: unpack it with tar -xf, and load the folder');
  assert.equal(looks('hello \u001B[31mworld'), 'binary data');
  assert.equal(looks('hello w\u00F6rld'), 'text that begins "hello w?rld"');
});

test('logs and records of others are not taken for those of the controller or of CloudTrail', () => {
  const near = [
    '{"level":"info","ts":1676814406.23,"logger":"controller","msg":"registered node","Node":{"name":"ip-10-0-0-1"}}',
    '{"level":"INFO","time":"2026-01-15T04:11:30Z","logger":"controller","message":"deleted node"}',
    'the log says "deRegistering targets" and "registered targets" at "ts":1 level',
    'I0123 11:13:31.059901       1 main.go:88] Removing endpoints from service: 10.1.187.208:80',
    pretty({ Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] }),
    pretty({ Attributes: [{ Key: 'Name', Value: 'x' }] }),
    pretty({ Attributes: { Key: 'a.b' } }),
    pretty({ TargetGroups: [] }),
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  text: "kind: Service"\n',
    'kind: Deployment\nname: no version\n',
    '{"time":"x","status":200}',
    '#Version: 1.0\n#Fields: date time cs-uri-stem sc-status\n',
    pretty({ Records: [] }),
    pretty({ Events: [{ EventId: 'x', Message: 'of CloudFormation' }] }),
    pretty({ awsAccountId: '111122223333', digestStartTime: 'x', logFiles: [] }),
    pretty({ events: [{ message: '{"kind":"other"}' }] }),
  ];
  for (const head of near) assert.equal(recognise(head, 'x').kind, 'unknown', head);
});

test('the name decides only what the content leaves open', () => {
  const name = '111122223333_elasticloadbalancing_eu-west-1_app.x.1_20230107T0925Z_10.0.0.1_abc.log.gz';
  const damaged = '??? 2023-01-07T09:22:52.872365Z app/x/1 1.2.3.4:5';
  assert.equal(recognise(damaged, name).kind, 'alb_access_log');
  assert.equal(recognise(damaged, 'notes.txt').kind, 'unknown');
  assert.equal(recognise(damaged, `conn_log_${name}`).kind, 'unknown');
  assert.equal(recognise(CONNECTION, name).kind, 'alb_connection_log');
  assert.equal(recognise(pretty(PODS), name).kind, 'kubectl_pods_json');
});

test('a head cut anywhere after its first kilobyte is recognised as the whole is', () => {
  const folder = join(import.meta.dirname, '../golden/evidence');
  for (const name of readdirSync(folder)) {
    const input = readdirSync(join(folder, name)).find((file) => file.startsWith('input.'))!;
    const text = readFileSync(join(folder, name, input), 'utf8');
    const { kind } = recognise(text, input);
    assert.notEqual(kind, 'unknown', name);
    for (let end = 1024; end < text.length; end += 97)
      assert.equal(recognise(text.slice(0, end), input).kind, kind, name);
  }
});

test('never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), fc.string(), (head, name) => {
      const { kind, looksLike } = recognise(head, name);
      assert.ok(kind.length > 0 && looksLike.length > 0 && !looksLike.includes('\n'));
    }),
  );
});
