/**
 * Tests `athena append` and `compact` with a real Trino behind Athena's protocol: nights, repetitions, two writers at once, and
 * compaction. The tables then answer as the local database does, and other readers find the same rows.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { cloudwatchRelation, readCloudwatchTable } from '../../src/athena/cloudwatch-table.ts';
import { compactStatements } from '../../src/athena/ddl.ts';
import { type LakePlace, originOf, placedName } from '../../src/athena/location.ts';
import { mergeStatements } from '../../src/engine/iceberg.ts';
import { icebergTables } from '../../src/engine/iceberg-table.ts';
import { EVERYTHING, trinoMacros } from '../../src/engine/relation.ts';
import { composeStatement } from '../../src/engine/statement.ts';
import { lakeTables } from '../../src/engine/table.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import type { Result, StandInAthena } from '../athena/stand-in.ts';
import { cli, expectStatus, ROOT } from '../cli.ts';
import { SHAPES } from './cloudwatch-shape.ts';
import { createTables } from './external-table.ts';
import { asTrinoSays, createIcebergTables } from './iceberg-table.ts';
import { sayMost, stagesOf } from './stage.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

const SCHEMA = 'iceberg';
const ICEBERG: LakePlace = { folder: 's3://tables/draintrace', form: 'iceberg' };
const DATABASE = ['--database', SCHEMA, '--iceberg', ICEBERG.folder];
const lakeNamed = (name: string): LakePlace => ({ folder: `s3://lake/${name}`, form: 'parquet' });
const nameIn = (lake: LakePlace) => (table: string) =>
  placedName(table, { location: null, lake: table.startsWith('iceberg_') ? ICEBERG : lake });
const SAMPLES = 'samples/rollout-day/evidence';
/** Time is short in the full test run: each kind of evidence brings views that are computed. */
const EVIDENCE = process.env.TRINO_SHORT ? `${SAMPLES}/catalog-pods@2026-03-10T16-05-00Z.json` : SAMPLES;
const LOGS = process.env.TRINO_SHORT ? ['--logs', 'access'] : [];
/** Between two nights, in the middle of the incident. */
const MIDDLE = '2026-03-10T14:01:00Z';
const WINDOW = ['--from', '2026-03-10T00:00:00Z', '--to', '2026-03-11T00:00:00Z'];
const PARAMETERS = ['--param', 'from=2026-03-10T00:00:00Z', '--param', 'to=2026-03-11T00:00:00Z'];
const QUESTIONS = [
  'verdicts',
  'status-codes',
  ...(process.env.TRINO_SHORT ? [] : ['requests-per-target', 'terminations', 'rejected-lines']),
];

/** Statements with twenty stages or more; a short run looks at these alone. */
const LARGE = ['life_fact_attached_fact', 'life_fact', 'lives', 'pod_address_life', 'backend_behind'];

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

  /** Statements that fail, as when the machine is lost in the middle. */
  let lost: RegExp | null = null;
  const engine = async (sql: string): Promise<Result> => {
    if (lost?.test(sql)) throw new Error('the machine is gone');
    const { columns, rows } = await runTrino(trino.origin, asTrinoSays(sql), SCHEMA);
    return { columns, rows: rows.map((row) => row.map((value) => (value === null ? null : String(value)))) };
  };
  const rowsOf = async (sql: string): Promise<unknown[][]> => (await runTrino(trino.origin, sql, SCHEMA)).rows;
  const table = (name: string): string => placedName(`iceberg_${name}`, { location: null, lake: ICEBERG });
  const load = async (db: string, ...words: string[]) =>
    expectStatus(await cli(['load', ...words, ...LOGS, '--db', db, '--quiet'], { cwd, env }), 0);

  /** Exports a database, and lets Trino see the lake. */
  async function exportTo(name: string, db: string): Promise<void> {
    const lake = lakeNamed(name);
    expectStatus(await cli(['export', '--to', join(trino.files, name), '--db', db], { cwd }), 0);
    // An append reads no view of a lake.
    const tables = (await lakeTables()).filter(({ of, folder }) => folder === of.name);
    const placed = tables.map((one) => ({ ...one, name: nameIn(lake)(one.name) }));
    if (!made.has(name)) await createTables(trino, SCHEMA, placed, name);
    else {
      const log = nameIn(lake)('lake_alb_log');
      await rowsOf(`call system.sync_partition_metadata('${SCHEMA}', '${log}', 'ADD')`);
    }
    made.add(name);
  }
  const append = (name: string, ...window: string[]) =>
    cli(['athena', 'append', '--lake', lakeNamed(name).folder, ...DATABASE, ...window], { cwd, env, timeout: 300_000 });

  before(async () => {
    ({ trino, athena, cwd } = given());
    env = { ...given().env, AWS_REGION: 'eu-central-1' };
    athena.engine = engine;
    athena.states = [];
    await runTrino(trino.origin, `create schema hive.${SCHEMA}`);
    await createIcebergTables(trino, SCHEMA, nameIn(ICEBERG));
  });

  test('nights, writers and an append that is lost halfway fill the tables, and nothing is added twice', async () => {
    await load('night.duckdb', join(ROOT, EVIDENCE), 's3://logs', '--to', MIDDLE);
    await exportTo('night', 'night.duckdb');
    lost = /^merge into iceberg_(?:log_object|pod_fact)_/;
    expectStatus(await append('night'), 3);
    lost = null;
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
    for (const run of await Promise.all([append('night', ...WINDOW), append('other')])) expectStatus(run, 0);
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

  for (const [shape, columns] of Object.entries(SHAPES)) {
    test(`a table of CloudWatch with ${shape} columns is read in place as the log that it holds`, async () => {
      const name = `access_${shape}`;
      const select = columns.map(([column, , cell]) => `${cell} as "${column}"`).join(', ');
      await rowsOf(
        `create table iceberg.${SCHEMA}.${name} as select ${select} from iceberg.${SCHEMA}.${table('alb_log')}`,
      );
      const file = join(cwd, `${name}.json`);
      const described = columns.map(([Name, Type]) => ({ Name, Type }));
      const answer = {
        Name: name,
        DatabaseName: SCHEMA,
        CatalogId: '111122223333:hive',
        StorageDescriptor: { Columns: described },
      };
      writeFileSync(file, JSON.stringify({ Table: answer }));
      // Each column that the log has is the same, but for numbers that only the ledger gives.
      const { sql } = cloudwatchRelation(readCloudwatchTable(JSON.stringify({ Table: answer }), file), EVERYTHING);
      const texts = new Set(
        ALB_LOG.columns.flatMap(({ name: column, type }) => (type === 'VARCHAR' ? [`"${column}"`] : [])),
      );
      const own = ALB_LOG.columns
        .map((column) => column.name)
        .filter((column) => !['object_id', 'line', 'extra', 'field_count'].includes(column))
        .map((column) => `"${column}"`);
      const here = composeStatement(
        `select ${own.join(', ')} from alb_log`,
        ['alb_log'],
        [{ name: 'alb_log', sql, needs: [] }],
        trinoMacros(),
      );
      // An empty text of a record is an absent one, as load reads it.
      const plain = (column: string) => (texts.has(column) ? `nullif(${column}, '')` : column);
      const there = `select ${own.map(plain).join(', ')} from ${table('alb_log')}`;
      const sorted = async (select: string) => (await rowsOf(select)).map((row) => JSON.stringify(row)).sort();
      assert.deepEqual(await sorted(here), await sorted(there));
      const words = ['athena', 'run', 'status-codes', ...DATABASE, ...WINDOW, '--format', 'json'];
      const asked = await cli([...words, '--cloudwatch-table', file], { cwd, env });
      const expected = await cli([...words, '--no-estimate'], { cwd, env });
      assert.deepEqual(JSON.parse(expectStatus(asked, 0).stdout), JSON.parse(expectStatus(expected, 0).stdout));
    });
  }

  test('no statement of an append has more than 50 stages', async (t) => {
    const append = {
      origin: originOf(lakeNamed('night')),
      window: { from: 0, to: 2e15 },
      nameOf: nameIn(lakeNamed('night')),
    };
    const stages: Record<string, number> = {};
    const isShort = Boolean(process.env.TRINO_SHORT);
    const merges = (await mergeStatements(append, null)).filter(({ table: name }) => !isShort || LARGE.includes(name));
    for (const { table: name, sql } of merges) {
      stages[name] = await stagesOf(trino.origin, sql, SCHEMA);
    }
    for (const name of LARGE) assert.ok(stages[name]! >= 20, `${name}: ${stages[name]}`);
    sayMost(t, stages);
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
