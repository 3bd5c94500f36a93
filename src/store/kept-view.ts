/** Views computed once for many questions. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { evidenceViews, readViewFiles } from './evidence-view.ts';
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

/**
 * Computes what is known of pods and targets once, and keeps it for this connection, where a question needs it. The views of
 * verdicts read it a dozen times; planned over tables they take a fifth of the time. `needs` are names of tables and views.
 * A load after this would not be seen: for connections that only ask.
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
