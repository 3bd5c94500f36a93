/** Finds values of a lake's files that no export writes: a lake may come from somebody else, and one bad file must not stop the others. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { listOfFiles } from './path-list.ts';
import { LOG_OBJECT, TABLES, type Table } from './table.ts';

/** Times that every calendar has, also that of JavaScript. */
const FIRST_TIME = "TIMESTAMP '0001-01-01'";
const LAST_TIME = "TIMESTAMP '9999-12-31'";

/** Columns of the ledger that each entry has. */
const NEEDED = ['object_id', 'uri', 'etag', 'kind', 'status', 'lines', 'rows', 'rejected', 'dropped', 'loaded_at'];

const quoted = (name: string): string => `"${name}"`;

/** Returns the defect of the values in a file of this table, as the end of a sentence; null without one. */
export async function valueDefectOf(connection: DuckDBConnection, path: string, name: string): Promise<string | null> {
  const table = TABLES.find((one) => one.name === name);
  if (table === undefined) return null;
  const file = `read_parquet(${listOfFiles([path])}, hive_partitioning = false)`;
  const described = await connection.runAndReadAll(`DESCRIBE FROM ${file}`);
  const types = new Map(described.getRows().map(([column, type]) => [String(column), String(type)]));
  for (const [why, columns] of [
    ['has values that do not fit', misfits(table, types)],
    ['has impossible times in', times(table, types)],
    ['has entries without', table === LOG_OBJECT ? absent(types) : []],
  ] as const) {
    if (columns.length === 0) continue;
    const counts = columns.map(([, condition]) => `count(*) FILTER (${condition})`);
    const [row] = (await connection.runAndReadAll(`SELECT ${counts.join(', ')} FROM ${file}`)).getRows();
    const bad = columns.filter((_, i) => Number(row![i]) > 0).map(([column]) => column);
    if (bad.length > 0) return `${why} ${bad.join(', ')}`;
  }
  return table === LOG_OBJECT ? twice(connection, file) : null;
}

type Types = ReadonlyMap<string, string>;
type Condition = readonly [column: string, condition: string];

/** A column of the right type fits: the others are tried value by value. */
function misfits({ columns }: Table, types: Types): Condition[] {
  const others = columns.filter(({ name, type }) => types.has(name) && types.get(name) !== type);
  return others.map(({ name, type }) => [
    name,
    `${quoted(name)} IS NOT NULL AND TRY_CAST(${quoted(name)} AS ${type}) IS NULL`,
  ]);
}

function times({ columns }: Table, types: Types): Condition[] {
  const own = columns.filter(({ name, type }) => type === 'TIMESTAMP' && types.has(name));
  return own.map(({ name }) => [
    name,
    `NOT coalesce(TRY_CAST(${quoted(name)} AS TIMESTAMP) BETWEEN ${FIRST_TIME} AND ${LAST_TIME}, true)`,
  ]);
}

function absent(types: Types): Condition[] {
  return NEEDED.filter((name) => types.has(name)).map((name) => [name, `${quoted(name)} IS NULL`]);
}

async function twice(connection: DuckDBConnection, file: string): Promise<string | null> {
  const [[all, numbers]] = (
    await connection.runAndReadAll(`SELECT count(*), count(DISTINCT object_id) FROM ${file}`)
  ).getRows() as [[bigint, bigint]];
  return all === numbers ? null : 'has two entries of one object';
}
