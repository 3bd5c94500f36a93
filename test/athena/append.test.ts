/** Tests `athena append` and `compact` with an Athena in this process: order, conflicts, and which tables get a statement. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { changedStatements, mergeStatements } from '../../src/engine/iceberg.ts';
import { icebergTables } from '../../src/engine/iceberg-table.ts';
import { EVERYTHING } from '../../src/engine/relation.ts';
import { splitStatements } from '../../src/query/token.ts';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from '../command/world.ts';
import { type Result, StandInAthena } from './stand-in.ts';

const ICEBERG = ['--iceberg', 's3://my-tables/draintrace-iceberg'];
const LAKE = ['--lake', 's3://my-lake/draintrace-lake'];
const athena = new StandInAthena();
const env: Record<string, string> = {
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'y',
  AWS_REGION: 'eu-central-1',
  HOME: freshFolder(),
};

before(async () => {
  env.AWS_ENDPOINT_URL_ATHENA = await athena.start();
});
after(() => athena.stop());
beforeEach(() => athena.executions.clear());

const result = (names: string[], ...rows: string[][]): Result => ({
  columns: names.map((name) => ({ name, type: /^(?:objects|number)$/.test(name) ? 'bigint' : 'varchar' })),
  rows,
});
const sent = (): string[] => [...athena.executions.values()].map(({ sql }) => sql);
const tableOf = (sql: string): string => /^merge into iceberg_(\w+)_[\da-f]{8} t/.exec(sql)?.[1] ?? '';
const append = (...words: string[]) => draintrace(['athena', 'append', ...LAKE, ...ICEBERG, ...words], { env });

test('a lake without new objects costs one statement', async () => {
  athena.engine = () => result(['objects'], ['0']);
  const { code, stdout, stderr } = await append();
  assert.deepEqual([code, stdout], [0, ''], stderr);
  assert.equal(sent().length, 1);
  assert.match(
    stderr,
    /appended 0 objects of s3:\/\/my-lake\/draintrace-lake to s3:\/\/my-tables\/draintrace-iceberg\n$/,
  );
});

test('new logs alone are written with the ledger, and completed last', async () => {
  athena.engine = (sql) =>
    sql.startsWith('select count(*) as objects')
      ? result(['objects'], ['3'])
      : result(['name', 'number'], ['alb_log', '500']);
  assert.equal((await append()).code, 0);
  assert.deepEqual(sent().slice(3).map(tableOf), ['object_version', 'alb_log', 'log_object', 'object_version']);
});

test('a statement that met another commit is asked again; any other failure ends the append', async () => {
  let refused = 0;
  athena.engine = (sql) => {
    if (sql.startsWith('select count(*) as objects')) return result(['objects'], ['1']);
    if (!sql.startsWith('merge')) return result(['name', 'number'], ['alb_log', '1']);
    if (tableOf(sql) === 'alb_log' && refused++ === 0)
      throw new Error('ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table');
    return result(['rows'], ['1']);
  };
  const { code, stderr } = await append();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /\nalb_log: another append wrote it at the same time; trying again\n/);
  assert.equal(sent().filter((sql) => tableOf(sql) === 'alb_log').length, 2);

  athena.engine = () => {
    throw new Error('TABLE_NOT_FOUND: line 1:1: Table iceberg_object_version does not exist');
  };
  const lost = await append();
  assert.equal(lost.code, 3, lost.stderr);
  assert.match(lost.stderr, /run the statements of draintrace athena ddl first/);
});

test('facts bring the views that read them, and nothing else', async () => {
  const plan = { origin: 'a1b2c3d4', window: EVERYTHING, nameOf: (name: string) => name };
  const names = async (changed: string[] | null) => (await mergeStatements(plan, changed)).map(({ table }) => table);
  const pods = await names(['pod_fact']);
  for (const table of ['pod_fact', 'life_fact', 'pod_life', 'rule']) assert.ok(pods.includes(table), table);
  for (const table of ['alb_log', 'target_state', 'target_observation']) assert.ok(!pods.includes(table), table);
  assert.deepEqual(pods.slice(-1), ['object_version']);
  const all = (await icebergTables()).map(({ of }) => of.name);
  assert.deepEqual(new Set(await names(null)), new Set(all));
  // Each reads its own table, and none of the lake's views.
  for (const question of await changedStatements(plan)) assert.doesNotMatch(question, /pod_life/);
});

test('a window narrows access logs alone: evidence began long before, and its pods still fail', async () => {
  athena.engine = () => result(['objects'], ['0']);
  assert.equal((await append('--from', '2026-03-10', '--to', '2026-03-11')).code, 0);
  const any = `(o.kind is null or o.kind <> 'alb_access_log' or o.first_time is null or o.first_time >= 1773100800000000)`;
  assert.ok(sent()[0]!.includes(any), sent()[0]);
  const plan = {
    origin: 'a1b2c3d4',
    window: { from: 1773100800000000, to: 1773187200000000 },
    nameOf: (name: string) => name,
  };
  for (const { table, sql } of await mergeStatements(plan, null))
    assert.equal(sql.includes(`x.day >= '2026-03-10' and x.day <= '2026-03-12'`), table === 'alb_log', table);
});

test('ddl makes the tables, and run reads them within the window', async () => {
  const ddl = await draintrace(['athena', 'ddl', ...ICEBERG, ...LAKE], { env });
  assert.equal(ddl.code, 0, ddl.stderr);
  const { statements } = splitStatements(ddl.stdout);
  const log = statements.find((one) => one.startsWith('CREATE TABLE IF NOT EXISTS `draintrace`.`iceberg_alb_log_'))!;
  assert.match(log, /\n {2}`time` timestamp,\n/);
  assert.match(log, /\n {2}`elb_status_code` int,\n/);
  assert.match(
    log,
    /\)\nPARTITIONED BY \(day\(`time`\)\)\nLOCATION 's3:\/\/my-tables\/draintrace-iceberg\/alb_log\/'\n/,
  );
  assert.match(log, /'table_type' = 'ICEBERG'/);
  const view = statements.find((one) => one.startsWith('CREATE OR REPLACE VIEW "draintrace"."exact_alb_log" AS'))!;
  assert.match(view, /from iceberg_alb_log_[\da-f]{8}\n\)$/);
  const window = ['--from', '2026-03-10', '--to', '2026-03-11', '--dry-run', '--no-estimate'];
  const run = await draintrace(['athena', 'run', 'status-codes', ...ICEBERG, ...window], { env });
  assert.match(run.stdout, /"time" >= timestamp '2026-03-10 00:00:00\.000000'/);
  assert.doesNotMatch(run.stdout, /lake_/);
});

test('compact rewrites each table, and removes what is left over', async () => {
  let parts = 0;
  athena.engine = () => {
    if (++parts === 2) throw new Error('ICEBERG_VACUUM_MORE_RUNS_NEEDED: removed 20000 files, and there are more');
    return result([]);
  };
  const { code, stderr } = await draintrace(['athena', 'compact', ...ICEBERG], { env });
  assert.equal(code, 0, stderr);
  const tables = (await icebergTables()).length;
  assert.equal(sent().length, 2 * tables + 1);
  assert.match(sent()[0]!, /^OPTIMIZE "draintrace"\."iceberg_object_version_[\da-f]{8}" REWRITE DATA USING BIN_PACK$/);
  assert.match(stderr, new RegExp(`compacted ${tables} tables of s3://my-tables/draintrace-iceberg`));
});

test('flags that do not belong together are refused', async () => {
  for (const [words, says] of [
    [['append', ...ICEBERG], /needs --lake/],
    [['append', ...LAKE], /needs --iceberg/],
    [['compact', ...LAKE], /needs --iceberg/],
    [['compact', ...LAKE, ...ICEBERG], /takes no --lake/],
    [['append', ...LAKE, ...ICEBERG, '--lb', 'x'], /append takes no --lb/],
    [['append', ...LAKE, ...ICEBERG, '--bucket', 'x', '--account', '111122223333'], /takes no --bucket/],
    [['run', 'verdicts', ...LAKE, ...ICEBERG], /--lake and --iceberg hold the same tables/],
    [['append', ...LAKE, '--iceberg', "s3://b/x'y"], /--iceberg .* is no folder in S3/],
    [['ddl', ...ICEBERG, '--form', 'glue'], /tables of Iceberg are made by SQL alone/],
  ] as const) {
    const { code, stderr } = await draintrace(['athena', ...words], { env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
});

test('the policy for appending writes below the tables and the results, and deletes only below the tables', () => {
  const policy = JSON.parse(readFileSync(`${ROOT}/deploy/iam-iceberg.json`, 'utf8')) as {
    Statement: { Action: string | string[]; Resource: string | string[] }[];
  };
  for (const { Action, Resource } of policy.Statement) {
    for (const action of [Action].flat()) {
      if (/^s3:(?:Put|Abort)/.test(action))
        assert.match(String(Resource), /^arn:aws:s3:::(?:TABLES\/draintrace-iceberg|RESULTS)\/\*$/);
      if (/Delete/.test(action)) assert.match(String(Resource), /TABLES/);
      assert.doesNotMatch(action, /\*/);
    }
  }
});
