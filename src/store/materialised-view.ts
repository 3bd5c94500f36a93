/** Materialises views, so several questions share one computation. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { evidenceViews, readViewFiles } from './evidence-view.ts';
import { type ParameterValue, selectAll } from './select.ts';

/**
 * Computes views and keeps their rows for this connection; later questions read the rows. Used for a report, which asks a
 * dozen questions about the same verdicts. Works on a read-only database, and on one with views of another version. Each view
 * is computed once. With `where` only some rows are kept: later questions must be limited to those rows.
 */
export async function keepViews(
  connection: DuckDBConnection,
  names: readonly string[],
  { where = 'true', parameters = {} }: { where?: string; parameters?: Readonly<Record<string, ParameterValue>> } = {},
): Promise<void> {
  for (const name of names) {
    // A temporary table hides the view of the same name; a temporary view must be dropped first.
    await selectAll(
      connection,
      `CREATE TEMP TABLE "kept ${name}" AS SELECT * FROM "${name}" WHERE ${where}`,
      parameters,
    );
    await connection.run(`DROP VIEW IF EXISTS temp."${name}"`);
    await connection.run(`ALTER TABLE temp."kept ${name}" RENAME TO "${name}"`);
  }
}

/**
 * Computes the views about pods and targets once and keeps them for this connection, if a question needs them. The views of
 * verdicts read them a dozen times; over tables, planning takes a fifth of the time. `needs` are names of tables and views.
 * Later loads stay invisible, so use it only on connections that ask questions.
 */
export async function keepEvidence(connection: DuckDBConnection, needs: readonly string[]): Promise<void> {
  const files = readViewFiles();
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const file = files.find((known) => known.name === name);
    if (!file || wanted.has(name)) return;
    wanted.add(name);
    file.needs.forEach(want);
  };
  needs.forEach(want);
  await keepViews(
    connection,
    evidenceViews().filter((name) => wanted.has(name)),
  );
}
