/** Tests `explain` by what somebody knows who reports a failure, and its story of calls and nodes. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openDatabase } from '../../src/store/database.ts';
import { judge } from '../../src/store/judge.ts';
import type { Values } from '../query/memory.ts';
import { draintrace, makeDatabase, type Run } from './world.ts';

const at = (time: string): string => `2026-11-03T${time}Z`;
const GROUP = `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/k8s-shop-${'checkout'.repeat(3)}/0123456789abcdef`;
const POD = 'checkout-of-the-second-region-with-a-long-name-7d9f8c6b54-aaaaa';
const CALLER = 'arn:aws:sts::111122223333:assumed-role/deployer/alice';

const request = (line: number, time: string, more: Values = {}): Values => ({
  object_id: 1,
  line,
  time: at(time),
  request_creation_time: at(time),
  elb: 'app/shop/1',
  client_ip: '203.0.113.7',
  client_port: 5000 + line,
  target_ip: '10.0.0.1',
  target_port: 8080,
  target_group_arn: GROUP,
  actions_executed: 'forward',
  elb_status_code: 200,
  target_status_code: 200,
  request_line: `GET https://shop.example:443/cart/${line} HTTP/1.1`,
  trace_id: `Root=1-6ae9b3e8-00000000000000000000000${line}`,
  ...more,
});

const pod = (event: string, time: string, line: number): Values => ({
  object_id: 2,
  name: POD,
  uid: 'u1',
  namespace: 'shop',
  ip: '10.0.0.1',
  node: 'ip-10-0-9-9.ec2.internal',
  owner_kind: 'ReplicaSet',
  owner_name: 'checkout-of-the-second-region-with-a-long-name-7d9f8c6b54',
  event,
  line,
  earliest: at(time),
  latest: at(time),
});

const node = (event: string, time: string, line: number, reason: string, detail: string): Values => ({
  object_id: 4,
  node: 'ip-10-0-9-9.ec2.internal',
  event,
  line,
  earliest: at(time),
  latest: at(time),
  reason,
  detail,
});

let db = '';
before(async () => {
  const failed = { elb_status_code: 504, target_status_code: null, ip_address: '10.0.200.4' };
  db = await makeDatabase({
    log_object: [
      {
        ...{ object_id: 1, uri: 'file:///a.log', kind: 'alb_access_log', status: 'complete', rows: 6 },
        ...{ first_time: at('09:00:00'), last_time: at('10:30:00') },
      },
      { object_id: 2, uri: 'file:///pods.json', kind: 'kubectl_pods_json', status: 'complete' },
      { object_id: 3, uri: 'file:///trail.json', kind: 'cloudtrail_json', status: 'complete' },
      { object_id: 4, uri: 'file:///nodes.json', kind: 'kubernetes_events_json', status: 'complete' },
    ],
    alb_log: [
      request(1, '09:00:00'),
      request(2, '10:19:00', { client_ip: '203.0.113.8' }),
      request(3, '10:20:25.002', { ...failed, request_creation_time: at('10:20:15') }),
      request(4, '10:20:20', { target_ip: '10.0.0.2' }),
      request(5, '10:25:00', { target_ip: '10.0.0.2', client_ip: '2001:db8::1' }),
      request(7, '10:29:40', { target_ip: '10.0.0.3', ...failed, request_creation_time: at('10:29:30') }),
      request(6, '10:29:00', { target_ip: null, target_port: null, elb_status_code: 503, target_status_code: null }),
    ],
    pod_fact: [
      pod('created', '09:50:00', 1),
      pod('ready', '09:50:20', 2),
      pod('deleted', '10:20:00', 3),
      pod('finished', '10:20:10', 4),
    ],
    target_change: [
      {
        ...{ object_id: 3, line: 1, event: 'deregistered', earliest: at('10:20:05'), latest: at('10:20:05') },
        ...{ target_group_arn: GROUP, target_ip: '10.0.0.1', target_port: 8080, actor: CALLER, event_id: 'e1' },
      },
      {
        ...{ object_id: 3, line: 2, event: 'registered', earliest: at('10:22:00'), latest: at('10:22:00') },
        ...{
          target_group_arn: GROUP,
          target_ip: '10.0.0.1',
          target_port: 8080,
          actor: 'elbv2.k8s.aws/v2.7',
          event_id: 'e2',
        },
      },
    ],
    node_fact: [
      node('going', '10:19:30', 1, 'spot', 'Spot interruption notice'),
      node('going', '10:19:40', 2, 'CordonAndDrain', 'Cordon and drain of the node'),
      node('unready', '10:21:30', 3, 'NodeNotReady', 'Kubelet stopped posting node status.'),
      node('going', '08:00:00', 4, 'other', 'hours before'),
    ],
  });
  // As a load does it: each question then reads the verdicts instead of computing them.
  const database = await openDatabase(db, { readOnly: false });
  await judge(database.connection, new AbortController().signal);
  database.close();
});

const explain = (words: readonly string[]): Promise<Run> => draintrace(['explain', ...words, '--db', db]);

/** Returns the places of the listed requests. */
const listed = ({ stdout }: Run): string[] => [...stdout.matchAll(/^ {2}(1:\d) {2}2026/gm)].map(([, place]) => place!);

test('by client and time: the nearest first, a line each, then the story of the first', async () => {
  const run = await explain(['--client', '203.0.113.7', '--at', at('10:20:23')]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(listed(run), ['1:3', '1:4', '1:6', '1:7']);
  // The story comes first.
  assert.match(run.stdout, /^request Root[\s\S]*\n\n4 requests match:\n/);
  assert.match(run.stdout, /^4 requests match:$/m);
  assert.match(run.stdout, /^ {2}1:3 {2}2026-11-03 10:20:15\.000 UTC {2}then {2}504 {2}10\.0\.0\.1:8080/m);
  assert.match(run.stdout, /^ {2}1:4 {2}2026-11-03 10:20:20\.000 UTC {2}3 s before {2}200/m);
  assert.equal(run.stdout.match(/^request Root/gm)?.length, 1);
  assert.match(run.stdout, /^request Root=1-6ae9b3e8-000000000000000000000003 \(1:3\)$/m);
  const port = await explain(['--client', '203.0.113.7:5004']);
  assert.deepEqual([port.code, listed(port)], [0, []]);
  assert.match(port.stdout, /^request .* \(1:4\)$/m);
  assert.match((await explain(['--client', '2001:DB8::1'])).stdout, /\(1:5\)$/m);
});

test('by target, url and status, each alone and with a time', async () => {
  assert.deepEqual(listed(await explain(['--target', '10.0.0.2:8080'])), ['1:5', '1:4']);
  assert.deepEqual(listed(await explain(['--target', '10.0.0.2', '--at', at('10:20:00')])), ['1:4', '1:5']);
  assert.match((await explain(['--url', '/cart/4'])).stdout, /^request .* \(1:4\)$/m);
  assert.match((await explain(['--status', '503'])).stdout, /^request .* \(1:6\)$/m);
  assert.match((await explain(['--at', at('10:28:59')])).stdout, /^request .* \(1:6\)$/m);
});

test('a match that is far from the time is said to be', async () => {
  const run = await explain(['--url', '/cart/1', '--at', at('10:20:00')]);
  assert.match(run.stdout, /^1 request matches:\n {2}1:1 {2}2026-11-03 09:00:00\.000 UTC {2}80 min before {2}200/);
});

test('by rollout: its failures, and the nearest name for a typo', async () => {
  const [{ rollout } = { rollout: '' }] = JSON.parse(
    (await draintrace(['query', 'failures-per-rollout', '--db', db, '--format', 'json'])).stdout,
  ) as { rollout: string }[];
  const run = await explain(['--rollout', rollout]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(listed(run), ['1:6', '1:3']);
  assert.deepEqual(listed(await explain(['--rollout', rollout, '--at', at('10:20:20')])), ['1:3', '1:6']);
  assert.match((await explain(['--rollout', rollout, '--status', '504'])).stdout, /^request .* \(1:3\)$/m);
  const typo = await explain(['--rollout', rollout.slice(0, -1)]);
  assert.equal(typo.code, 2);
  assert.ok(typo.stderr.includes(`did you mean ${rollout}?`), typo.stderr);
});

test('--limit tells as many stories, and JSON has one object a line', async () => {
  const two = await explain(['--target', '10.0.0.2', '--limit', '2']);
  assert.equal(two.stdout.match(/^request Root/gm)?.length, 2);
  const json = await explain(['--client', '203.0.113.7', '--limit', '2', '--format', 'json']);
  const stories = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { place: string; evidence: unknown });
  assert.deepEqual(
    stories.map(({ place }) => place),
    ['1:7', '1:6'],
  );
  assert.match(json.stderr, /^5 requests match; the newest 2:$/m);
  const known = JSON.parse((await explain(['1:3', '--format', 'json'])).stdout) as { evidence: unknown };
  assert.deepEqual(known.evidence, ['kubectl_pods_json file:///pods.json:1-4', 'cloudtrail_json file:///trail.json:1']);
});

test('the timeline has who deregistered the target, the story of its node, and the balancer node', async () => {
  const { stdout } = await explain(['1:3']);
  const text = stdout.replace(/\s+/g, ' ');
  for (const event of [
    `10:20:05.000 10.0.0.1:8080 was deregistered by ${CALLER}`,
    '10:22:00.000 10.0.0.1:8080 was registered by elbv2.k8s.aws/v2.7 (cloudtrail_json)',
    '10:20:15.000 ROUTED to 10.0.0.1:8080 by balancer node 10.0.200.4',
    '10:19:30.000 node ip-10-0-9-9.ec2.internal began to go (spot: Spot interruption notice)',
    '10:19:40.000 node ip-10-0-9-9.ec2.internal began to go (CordonAndDrain: Cordon and drain of the node)',
    '10:21:30.000 node ip-10-0-9-9.ec2.internal was not ready (NodeNotReady: Kubelet stopped posting node status.)',
  ]) {
    assert.ok(text.includes(event), `${event}\n${stdout}`);
  }
  assert.doesNotMatch(text, /hours before/);
  assert.equal(text.match(/was deregistered/g)?.length, 1, 'one call is one event');
});

test('names are whole, sentences hold 80 columns, also on a terminal of 80', async () => {
  for (const columns of [null, 80]) {
    const { stdout } = await draintrace(['explain', '1:3', '--db', db], { columns, env: { NO_COLOR: '1' } });
    for (const name of [GROUP, `shop/${POD}`, CALLER]) assert.ok(stdout.includes(name), name);
    for (const line of stdout.split('\n'))
      assert.ok(line.length <= 80 || [GROUP, POD, CALLER].some((name) => line.includes(name)), line);
  }
});

test('what is open names the evidence that would settle it, and how to get it', async () => {
  const { stdout } = await explain(['1:6']);
  assert.match(stdout, /^ {2}Next: /m);
  assert.match(
    stdout.replace(/\s+/g, ' '),
    /last target of the group, 10\.0\.0\.1:8080 .*was deregistered by arn:aws:sts:/,
  );
  const open = await draintrace(['explain', '1:7', '--db', db]);
  assert.match(
    open.stdout,
    /^ {2}More evidence needed: pod of the address\.\n {4}load prometheus\+https:\/\/HOST \(kube-state-metrics/m,
  );
});

test('times of a zone are typed and shown with its offset', async () => {
  const run = await explain(['--target', '10.0.0.1', '--at', '2026-11-03T18:20:16', '--timezone', 'Asia/Shanghai']);
  assert.match(run.stdout, /^ {2}1:3 {2}2026-11-03 18:20:15\.000 \+08:00 {2}then/m);
  assert.match(run.stdout, /^ {2}routed at 2026-11-03 18:20:15\.000 \+08:00$/m);
  assert.match(run.stdout, /what happened \(\+08:00\)/);
  assert.match(run.stdout, / 18:20:25\.002 FAILED/);
  const local = await draintrace(['explain', '1:3', '--local', '--db', db], { env: { TZ: 'America/St_Johns' } });
  assert.match(local.stdout, /routed at 2026-11-03 06:50:15\.000 -03:30/);
  const json = await explain(['1:3', '--timezone', '+08:00', '--format', 'json']);
  assert.equal((JSON.parse(json.stdout) as { routed: string }).routed, '2026-11-03T10:20:15.000000Z');
});

test('a trace id is found at the time that it holds, and at any other', async () => {
  // The ids of this log were made at 10:14, so the row of 09:00 is older than its id.
  for (const line of [1, 3, 6]) {
    const { code, stdout } = await explain([`Root=1-6ae9b3e8-00000000000000000000000${line}`]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`\\(1:${line}\\)$`, 'm'));
  }
});

test('what cannot be found or is no value is one sentence and a code of its own', async () => {
  const refused = async (words: string[], code: number, says: RegExp) => {
    const run = await explain(words);
    assert.deepEqual([run.code, run.stdout], [code, ''], run.stderr);
    assert.match(run.stderr, says);
    assert.equal(run.stderr.trim().split('\n').length, 1);
  };
  await refused([], 2, /explain needs a request/);
  await refused(['1:3', '--status', '504'], 2, /1:3 names a request/);
  await refused(['--client', '10.0.0'], 2, /--client 10\.0\.0 is not an address/);
  await refused(['--status', '5'], 2, /--status 5 is not a status code/);
  await refused(['--at', 'noon'], 2, /--at noon is not a time/);
  await refused(['--limit', '0', '--status', '503'], 2, /--limit 0 is not a number/);
  await refused(['--timezone', 'Mars', '1:3'], 2, /--timezone Mars is not a zone/);
  await refused(['--local', '--timezone', 'Z', '1:3'], 2, /exclude each other/);
  await refused(
    ['--client', '198.51.100.1'],
    3,
    /no request with --client 198\.51\.100\.1 is loaded \([67] requests from /,
  );
  await refused(['Root=1-0-0'], 2, /no request Root=1-0-0 is loaded \([67] requests from 2026-11-03 09:00:00 UTC to /);
});
