/** Tests that every kind of target is read by the program itself, all of it loaded together: rows, facts and verdicts. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';

const GROUP =
  'arn:aws:elasticloadbalancing:eu-north-1:111122223333:targetgroup/k8s-shop-web-0c1d2e3f4a/0011223344556677';
const NODE = 'ip-10-40-1-21.eu-north-1.compute.internal';

/** A log record as CloudWatch delivers it, through filter-log-events. */
const record = (time: string, created: string, target: string, status: string, more: object): string =>
  JSON.stringify({
    type: 'https',
    time,
    elb: 'app/shop/0011223344556677',
    client_ip: '203.0.113.20',
    client_port: '40100',
    target_ip: target.split(':')[0],
    target_port: target.split(':')[1],
    request_processing_time: '-1',
    target_processing_time: '-1',
    response_processing_time: '-1',
    elb_status_code: status,
    target_status_code: '-',
    received_bytes: '120',
    sent_bytes: '300',
    request_verb: 'GET',
    request_url: 'https://shop.example:443/',
    request_proto: 'HTTP/1.1',
    target_group_arn: GROUP,
    trace_id: 'Root=1-6a3b2c1d-000000000000000000000001',
    domain_name: 'shop.example',
    request_creation_time: created,
    actions_executed: 'forward',
    ...more,
  });

const TASK_IP = '10.40.5.77';
const ECS = 'arn:aws:ecs:eu-north-1:111122223333';

const FILES: Record<string, string> = {
  'ecs.jsonl': JSON.stringify({
    version: '0',
    id: '7d1f6a02-55a1-4b7e-9d5c-2f0b8c1e4a10',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    time: '2026-08-03T11:00:52Z',
    detail: {
      attachments: [{ type: 'eni', status: 'DELETED', details: [{ name: 'privateIPv4Address', value: TASK_IP }] }],
      clusterArn: `${ECS}:cluster/shop`,
      containers: [{ name: 'cart', exitCode: 0, networkInterfaces: [{ privateIpv4Address: TASK_IP }] }],
      createdAt: '2026-08-03T09:00:00.4Z',
      startedAt: '2026-08-03T09:00:40.12Z',
      stoppingAt: '2026-08-03T11:00:19.3Z',
      executionStoppedAt: '2026-08-03T11:00:21.1Z',
      stoppedAt: '2026-08-03T11:00:51.9Z',
      updatedAt: '2026-08-03T11:00:51.9Z',
      desiredStatus: 'STOPPED',
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      group: 'service:cart',
      startedBy: 'ecs-svc/8080808080808080808',
      taskArn: `${ECS}:task/shop/00aa11bb22cc33dd44ee55ff66007788`,
      taskDefinitionArn: `${ECS}:task-definition/cart:12`,
      version: 7,
    },
  }),
  'log.json': JSON.stringify({
    events: [
      record('2026-08-03T11:00:20.004000Z', '2026-08-03T11:00:20.000000Z', '10.40.1.21:31888', '502', {}),
      record('2026-08-03T10:40:00.004000Z', '2026-08-03T10:40:00.000000Z', '10.40.1.21:31888', '502', {}),
      record('2026-08-03T11:00:21.004000Z', '2026-08-03T11:00:21.000000Z', '10.40.9.9:31888', '502', {}),
      record('2026-08-03T11:00:22.004000Z', '2026-08-03T11:00:22.000000Z', `${TASK_IP}:8080`, '502', {
        target_group_arn: GROUP.replace('k8s-shop-web', 'ecs-cart'),
      }),
    ].map((message, at) => ({
      logStreamName: 'alb',
      timestamp: 1785754800000 + at,
      message,
      ingestionTime: 1785754900000,
      eventId: `3800000000000000000000000000000000000000000000000000000${at}`,
    })),
  }),
  'node.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, creationTimestamp: '2026-08-03T09:00:00Z' },
    spec: { providerID: 'aws:///eu-north-1a/i-0e11aa22bb33cc4d1' },
    status: { addresses: [{ type: 'InternalIP', address: '10.40.1.21' }] },
  }),
  'karpenter.log': `${JSON.stringify({
    level: 'INFO',
    time: '2026-08-03T11:00:12.500Z',
    logger: 'controller',
    message: 'disrupting node(s)',
    commit: '5bb7e10',
    controller: 'disruption',
    reason: 'underutilized',
    'disrupted-nodes': [{ Node: { name: NODE }, NodeClaim: { name: 'general-1' } }],
  })}\n`,
  'targets.json': JSON.stringify({
    capturedAt: '2026-08-03T10:50:00Z',
    targetGroupArn: GROUP,
    TargetHealthDescriptions: [
      { Target: { Id: 'i-0e11aa22bb33cc4d1', Port: 31888 }, TargetHealth: { State: 'healthy' } },
      { Target: { Id: 'i-0e11aa22bb33cc4d2', Port: 31888 }, TargetHealth: { State: 'healthy' } },
    ],
  }),
};

test('an event of ECS, a node, a Karpenter line, an instance as target and a log through filter-log-events, together', async () => {
  const cwd = freshFolder();
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, name), text);
  const names = Object.keys(FILES);
  const loaded = await cli(['load', ...names, '--captured-at', '2026-08-03T10:55:00Z', '--db', 'a.duckdb'], { cwd });
  expectStatus(loaded, 0);
  check(loaded, ({ stdout, stderr }) => assert.doesNotMatch(stdout + stderr, /skipped|[1-9]\d* rejected/));

  const traced = await cli(['trace', '--format', 'json', '--db', 'a.duckdb'], { cwd });
  expectStatus(traced, 0);
  const verdicts = new Map(
    (JSON.parse(traced.stdout) as Record<string, unknown>[]).map((verdict) => [verdict.request_creation_time, verdict]),
  );
  const going = verdicts.get('2026-08-03T11:00:20.000000Z');
  check(traced, () => {
    assert.equal(going?.cause, 'draining_target');
    assert.equal(going?.target_kind, 'node_port');
    assert.equal(going?.target_name, `${NODE}:31888`);
    assert.equal(going?.pod_name, null);
    assert.match(String(going?.evidence), /karpenter_log/);
  });

  // Before that the node was well, and nobody knows the pods behind the port.
  const before = verdicts.get('2026-08-03T10:40:00.000000Z');
  check(traced, () => assert.equal(before?.rule, 'backend.unknown'));

  // The other instance has no address: the help is about machines, never about pods of an address.
  const unknown = verdicts.get('2026-08-03T11:00:21.000000Z');
  check(traced, () => {
    assert.equal(unknown?.rule, 'unknown.machine_address');
    assert.match(String(unknown?.next_step), /get nodes,services,endpointslices.*describe-instances/);
    assert.doesNotMatch(String(unknown?.next_step), /get pods/);
  });

  // StopTask sends SIGTERM before the target is deregistered.
  const task = verdicts.get('2026-08-03T11:00:22.000000Z');
  check(traced, () => {
    assert.equal(task?.cause, 'draining_target');
    assert.equal(task?.target_kind, 'ecs_task');
    assert.equal(task?.target_name, 'shop/cart/00aa11bb22cc33dd44ee55ff66007788');
    assert.equal(task?.workload, 'cart');
    assert.equal(task?.version, 'cart:12');
    assert.doesNotMatch(`${task?.because} ${task?.next_step} ${task?.missing}`, /\bpod|kubectl|preStop/);
  });
});

/** A cluster as one listing: a node, a Service with a node port, and a pod behind it that may be on its way out. */
function cluster(node: string, address: string, service: string, deleted: string | null): string {
  const pod = `${service}-7c9d-x2x2x`;
  const created = '2026-08-03T08:00:00Z';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        kind: 'Node',
        metadata: { name: node, uid: node, creationTimestamp: created },
        status: { addresses: [{ type: 'InternalIP', address }] },
      },
      {
        kind: 'Service',
        metadata: { name: service, namespace: 'web', creationTimestamp: created },
        spec: { type: 'NodePort', externalTrafficPolicy: 'Cluster', ports: [{ port: 80, nodePort: 30777 }] },
      },
      {
        kind: 'EndpointSlice',
        metadata: { name: `${service}-abc12`, namespace: 'web', labels: { 'kubernetes.io/service-name': service } },
        endpoints: [
          { addresses: ['10.244.0.5'], nodeName: node, targetRef: { kind: 'Pod', name: pod, namespace: 'web' } },
        ],
      },
      {
        kind: 'Pod',
        metadata: {
          name: pod,
          namespace: 'web',
          uid: pod,
          creationTimestamp: created,
          ...(deleted === null ? {} : { deletionTimestamp: deleted, deletionGracePeriodSeconds: 30 }),
        },
        spec: { nodeName: node, containers: [{ name: 'web' }] },
        status: {
          phase: 'Running',
          podIP: '10.244.0.5',
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: created }],
          containerStatuses: [{ name: 'web', restartCount: 0, state: { running: { startedAt: created } } }],
        },
      },
    ],
  });
}

test('a node port that two clusters have leads to the pods of the cluster of its node', async () => {
  const cwd = freshFolder();
  const row = (target: string) =>
    record('2026-08-03T11:00:22.004000Z', '2026-08-03T11:00:22.000000Z', target, '502', {});
  const log = {
    events: ['10.50.1.4:30777', '10.60.1.4:30777'].map((target) => ({ timestamp: 1, message: row(target) })),
  };
  writeFileSync(join(cwd, 'log.json'), JSON.stringify(log));
  writeFileSync(join(cwd, 'staying.json'), cluster('stay-1', '10.50.1.4', 'front', null));
  // Told to end at 11:00:10.
  writeFileSync(join(cwd, 'going.json'), cluster('go-1', '10.60.1.4', 'back', '2026-08-03T11:00:40Z'));
  const files = ['log.json', 'staying.json', 'going.json'];
  const loaded = await cli(['load', ...files, '--captured-at', '2026-08-03T11:00:30Z', '--db', 'a.duckdb'], { cwd });
  expectStatus(loaded, 0);
  const traced = await cli(['trace', '--format', 'json', '--db', 'a.duckdb'], { cwd });
  expectStatus(traced, 0);
  const rules = (JSON.parse(traced.stdout) as Record<string, unknown>[]).map(({ target_name, rule }) => [
    target_name,
    rule,
  ]);
  check(traced, () =>
    assert.deepEqual(rules.sort(), [
      ['go-1:30777', 'backend.all_going'],
      ['stay-1:30777', 'backend.none_going'],
    ]),
  );
});
