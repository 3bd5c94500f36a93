/** The views of queries/view, put into a database in the order of their file names. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Beside src/ and beside dist/ alike. */
const FOLDER = new URL('../../queries/view/', import.meta.url);

/**
 * Returns the files of queries/view and of its folders, which are the layers, in the order of the number that each name
 * begins with. `name` is the file's name without number and ending.
 */
export function listViewFiles(): { file: string; name: string; sql: string }[] {
  const base = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.sql'))
    .sort((a, b) => (base(a) < base(b) ? -1 : 1))
    .map((file) => ({
      file,
      name: base(file).replace(/^\d+-|\.sql$/g, ''),
      sql: readFileSync(new URL(file, FOLDER), 'utf8'),
    }));
}

/** One file: `00-macro.sql` is statements, every other one the select of the view that its name holds. */
interface ViewFile {
  name: string;
  sql: string;
}

/** Whether a file of this name defines macros, and no view. */
export const isMacroFile = (name: string): boolean => name.endsWith('macro');

function readViews(): { files: ViewFile[]; version: string } {
  const hash = createHash('sha256');
  const files = listViewFiles().map(({ file, name, sql }) => {
    hash.update(`${file}\0${sql}\0`);
    return { name, sql };
  });
  return { files, version: `queries/view ${hash.digest('hex').slice(0, 16)}` };
}

function statementsOf({ name, sql }: ViewFile, scope: '' | 'temp '): string {
  return isMacroFile(name)
    ? sql.replaceAll('create or replace macro', `create or replace ${scope}macro`)
    : `create or replace ${scope}view ${name} as ${sql}`;
}

/** Returns what tells these views from those of another version. */
export const viewsVersion = (): string => readViews().version;

/** Runs the statements of a file. */
export async function runAll(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql);
  for (let i = 0; i < statements.count; i++) {
    const prepared = await statements.prepare(i);
    await prepared.run();
    prepared.destroySync();
  }
}

/** Returns the names of the views. */
export const viewNames = (): string[] => readViews().files.flatMap(({ name }) => (isMacroFile(name) ? [] : [name]));

/** Returns the names of the macros. */
export const macroNames = (): string[] =>
  readViews().files.flatMap(({ sql }) =>
    [...sql.matchAll(/^create or replace macro "?(\w+)/gim)].map(([, name]) => name!.toLowerCase()),
  );

/**
 * Makes the views be those of this program. With `temporary` they are made for this connection alone: a read-only database
 * that another version wrote is still read by this version's rules. Must not be called inside a transaction; leaves all
 * views as they were if one of them fails.
 */
export async function installViews(connection: DuckDBConnection, temporary: boolean): Promise<void> {
  const { files } = readViews();
  await connection.run('begin');
  try {
    for (const file of files) await runAll(connection, statementsOf(file, temporary ? 'temp ' : ''));
    await connection.run('commit');
  } catch (error) {
    // Where the disk is full the transaction is gone already; what it says of that must not hide why.
    await connection.run('rollback').catch(() => {});
    throw error;
  }
}
