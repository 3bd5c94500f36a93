/** Records in the table draintrace which units a database has merged, so that the next merge reads the new ones alone. */
import type { DuckDBConnection } from '@duckdb/node-api';

const keyOf = (place: string): string => `merged unit of ${place} `;

/** Returns the lakes of this place that the database has. */
export async function mergedUnits(connection: DuckDBConnection, place: string): Promise<Set<string>> {
  const key = keyOf(place);
  const result = await connection.runAndReadAll('SELECT key FROM draintrace WHERE starts_with(key, $key)', { key });
  return new Set(result.getRows().map(([found]) => String(found).slice(key.length)));
}

/** Records lakes whose objects the database has. */
export async function recordMerged(
  connection: DuckDBConnection,
  place: string,
  lakes: readonly string[],
): Promise<void> {
  const key = keyOf(place);
  for (const lake of lakes) {
    await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $value)', { key: key + lake, value: '' });
  }
}
