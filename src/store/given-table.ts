/** Temporary tables with given rows, which hide the view or table of the same name for one connection. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { insertRows } from './insert.ts';

/** A table or view by which rows are given. */
export interface GivenTable {
  name: string;
  columns: readonly { name: string; type: string }[];
}

/** Returns a view of the database with its columns. */
export async function describeGiven(connection: DuckDBConnection, name: string): Promise<GivenTable> {
  const described = await connection.runAndReadAll(`SELECT column_name, column_type FROM (DESCRIBE "${name}")`);
  return {
    name,
    columns: described.getRows().map(([column, type]) => ({ name: String(column), type: String(type) })),
  };
}

/** Makes the table, without rows. */
export async function beginGiven(connection: DuckDBConnection, { name, columns }: GivenTable): Promise<void> {
  const defined = columns.map((column) => `"${column.name}" ${column.type}`).join(', ');
  await connection.run(`CREATE TEMP TABLE "${name}" (${defined})`);
  await connection.run(`CREATE TEMP TABLE "text of ${name}" (${columns.map((_, i) => `c${i} VARCHAR`).join(', ')})`);
}

/** Adds rows, each column as text. Throws the engine's error for a text that is not of the column's type. */
export async function addGiven(
  connection: DuckDBConnection,
  { name, columns }: GivenTable,
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  const texts = columns.map((_, i) => ({ name: `c${i}`, type: 'VARCHAR' }));
  const cells = rows.map((row) => Object.fromEntries(texts.map((text, i) => [text.name, row[i] ?? null])));
  await connection.run(`DELETE FROM "text of ${name}"`);
  await insertRows(connection, `"text of ${name}"`, texts, cells);
  const casts = columns.map(({ type }, i) => `CAST(c${i} AS ${type})`);
  await connection.run(`INSERT INTO temp."${name}" SELECT ${casts.join(', ')} FROM "text of ${name}"`);
}
