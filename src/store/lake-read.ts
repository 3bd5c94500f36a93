/**
 * Loads an exported lake back into a database. DuckDB reads the Parquet. This file decides how a row of alb_log is stored, and
 * ensures that an object arrives complete or not at all.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { insertRows } from './insert.ts';
import { type LakeFile, tableOf } from './lake-manifest.ts';
import { valueDefectOf } from './lake-value.ts';
import type { LedgerEntry } from './ledger.ts';
import { listOfFiles } from './path-list.ts';
import { ALB_LOG_PARTS, CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';
import { ALB_LOG, BASE_TABLES, LOG_OBJECT, REJECTED_LINE, SPOOLED_TABLES, type Table } from './table.ts';

/** The part of a lake's ledger entry that decides whether its object is taken; times in microseconds. */
export type LakeEntry = Pick<
  LedgerEntry,
  'object_id' | 'uri' | 'etag' | 'keep' | 'kind' | 'first_time' | 'last_time' | 'loaded_at'
>;

/** An object to take, by its number in the lake. */
export interface Taken {
  object_id: number;
  /** The entry of this database that it replaces. */
  replaces: number | null;
}

/** Report about a stored object. */
export type StoredEntry = Pick<
  LedgerEntry,
  'uri' | 'kind' | 'status' | 'detail' | 'lines' | 'rows' | 'rejected' | 'dropped' | 'extra_fields'
>;

const quoted = (name: string): string => `"${name}"`;
const names = (columns: readonly string[]): string => columns.map(quoted).join(', ');

const parquet = (paths: readonly string[]): string =>
  `read_parquet(${listOfFiles(paths)}, hive_partitioning = false, union_by_name = true)`;

/** Selects rows of these files with the table's columns: a missing column becomes NULL, an extra one is dropped. */
export const rowsAs = (table: Table, paths: readonly string[]): string => rowsFrom(table, parquet(paths));

/** Does the same for any relation. */
export function rowsFrom({ columns }: Table, relation: string): string {
  const none = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`);
  const own = columns.map(({ name, type }) => `CAST(${quoted(name)} AS ${type}) AS ${quoted(name)}`);
  return `(SELECT ${own.join(', ')} FROM (SELECT ${none.join(', ')} WHERE false UNION ALL BY NAME FROM ${relation}))`;
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}

/** Returns the defect of a file as the end of a sentence, or null if the file is as exported. */
export async function defectOf(
  connection: DuckDBConnection,
  path: string,
  file: LakeFile,
  engine: string,
): Promise<string | null> {
  try {
    const [found] = await rowsOf(
      connection,
      `SELECT count(*), coalesce(sum(CAST(hash(t) AS HUGEINT)), 0), version() FROM ${parquet([path])} t`,
    );
    const [rows, checksum, version] = found!.map(String);
    if (Number(rows) !== file.rows) return `holds ${rows} rows where ${file.rows} were exported`;
    // Another DuckDB version may hash differently.
    if (version === engine && checksum !== file.checksum) return 'has other rows than the export wrote';
    return await valueDefectOf(connection, path, tableOf(file));
  } catch (error) {
    return `cannot be read (${(error as Error).message.split('\n')[0]})`;
  }
}

/** Returns the ledger of a lake, in its order. */
export async function lakeEntries(connection: DuckDBConnection, ledger: string): Promise<LakeEntry[]> {
  const found = await rowsOf(
    connection,
    `SELECT object_id, uri, etag, keep, kind, epoch_us(first_time), epoch_us(last_time), epoch_us(loaded_at)
     FROM ${rowsAs(LOG_OBJECT, [ledger])} ORDER BY object_id`,
  );
  const micros = (value: unknown) => (value === null ? null : Number(value));
  return found.map(([object_id, uri, etag, keep, kind, first, last, loaded]) => ({
    object_id: Number(object_id),
    uri: String(uri),
    etag: String(etag),
    keep: String(keep),
    kind: String(kind),
    first_time: micros(first),
    last_time: micros(last),
    loaded_at: Number(loaded),
  }));
}

/**
 * Stores these objects from the files of each table, in the open transaction, and returns their entries. `unread` are the
 * tables with a missing file. An object whose lines do not all arrive is left out, and can be loaded another time.
 */
export async function storeLake(
  connection: DuckDBConnection,
  objects: readonly Taken[],
  files: ReadonlyMap<string, readonly string[]>,
  unread: ReadonlySet<string>,
): Promise<StoredEntry[]> {
  await takeObjects(connection, objects);
  for (const table of [ALB_LOG, ...BASE_TABLES]) {
    const paths = files.get(table.name) ?? [];
    if (paths.length === 0 && table !== LOG_OBJECT) continue;
    const rows = `(SELECT o.object_id, l.* EXCLUDE (object_id) FROM ${rowsAs(table, paths)} l JOIN taken o ON o.lake_id = l.object_id)`;
    if (table === ALB_LOG) await storeAlbLog(connection, rows);
    else if (table === LOG_OBJECT) await connection.run(`CREATE OR REPLACE TEMP TABLE taken_entry AS FROM ${rows}`);
    else await connection.run(`INSERT INTO ${table.name} BY NAME FROM ${rows}`);
  }
  await dropIncomplete(connection, unread);
  await connection.run(`INSERT INTO ${LOG_OBJECT.name} BY NAME FROM taken_entry`);
  const stored = await connection.runAndReadAll(
    `SELECT uri, kind, status, detail, lines, "rows", rejected, dropped, extra_fields FROM taken_entry ORDER BY object_id`,
  );
  return stored
    .getRowObjects()
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ),
    ) as unknown as StoredEntry[];
}

/** Numbers the objects after those of this database. */
async function takeObjects(connection: DuckDBConnection, objects: readonly Taken[]): Promise<void> {
  await connection.run('CREATE OR REPLACE TEMP TABLE taken (object_id INTEGER, lake_id INTEGER, replaces INTEGER)');
  const [[last]] = (await rowsOf(connection, `SELECT coalesce(max(object_id), 0) FROM ${LOG_OBJECT.name}`)) as [
    [number],
  ];
  await insertRows(
    connection,
    'taken',
    ['object_id', 'lake_id', 'replaces'].map((name) => ({ name, type: 'INTEGER' })),
    objects.map(({ object_id, replaces }, i) => ({
      object_id: Number(last) + 1 + i,
      lake_id: object_id,
      replaces,
    })),
  );
}

/**
 * Stores rows of alb_log, given as a relation. A known context matches in all columns, whichever line it came from. The key
 * of a new context begins with a byte that no line holds, so it never equals a line's key.
 */
export async function storeAlbLog(connection: DuckDBConnection, rows: string): Promise<void> {
  const columns = names(CONTEXT_COLUMNS);
  const fields = CONTEXT_COLUMNS.map((name) => `'${name}': ${quoted(name)}`).join(', ');
  await connection.run(`
    INSERT INTO alb_context (context_id, context_key, ${columns})
    SELECT
      (SELECT coalesce(max(context_id), 0) FROM alb_context) + row_number() OVER (ORDER BY context_key), *
    FROM (
      SELECT '\\x00'::BLOB || encode(CAST(to_json({${fields}}) AS VARCHAR)) AS context_key, *
      FROM (SELECT ${columns} FROM ${rows} EXCEPT SELECT ${columns} FROM alb_context)
    )`);
  const same = CONTEXT_COLUMNS.map((name) => `c.${quoted(name)} IS NOT DISTINCT FROM l.${quoted(name)}`);
  await connection.run(`
    INSERT INTO alb_row (context_id, ${names(ROW_COLUMNS)})
    SELECT c.context_id, ${ROW_COLUMNS.map((name) => ALB_LOG_PARTS[name] ?? `l.${quoted(name)}`).join(', ')}
    FROM ${rows} l
    JOIN (SELECT min(context_id) AS context_id, ${columns} FROM alb_context GROUP BY ALL) c ON ${same.join(' AND ')}`);
}

/** Keeps only objects in taken_entry whose lines are all present, and removes the objects that they replace. */
async function dropIncomplete(connection: DuckDBConnection, unread: ReadonlySet<string>): Promise<void> {
  const counted = ['alb_row', ...SPOOLED_TABLES.map(({ name }) => name)].map(
    (table) => `SELECT object_id, count(*) AS n FROM ${table} SEMI JOIN taken USING (object_id) GROUP BY object_id`,
  );
  // Facts cannot be counted: one record may give any number of them.
  const uncounted = new Set(['alb_log', 'alb_count', REJECTED_LINE.name, ...SPOOLED_TABLES.map(({ name }) => name)]);
  const factsAreThere = [...unread].every((table) => uncounted.has(table));
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE incomplete AS
    SELECT e.object_id
    FROM taken_entry e
    LEFT JOIN (
      SELECT object_id, sum(n) AS n
      FROM (
        ${counted.join(' UNION ALL ')}
        UNION ALL
        SELECT object_id, sum(requests) FROM alb_count SEMI JOIN taken USING (object_id) GROUP BY object_id
      )
      GROUP BY object_id
    ) c USING (object_id)
    LEFT JOIN (SELECT object_id, count(*) AS n FROM rejected_line GROUP BY object_id) r USING (object_id)
    WHERE e.status <> 'expired' AND (
      e.rejected <> coalesce(r.n, 0)
      OR CASE
        WHEN e.kind IN (${LOG_KINDS}) THEN e."rows" - e.dropped <> coalesce(c.n, 0)
        ELSE e."rows" > 0 AND NOT ${factsAreThere}
      END
    )`);
  const tables = ['alb_row', ...BASE_TABLES.map(({ name }) => name)];
  for (const table of tables) {
    await connection.run(`
      DELETE FROM ${table} WHERE object_id IN (FROM incomplete)
      OR object_id IN (SELECT replaces FROM taken ANTI JOIN incomplete USING (object_id) WHERE replaces IS NOT NULL)`);
  }
  await connection.run('DELETE FROM taken_entry WHERE object_id IN (FROM incomplete)');
}

/** Kinds of objects in which each line is a row. */
const LOG_KINDS = "'alb_access_log', 'alb_connection_log', 'alb_health_check_log'";
