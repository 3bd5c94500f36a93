/** Opens the database file, or explains in one sentence why it cannot. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { linkedFile } from '../publish/publish.ts';
import { SECOND_MS } from '../time/time.ts';
import { explain, lockHolder, StoreError } from './error.ts';
import { migrate } from './migrate.ts';
import { holdFile } from './open-file.ts';
import { noteClosed, noteOpened, sealWrites } from './own-write.ts';
import { patternOf } from './path-list.ts';
import { giveId, identify, prepareReading, prepareWriting } from './prepare.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { beginWithEmpty } from './template-database.ts';
import { checkFiles } from './write-ahead-log.ts';

export { explain, explainFile, lockHolder, StoreError } from './error.ts';

export interface OpenOptions {
  /**
   * For questions: needs an existing database and changes nothing. Otherwise makes the file, tables and views that are
   * missing, and migrates a database of an earlier version.
   */
  readOnly: boolean;
  /** Whether SQL may reach every file and the network. Only for SQL that the user wrote and asked this for. */
  external?: boolean;
  /** Folders that our own statements read and write. SQL can reach no other file. */
  directories?: readonly string[];
  /** DuckDB's memory_limit, such as `512MB`; default 80% of the machine. */
  memory?: string;
  /** Default twice the cores: the calling thread of Node does not scan, so `cores` leaves one idle (measured). */
  threads?: number;
  /** Seconds to wait for another process that holds the database. Default 10. */
  wait?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
  /** Takes a sentence for the user, such as a note about a migration. */
  note?: (sentence: string) => void;
}

export interface Database {
  path: string;
  connection: DuckDBConnection;
  /** Ends the writing of a command that has changed whole objects, and their ledger, so an export need not read all rows. */
  seal(): Promise<void>;
  /** Closes connection and file. Everything committed is then on disk. */
  close(): void;
}

const RETRY_MILLISECONDS = 200;

/**
 * Storage version of new files. It is the first whose write-ahead log names its database file (v1.4.0 in DuckDB), so a log of
 * another database is refused.
 */
const STORAGE_VERSION = 'v1.5.0';

/** Returns the open database. Throws StoreError. */
export async function openDatabase(path: string, options: OpenOptions): Promise<Database> {
  if (options.readOnly && !existsSync(path)) {
    throw new StoreError(`${path} does not exist: nothing is loaded yet, run draintrace load SOURCE first`);
  }
  const file = await fileOf(path);
  await checkFiles(path, file);
  const isNew = !options.readOnly && (await beginWithEmpty(file));
  const instance = await waitForLock(path, options, () => DuckDBInstance.create(file, settingsOf(options)));
  const release = holdFile(file);
  let connection: DuckDBConnection | undefined;
  let older: number | null = null;
  try {
    connection = await instance.connect();
    await restrict(connection, options);
    await connection.run("SET TimeZone = 'UTC'");
    // This process has just made the file: no other one's views can be in it, and none of ours is missing.
    if (isNew) {
      await noteOpened(connection, file, true);
      await giveId(connection);
    } else {
      const found = await identify(connection, path);
      if (found.version === SCHEMA_VERSION) await noteOpened(connection, file, !options.readOnly);
      if (options.readOnly) await prepareReading(connection, path, found);
      else if (found.version === null || found.version === SCHEMA_VERSION)
        await prepareWriting(connection, path, found);
      else older = found.version;
    }
  } catch (error) {
    connection?.closeSync();
    release(() => {
      instance.closeSync();
      if (connection) noteClosed(connection);
    });
    throw error instanceof StoreError ? error : explain(path, error);
  }
  const opened = connection;
  const close = (): void => {
    opened.closeSync();
    release(() => {
      instance.closeSync();
      noteClosed(opened);
    });
  };
  if (older === null) return { path, connection: opened, seal: () => sealWrites(opened), close };
  close();
  const { backup, left } = await migrate(path, file, options.memory ?? null);
  const missing = left.length > 0 ? `, and only that has ${left.join(', ')}` : '';
  options.note?.(
    `${path} was migrated from schema version ${older} to ${SCHEMA_VERSION}; the old file is kept as ${backup}${missing}`,
  );
  return openDatabase(path, options);
}

/**
 * Returns the path of the file itself, symbolic links resolved: DuckDB puts the log beside the path that it is given, and
 * allows no other place.
 */
export async function fileOf(path: string): Promise<string> {
  if (path === ':memory:') return path;
  try {
    return existsSync(path) ? await realpath(path) : await linkedFile(path);
  } catch {
    // DuckDB reports the reason.
    return path;
  }
}

/** Returns DuckDB's settings for these options. */
export function settingsOf(options: OpenOptions): Record<string, string> {
  return {
    threads: String(options.threads ?? availableParallelism() * 2),
    // These take half of the planning time of a verdict and gain nothing: its views are many, and small.
    disabled_optimizers: 'statistics_propagation,compressed_materialization',
    // For a file of SQLite, or a url, DuckDB would fetch a library from the network and run it.
    ...(options.external ? {} : { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' }),
    ...(options.memory ? { memory_limit: options.memory } : {}),
    ...(options.readOnly
      ? { access_mode: 'READ_ONLY' }
      : { preserve_insertion_order: 'false', storage_compatibility_version: STORAGE_VERSION }),
  };
}

/** Returns what `open` returns. Tries again while another process holds the file. Throws StoreError. */
export async function waitForLock<T>(path: string, options: OpenOptions, open: () => Promise<T>): Promise<T> {
  const wait = Number.isFinite(options.wait) ? options.wait! : 10;
  const deadline = Date.now() + wait * SECOND_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const holder = lockHolder(error);
      if (holder === null) throw explain(path, error);
      if (Date.now() >= deadline || options.signal?.aborted) {
        throw new StoreError(
          `${path} is in use by ${holder}; waited ${wait} s for it, try again when that has finished`,
          { cause: error },
        );
      }
      await sleep(RETRY_MILLISECONDS, undefined, { signal: options.signal }).catch(() => {});
    }
  }
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Takes from SQL the right to reach files, before anything in the file is read. DuckDB never gives the right back, neither to
 * a statement of the user nor to a view in the file.
 */
async function restrict(connection: DuckDBConnection, { external, directories = [] }: OpenOptions): Promise<void> {
  if (external) return;
  // DuckDB compares the paths that it is given to read, which are patterns.
  const folders = await Promise.all(directories.map(realFolder));
  const allowed = [...new Set(folders.flatMap((folder) => [folder, patternOf(folder)]))];
  if (allowed.length > 0) await connection.run(`SET allowed_directories = [${allowed.map(text).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
}

/** Returns the real path of a folder that may not exist yet, but whose parent exists. */
async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const parent = await realpath(dirname(resolve(folder))).catch(() => dirname(resolve(folder)));
    return join(parent, basename(folder));
  }
}
