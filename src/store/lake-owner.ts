/** Checks which database owns a lake: an export must not overwrite the lake of another database. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from './error.ts';
import type { LakeManifest } from './lake-manifest.ts';
import { lakeEntries } from './lake-read.ts';
import type { LakeTarget } from './lake-target.ts';
import { LOG_OBJECT, TABLES } from './table.ts';

/** Path of the ledger in a lake. */
export const LEDGER_FILE = `${LOG_OBJECT.name}/data.parquet`;

/** Returns the identity of the database; null if a version without identities wrote it last. */
export async function databaseId(connection: DuckDBConnection): Promise<string | null> {
  const found = await connection.runAndReadAll("SELECT value FROM draintrace WHERE key = 'database_id'");
  const value = found.getRows()[0]?.[0];
  return typeof value === 'string' ? value : null;
}

/**
 * Throws StoreError for a lake of another database. If lake or database has no identity yet, the ledger decides: the lake is
 * ours if this database knows every object in it.
 */
export async function refuseForeign(
  connection: DuckDBConnection,
  target: LakeTarget,
  manifest: LakeManifest | null,
  there: ReadonlyMap<string, number>,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new StoreError(`${target.place} ${why}: export to another folder, or remove this one first`);
  };
  const own = await databaseId(connection);
  const other = manifest?.database ?? null;
  if (own !== null && other !== null) {
    if (own !== other) refuse('is the lake of another database');
    return;
  }
  if (!there.has(LEDGER_FILE)) {
    const isOfLake = (path: string) => TABLES.some(({ name }) => path.startsWith(`${name}/`));
    if ([...there.keys()].some(isOfLake)) refuse('has Parquet files of an unknown database');
    return;
  }
  const entries = await lakeEntries(connection, await target.bring(LEDGER_FILE)).catch((): null => null);
  if (entries === null) return refuse('has a ledger that cannot be read');
  const known = await connection.runAndReadAll('SELECT uri FROM log_object');
  const uris = new Set(known.getRows().map(([uri]) => uri));
  if (!entries.every(({ uri }) => uris.has(uri))) refuse('is the lake of another database');
}
