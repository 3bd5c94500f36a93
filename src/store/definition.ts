/**
 * Compares the definitions in a database file with those that this program makes. A file may come from somebody else, so no
 * view and no macro in it runs before it is known to be ours, whatever a comment in the file claims.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from './error.ts';

/** Definitions by lower-case name, as DuckDB prints them. */
export interface Definitions {
  table: Record<string, string>;
  view: Record<string, string>;
  macro: Record<string, string>;
  /** Tables of the schema `kept`. */
  kept: Record<string, string>;
}

/**
 * Returns the quoted name of the current database. A temporary view needs it to name a table of the file, because the schema
 * of temporary views is called `main` too.
 */
export async function databaseName(connection: DuckDBConnection): Promise<string> {
  const found = await connection.runAndReadAll('SELECT current_database()');
  return `"${String(found.getRows()[0]![0]).replaceAll('"', '""')}"`;
}

const KINDS = ['table', 'view', 'macro'] as const;

/** Reads the tables of the schema `kept`: a view there is not one of ours. */
export async function keptDefinitions(connection: DuckDBConnection): Promise<Record<string, string>> {
  const found = await connection.runAndReadAll(
    "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'kept' AND NOT internal",
  );
  return Object.fromEntries(found.getRows().map(([name, sql]) => [String(name), String(sql)]));
}

/** Reads the schemas `main` and `kept` of the current database without binding or running any of it. */
export async function readDefinitions(connection: DuckDBConnection): Promise<Definitions> {
  const own = 'database_name = current_database() AND schema_name = $schema AND NOT internal';
  const found = await connection.runAndReadAll(
    `SELECT 'table', lower(table_name), sql FROM duckdb_tables() WHERE ${own}
     UNION ALL SELECT 'view', lower(view_name), sql FROM duckdb_views() WHERE ${own}
     UNION ALL
     SELECT 'macro', lower(function_name), string_agg(function_type || ' ' || CAST(parameters AS VARCHAR) || ' ' || macro_definition, '; ' ORDER BY macro_definition)
     FROM duckdb_functions() WHERE ${own} GROUP BY lower(function_name)`,
    { schema: 'main' },
  );
  const definitions: Definitions = { table: {}, view: {}, macro: {}, kept: await keptDefinitions(connection) };
  for (const [kind, name, definition] of found.getRows()) {
    definitions[kind as (typeof KINDS)[number]][String(name)] = String(definition ?? '');
  }
  return definitions;
}

function refuse(path: string, what: string): never {
  throw new StoreError(`${path} is no database that draintrace made: ${what}. Load the logs into a new file`);
}

/**
 * Throws StoreError for a file whose macros or types have the name of a built-in one, because each would change our own
 * statements. Must run before all other statements, so it calls no function that the file could have replaced. `ours` are
 * this program's macros, which are compared with our definitions later.
 */
export async function refuseShadows(
  connection: DuckDBConnection,
  path: string,
  ours: readonly string[],
): Promise<void> {
  const names = async (kind: 'function' | 'type', where: string): Promise<string[]> => {
    const found = await connection.runAndReadAll(
      `SELECT ${kind}_name FROM system.main.duckdb_${kind}s() WHERE ${where}`,
    );
    return found.getRows().map(([name]) => String(name).toLowerCase());
  };
  for (const kind of ['function', 'type'] as const) {
    const own = "NOT internal AND database_name <> 'temp' AND database_name <> 'system'";
    const made = (await names(kind, own)).filter((name) => kind === 'type' || !ours.includes(name));
    if (made.length === 0) continue;
    const builtIn = new Set(await names(kind, 'internal'));
    const shadow = made.find((name) => builtIn.has(name));
    if (shadow) refuse(path, `it defines ${shadow} anew, which is built in`);
  }
}

/** Throws StoreError for a file whose relations differ in kind from those of this program. */
export function refuseImpostors(
  path: string,
  found: Definitions,
  { tables, views }: { tables: readonly string[]; views: readonly string[] },
): void {
  for (const name of tables) if (name in found.view) refuse(path, `its table ${name} is a view`);
  for (const name of views) if (name in found.table) refuse(path, `its view ${name} is a table`);
}

/** Throws StoreError if a table has other columns than this program makes. */
export function refuseOtherTables(path: string, found: Definitions, built: Definitions): void {
  for (const [name, definition] of Object.entries(built.table)) {
    const there = found.table[name];
    if (there !== undefined && there !== definition) {
      throw new StoreError(
        `${path} is no database that draintrace made: its table ${name} has other columns. Load the logs into a new file`,
      );
    }
  }
}

/** Returns whether all views and macros are those of this program. */
export function hasOurViews(found: Definitions, built: Definitions | null): boolean {
  if (built === null) return false;
  return (['view', 'macro'] as const).every((kind) =>
    Object.entries(built[kind]).every(([name, definition]) => found[kind][name] === definition),
  );
}
