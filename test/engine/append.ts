/**
 * Tests `athena append` and `compact` with a real Trino behind Athena's protocol: nights, repetitions, two writers at once, and
 * compaction. The tables then answer as the local database does, and other readers find the same rows.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { compactStatements } from '../../src/athena/ddl.ts';
import { type LakePlace, originOf, placedName } from '../../src/athena/location.ts';
import { icebergTables, mergeStatements } from '../../src/engine/iceberg.ts';
import { EVERYTHING } from '../../src/engine/relation.ts';
import { lakeTables } from '../../src/engine/table.ts';
import type { Result, StandInAthena } from '../athena/stand-in.ts';
import { cli, expectStatus, ROOT } from '../cli.ts';
import { createTables } from './external-table.ts';
import { asTrinoSays, createIcebergTables } from './iceberg-table.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

const SCHEMA = 'iceberg';
const ICEBERG: LakePlace = { folder: 's3://tables/draintrace', form: 'iceberg' };
const DATABASE = ['--database', SCHEMA, '--iceberg', ICEBERG.folder];
const lakeNamed = (name: string): LakePlace => ({ folder: `s3://lake/${name}`, form: 'parquet' });
const nameIn = (lake: LakePlace) => (table: string) =>
  placedName(table, { location: null, lake: table.startsWith('iceberg_') ? ICEBERG : lake });
/** Two nights, in the middle of the incident. */
const PODS = 'samples/rollout-day/evidence/catalog-pods@2026-03-10T16-05-00Z.json';
const MIDDLE = '2026-03-10T14:01:00Z';
const WINDOW = ['--from', '2026-03-10T00:00:00Z', '--to', '2026-03-11T00:00:00Z'];
const PARAMETERS = ['--param', 'from=2026-03-10T00:00:00Z', '--param', 'to=2026-03-11T00:00:00Z'];
const QUESTIONS = ['verdicts', 'status-codes', 'requests-per-target', 'terminations', 'rejected-lines'];

/** The world of the tests beside these. */
export interface AthenaWorld {
  trino: TrinoServer;
  athena: StandInAthena;
  env: Record<string, string>;
  cwd: string;
}

/** Tests in the world that `given` returns once it is there, with the logs of the samples in the bucket `logs`. */
export function testAppends(given: () => AthenaWorld): void {
  let trino: TrinoServer;
  let athena: StandInAthena;
  let cwd: string;
  let env: Record<string, string>;
  const made = new Set<string>();

  const engine = async (sql: string): Promise<Result> => {
    const { columns, rows } = await runTrino(trino.origin, asTrinoSays(sql), SCHEMA);
    return { columns, rows: rows.map((row) => row.map((value) => (value === null ? null : String(value)))) };
  };
  const rowsOf = async (sql: string): Promise<unknown[][]> => (await runTrino(trino.origin, sql, SCHEMA)).rows;
  const table = (name: string): string => placedName(`iceberg_${name}`, { location: null, lake: ICEBERG });
  const load = async (db: string, ...words: string[]) =>
    expectStatus(await cli(['load', ...words, '--db', db, '--quiet'], { cwd, env }), 0);

  /** Exports a database, and lets Trino see the lake. */
  async function exportTo(name: string, db: string): Promise<void> {
    const lake = lakeNamed(name);
    expectStatus(await cli(['export', '--to', join(trino.files, name), '--db', db], { cwd }), 0);
    const placed = (await lakeTables()).map((one) => ({ ...one, name: nameIn(lake)(one.name) }));
    if (!made.has(name)) await createTables(trino, SCHEMA, placed, name);
    else {
      const log = nameIn(lake)('lake_alb_log');
      await rowsOf(`call system.sync_partition_metadata('${SCHEMA}', '${log}', 'ADD')`);
    }
    made.add(name);
  }
  const append = (name: string) =>
    cli(['athena', 'append', '--lake', lakeNamed(name).folder, ...DATABASE], { cwd, env, timeout: 300_000 });

  before(async () => {
    ({ trino, athena, cwd } = given());
    env = { ...given().env, AWS_REGION: 'eu-central-1' };
    athena.engine = engine;
    await runTrino(trino.origin, `create schema hive.${SCHEMA}`);
    await createIcebergTables(trino, SCHEMA, nameIn(ICEBERG));
  });

  test('nights and writers fill the tables, and nothing is added twice', async () => {
    await load('night.duckdb', join(ROOT, PODS), 's3://logs', '--to', MIDDLE);
    await exportTo('night', 'night.duckdb');
    const first = expectStatus(await append('night'), 0);
    assert.match(first.stderr, /appended \d+ objects of s3:\/\/lake\/night to s3:\/\/tables\/draintrace\n$/);
    const [[before]] = (await rowsOf(`select count(*) from ${table('alb_log')}`)) as [[number]];
    assert.ok(before > 0);

    athena.executions.clear();
    const again = expectStatus(await append('night'), 0);
    assert.match(again.stderr, /appended 0 objects/);
    assert.equal(athena.executions.size, 1);

    // The second night, and another writer's lake with objects that both have, at the same time.
    await load('night.duckdb', 's3://logs');
    await load('other.duckdb', 's3://logs', '--from', '2026-03-10T14:00:00Z');
    await exportTo('night', 'night.duckdb');
    await exportTo('other', 'other.duckdb');
    for (const run of await Promise.all([append('night'), append('other')])) expectStatus(run, 0);
    const sums = await rowsOf(
      `select count(*), count(distinct uri), (select count(*) from (select distinct object_id, line from ${table('alb_log')})),
         (select count(*) from ${table('alb_log')}), (select count(*) from ${table('object_version')} where not is_complete)
       from ${table('log_object')}`,
    );
    const [[objects, uris, lines, rows, open]] = sums as [number[]];
    assert.deepEqual([objects, lines, open], [uris, rows, 0]);
    assert.ok(rows! > before, `${rows} after ${before}`);
  });

  for (const name of QUESTIONS) {
    test(`athena run ${name} of the tables prints what query ${name} prints`, async () => {
      const withWindow = /^-- Param: to timestamp/m.test(readFileSync(join(ROOT, `queries/${name}.sql`), 'utf8'));
      const words = ['--no-estimate', '--format', 'json'];
      const there = await cli(['athena', 'run', name, ...DATABASE, ...WINDOW, ...words], {
        cwd,
        env,
        timeout: 300_000,
      });
      const parameters = withWindow ? PARAMETERS : [];
      const here = await cli(['query', name, '--db', 'night.duckdb', ...parameters, '--format', 'json'], { cwd });
      const answer = (run: { stdout: string }) => JSON.parse(run.stdout) as unknown[];
      assert.deepEqual(answer(expectStatus(there, 0)), answer(expectStatus(here, 0)));
    });
  }

  test('of two equal statements at once, Iceberg lets one commit, and the other can be repeated', async () => {
    await rowsOf(`delete from iceberg.${SCHEMA}.${table('alb_log')} where true`);
    const lake = lakeNamed('night');
    const pending = { origin: originOf(lake), window: EVERYTHING, nameOf: nameIn(lake) };
    const { sql } = (await mergeStatements(pending, ['alb_log'])).find((merge) => merge.table === 'alb_log')!;
    const runs = await Promise.allSettled([rowsOf(sql), rowsOf(sql), rowsOf(sql)]);
    const failed = runs.flatMap((run) => (run.status === 'rejected' ? [String((run.reason as Error).message)] : []));
    for (const message of failed) assert.match(message, /Failed to commit the transaction/);
    assert.deepEqual(await rowsOf(sql), [[0]]);
    const [[rows, different]] = (await rowsOf(
      `select count(*), (select count(*) from (select distinct object_id, line from ${table('alb_log')})) from ${table('alb_log')}`,
    )) as [[number, number]];
    assert.equal(rows, different);
    assert.ok(rows > 0);
  });

  test('an object that was loaded anew replaces what it was', async () => {
    await load('anew.duckdb', 's3://logs', '--keep', 'failures');
    await exportTo('anew', 'anew.duckdb');
    const [[before]] = (await rowsOf(`select count(*) from ${table('alb_log')}`)) as [[number]];
    expectStatus(await append('anew'), 0);
    const [[rows, uris, objects, counted]] = (await rowsOf(
      `select (select count(*) from ${table('alb_log')}), count(distinct uri), count(*), (select sum(requests) from ${table('alb_count')})
       from ${table('log_object')}`,
    )) as [number[]];
    assert.equal(uris, objects);
    assert.equal(rows! + counted!, before);
    assert.ok(counted! > 0);
  });

  test('compaction makes few files of many, and changes no row', async () => {
    const log = (await icebergTables()).find(({ of }) => of.name === 'alb_log')!;
    const path = `iceberg.${SCHEMA}."${table('alb_log')}$files"`;
    const files = async () => Number((await rowsOf(`select count(*) from ${path}`))[0]![0]);
    const sums = () => rowsOf(`select count(*), sum(line), max("time") from ${table('alb_log')}`);
    const [many, rows] = [await files(), await sums()];
    for (const sql of compactStatements(SCHEMA, log, ICEBERG)) await engine(sql);
    assert.ok((await files()) < many, `${await files()} of ${many} files`);
    assert.deepEqual(await sums(), rows);
  });

  test('PyIceberg and the extension of DuckDB read the same rows', async () => {
    const log = table('alb_log');
    const newest = await rowsOf(
      `select file from iceberg.${SCHEMA}."${log}$metadata_log_entries" order by "timestamp" desc limit 1`,
    );
    const metadata = join(trino.files, String(newest[0]![0]).replace('local:///', ''));
    const python = execFileSync('bash', [join(ROOT, 'test/engine/install-readers.sh'), '--path'])
      .toString()
      .trim();
    const read = execFileSync(python, [join(ROOT, 'test/engine/read-iceberg.py'), metadata, trino.files]).toString();
    const sums = await rowsOf(
      `select count(*), sum(line), sum(object_id), cast(to_unixtime(max("time")) * 1e6 as bigint) from ${log}`,
    );
    assert.deepEqual(JSON.parse(read), { pyiceberg: sums[0], duckdb: sums[0] });
  });
}
