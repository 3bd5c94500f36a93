/** Tests the macros for questions typed by hand, and the views that split a URL. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { selectAll } from '../../src/store/select.ts';
import { fillGoldenDatabase } from './golden-database.ts';
import { insert, memoryDatabase } from './memory.ts';

const connection = await memoryDatabase();
await fillGoldenDatabase(connection);
const ask = (sql: string) => selectAll(connection, sql);
const START = '2026-11-03T10:0';

test('error_rate counts what was kept and what was only counted', async () => {
  assert.deepEqual(await ask('from error_rate(5)'), [
    { begins: `${START}0:00.000000Z`, requests: 24, failures: 8, failed_percent: 33.333 },
    { begins: '2026-11-03T10:40:00.000000Z', requests: 6, failures: 0, failed_percent: 0 },
  ]);
});

test('during says what the pod was doing', async () => {
  const rows = await ask("select line, phase, seconds_after_deletion as after from during('api-1')");
  assert.deepEqual(rows, [
    { line: 1, phase: 'serving', after: -59 },
    { line: 4, phase: 'running into termination', after: -40 },
    { line: 14, phase: 'running into termination', after: -30 },
    { line: 5, phase: 'terminating', after: 1.2 },
    { line: 6, phase: 'gone', after: 6.5 },
    { line: 7, phase: 'gone', after: 8.25 },
  ]);
  assert.equal((await ask("from during('uid-api-1')")).length, 6);
  assert.equal((await ask("from during('nobody')")).length, 0);
});

test('rollouts says what a rollout cost, and which share of its requests that was', async () => {
  assert.deepEqual(await ask('select rollout, pods, requests, failures, failed_percent from rollouts'), [
    { rollout: 'shop/api@2026-11-03T10:01:00Z', pods: 2, requests: 4, failures: 4, failed_percent: 100 },
  ]);
  const columns = await ask(
    "select column_name as name from (describe rollouts) where column_name <> 'failed_percent'",
  );
  assert.deepEqual(columns, await ask('select column_name as name from (describe rollout)'));
});

test('at is a word of SQL and yet a name: also with an alias, in a join, and quoted', async () => {
  const time = `${START}1:03Z`;
  const [{ n }] = (await ask(`select count(*) as n from at('${time}')`)) as [{ n: number }];
  for (const from of [
    `at('${time}') as a`,
    `at('${time}') a join pod_life l using (life)`,
    `pod_life l join at('${time}') a on a.life = l.life`,
    `"at"('${time}')`,
    `at(timestamp '2026-11-03 10:01:03')`,
  ]) {
    assert.deepEqual(await ask(`select count(*) as n from ${from}`), [{ n }], from);
  }
});

test('at knows who was there', async () => {
  const at = (time: string) => ask(`select name, state from at('${time}')`);
  assert.deepEqual(await at(`${START}1:03Z`), [
    { name: 'api-1', state: 'terminating' },
    { name: 'api-2', state: 'ready' },
    { name: 'api-3', state: 'ready' },
    { name: 'web-1', state: 'running' },
  ]);
  const later = await at(`${START}2:30Z`);
  assert.deepEqual(
    later.map(({ state }) => state),
    ['gone', 'gone', 'ready', 'running'],
  );
  assert.deepEqual(
    (await at('2026-11-03T11:30:00Z')).map(({ name }) => name),
    ['api-3', 'web-1'],
  );
  assert.deepEqual((await at(`${START}0:45Z`))[2], { name: 'api-3', state: 'starting' });
});

test('deployment_name is the one rule for what a pod belongs to, with and without its owner', async () => {
  const cases = [
    [null, null, 'frontend-x7k2p', 'frontend'],
    [null, null, 'db-0', 'db'],
    [null, null, 'my-tool', 'my-tool'],
    [null, null, 'api-7cf849584f-kh7vk', 'api'],
    [null, null, 'node-exporter-x7k2p', 'node-exporter'],
    ['ReplicaSet', 'api-7cf849584f', 'api-7cf849584f-kh7vk', 'api'],
    ['ReplicaSet', 'web-v2-5c6d8f7b9d', 'web-v2-5c6d8f7b9d-k4wzp', 'web-v2'],
    ['StatefulSet', 'db', 'db-0', 'db'],
    ['DaemonSet', 'my-tool', 'my-tool-x7k2p', 'my-tool'],
  ] as const;
  for (const [kind, owner, pod, name] of cases) {
    const word = (text: string | null) => (text === null ? 'null' : `'${text}'`);
    const sql = `select deployment_name(${word(kind)}, ${word(owner)}, '${pod}') as name`;
    assert.deepEqual(await ask(sql), [{ name }], `${kind} ${owner} ${pod}`);
  }
});

test('deployment_name and is_failure are the same on both engines', () => {
  const read = (file: string) => readFileSync(new URL(`../../queries/${file}`, import.meta.url), 'utf8');
  const macroOf = (text: string, name: string) =>
    new RegExp(`create or replace macro ${name}\\([\\s\\S]*?;\\n`).exec(text)?.[0].replace(/\s+/g, ' ');
  for (const name of ['workload_name', 'deployment_name', 'is_failure']) {
    const own = macroOf(read('view/00-macro.sql'), name);
    assert.ok(own, name);
    assert.equal(macroOf(read('engine/trino/macro.sql'), name), own);
  }
});

test('a failure is what the balancer made, and whatever a going target explains', async () => {
  const cases = [
    ['connect_timeout', "'no_evidence'", 504, true],
    ['target_error', 'null', 503, false],
    ['target_error', "'draining_target'", 503, true],
    ['client_closed', 'null', 460, false],
    ['client_closed', "'draining_target'", 460, true],
    ['rejected_request', 'null', 400, false],
    ['fixed_response', 'null', 503, true],
  ] as const;
  for (const [mechanism, cause, status, is] of cases) {
    const sql = `select is_failure('${mechanism}', ${cause}, ${status}) as found`;
    assert.deepEqual(await ask(sql), [{ found: is }], `${mechanism} ${cause}`);
  }
});

test('unescape gives what the client sent, and leaves what is no escape', async () => {
  const cases = [
    ['a\\x22b\\x5C', 'a"b\\'],
    ['\\xEC\\x97\\x90', '에'],
    ['\\x00000022', '"'],
    ['100%+1', '100%+1'],
    ['é\\x22', 'é"'],
    ['\\xZZ', '\\xZZ'],
    ['\\xFF', '\\xFF'],
  ];
  for (const [logged, text] of cases) assert.deepEqual(await ask(`select unescape('${logged}') as t`), [{ t: text }]);
});

test('requests takes URLs apart', async () => {
  const own = await memoryDatabase();
  const urls: [string | null, string | null, string | null, string | null][] = [
    ['https://Api.example.com:443/users/12/34?x=/9', 'api.example.com', '/users/12/34', '/users/{id}/{id}'],
    ['http://h/6f1c2a30-1111-2222-3333-444455556666/x', 'h', '/6f1c2a30-1111-2222-3333-444455556666/x', '/{id}/x'],
    ['http://[::1]:80/', '[::1]', '/', '/'],
    ['https://h:443/v1/2026-11-03/', 'h', '/v1/2026-11-03/', '/v1/{id}/'],
    ['/a//b/0123456789abcdef', null, '/a//b/0123456789abcdef', '/a//b/{id}'],
    ['https://h:443', 'h', null, null],
    [null, null, null, null],
  ];
  await insert(
    own,
    'alb_log',
    urls.map(([request_url], line) => ({
      line,
      request_url,
      elb_status_code: 200 + 100 * (line % 4),
      request_processing_time: 0.5,
      target_processing_time: line === 0 ? null : 1,
      response_processing_time: 0.25,
    })),
  );
  const rows = await selectAll(own, 'select * from requests order by line');
  assert.deepEqual(
    rows.map((row) => [row.host, row.path, row.path_template]),
    urls.map(([, ...parts]) => parts),
  );
  assert.deepEqual(
    rows.slice(0, 4).map((row) => row.status_class),
    ['2xx', '3xx', '4xx', '5xx'],
  );
  assert.deepEqual(
    rows.slice(0, 2).map((row) => row.total_time),
    [null, 1.75],
  );
});
