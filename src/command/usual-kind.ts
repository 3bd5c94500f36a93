/** The kind of target that a database is about. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ask } from './ask.ts';

/** Returns the kind of most lives that are known, null where none is; what nobody knows is likely one of them. */
export async function usualKind(connection: DuckDBConnection): Promise<string | null> {
  const [row] = await ask(connection, 'evidence-kind');
  return row === undefined ? null : String(row.target_kind);
}
