/**
 * queries/ runs unchanged on Trino, which is what Athena is: the same rows as DuckDB over the same Parquet. Asked are the
 * questions that read logs and ledger. Those that read the lives of pods are not: Trino plans each WITH clause again
 * wherever it is read, and the plan of a verdict grows beyond what it finishes in minutes.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EVERYTHING, lakeRelations, trinoMacros, viewRelations, type Window } from '../../src/engine/relation.ts';
import { composeStatement, needed } from '../../src/engine/statement.ts';
import { lakeTables } from '../../src/engine/table.ts';
import { type Query, readCatalogue } from '../../src/query/catalogue.ts';
import { type BoundValue, defaultValues } from '../../src/query/parameter.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { exportLake } from '../../src/store/lake.ts';
import { folderShelf } from '../../src/store/lake-shelf.ts';
import { select } from '../../src/store/select.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { createTables } from './external-table.ts';
import { runTrino } from './trino.ts';
import { startTrino, type TrinoServer, trinoMissing } from './trino-server.ts';

const missing = trinoMissing();
if (missing && process.env.CI) throw new Error(`the real Trino cannot be asked: ${missing}`);
if (missing) process.stderr.write(`\n*** NOT RUN: the questions on a real Trino: ${missing}\n\n`);

const EVIDENCE = ['pod_life', 'life_fact', 'target_life', 'target_observation'];
const ALL = [...(await lakeRelations(EVERYTHING)), ...viewRelations()];
const catalogue = readCatalogue().filter(
  ({ needs }) => !needed(needs, ALL).some(({ name }) => EVIDENCE.includes(name)),
);
const macros = trinoMacros();

/** A cell of either engine, as one writes it to compare. Sums of doubles differ in the last digits with the order of the rows. */
function cell(value: unknown, type: string): unknown {
  if (value === null) return null;
  if (/^timestamp/i.test(type)) {
    const [, date, time, fraction = ''] = /^(\S{10})[ T]([\d:]{8})(?:\.(\d+))?Z?$/.exec(String(value)) ?? [];
    return date ? `${date} ${time}.${fraction.padEnd(6, '0').slice(0, 6)}` : value;
  }
  if (/^(double|real|decimal|float)/i.test(type)) return Number(Number(value).toPrecision(14));
  if (typeof value === 'number' || /int/i.test(type)) return Number(value);
  return value;
}

async function onDuckdb(
  database: Database,
  query: Query,
  parameters: Record<string, BoundValue>,
): Promise<unknown[][]> {
  const { columns, chunks } = await select(database.connection, query.sql, parameters);
  const rows: unknown[][] = [];
  for await (const chunk of chunks)
    for (const row of chunk) rows.push(row.map((value, i) => cell(value, columns[i]!.type)));
  return rows;
}

async function onTrino(
  trino: TrinoServer,
  query: Query,
  parameters: Record<string, BoundValue>,
  window: Window,
): Promise<unknown[][]> {
  const relations = [...(await lakeRelations(window)), ...viewRelations()];
  const sql = composeStatement(query.sql, query.needs, relations, macros, parameters);
  const { columns, rows } = await runTrino(trino.origin, sql, 'samples');
  return rows.map((row) => row.map((value, i) => cell(value, columns[i]!.type)));
}

if (!missing) {
  let trino: TrinoServer;
  let database: Database;

  before(async () => {
    trino = await startTrino();
    const folder = freshFolder();
    const db = join(folder, 'x.duckdb');
    const samples = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
    expectStatus(await cli(['load', ...samples, '--timezone', '+08:00', '--db', db]), 0);
    database = await openDatabase(db, { readOnly: true, external: true });
    await exportLake(database.connection, folderShelf(join(trino.files, 'lake')), ['day', 'elb'], () => {});
    await createTables(trino, 'samples', await lakeTables(), 'lake');
  });

  after(async () => {
    database?.close();
    await trino?.stop();
  });

  for (const query of catalogue) {
    test(`${query.name} gives the same rows on both engines`, async () => {
      const parameters = defaultValues(query.parameters);
      const expected = await onDuckdb(database, query, parameters);
      assert.deepEqual(await onTrino(trino, query, parameters, EVERYTHING), expected);
    });
  }

  test('there are questions of every kind of table among them', () => {
    assert.ok(catalogue.length >= 15);
    for (const table of ['alb_log', 'alb_count', 'log_object', 'rejected_line']) {
      assert.ok(
        catalogue.some(({ needs }) => needed(needs, ALL).some(({ name }) => name === table)),
        table,
      );
    }
  });

  test('a window reads the folders of its days alone', async () => {
    const trace = catalogue.find(({ name }) => name === 'server-errors')!;
    const from = Date.UTC(2026, 2, 10) * 1000;
    const bound: Record<string, BoundValue> = {
      ...defaultValues(trace.parameters),
      from: { type: 'timestamp', value: from },
    };
    const rows = await onTrino(trino, trace, bound, { from, to: null });
    assert.deepEqual(rows, await onDuckdb(database, trace, bound));
    assert.ok(rows.length > 0);
    const relations = [...(await lakeRelations({ from, to: null })), ...viewRelations()];
    const plan = await runTrino(
      trino.origin,
      `explain (type io, format json) ${composeStatement(trace.sql, trace.needs, relations, macros, bound)}`,
      'samples',
    );
    assert.match(String(plan.rows[0]![0]), /2026-03-10/);
    assert.doesNotMatch(String(plan.rows[0]![0]), /2023-01-07/);
  });
}
