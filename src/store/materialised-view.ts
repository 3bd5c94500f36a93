/** Gives a connection the rows of views instead of the views: those that the database keeps, or computed once. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { databaseName } from './definition.ts';
import { evidenceViews, readViewFiles } from './evidence-view.ts';
import { type ParameterValue, selectAll } from './select.ts';

/** The views of which a connection has all rows as temporary tables. */
const COMPUTED = new WeakMap<DuckDBConnection, Set<string>>();

/** The views that a connection has hidden behind kept tables. */
const COVERED = new WeakMap<DuckDBConnection, ReadonlySet<string>>();
const coveredViews = (connection: DuckDBConnection): ReadonlySet<string> => COVERED.get(connection) ?? new Set();

/**
 * Computes views and keeps their rows for this connection; later questions read the rows. Works on a read-only database, and
 * on one with views of another version. Each view is computed once, however often it is asked for. With `where` only some rows are kept: later questions must
 * be limited to those rows.
 */
export async function keepViews(
  connection: DuckDBConnection,
  names: readonly string[],
  { where = 'true', parameters = {} }: { where?: string; parameters?: Readonly<Record<string, ParameterValue>> } = {},
): Promise<void> {
  const isWhole = where === 'true';
  const computed = COMPUTED.get(connection) ?? new Set();
  COMPUTED.set(connection, computed);
  for (const name of names) {
    if (isWhole && computed.has(name)) continue;
    // A temporary table hides the view of the same name; a temporary view must be dropped first.
    await selectAll(
      connection,
      `CREATE TEMP TABLE "kept ${name}" AS SELECT * FROM "${name}" WHERE ${where}`,
      parameters,
    );
    await connection.run(`DROP VIEW IF EXISTS temp."${name}"`);
    await connection.run(`ALTER TABLE temp."kept ${name}" RENAME TO "${name}"`);
    if (isWhole) computed.add(name);
  }
  COVERED.set(connection, new Set([...coveredViews(connection)].filter((name) => !names.includes(name))));
}

/** Hides these views behind the tables that the database keeps, for this connection. */
export async function coverKept(connection: DuckDBConnection, names: readonly string[]): Promise<void> {
  const file = await databaseName(connection);
  for (const name of names) {
    await connection.run(`CREATE OR REPLACE TEMP VIEW "${name}" AS SELECT * FROM ${file}.kept."${name}"`);
  }
  COVERED.set(connection, new Set([...coveredViews(connection), ...names]));
}

/** Shows the views again whose rows were computed for this connection. */
export async function dropComputed(connection: DuckDBConnection): Promise<void> {
  for (const name of COMPUTED.get(connection) ?? []) await connection.run(`DROP TABLE IF EXISTS temp.main."${name}"`);
  COMPUTED.delete(connection);
}

/** Shows all views again. */
export async function dropKept(connection: DuckDBConnection): Promise<void> {
  await dropComputed(connection);
  for (const name of coveredViews(connection)) await connection.run(`DROP VIEW IF EXISTS temp.main."${name}"`);
  COVERED.delete(connection);
}

/**
 * Computes the views about pods and targets once and keeps them for this connection, if a question needs them and the database
 * does not keep their rows. The views of verdicts read them a dozen times; over tables, planning takes a fifth of the time.
 * `needs` are names of tables and views. Later loads stay invisible, so use it only on connections that ask questions.
 */
export async function keepEvidence(connection: DuckDBConnection, needs: readonly string[]): Promise<void> {
  const files = readViewFiles();
  const covered = coveredViews(connection);
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const file = files.find((known) => known.name === name);
    if (!file || wanted.has(name) || covered.has(name)) return;
    wanted.add(name);
    file.needs.forEach(want);
  };
  needs.forEach(want);
  await keepViews(
    connection,
    evidenceViews().filter((name) => wanted.has(name)),
  );
}

/** Returns whether the database keeps the rows of a view, and this connection reads them. */
export const isKept = (connection: DuckDBConnection, name: string): boolean => coveredViews(connection).has(name);
