/** Prepares an opened file for the first question: checks its owner and version, and makes the views. */
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type Definitions,
  databaseName,
  hasOurViews,
  readDefinitions,
  refuseImpostors,
  refuseOtherTables,
  refuseShadows,
} from './definition.ts';
import { StoreError } from './error.ts';
import { isJudged, keptViews } from './judge.ts';
import { coverKept, dropKept } from './materialised-view.ts';
import { albLogView, SCHEMA_VERSION, schemaStatements, storedTables } from './schema.ts';
import { builtDefinitions } from './template-database.ts';
import { installViews, macroNames, viewNames } from './view.ts';

/** Version and definitions of an opened file. */
export interface Found {
  /** Version of its schema; null for a new file. */
  version: number | null;
  definitions: Definitions;
}

/** Returns what the file is. Throws StoreError for a file of another program or of a newer version. */
export async function identify(connection: DuckDBConnection, path: string): Promise<Found> {
  await refuseShadows(connection, path, macroNames());
  const definitions = await readDefinitions(connection);
  const tables = storedTables().map(({ name }) => name);
  refuseImpostors(path, definitions, { tables, views: ['alb_log', ...viewNames()] });
  const version = 'draintrace' in definitions.table ? await versionOf(connection, path) : null;
  return { version, definitions };
}

/** Returns the version that the table draintrace states; null for a file that was not finished. */
async function versionOf(connection: DuckDBConnection, path: string): Promise<number | null> {
  const columns = await connection.runAndReadAll('SELECT * FROM draintrace LIMIT 0');
  if (columns.columnNames().join() !== 'key,value') {
    throw new StoreError(`${path} holds a table draintrace that is not ours: name another file with --db`);
  }
  const result = await connection.runAndReadAll("SELECT value FROM draintrace WHERE key = 'schema_version'");
  const value = result.getRows()[0]?.[0];
  if (value === undefined) return null;
  const version = Number(value);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new StoreError(
      `${path} has schema version ${value}, which no draintrace writes: name another file with --db`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `${path} has schema version ${version}, this draintrace reads up to ${SCHEMA_VERSION}: use the newer draintrace that ` +
        'wrote it, or load the logs into a new file',
    );
  }
  return version;
}

/** Makes what is missing, and installs this program's views. */
export async function prepareWriting(
  connection: DuckDBConnection,
  path: string,
  { definitions }: Found,
): Promise<void> {
  const built = builtDefinitions();
  let found = definitions;
  if (!('draintrace' in found.table) || !hasOurViews(found, built)) {
    // One transaction: a kill must not leave tables without a version.
    await connection.run('BEGIN TRANSACTION');
    for (const statement of schemaStatements()) await connection.run(statement);
    await connection.run('COMMIT');
    await installViews(connection, false);
    found = await readDefinitions(connection);
  } else {
    // Cheap, and the only statements that a half made database of this program may still need.
    for (const statement of schemaStatements().filter((one) => one.startsWith('INSERT')))
      await connection.run(statement);
  }
  if (built) refuseOtherTables(path, found, built);
  await giveId(connection);
}

/** Gives a database its identity, if it has none. */
export async function giveId(connection: DuckDBConnection): Promise<void> {
  await connection.run("INSERT OR IGNORE INTO draintrace VALUES ('database_id', CAST(uuid() AS VARCHAR))");
}

/** Makes temporary views if the file's views are not those of this program. */
export async function prepareReading(
  connection: DuckDBConnection,
  path: string,
  { version, definitions: found }: Found,
): Promise<void> {
  if (version === null) {
    throw new StoreError(`${path} has no tables of draintrace: run draintrace load SOURCE first`);
  }
  const built = builtDefinitions();
  if (version === SCHEMA_VERSION && built) refuseOtherTables(path, found, built);
  const covered = await coverMissing(connection, path);
  if (!covered && hasOurViews(found, built)) {
    // A shell holds the file again and again, and another process may have loaded meanwhile.
    if (await isJudged(connection)) await coverKept(connection, keptViews());
    else await dropKept(connection);
    return;
  }
  if (version !== SCHEMA_VERSION) await refuseTwice(connection, path);
  await connection.run(albLogView('TEMP '));
  await installViews(connection, true);
}

/**
 * Covers tables that lack columns (of an earlier version) with temporary views that have them. Returns whether there were
 * such tables. Throws StoreError for a column of another type.
 */
async function coverMissing(connection: DuckDBConnection, path: string): Promise<boolean> {
  const result = await connection.runAndReadAll(
    "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main'",
  );
  const types = new Map(result.getRows().map(([table, column, type]) => [`${table}.${column}`, String(type)]));
  const present = new Set(result.getRows().map(([table]) => String(table)));
  const database = await databaseName(connection);
  let covered = false;
  for (const { name, columns } of storedTables()) {
    const cells = columns.map((column) => {
      const type = types.get(`${name}.${column.name}`);
      if (type !== undefined && type !== column.type) {
        throw new StoreError(`${path} is no database that draintrace made: ${name}.${column.name} is ${type}`);
      }
      return type === undefined ? `CAST(NULL AS ${column.type}) AS "${column.name}"` : `"${column.name}"`;
    });
    if (present.has(name) && cells.every((cell) => cell.startsWith('"'))) continue;
    const from = present.has(name) ? `FROM ${database}.main."${name}"` : 'WHERE false';
    await connection.run(`CREATE OR REPLACE TEMP VIEW "${name}" AS SELECT ${cells.join(', ')} ${from}`);
    covered = true;
  }
  return covered;
}

/** Before version 2 the ledger had no keys, so a log of another database could mix its rows in. */
async function refuseTwice(connection: DuckDBConnection, path: string): Promise<void> {
  const result = await connection.runAndReadAll(
    'SELECT count(*) > count(DISTINCT uri) OR count(*) > count(DISTINCT object_id) FROM log_object',
  );
  if (result.getRows()[0]?.[0] === true) {
    throw new StoreError(
      `${path} holds an object twice: rows of two databases are mixed in it. Use a backup, or load the logs into a new file`,
    );
  }
}
