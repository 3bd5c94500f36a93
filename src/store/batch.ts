/** Stores the results of a batch of objects in one transaction: all of them or none. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type InsertValue, insertRows } from './insert.ts';
import { listOfFiles } from './path-list.ts';
import { CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';
import { BASE_TABLES } from './table.ts';

/** Files of one spool; null for a kind without rows. */
export interface SpoolFiles {
  rows: string | null;
  contexts: string | null;
  rejected: string | null;
  counts: string | null;
  /** Files with rows of other tables, by table. */
  tables: Readonly<Record<string, readonly string[]>>;
}

const quoted = (name: string): string => `"${name}"`;

const filesOf = (spools: readonly SpoolFiles[]) => (kind: Exclude<keyof SpoolFiles, 'tables'>) =>
  spools.map((spool) => spool[kind]).filter((path) => path !== null);

/** Appends the rows of tables that are stored unchanged, in the open transaction. */
export async function storeTables(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  for (const { name } of BASE_TABLES) {
    const files = spools.flatMap(({ tables }) => tables[name] ?? []);
    if (files.length > 0) await connection.run(`INSERT INTO ${name} BY NAME FROM read_parquet(${listOfFiles(files)})`);
  }
}

/**
 * Stores the rejected lines and counts of these surveyed objects. Skips the counts of failures, and of targets whose rows are
 * all kept, because their rows are stored.
 */
export async function storeCounts(
  connection: DuckDBConnection,
  spools: readonly SpoolFiles[],
  objectIds: readonly number[],
  kept: readonly string[],
): Promise<void> {
  await listed(connection, 'surveyed', { name: 'object_id', type: 'INTEGER' }, objectIds);
  await listed(connection, 'kept_target', { name: 'target', type: 'VARCHAR' }, kept);
  const files = filesOf(spools);
  if (files('rejected').length > 0) {
    await connection.run(`
      INSERT INTO rejected_line BY NAME
      SELECT * FROM read_parquet(${listOfFiles(files('rejected'))}) SEMI JOIN surveyed USING (object_id)`);
  }
  const paths = files('counts');
  if (paths.length === 0) return;
  await connection.run(`
    INSERT INTO alb_count BY NAME
    SELECT
      object_id, minute, elb, target_group_arn, elb_status_code, target_status_code,
      regexp_extract(target, '^(.*):([0-9]+)$', 1) AS target_ip,
      TRY_CAST(regexp_extract(target, '^(.*):([0-9]+)$', 2) AS INTEGER) AS target_port,
      requests, received_bytes, sent_bytes
    FROM read_parquet(${listOfFiles(paths)}) c SEMI JOIN surveyed USING (object_id)
    WHERE coalesce(elb_status_code < 500 AND elb_status_code <> 460, true)
      AND NOT EXISTS (SELECT 1 FROM kept_target k WHERE k.target = c.target)`);
}

/** Removes the access log rows that the open transaction stored for these objects. */
export async function dropRows(connection: DuckDBConnection, objectIds: readonly number[]): Promise<void> {
  if (objectIds.length > 0) await connection.run(`DELETE FROM alb_row WHERE object_id IN (${objectIds.join(', ')})`);
}

/** Makes a temporary table of one column. */
async function listed(
  connection: DuckDBConnection,
  table: string,
  column: { name: string; type: string },
  cells: readonly InsertValue[],
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${column.name} ${column.type})`);
  await insertRows(
    connection,
    table,
    [column],
    cells.map((cell) => ({ [column.name]: cell })),
  );
}

/** Appends all spools to the tables, in the open transaction. */
export async function storeSpools(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  await storeTables(connection, spools);
  const rejected = filesOf(spools)('rejected');
  if (rejected.length > 0)
    await connection.run(`INSERT INTO rejected_line BY NAME FROM read_parquet(${listOfFiles(rejected)})`);
  await storeRows(connection, spools);
}

/**
 * Appends access log rows to alb_context and alb_row, in the open transaction. Known contexts are not stored again. Rows are
 * joined to contexts by the whole key, so a hash collision cannot change a row.
 */
export async function storeRows(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  const files = filesOf(spools);
  const contexts = files('contexts');
  if (contexts.length === 0) return;
  const columns = CONTEXT_COLUMNS.map(quoted).join(', ');
  await connection.run(`
    INSERT INTO alb_context (context_id, context_key, ${columns})
    SELECT (SELECT coalesce(max(context_id), 0) FROM alb_context) + row_number() OVER (ORDER BY context_key), new.*
    FROM (
      SELECT context_key, ${CONTEXT_COLUMNS.map((name) => `any_value(${quoted(name)})`).join(', ')}
      FROM read_parquet(${listOfFiles(contexts)})
      WHERE context_key NOT IN (SELECT context_key FROM alb_context)
      GROUP BY context_key
    ) new`);
  const rows = ROW_COLUMNS.map(quoted);
  await connection.run(`
    INSERT INTO alb_row (context_id, ${rows.join(', ')})
    SELECT known.context_id, ${rows.map((name) => `r.${name}`).join(', ')}
    FROM read_parquet(${listOfFiles(files('rows'))}) r
    JOIN (
      SELECT p.context, c.context_id
      FROM read_parquet(${listOfFiles(contexts)}) p JOIN alb_context c USING (context_key)
    ) known USING (context)`);
}
