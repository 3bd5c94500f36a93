/** Opens the database file, and says in one sentence why it cannot be. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { beginWithEmpty } from './empty.ts';
import { SCHEMA_VERSION, schemaStatements } from './schema.ts';
import { installViews } from './view.ts';

/** The database cannot be used: locked, not a database, missing, of another version, disk full, read-only. */
export class StoreError extends Error {
  override name = 'StoreError';
}

export interface OpenOptions {
  /**
   * For questions: needs an existing database, changes nothing, and SQL can reach no file. Otherwise the file, its
   * tables and views are made where they are missing.
   */
  readOnly: boolean;
  /** Whether SQL may reach files and the network; by default only where the database may be changed. */
  external?: boolean;
  /** DuckDB's memory_limit, such as `512MB`; default 80% of the machine. */
  memory?: string;
  /** Default twice the cores: the calling thread of Node does not scan, so `cores` leaves one idle (measured). */
  threads?: number;
  /** Seconds to wait while another process holds the database. Default 10. */
  wait?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

export interface Database {
  path: string;
  connection: DuckDBConnection;
  /** Closes connection and file; everything committed is on disk afterwards. */
  close(): void;
}

const RETRY_MILLISECONDS = 200;

/** Returns the open database. Throws StoreError. */
export async function openDatabase(path: string, options: OpenOptions): Promise<Database> {
  if (options.readOnly && !existsSync(path)) {
    throw new StoreError(`${path} does not exist: nothing is loaded yet, run draintrace load SOURCE first`);
  }
  if (!options.readOnly) beginWithEmpty(path);
  const instance = await openInstance(path, options);
  let connection: DuckDBConnection | undefined;
  try {
    connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await prepare(connection, path, options.readOnly);
  } catch (error) {
    connection?.closeSync();
    instance.closeSync();
    throw error instanceof StoreError ? error : explain(path, error);
  }
  const opened = connection;
  return {
    path,
    connection: opened,
    close() {
      opened.closeSync();
      instance.closeSync();
    },
  };
}

async function openInstance(path: string, options: OpenOptions): Promise<DuckDBInstance> {
  const config: Record<string, string> = {
    threads: String(options.threads ?? availableParallelism() * 2),
    // Half of the time that a verdict's plan takes, for nothing: its views are many, and small.
    disabled_optimizers: 'statistics_propagation,compressed_materialization',
    ...(options.memory ? { memory_limit: options.memory } : {}),
    ...(options.readOnly ? { access_mode: 'READ_ONLY' } : { preserve_insertion_order: 'false' }),
    ...((options.external ?? !options.readOnly) ? {} : { enable_external_access: 'false' }),
  };
  const wait = Number.isFinite(options.wait) ? options.wait! : 10;
  const deadline = Date.now() + wait * 1000;
  for (;;) {
    try {
      return await DuckDBInstance.create(path, config);
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

/** Who holds the lock, from DuckDB's message, or null when the error is another one. */
export function lockHolder(error: unknown): string | null {
  const text = messageOf(error);
  if (!text.includes('Could not set lock on file')) return null;
  const held = /held in (.+?) \(PID (\d+)\)/.exec(text);
  return held ? `process ${held[2]} (${held[1]})` : 'another process';
}

async function prepare(connection: DuckDBConnection, path: string, readOnly: boolean): Promise<void> {
  const version = await versionOf(connection);
  if (version !== null && version !== SCHEMA_VERSION) {
    throw new StoreError(
      `${path} has schema version ${version}, this draintrace reads ${SCHEMA_VERSION}: ` +
        'use the draintrace that wrote it, or load into a new file',
    );
  }
  if (version === null && readOnly) {
    throw new StoreError(`${path} holds nothing of draintrace: run draintrace load SOURCE first`);
  }
  if (!readOnly) {
    // At once, or a kill in between leaves tables that do not say their version.
    await connection.run('BEGIN TRANSACTION');
    for (const statement of schemaStatements()) await connection.run(statement);
    await connection.run('COMMIT');
  }
  await installViews(connection, readOnly);
}

/** Returns the schema's version, or null when there is none yet. */
async function versionOf(connection: DuckDBConnection): Promise<number | null> {
  const tables = await connection.runAndReadAll(
    "select 1 from duckdb_tables() where table_name = 'draintrace' and not temporary",
  );
  if (tables.currentRowCount === 0) return null;
  const result = await connection.runAndReadAll("select value from draintrace where key = 'schema_version'");
  const value = result.getRows()[0]?.[0];
  return value === undefined ? null : Number(value);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const SENTENCES: readonly (readonly [sign: RegExp, sentence: (path: string) => string])[] = [
  [
    /not a valid DuckDB database/,
    (path) => `${path} is not a DuckDB database: name another file with --db, or move this one away`,
  ],
  [
    /version number/,
    (path) => `${path} was written by a DuckDB that this draintrace cannot read: use the draintrace that wrote it`,
  ],
  [/Is a directory/, (path) => `${path} is a folder: name a file with --db`],
  [/No such file or directory/, (path) => `${path} cannot be made: its folder does not exist`],
  [/Permission denied/, (path) => `${path} cannot be opened: permission denied`],
  [/Read-only file system/, (path) => `${path} cannot be written: the file system is read-only`],
  [/EFBIG|File too large/, (path) => `${path} cannot be written: no file may grow that large here (ulimit -f)`],
  [/No space left|disk full/i, (path) => `${path} cannot be written: the disk is full`],
];

/** Returns an error of DuckDB as one sentence about the file. */
export function explain(path: string, error: unknown): StoreError {
  const text = messageOf(error);
  const known = SENTENCES.find(([sign]) => sign.test(text));
  return new StoreError(known ? known[1](path) : `${path} cannot be used: ${text.split('\n')[0]}`, { cause: error });
}
