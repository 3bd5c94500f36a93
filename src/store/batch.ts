/** Stores the results of a batch of objects in one transaction: all of them or none. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { runInThreads } from './bulk.ts';
import { listOfFiles } from './path-list.ts';
import { CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';
import { BASE_TABLES } from './table.ts';

/** Files of one spool; null for a kind without rows. */
export interface SpoolFiles {
  rows: string | null;
  contexts: string | null;
  rejected: string | null;
  /** Files with rows of other tables, by table. */
  tables: Readonly<Record<string, readonly string[]>>;
}

const quoted = (name: string): string => `"${name}"`;

/** Returns what gives the files of a kind. */
export const filesOf = (spools: readonly SpoolFiles[]) => (kind: Exclude<keyof SpoolFiles, 'tables'>) =>
  spools.map((spool) => spool[kind]).filter((path) => path !== null);

/** Appends the rows of tables that are stored unchanged, in the open transaction. */
async function storeTables(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  for (const { name } of BASE_TABLES) {
    const files = spools.flatMap(({ tables }) => tables[name] ?? []);
    if (files.length > 0) await connection.run(`INSERT INTO ${name} BY NAME FROM read_parquet(${listOfFiles(files)})`);
  }
}

/** Appends what is no access log row: facts, other logs and rejected lines, in the open transaction. */
export async function storeOthers(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  await storeTables(connection, spools);
  const rejected = filesOf(spools)('rejected');
  if (rejected.length > 0)
    await connection.run(`INSERT INTO rejected_line BY NAME FROM read_parquet(${listOfFiles(rejected)})`);
}

/** Appends all spools to the tables, in the open transaction. */
export async function storeSpools(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  await storeOthers(connection, spools);
  await storeRows(connection, spools);
}

/**
 * Appends access log rows to alb_context and alb_row, in the open transaction. Known contexts are not stored again. Rows are
 * joined to contexts by the whole key, so a hash collision cannot change a row. `where` is a condition on a row `r` of the
 * spools: only such rows are stored.
 */
export async function storeRows(
  connection: DuckDBConnection,
  spools: readonly SpoolFiles[],
  where: string | null = null,
): Promise<void> {
  const files = filesOf(spools);
  const contexts = files('contexts');
  if (contexts.length === 0) return;
  const rowFiles = listOfFiles(files('rows'));
  const isUsed =
    where === null ? '' : `AND context IN (SELECT r.context FROM read_parquet(${rowFiles}) r WHERE ${where})`;
  const columns = CONTEXT_COLUMNS.map(quoted).join(', ');
  await connection.run(`
    INSERT INTO alb_context (context_id, context_key, ${columns})
    SELECT (SELECT coalesce(max(context_id), 0) FROM alb_context) + row_number() OVER (ORDER BY context_key), new.*
    FROM (
      SELECT context_key, ${CONTEXT_COLUMNS.map((name) => `any_value(${quoted(name)})`).join(', ')}
      FROM read_parquet(${listOfFiles(contexts)})
      WHERE context_key NOT IN (SELECT context_key FROM alb_context) ${isUsed}
      GROUP BY context_key
    ) new`);
  const rows = ROW_COLUMNS.map(quoted);
  await runInThreads(
    connection,
    `
    INSERT INTO alb_row (context_id, ${rows.join(', ')})
    SELECT known.context_id, ${rows.map((name) => `r.${name}`).join(', ')}
    FROM read_parquet(${rowFiles}) r
    JOIN (
      SELECT p.context, c.context_id
      FROM read_parquet(${listOfFiles(contexts)}) p JOIN alb_context c USING (context_key)
    ) known USING (context)
    ${where === null ? '' : `WHERE ${where}`}`,
  );
}
