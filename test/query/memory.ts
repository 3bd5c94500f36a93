/** A database of its own with all tables, for tests that insert rows instead of loading files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type AlbRow, isRejected, readRow } from '../../src/alb/row.ts';
import { ALB_LOG, BASE_TABLES, TABLES, type Table } from '../../src/store/table.ts';
import { newEmpty } from '../../src/store/template-database.ts';
import { installViews } from '../../src/store/view.ts';
import { freshFolder } from '../cli.ts';

export type Values = Record<string, string | number | null>;

/** alb_log is a plain table here; the schema's own test covers its parts. */
export async function memoryDatabase(): Promise<DuckDBConnection> {
  const empty = newEmpty();
  const instance = await DuckDBInstance.create(empty === null ? ':memory:' : fileOf(empty), { threads: '2' });
  const connection = await instance.connect();
  // The same settings as in src/store/database.ts, which halve the planning time.
  await connection.run("set disabled_optimizers = 'statistics_propagation,compressed_materialization'");
  if (empty !== null) await connection.run('drop view alb_log');
  for (const table of [ALB_LOG, ...BASE_TABLES]) {
    // Without keys: a test gives what it needs.
    await connection.run(`drop table if exists ${table.name}`);
    await connection.run(
      `create table ${table.name} (${table.columns.map((c) => `"${c.name}" ${c.type}`).join(', ')})`,
    );
  }
  if (empty === null) await installViews(connection, false);
  return connection;
}

/** Writes what the build made to a file of its own: making the views anew takes seconds. */
function fileOf(empty: Buffer): string {
  const path = join(freshFolder(), 'test.duckdb');
  writeFileSync(path, empty);
  return path;
}

const literal = (value: string | number | null | undefined): string =>
  value === null || value === undefined
    ? 'NULL'
    : typeof value === 'number'
      ? String(value)
      : `'${value.replaceAll("'", "''")}'`;

const tableOf = (name: string): Table => TABLES.find((table) => table.name === name)!;

/** Inserts rows. A key that is not a column is an error of the test. Numbers in time columns are microseconds. */
export async function insert(connection: DuckDBConnection, name: string, rows: readonly Values[]): Promise<void> {
  const { columns } = tableOf(name);
  for (const row of rows) {
    for (const key of Object.keys(row)) {
      if (!columns.some((column) => column.name === key)) throw new Error(`${name} has no column ${key}`);
    }
  }
  const tuples = rows.map((row) => {
    const cells = columns.map(({ name: key, type }) =>
      type === 'TIMESTAMP' && typeof row[key] === 'number' ? `make_timestamp(${row[key]})` : literal(row[key]),
    );
    return `(${cells.join(', ')})`;
  });
  if (tuples.length > 0) await connection.run(`insert into ${name} values ${tuples.join(', ')}`);
}

/** Reads access log text as rows of alb_log. */
export function rowsOf(text: string): AlbRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = readRow(new TextEncoder().encode(line));
      if (isRejected(row)) throw new Error(`${row.reason}: ${line}`);
      return row;
    });
}
