/** The ledger: the objects in the database, and the outcome of each. */
import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { insertRows } from './insert.ts';
import { BASE_TABLES, LOG_OBJECT } from './table.ts';

/** One row of log_object; times in microseconds since the epoch. */
export interface LedgerEntry {
  object_id: number;
  uri: string;
  etag: string;
  size: number;
  modified: Micros | null;
  kind: string;
  status: 'complete' | 'damaged' | 'skipped' | 'expired';
  detail: string | null;
  lines: number;
  rows: number;
  rejected: number;
  dropped: number;
  extra_fields: number;
  first_time: Micros | null;
  last_time: Micros | null;
  keep: string;
  captured_at: Micros | null;
  loaded_at: Micros;
}

/** The ledger's data about an object, found by uri. */
export interface Known {
  object_id: number;
  etag: string;
  keep: string;
  loaded_at: Micros;
  status: string;
  kind: string;
}

/** Returns the known ones of these objects by uri, or all of them. About 300 bytes each: 100,000 objects are 30 MB. */
export async function knownObjects(
  connection: DuckDBConnection,
  uris: readonly string[] | null = null,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  const select = 'SELECT uri, object_id, etag, keep, epoch_us(loaded_at), status, kind FROM log_object';
  const result =
    uris === null
      ? await connection.stream(select)
      : await connection.stream(`${select} WHERE uri IN (SELECT unnest($1))`, [listValue(uris)], [LIST(VARCHAR)]);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    // Read by column: an array for each row would cost as much memory as its values.
    const [uris, ids, etags, keeps, times, states, kinds] = [0, 1, 2, 3, 4, 5, 6].map((column) =>
      chunk.getColumnValues(column),
    ) as [string[], number[], string[], string[], bigint[], string[], string[]];
    for (let i = 0; i < uris.length; i++) {
      known.set(uris[i]!, {
        object_id: ids[i]!,
        etag: etags[i]!,
        keep: keeps[i]!,
        loaded_at: Number(times[i]!),
        status: states[i]!,
        kind: kinds[i]!,
      });
    }
  }
  return known;
}

/** Returns the next object_id. Ids rise in the order of loading. */
export async function nextObjectId(connection: DuckDBConnection): Promise<number> {
  const result = await connection.runAndReadAll('SELECT coalesce(max(object_id), 0) + 1 FROM log_object');
  return Number(result.getRows()[0]![0]);
}

/** Removes all rows of these objects, so they can be loaded again. Part of the caller's transaction. */
export async function forgetObjects(connection: DuckDBConnection, objectIds: readonly number[]): Promise<void> {
  if (objectIds.length === 0) return;
  for (const table of ['alb_row', ...BASE_TABLES.map(({ name }) => name)]) {
    await connection.run(`DELETE FROM ${table} WHERE object_id IN (${objectIds.join(', ')})`);
  }
}

export async function addEntries(connection: DuckDBConnection, entries: readonly LedgerEntry[]): Promise<void> {
  await insertRows(
    connection,
    LOG_OBJECT.name,
    LOG_OBJECT.columns,
    entries.map((entry) => ({ ...entry })),
  );
}
