/** advise as typed: numbers that can be checked by hand, and none where little is known. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import type { Values } from '../query/memory.ts';
import { draintrace, freshFolder, makeDatabase } from './world.ts';

const START = Date.UTC(2026, 2, 1, 12) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);
const GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/api/1';

/** `pods` pods of two versions, each deleted at 100 s, gone at once, and asked for `seconds` after that. */
async function databaseOf(pods: number, seconds: readonly number[]): Promise<string> {
  const facts: Values[] = [];
  const rows: Values[] = [];
  for (let i = 0; i < pods; i++) {
    const ip = `10.0.0.${i + 1}`;
    const pod = {
      object_id: 2,
      uid: `u${i}`,
      namespace: 'shop',
      name: `api-${i % 2 ? '6d5f8c7b9d' : '7cf849584f'}-aaaa${i}`,
      ip,
      owner_kind: 'ReplicaSet',
      owner_name: `api-${i % 2 ? '6d5f8c7b9d' : '7cf849584f'}`,
      termination_grace_period_seconds: 30,
    };
    for (const [event, second] of [
      ['created', 0],
      ['ready', 10],
      ['deleted', 100],
      ['finished', 100.1],
    ] as const) {
      facts.push({
        ...pod,
        line: facts.length + 1,
        event,
        earliest: at(second),
        latest: at(second),
        container: event === 'finished' ? 'web' : null,
      });
    }
    const row = (routed: number, elapsed: number, status: number, answered: boolean) =>
      rows.push({
        object_id: 1,
        line: rows.length + 1,
        type: 'https',
        request_creation_time: at(routed),
        time: at(routed + elapsed),
        elb: 'app/x/1',
        elb_status_code: status,
        target_status_code: answered ? status : null,
        target_ip: ip,
        target_port: 8080,
        target_group_arn: GROUP,
      });
    row(50, i === 0 ? 4 : 0.5, 200, true);
    for (const second of seconds) row(100 + second, 10.002, 504, false);
  }
  return makeDatabase({
    log_object: [{ object_id: 2, uri: 'file:///pods.json', kind: 'kubectl_pods_json', status: 'complete' }],
    pod_fact: facts,
    alb_log: rows,
  });
}

let enough = '';
before(async () => {
  enough = await databaseOf(10, [1, 2, 4, 8, 12.5]);
});

test('preStop outlasts the last routing by a tenth, the delay the longest request, the grace both', async () => {
  const { code, stdout, stderr } = await draintrace(['advise', '--format', 'json', '--db', enough]);
  assert.equal(code, 0, stderr);
  const [row, ...rest] = JSON.parse(stdout) as Record<string, unknown>[];
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [row!.deployment_kind, row!.deployment, row!.container, row!.versions, row!.pods, row!.late_requests],
    ['Deployment', 'api', 'web', 2, 10, 50],
  );
  assert.deepEqual([row!.last_routed_seconds, row!.longest_request_seconds], [12.5, 4]);
  assert.deepEqual(
    [
      row!.advised_pre_stop_seconds,
      row!.advised_deregistration_delay_seconds,
      row!.advised_termination_grace_period_seconds,
    ],
    [14, 5, 24],
  );
});

test('the text has the curve, the settings in force, the cost and the patch', async () => {
  const { stdout } = await draintrace(['advise', '--db', enough]);
  assert.match(stdout, /Deployment shop\/api, target group api\n/);
  assert.match(stdout, /failures left +50 at 0 s, .*, 0 at 13 s of service/);
  assert.match(stdout, /in force +preStop 0 s, terminationGracePeriodSeconds 30 s, deregistration delay not known/);
  assert.match(stdout, /preStop sleep 14 s: the last routing, 12.5 s/);
  assert.match(stdout, /stays up to 14 s longer, 70 pod-seconds a rollout/);
  assert.match(stdout, /kubectl patch deployment api -n shop/);
  assert.match(stdout, /deregistration_delay\.timeout_seconds=5/);
});

test('--patch prints YAML and nothing else', async () => {
  const { stdout } = await draintrace(['advise', '--patch', '--db', enough]);
  const patch = parse(stdout) as { spec: { template: { spec: { containers: unknown } } } };
  assert.deepEqual(patch.spec.template.spec.containers, [
    { name: 'web', lifecycle: { preStop: { sleep: { seconds: 14 } } } },
  ]);
});

test('a manifest says what is in force, and an order that is broken is named', async () => {
  const file = join(freshFolder(), 'deploy.yaml');
  writeFileSync(
    file,
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 10
      containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 12}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  annotations: {alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=300}
`,
  );
  const { stdout } = await draintrace(['advise', '--manifest', file, '--db', enough]);
  assert.match(
    stdout,
    /preStop 12 s, terminationGracePeriodSeconds 10 s, deregistration delay 300 s \(as the manifest/,
  );
  assert.match(stdout, /terminationGracePeriodSeconds 10 is not above preStop 12/);
  assert.match(stdout, /preStop 12 is not above the deregistration delay 300/);
  assert.match(stdout, /stays up to 2 s longer/);
});

test('with too few pods or requests there is no number, and no patch', async () => {
  for (const db of [await databaseOf(9, [1, 2, 4, 8, 12.5, 13]), await databaseOf(12, [1, 2])]) {
    const { code, stdout } = await draintrace(['advise', '--db', db]);
    assert.equal(code, 0);
    assert.match(stdout, /advice +none: so little/);
    assert.doesNotMatch(stdout, /kubectl patch/);
    const patch = await draintrace(['advise', '--patch', '--db', db]);
    assert.deepEqual([patch.stdout, patch.code], ['', 0]);
    assert.match(patch.stderr, /no patch/);
  }
});

test('nothing known of deletions, a wrong percentile, a manifest that is not there or holds nothing', async () => {
  const none = await draintrace(['advise', '--db', await databaseOf(0, [])]);
  assert.match(none.stderr, /^no request was routed to a pod whose deletion is known/);
  const percentile = await draintrace(['advise', '--percentile', '0', '--db', enough]);
  assert.equal(percentile.code, 2);
  const missing = await draintrace(['advise', '--manifest', '/nowhere/x.yaml', '--db', enough]);
  assert.equal(missing.code, 3);
  const file = join(freshFolder(), 'x.yaml');
  writeFileSync(file, 'kind: ConfigMap\n');
  const other = await draintrace(['advise', '--manifest', file, '--db', enough]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /holds no Deployment/);
});
