/** Views computed once for many questions. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type ParameterValue, selectAll } from './select.ts';

/**
 * Computes views and keeps their rows for this connection: questions that name them are then answered from the rows. For
 * a report, which asks a dozen questions of the same verdicts. Works where the database can only be read, and where its
 * views are those of another version. Once for a view. `where` keeps some of the rows: then only questions of those may follow.
 */
export async function keepViews(
  connection: DuckDBConnection,
  names: readonly string[],
  { where = 'true', parameters = {} }: { where?: string; parameters?: Readonly<Record<string, ParameterValue>> } = {},
): Promise<void> {
  for (const name of names) {
    // A temporary table is found before the view of the same name; a temporary view has to go for it.
    await selectAll(
      connection,
      `CREATE TEMP TABLE "kept ${name}" AS SELECT * FROM "${name}" WHERE ${where}`,
      parameters,
    );
    await connection.run(`DROP VIEW IF EXISTS temp."${name}"`);
    await connection.run(`ALTER TABLE temp."kept ${name}" RENAME TO "${name}"`);
  }
}
