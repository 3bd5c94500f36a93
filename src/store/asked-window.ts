/** Which windows `load` was asked for, by source: rows of the table draintrace, so that late deliveries are looked for. */
import type { DuckDBConnection } from '@duckdb/node-api';

interface Recorded {
  from: number | null;
  to: number;
}

const keyOf = (source: string): string => `asked window of ${source}`;

/** Returns the windows of a source, microseconds; none when it is new. */
export async function askedWindows(connection: DuckDBConnection, source: string): Promise<Recorded[]> {
  const result = await connection.runAndReadAll('SELECT value FROM draintrace WHERE key = $key', {
    key: keyOf(source),
  });
  const value = result.getRows()[0]?.[0];
  return value === undefined ? [] : (JSON.parse(String(value)) as { windows: Recorded[] }).windows;
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
