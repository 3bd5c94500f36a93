/** Records the windows that `load` was asked for, by source, in the table draintrace, so late deliveries can be searched. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { parseJson } from './night.ts';

interface Recorded {
  from: number | null;
  to: number;
}

const isRecorded = (value: unknown): value is Recorded =>
  typeof value === 'object' &&
  value !== null &&
  'from' in value &&
  'to' in value &&
  (value.from === null || typeof value.from === 'number') &&
  typeof value.to === 'number';

const keyOf = (source: string): string => `asked window of ${source}`;

/** Returns the windows of a source in microseconds; empty for a new source. */
export async function askedWindows(connection: DuckDBConnection, source: string): Promise<Recorded[]> {
  const result = await connection.runAndReadAll('SELECT value FROM draintrace WHERE key = $key', {
    key: keyOf(source),
  });
  const value = result.getRows()[0]?.[0];
  const recorded = parseJson(String(value)) as { windows?: unknown } | null | undefined;
  // A record that cannot be read only costs another search for late deliveries, never a row.
  return Array.isArray(recorded?.windows) ? recorded.windows.filter(isRecorded) : [];
}

/** Replaces the windows of a source; `lookBack`, microseconds, is recorded with them. */
export async function recordWindows(
  connection: DuckDBConnection,
  source: string,
  windows: readonly Recorded[],
  lookBack: number,
): Promise<void> {
  await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $value)', {
    key: keyOf(source),
    value: JSON.stringify({ look_back: lookBack, windows }),
  });
}
