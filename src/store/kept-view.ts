/** Views computed once for many questions. */
import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Computes views and keeps their rows for this connection: questions that name them are then answered from the rows. For
 * a report, which asks a dozen questions of the same verdicts. Works where the database can only be read.
 */
export async function keepViews(connection: DuckDBConnection, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await connection.run(`DROP TABLE IF EXISTS temp."${name}"`);
    // A temporary table is found before the view of the same name, which it is made from.
    await connection.run(`CREATE TEMP TABLE "${name}" AS SELECT * FROM "${name}"`);
  }
}
