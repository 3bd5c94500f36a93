/** Tests `trace` without failures: it names the loaded data, and exits with 0 only if the data answers the question. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Values } from '../query/memory.ts';
import { draintrace, makeDatabase, type Run } from './world.ts';

const at = (time: string): string => `2026-04-07T${time}Z`;
const arn = (name: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/0123456789abcdef`;

const row = (line: number, time: string, more: Values = {}): Values => ({
  object_id: 1,
  line,
  time: at(time),
  request_creation_time: at(time),
  elb: 'app/web/0123456789abcdef',
  elb_status_code: 200,
  target_status_code: 200,
  target_group_arn: arn('cart'),
  ...more,
});

const ledger = (more: Values = {}): Values => ({
  object_id: 1,
  uri: 's3://logs/a.log.gz',
  kind: 'alb_access_log',
  status: 'complete',
  rows: 4,
  first_time: at('09:00:00'),
  last_time: at('09:20:00'),
  ...more,
});

let db = '';
before(async () => {
  db = await makeDatabase({
    log_object: [ledger()],
    alb_log: [
      row(1, '09:00:00'),
      row(2, '09:10:00'),
      row(3, '09:12:00', { target_group_arn: arn('pay'), elb_status_code: 502, target_status_code: null }),
      row(4, '09:20:00'),
    ],
  });
});

const trace = (words: string[], path = db): Promise<Run> => draintrace(['trace', ...words, '--db', path]);

test('no failure in what is loaded is exit code 0, and says of how many requests', async () => {
  const run = await trace(['--from', at('09:00:00'), '--to', at('09:11:00')]);
  assert.deepEqual(
    [run.code, run.stdout],
    [0, 'No failure made by the balancer in 2 requests, from 2026-04-07 09:00:00 to\n  09:10:00 UTC.\n'],
  );
  const group = await trace(['--target-group', 'targetgroup/cart/']);
  assert.deepEqual([group.code, group.stderr], [0, '']);
  assert.match(group.stdout, /^No failure made by the balancer in 3 requests, /);
});

test('a window, or a target group, of which nothing is loaded is exit code 3, and says what is', async () => {
  const early = await trace(['--to', at('08:00:00')]);
  assert.equal(early.code, 3);
  assert.equal(
    early.stdout,
    'No request of the window is loaded, so its failures are unknown.\n' +
      'Loaded: 4 requests, from 2026-04-07 09:00:00 to 09:20:00 UTC.\n' +
      'Load balancers: app/web/0123456789abcdef.\n' +
      'Target groups: cart, pay.\n',
  );
  const group = await trace(['--target-group', 'checkout']);
  assert.equal(group.code, 3);
  assert.match(group.stdout, /^No request of that target group is loaded, so its failures/);
  assert.match(group.stdout, /^Of other target groups 4 requests of the window are loaded\.$/m);
  assert.match(group.stdout, /^Target groups: cart, pay\.$/m);
  const both = await trace(['--target-group', 'pay', '--from', at('09:15:00')]);
  assert.equal(both.code, 3);
  assert.match(both.stdout, /^No request of that window and target group is loaded/);
});

test('a name with a typo is exit code 3, and names the nearest', async () => {
  const group = await trace(['--target-group', 'crat']);
  assert.deepEqual([group.code, group.stderr], [3, '']);
  assert.match(group.stdout, /^Did you mean cart\?$/m);
  const lb = await trace(['--lb', 'wbe/']);
  assert.equal(lb.code, 3);
  assert.match(lb.stdout, /^No request of that load balancer is loaded, so its failures are unknown\.$/m);
  assert.match(lb.stdout, /^Did you mean app\/web\/0123456789abcdef\?$/m);
  const right = await trace(['--lb', 'app/web/', '--mechanism', 'connect_failed']);
  assert.deepEqual([right.code, right.stderr], [0, '']);
  // A group that is loaded, at another time, is no typo.
  assert.doesNotMatch((await trace(['--target-group', 'pay', '--to', at('09:05:00')])).stdout, /Did you mean/);
});

test('the other commands with a window say the same, with the same exit codes', async () => {
  const empty = ['--from', '2030-01-01', '--db', db];
  const says = /^No request of the window is loaded, so its failures are unknown\.\nLoaded: 4 requests, from /;
  for (const words of [['report'], ['report', '--brief'], ['evidence']]) {
    const run = await draintrace([...words, ...empty]);
    assert.equal(run.code, 3, words.join(' '));
    assert.match(run.stdout, says);
    const json = await draintrace([...words, ...empty, '--format', 'json']);
    assert.equal(json.code, 3);
    assert.ok(JSON.parse(json.stdout));
    assert.match(json.stderr, says);
  }
  const page = await draintrace(['report', ...empty, '--format', 'markdown']);
  assert.match(
    page.stdout,
    /^\*\*No request of the window is loaded.*\*\*\n\n- Cause: The failures of the window are unknown\.\n- Fix: Load /,
  );
  const check = await draintrace(['check', ...empty, '--max', 'draining_target=0']);
  assert.equal(check.code, 1);
  assert.match(check.stdout, /no request of the window is loaded \(loaded: 4 requests, from .* UTC\)/);
  const quiet = ['report', '--from', at('09:00:00'), '--to', at('09:11:00'), '--db', db];
  assert.deepEqual(await draintrace(quiet), {
    code: 0,
    stdout: 'No failure made by the balancer in 2 requests, from 2026-04-07 09:00:00 to\n  09:10:00 UTC.\n',
    stderr: '',
  });
});

test('rows of a format are data alone: what is loaded is told beside them, with the same exit code', async () => {
  for (const [format, empty] of [
    ['json', '[]\n'],
    ['ndjson', ''],
  ] as const) {
    const run = await trace(['--to', at('08:00:00'), '--format', format]);
    assert.deepEqual([run.code, run.stdout], [3, empty]);
    assert.match(run.stderr, /^No request of the window is loaded/);
  }
});

test('logs that end before the window does, or are damaged, are a part: exit code 4', async () => {
  const late = await trace(['--from', at('09:15:00'), '--to', at('10:00:00')]);
  assert.equal(late.code, 4);
  assert.match(late.stdout, /^The loaded logs end at 2026-04-07 09:20:00 UTC, before the end of the window\.$/m);
  const damaged = await makeDatabase({ log_object: [ledger({ status: 'damaged' })], alb_log: [row(1, '09:00:00')] });
  const run = await trace([], damaged);
  assert.equal(run.code, 4);
  assert.match(run.stdout, /^1 log object of it is damaged: draintrace query incomplete-objects$/m);
  assert.equal((await trace(['--from', at('09:30:00')], damaged)).code, 3);
});

test('a database without an access log knows of no failure, and says so', async () => {
  const run = await trace([], await makeDatabase({}));
  assert.deepEqual(
    [run.code, run.stdout],
    [3, 'No access log is loaded, so failures are unknown: draintrace load SOURCE\n'],
  );
});

test('requests that are only counted are loaded', async () => {
  const counted = await makeDatabase({
    log_object: [ledger()],
    alb_count: [
      { object_id: 1, minute: at('09:00:00'), target_group_arn: arn('cart'), elb_status_code: 200, requests: 900 },
    ],
  });
  const run = await trace([], counted);
  assert.equal(run.code, 0, run.stdout);
  assert.match(run.stdout, /in 900 requests/);
});

test('failures of other causes are not passed over', async () => {
  const run = await trace(['--mechanism', 'client_closed']);
  assert.deepEqual([run.code, run.stdout], [0, 'None of 1 failure is of that cause or mechanism.\n']);
  assert.equal((await trace([])).code, 0);
});

test('a workload or namespace with a typo has no advice, and the nearest is named', async () => {
  const pods = await makeDatabase({
    pod_fact: ['deleted', 'seen'].map((event, line) => ({
      ...{ object_id: 2, line, event, uid: 'u1', namespace: 'shop', name: 'cart-7d9f8c6b54-aaaaa', ip: '10.0.0.1' },
      ...{ owner_kind: 'ReplicaSet', owner_name: 'cart-7d9f8c6b54', earliest: at('09:10:00'), latest: at('09:10:00') },
    })),
  });
  const advise = (words: string[]) => draintrace(['advise', ...words, '--db', pods]);
  for (const format of [[], ['--format', 'csv']]) {
    const typo = await advise(['--workload', 'crat', ...format]);
    assert.deepEqual([typo.code, typo.stdout], [2, '']);
    assert.match(typo.stderr, /no target of that workload is known: did you mean cart\?/);
  }
  assert.match((await advise(['--namespace', 'shp'])).stderr, /did you mean shop\?/);
  assert.equal((await advise(['--workload', 'cart', '--namespace', 'shop'])).code, 0);
});
