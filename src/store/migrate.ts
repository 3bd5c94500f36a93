/** Migrates a database of an earlier schema version: makes a new file beside it and keeps the old one. */
import { link, rename, stat, writeFile } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { publishFile } from '../publish/publish.ts';
import { type Definitions, readDefinitions, refuseImpostors, refuseShadows } from './definition.ts';
import { explain, lockHolder, StoreError } from './error.ts';
import { companionsOf } from './file-header.ts';
import { KEPT_MARK } from './judge.ts';
import { OWN_WRITES } from './own-write.ts';
import { storedTables } from './schema.ts';
import { newEmpty } from './template-database.ts';
import { macroNames, viewNames } from './view.ts';

export interface Migrated {
  /** Path of the old file. */
  backup: string;
  /** Objects that the user had made in the file and that could not be copied. */
  left: string[];
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Keys of the table draintrace that the new file sets itself. */
const OWN_KEYS = ['schema_version', 'engine_version', KEPT_MARK, OWN_WRITES].map(text).join(', ');

/**
 * Replaces the file by one of this version with all its rows and the user's own tables and views. After a kill at any time
 * the old or the new database is in place. `path` is for messages. Throws StoreError.
 */
export async function migrate(path: string, file: string, memory: string | null): Promise<Migrated> {
  const empty = newEmpty();
  if (empty === null)
    throw new StoreError(`${path} has an earlier version, and this build lacks the template of an empty database`);
  const migrated: Migrated = { backup: '', left: [] };
  let instance: DuckDBInstance | null = null;
  let connection: DuckDBConnection | null = null;
  try {
    instance = await DuckDBInstance.create(':memory:', memory ? { memory_limit: memory } : {});
    const opened = await instance.connect();
    connection = opened;
    // Attached until the new file is in place, so no other process writes to the old one meanwhile.
    await opened.run(`ATTACH ${text(file)} AS old`);
    await publishFile(file, async (unfinished) => {
      await writeFile(unfinished, empty);
      await opened.run(`ATTACH ${text(unfinished)} AS new`);
      await opened.run(`SET allowed_paths = [${companionsOf(file, unfinished).map(text).join(', ')}]`);
      await opened.run('SET enable_external_access = false');
      migrated.left = await copyAll(opened, path);
      await opened.run('USE memory');
      await opened.run('CHECKPOINT new');
      await opened.run('CHECKPOINT old');
      await opened.run('DETACH new');
      migrated.backup = await keep(file);
    });
    return migrated;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const holder = lockHolder(error);
    throw holder === null
      ? explain(path, error)
      : new StoreError(`${path} is in use by ${holder}: try again when that has finished`, { cause: error });
  } finally {
    connection?.closeSync();
    instance?.closeSync();
  }
}

/** Keeps the old file under its own name and returns that name. Finds the file again that a killed run has kept. */
async function keep(file: string): Promise<string> {
  const { ino } = await stat(file);
  for (let n = 1; ; n++) {
    const backup = `${file}.${n === 1 ? '' : `${n}.`}backup`;
    const found = await stat(backup).catch(() => null);
    if (found?.ino === ino) return backup;
    if (found) continue;
    try {
      await link(file, backup);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      // A file system without links: the name is free, so nothing is replaced.
      await rename(file, backup);
    }
    return backup;
  }
}

/** Copies everything from `old` to `new` and returns what could not be copied. */
async function copyAll(connection: DuckDBConnection, path: string): Promise<string[]> {
  await connection.run('USE old');
  await refuseShadows(connection, path, macroNames());
  const found = await readDefinitions(connection);
  const stored = storedTables();
  const tables = stored.map(({ name }) => name);
  const views = ['alb_log', ...viewNames()];
  refuseImpostors(path, found, { tables, views });

  await connection.run('USE new');
  for (const { name, columns } of stored) {
    const present = await columnsOf(connection, 'old', name);
    const both = columns.flatMap((column) => (present.includes(column.name) ? [quoted(column.name)] : [])).join(', ');
    if (both === '') continue;
    const where = name === 'draintrace' ? `WHERE key NOT IN (${OWN_KEYS})` : '';
    await connection.run(
      `INSERT INTO new.main.${quoted(name)} (${both}) SELECT ${both} FROM old.main.${quoted(name)} ${where}`,
    );
  }
  return copyOwn(connection, found, new Set([...tables, ...views]));
}

async function columnsOf(connection: DuckDBConnection, database: string, table: string): Promise<string[]> {
  const result = await connection.runAndReadAll(
    "SELECT column_name FROM duckdb_columns() WHERE database_name = $database AND schema_name = 'main' AND table_name = $table",
    { database, table },
  );
  return result.getRows().map(([name]) => String(name));
}

/** Copies the user's tables, views and macros. One may need another, so it repeats until nothing more can be copied. */
async function copyOwn(connection: DuckDBConnection, found: Definitions, ours: ReadonlySet<string>): Promise<string[]> {
  const made = await readDefinitions(connection);
  let left = [
    ...Object.keys(found.table).map((name) => ({
      name,
      sql: `CREATE TABLE new.main.${quoted(name)} AS FROM old.main.${quoted(name)}`,
    })),
    ...Object.entries(found.view).map(([name, sql]) => ({ name, sql })),
    ...(await macros(connection)).filter(({ name }) => !(name in made.macro)),
  ].filter(({ name }) => !ours.has(name));
  for (let before = -1; left.length !== before; ) {
    before = left.length;
    const failed: typeof left = [];
    for (const one of left) {
      try {
        await connection.run(one.sql);
      } catch {
        failed.push(one);
      }
    }
    left = failed;
  }
  return left.map(({ name }) => name);
}

async function macros(connection: DuckDBConnection): Promise<{ name: string; sql: string }[]> {
  const result = await connection.runAndReadAll(
    `SELECT function_name, function_type, array_to_string(parameters, ', '), macro_definition
     FROM duckdb_functions() WHERE database_name = 'old' AND schema_name = 'main' AND NOT internal`,
  );
  return result.getRows().map(([name, type, parameters, definition]) => ({
    name: String(name).toLowerCase(),
    sql: `CREATE MACRO new.main.${quoted(String(name))}(${parameters}) AS ${type === 'table_macro' ? 'TABLE ' : ''}${definition}`,
  }));
}
