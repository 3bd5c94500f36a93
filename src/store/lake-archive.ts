/**
 * Keeps rows in a lake after the retention of nightly removed them from the database. An export merges the lake's rows of
 * those objects with the database's rows, so the lake becomes the archive of a database that holds a month.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { databaseName } from './definition.ts';
import type { LakeManifest } from './lake-manifest.ts';
import { LEDGER_FILE } from './lake-owner.ts';
import { rowsAs, rowsFrom } from './lake-read.ts';
import type { LakeTarget } from './lake-target.ts';
import { BASE_TABLES, LOG_OBJECT, type Table } from './table.ts';

/** Marks that the temporary table expired_object holds the objects that the lake still has. */
export interface Expired {
  objects: number;
}

const EXPIRED = 'object_id IN (FROM expired_object)';

/**
 * Finds the objects that expired in the database and whose rows are in the lake. Then covers every table except alb_log with
 * a temporary view that adds the lake's rows of those objects, so views over evidence see them. Returns null without such
 * objects.
 */
export async function coverExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  manifest: LakeManifest,
): Promise<Expired | null> {
  const isThere = (path: string) => manifest.files.some((file) => file.path === path && file.rows > 0);
  if (!isThere(LEDGER_FILE)) return null;
  const [[some]] = await numbers(connection, "SELECT count(*) FROM log_object WHERE status = 'expired'");
  if (some === 0) return null;
  const ledger = rowsAs(LOG_OBJECT, [await target.bring(LEDGER_FILE)]);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE expired_object AS
    SELECT object_id FROM log_object o SEMI JOIN ${ledger} l ON l.object_id = o.object_id AND l.uri = o.uri AND l.status <> 'expired'
    WHERE o.status = 'expired'`);
  const [[objects]] = await numbers(connection, 'SELECT count(*) FROM expired_object');
  if (objects === 0) return null;
  const database = await databaseName(connection);
  for (const table of BASE_TABLES) {
    const path = `${table.name}/data.parquet`;
    if (!isThere(path)) continue;
    const old = rowsAs(table, [await target.bring(path)]);
    // In the database an expired object has only its ledger row.
    const own = rowsFrom(table, `${database}.main.${table.name}`);
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${table.name} AS
       SELECT * FROM ${own} WHERE NOT ${EXPIRED} UNION ALL SELECT * FROM ${old} WHERE ${EXPIRED}`,
    );
  }
  return { objects: objects! };
}

/** Returns the select of an alb_log partition with the lake's rows of expired objects; null if the lake has none there. */
export async function withExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  part: { table: Table; path: string; rowsSql: string },
  { objects }: Expired,
): Promise<string | null> {
  if (part.table.name !== 'alb_log' || objects === 0) return null;
  const old = rowsAs(part.table, [await target.bring(part.path)]);
  const [[rows]] = await numbers(connection, `SELECT count(*) FROM ${old} WHERE ${EXPIRED}`);
  return rows === 0 ? null : `${part.rowsSql} UNION ALL SELECT * FROM ${old} WHERE ${EXPIRED}`;
}

async function numbers(connection: DuckDBConnection, sql: string): Promise<[[number]]> {
  const rows = (await connection.runAndReadAll(sql)).getRows();
  return [[Number(rows[0]![0])]];
}
