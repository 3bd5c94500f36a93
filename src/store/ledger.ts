/** The ledger: which objects are in the database, and what came of each. */
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';
import type { Fact, Micros, Rejection } from '../evidence/fact.ts';
import { BASE_TABLES, FACT_TABLES, LOG_OBJECT, REJECTED_LINE, type Table } from './table.ts';

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

/** What the ledger knows of an object by its uri. */
export interface Known {
  object_id: number;
  etag: string;
  keep: string;
  loaded_at: Micros;
  status: string;
}

/** Returns all known objects by uri. About 300 bytes each: 100,000 objects are 30 MB. */
export async function knownObjects(connection: DuckDBConnection): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  const result = await connection.stream(
    'SELECT uri, object_id, etag, keep, epoch_us(loaded_at), status FROM log_object',
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    // By column: an array for each row would cost as much as its values.
    const [uris, ids, etags, keeps, times, states] = [0, 1, 2, 3, 4, 5].map((column) =>
      chunk.getColumnValues(column),
    ) as [string[], number[], string[], string[], bigint[], string[]];
    for (let i = 0; i < uris.length; i++) {
      known.set(uris[i]!, {
        object_id: ids[i]!,
        etag: etags[i]!,
        keep: keeps[i]!,
        loaded_at: Number(times[i]!),
        status: states[i]!,
      });
    }
  }
  return known;
}

/** The next object_id: they rise in the order of loading. */
export async function nextObjectId(connection: DuckDBConnection): Promise<number> {
  const result = await connection.runAndReadAll('SELECT coalesce(max(object_id), 0) + 1 FROM log_object');
  return Number(result.getRows()[0]![0]);
}

/** Removes all that an object gave, so that it can be loaded again. Part of the caller's transaction. */
export async function forgetObject(connection: DuckDBConnection, objectId: number): Promise<void> {
  for (const table of ['alb_row', ...BASE_TABLES.map(({ name }) => name)]) {
    await connection.run(`DELETE FROM ${table} WHERE object_id = $id`, { id: objectId });
  }
}

type Cell = string | number | Uint8Array | null;

/** Appends rows to a table through DuckDB's appender; part of the caller's transaction. */
async function append(
  connection: DuckDBConnection,
  table: Table,
  rows: readonly Record<string, Cell>[],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(table.name);
  try {
    for (const row of rows) {
      for (const { name, type } of table.columns) {
        const value = row[name] ?? null;
        if (value === null) appender.appendNull();
        else if (type === 'VARCHAR') appender.appendVarchar(String(value));
        else if (type === 'TIMESTAMP') appender.appendTimestamp(new DuckDBTimestampValue(BigInt(value as number)));
        else if (type === 'DOUBLE') appender.appendDouble(value as number);
        else if (type === 'BLOB') appender.appendBlob(value as Uint8Array);
        else if (type === 'BIGINT') appender.appendBigInt(BigInt(value as number));
        else appender.appendInteger(value as number);
      }
      appender.endRow();
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

export async function addEntries(connection: DuckDBConnection, entries: readonly LedgerEntry[]): Promise<void> {
  await append(
    connection,
    LOG_OBJECT,
    entries.map((entry) => ({ ...entry })),
  );
}

/** Stores the facts of one evidence object as they came. */
export async function addFacts(connection: DuckDBConnection, objectId: number, facts: readonly Fact[]): Promise<void> {
  for (const kind of Object.keys(FACT_TABLES) as Fact['kind'][]) {
    const rows = facts.filter((fact) => fact.kind === kind).map((fact) => ({ ...fact, object_id: objectId }));
    await append(connection, FACT_TABLES[kind], rows);
  }
}

export async function addRejections(
  connection: DuckDBConnection,
  objectId: number,
  rejected: readonly Rejection[],
): Promise<void> {
  await append(
    connection,
    REJECTED_LINE,
    rejected.map(({ line, reason, raw }) => ({ object_id: objectId, line, reason, length: raw.length, raw })),
  );
}
