/** Tests the catalogue: headers are valid, and every query runs without arguments on any loaded database. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import { readCatalogue, readQuery } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { keepEvidence, keepViews } from '../../src/store/materialised-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { insert, memoryDatabase } from './memory.ts';

const catalogue = readCatalogue();

/** Computes what the questions share once, as the commands do: planning it takes seconds. */
async function keepAll(connection: DuckDBConnection): Promise<void> {
  await keepEvidence(connection, ['rollout', 'affected_request']);
  await keepViews(connection, ['concluded', 'verdict', 'rollout_failure', 'rollout', 'affected_request']);
}

test('there are the queries that an SRE asks first', () => {
  const names = catalogue.map(({ name }) => name);
  for (const name of [
    'failures-per-minute',
    'failures-per-rollout',
    'failures-per-target',
    'failures-per-target-group',
    'late-routing',
    'load-summary',
    'rejected-lines',
    'slowest-targets',
    'trace',
    'unknown-fields',
    'websockets-closed-by-termination',
  ]) {
    assert.ok(names.includes(name), name);
  }
});

test('each runs without arguments where nothing was loaded but an object that says nothing', async () => {
  const connection = await memoryDatabase();
  await insert(connection, 'log_object', [{ object_id: 1, uri: 'file:///x', kind: 'empty', status: 'skipped' }]);
  await keepAll(connection);
  for (const { name, sql, parameters } of catalogue) {
    const rows = await selectAll(connection, sql, defaultValues(parameters));
    assert.equal(rows.length, ['load-summary', 'incomplete-objects'].includes(name) ? 1 : 0, name);
  }
});

const START = Date.UTC(2026, 10, 3, 10) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);

test('each answers what it asks', async () => {
  const connection = await memoryDatabase();
  const target = { target_group_arn: 'arn:tg/a', target_ip: '10.0.0.1', target_port: 80 };
  const row = (line: number, routed: number, elapsed: number, status: number, more: object) => ({
    object_id: 1,
    line,
    type: 'https',
    request_creation_time: at(routed),
    time: at(routed + elapsed),
    elb_status_code: status,
    ...target,
    ...more,
  });
  const answered = { target_status_code: 200, target_processing_time: 0.25 };
  await insert(connection, 'alb_log', [
    row(1, 0, 0.25, 200, answered),
    row(2, 61.5, 0.25, 200, answered),
    row(3, 63.2, 10.002, 504, {}),
    row(4, 63.4, 0.01, 502, {}),
    row(5, 30, 33, 101, { type: 'wss', target_status_code: 101 }),
    row(6, 30, 3, 101, { type: 'wss', target_status_code: 101 }),
    row(7, 10, 1, 500, { target_status_code: 500, target_processing_time: 1, extra: '"new"', field_count: 35 }),
  ]);
  const pod = { object_id: 2, name: 'api-1', namespace: 'shop', ip: '10.0.0.1', uid: 'u', owner_name: 'api' };
  await insert(connection, 'pod_fact', [
    { ...pod, line: 1, event: 'created', earliest: at(-600), latest: at(-600) },
    { ...pod, line: 2, event: 'deleted', earliest: at(60), latest: at(60) },
    { ...pod, line: 3, event: 'finished', earliest: at(63), latest: at(63), container: 'app' },
    { ...pod, uid: 'v', name: 'api-2', ip: '10.0.0.2', line: 4, event: 'deleted', earliest: at(300), latest: at(300) },
    { ...pod, uid: 'w', name: 'api-3', ip: '10.0.0.3', line: 5, event: 'deleted', earliest: at(999), latest: at(999) },
  ]);
  await connection.run(
    `insert into rejected_line values (1, 8, 'bad_time: x', 3, '\\x1B[2'::blob), (1, 9, 'bad_time', 1, 'x'::blob)`,
  );
  await keepAll(connection);
  const ask = async (name: string) => {
    const query = catalogue.find((known) => known.name === name)!;
    return selectAll(connection, query.sql, defaultValues(query.parameters));
  };
  const pick = (rows: Record<string, unknown>[], ...keys: string[]) => rows.map((r) => keys.map((key) => r[key]));

  assert.deepEqual(pick(await ask('trace'), 'line', 'mechanism', 'cause', 'pod_name'), [
    [3, 'connect_timeout', 'draining_target', 'api-1'],
    [4, 'connect_failed', 'draining_target', 'api-1'],
  ]);
  assert.deepEqual(pick(await ask('failures-per-minute'), 'minute', 'mechanism', 'failures'), [
    ['2026-11-03T10:00:00.000000Z', 'target_error', 1],
    ['2026-11-03T10:01:00.000000Z', 'connect_failed', 1],
    ['2026-11-03T10:01:00.000000Z', 'connect_timeout', 1],
  ]);
  assert.deepEqual(pick(await ask('failures-per-target'), 'requests', 'failures', 'failed_pods'), [[7, 3, 'api-1']]);
  assert.deepEqual(pick(await ask('failures-per-target-group'), 'mechanism', 'cause', 'failures'), [
    ['connect_failed', 'draining_target', 1],
    ['connect_timeout', 'draining_target', 1],
    ['target_error', null, 1],
  ]);
  assert.deepEqual(pick(await ask('failures-per-rollout'), 'deployment', 'pods', 'failures'), [
    ['api', 1, 0],
    ['api', 2, 2],
  ]);
  assert.deepEqual(pick(await ask('late-routing'), 'second', 'requests', 'answered', 'failed'), [
    [1, 1, 1, 0],
    [3, 2, 0, 2],
  ]);
  assert.deepEqual(pick(await ask('slowest-targets'), 'answers', 'max_seconds'), [[3, 1]]);
  assert.deepEqual(pick(await ask('rejected-lines'), 'reason', 'lines', 'example'), [['bad_time', 2, '\\x1B[2']]);
  assert.deepEqual(pick(await ask('unknown-fields'), 'field_count', 'lines', 'example'), [[35, 1, '"new"']]);
  assert.deepEqual(pick(await ask('websockets-closed-by-termination'), 'pod_name', 'closed'), [['api-1', 1]]);
});

test('a header that is not understood names its file', () => {
  assert.throws(
    () => readQuery('x', '-- Title: a\n-- Group: why\n-- Why: b\n-- Needs: c\nselect 1'),
    /queries\/x\.sql.*Cost/,
  );
  assert.throws(
    () =>
      readQuery(
        'x',
        '-- Title: a\n-- Group: why\n-- Why: b\n-- Needs: t\n-- Cost: c\n-- Param: n blob = 1 -- d\nselect 1',
      ),
    /n blob/,
  );
  const query = readQuery(
    'x',
    '-- Title: a\n-- Group: why\n-- Why: b\n--   and more\n-- Needs: t, u\n-- Cost: c\n-- Param: n text = 1 -- d\nselect $n',
  );
  assert.equal(query.why, 'b and more');
  assert.deepEqual(query.needs, ['t', 'u']);
  assert.throws(() => readQuery('x', '-- Title: a\n-- Group: whose\nselect 1'), /queries\/x\.sql.*what failed, why/);
  assert.deepEqual(query.parameters, [{ name: 'n', type: 'text', default: '1', description: 'd' }]);
  assert.equal(query.sql, 'select $n');
});
