/** The kind of target that a database is about. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ask } from './ask.ts';

/** Returns the kind of most known lives, null without any. An unknown target is likely of that kind. */
export async function usualKind(connection: DuckDBConnection): Promise<string | null> {
  const [row] = await ask(connection, 'evidence-kind');
  return row === undefined ? null : String(row.target_kind);
}
