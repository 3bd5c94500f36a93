/**
 * The definitions in a database file, compared with those that this program makes. A file may come from somebody else, so
 * nothing in it is run before it is known to be ours: not a view, not a macro, whatever a comment in the file says.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from './error.ts';

/** Definitions by lower-case name, as DuckDB prints them. */
export interface Definitions {
  table: Record<string, string>;
  view: Record<string, string>;
  macro: Record<string, string>;
}

const KINDS = ['table', 'view', 'macro'] as const;

/** Reads the schema `main` of the current database. Binds and runs nothing of it. */
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
  const definitions: Definitions = { table: {}, view: {}, macro: {} };
  for (const [kind, name, definition] of found.getRows()) {
    definitions[kind as (typeof KINDS)[number]][String(name)] = String(definition ?? '');
  }
  return definitions;
}

/**
 * Throws StoreError for a file whose relations are of another kind than those of this program, or whose macros or types
 * stand in for those that DuckDB has built in: each would change what our own statements mean.
 */
export async function refuseImpostors(
  connection: DuckDBConnection,
  path: string,
  found: Definitions,
  tables: readonly string[],
  { views, macros }: { views: readonly string[]; macros: readonly string[] },
): Promise<void> {
  const refuse = (what: string): never => {
    throw new StoreError(`${path} is no database that draintrace made: ${what}. Load the logs into a new file`);
  };
  for (const name of tables) if (name in found.view) refuse(`its table ${name} is a view`);
  for (const name of views) if (name in found.table) refuse(`its view ${name} is a table`);
  const shadows = await connection.runAndReadAll(
    `SELECT lower(function_name) FROM duckdb_functions() WHERE NOT internal AND lower(function_name) IN
       (SELECT lower(function_name) FROM duckdb_functions() WHERE internal)
     UNION ALL
     SELECT lower(type_name) FROM duckdb_types() WHERE NOT internal AND database_name = current_database() AND lower(type_name) IN
       (SELECT lower(type_name) FROM duckdb_types() WHERE internal)`,
  );
  // Ours are compared with our definition, and replaced where they differ.
  const shadow = shadows.getRows().find(([name]) => !macros.includes(String(name)));
  if (shadow) refuse(`it defines ${String(shadow[0])} anew, which is built in`);
}

/** Throws StoreError when a table has other columns than this program makes. */
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
