/**
 * Keeps rows in a lake after the retention of nightly removed them from the database. An export merges the lake's rows of
 * those objects with the database's rows, so the lake becomes the archive of a database that holds a month. The lake's own
 * retention removes rows from the lake, whatever the database holds.
 */
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { databaseName } from './definition.ts';
import type { LakeManifest } from './lake-manifest.ts';
import { LEDGER_FILE } from './lake-owner.ts';
import { rowsAs, rowsFrom } from './lake-read.ts';
import type { LakeTarget } from './lake-target.ts';
import { BASE_TABLES, LOG_OBJECT, type Table } from './table.ts';

/** Where rows of the lake come from besides the database, and which go. The objects are in temporary tables. */
export interface Archive {
  /** Number of objects in expired_object: gone from the database, and still in the lake. */
  expired: number;
  /** Whether objects in dropped_object are to leave the lake. */
  drops: boolean;
}

const EXPIRED = 'object_id IN (FROM expired_object)';
const DROPPED = 'object_id IN (FROM dropped_object)';

/**
 * Finds the objects that expired in the database and whose rows are in the lake, and those that ended before `before` (null:
 * none), whose rows go. Then covers every table except alb_log with a temporary view of what the lake is to hold, so views
 * over evidence see it. Returns null if that is what the database holds. Without a `manifest` the lake has nothing to add.
 */
export async function coverArchive(
  connection: DuckDBConnection,
  target: LakeTarget,
  manifest: LakeManifest | null,
  before: Micros | null,
): Promise<Archive | null> {
  const isThere = (path: string) => manifest?.files.some((file) => file.path === path && file.rows > 0) ?? false;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE dropped_object AS SELECT object_id FROM log_object WHERE last_time < $before`,
    { before: before === null ? null : new DuckDBTimestampValue(BigInt(before)) },
  );
  const drops = (await numberOf(connection, 'SELECT count(*) FROM dropped_object')) > 0;
  const expired = isThere(LEDGER_FILE) ? await findExpired(connection, target) : 0;
  if (!drops && expired === 0) return null;
  const database = await databaseName(connection);
  for (const table of BASE_TABLES) {
    const path = `${table.name}/data.parquet`;
    // In the database an expired object has only its ledger row.
    const own = `SELECT * FROM ${rowsFrom(table, `${database}.main.${table.name}`)}${expired > 0 ? ` WHERE NOT ${EXPIRED}` : ''}`;
    const old = expired > 0 && isThere(path) ? rowsAs(table, [await target.bring(path)]) : null;
    const rows = old === null ? own : `${own} UNION ALL SELECT * FROM ${old} WHERE ${EXPIRED}`;
    // The ledger keeps what went, as that of the database does.
    const kept =
      table === LOG_OBJECT
        ? `SELECT * REPLACE (CASE WHEN ${DROPPED} THEN 'expired' ELSE status END AS status) FROM (${rows})`
        : `SELECT * FROM (${rows}) WHERE NOT ${DROPPED}`;
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${table.name} AS ${kept}`);
  }
  return { expired, drops };
}

/** Fills expired_object, and returns the number of its objects. */
async function findExpired(connection: DuckDBConnection, target: LakeTarget): Promise<number> {
  await connection.run('CREATE OR REPLACE TEMP TABLE expired_object (object_id INTEGER)');
  if ((await numberOf(connection, "SELECT count(*) FROM log_object WHERE status = 'expired'")) === 0) return 0;
  const ledger = rowsAs(LOG_OBJECT, [await target.bring(LEDGER_FILE)]);
  await connection.run(`
    INSERT INTO expired_object
    SELECT object_id FROM log_object o SEMI JOIN ${ledger} l ON l.object_id = o.object_id AND l.uri = o.uri AND l.status <> 'expired'
    WHERE o.status = 'expired' AND NOT ${DROPPED}`);
  return numberOf(connection, 'SELECT count(*) FROM expired_object');
}

/** Returns the condition of a row that the lake is to hold, of a relation with object_id. */
export const keptCondition = (archive: Archive | null): string => (archive?.drops ? `NOT ${DROPPED}` : 'true');

/** Returns the select of an alb_log partition with the lake's rows of expired objects; null if the lake has none there. */
export async function withExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  part: { table: Table; path: string; rowsSql: string },
  { expired }: Archive,
): Promise<string | null> {
  if (part.table.name !== 'alb_log' || expired === 0) return null;
  const old = rowsAs(part.table, [await target.bring(part.path)]);
  const rows = await numberOf(connection, `SELECT count(*) FROM ${old} WHERE ${EXPIRED}`);
  return rows === 0 ? null : `${part.rowsSql} UNION ALL SELECT * FROM ${old} WHERE ${EXPIRED}`;
}

/**
 * Returns the rows that stay of a file of alb_log of which the database has none, as a select with their number; null if the
 * file stays as it is.
 */
export async function withoutDropped(
  connection: DuckDBConnection,
  target: LakeTarget,
  table: Table,
  path: string,
): Promise<{ rowsSql: string; rows: number } | null> {
  const rowsSql = `SELECT * FROM ${rowsAs(table, [await target.bring(path)])} WHERE NOT ${DROPPED}`;
  const [[all, rows]] = (
    await connection.runAndReadAll(
      `SELECT count(*), count(*) FILTER (NOT ${DROPPED}) FROM ${rowsAs(table, [await target.bring(path)])}`,
    )
  ).getRows() as [[bigint, bigint]];
  return all === rows ? null : { rowsSql, rows: Number(rows) };
}

async function numberOf(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(sql)).getRows()[0]![0]);
}
