/** Installs the views of queries/view in a database, in the order of their file names. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';

/** The path is right from src/ and from dist/. */
const FOLDER = new URL('../../queries/view/', import.meta.url);

/**
 * Returns the files of queries/view and of its folders (the layers), ordered by the number that each name begins with.
 * `name` is the file's name without number and extension.
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

/** One file: `00-macro.sql` holds statements, every other file the select of the view that it is named after. */
interface ViewFile {
  name: string;
  sql: string;
}

/** Whether a file of this name defines macros instead of a view. */
export const isMacroFile = (name: string): boolean => name.endsWith('macro');

let read: { files: ViewFile[]; version: string } | null = null;

/** Returns the views as they were when this process first asked. */
function readViews(): { files: ViewFile[]; version: string } {
  read ??= readAllViews();
  return read;
}

function readAllViews(): { files: ViewFile[]; version: string } {
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

/** Returns an identifier that differs between versions of the views. */
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
 * Installs this program's views. With `temporary` they exist only for this connection, so a read-only database of another
 * version is still read by this version's rules. Must not be called inside a transaction. If one view fails, all views stay
 * as they were.
 */
export async function installViews(connection: DuckDBConnection, temporary: boolean): Promise<void> {
  const { files } = readViews();
  await connection.run('begin');
  try {
    for (const file of files) await runAll(connection, statementsOf(file, temporary ? 'temp ' : ''));
    await connection.run('commit');
  } catch (error) {
    // On a full disk the transaction has already ended; the rollback's error must not hide the reason.
    await connection.run('rollback').catch(() => {});
    throw error;
  }
}
