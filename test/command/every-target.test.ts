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

const FILES: Record<string, string> = {
  'log.json': JSON.stringify({
    events: [
      record('2026-08-03T11:00:20.004000Z', '2026-08-03T11:00:20.000000Z', '10.40.1.21:31888', '502', {}),
      record('2026-08-03T10:40:00.004000Z', '2026-08-03T10:40:00.000000Z', '10.40.1.21:31888', '502', {}),
      record('2026-08-03T11:00:21.004000Z', '2026-08-03T11:00:21.000000Z', '10.40.9.9:31888', '502', {}),
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

test('a node, a Karpenter line, an instance as target and a log through filter-log-events give verdicts together', async () => {
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
});
