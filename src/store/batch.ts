/** Stores what a batch of objects gave, in one transaction: all of it is in the database or none. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';

/** Files of one spool; null where there is nothing of its kind. */
export interface SpoolFiles {
  rows: string | null;
  contexts: string | null;
  rejected: string | null;
}

const quoted = (name: string): string => `"${name}"`;
const list = (paths: readonly string[]): string =>
  `[${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}]`;

/**
 * Appends spools to alb_context, alb_row and rejected_line of the open transaction. Contexts that are known already are
 * not stored again: rows are joined to them by the whole key, so that no hash decides what a row says.
 */
export async function storeSpools(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  const files = (kind: keyof SpoolFiles) => spools.map((spool) => spool[kind]).filter((path) => path !== null);
  const rejected = files('rejected');
  if (rejected.length > 0)
    await connection.run(`INSERT INTO rejected_line BY NAME FROM read_parquet(${list(rejected)})`);
  const contexts = files('contexts');
  if (contexts.length === 0) return;
  const columns = CONTEXT_COLUMNS.map(quoted).join(', ');
  await connection.run(`
    INSERT INTO alb_context (context_id, context_key, ${columns})
    SELECT (SELECT coalesce(max(context_id), 0) FROM alb_context) + row_number() OVER (ORDER BY context_key), new.*
    FROM (
      SELECT context_key, ${CONTEXT_COLUMNS.map((name) => `any_value(${quoted(name)})`).join(', ')}
      FROM read_parquet(${list(contexts)})
      WHERE context_key NOT IN (SELECT context_key FROM alb_context)
      GROUP BY context_key
    ) new`);
  const rows = ROW_COLUMNS.map(quoted);
  await connection.run(`
    INSERT INTO alb_row (context_id, ${rows.join(', ')})
    SELECT known.context_id, ${rows.map((name) => `r.${name}`).join(', ')}
    FROM read_parquet(${list(files('rows'))}) r
    JOIN (
      SELECT p.context, c.context_id
      FROM read_parquet(${list(contexts)}) p JOIN alb_context c USING (context_key)
    ) known USING (context)`);
}
