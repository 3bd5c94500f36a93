/**
 * Reads a load balancer's log that was delivered as Parquet. DuckDB decodes it in a database of its own, in memory, with one
 * thread and a limit; the rows go to a file as JSON lines, so all forms of a log take the same way from there.
 */
import { open } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type AlbLog, logOfNames } from '../alb/delivered.ts';
import { listOfFiles } from './path-list.ts';

const MAGIC = 'PAR1';

/** Far above five minutes of any load balancer. A small file can hold one text very often. */
const MAX_TEXT = 4 * 2 ** 30;

const MEMORY = '256MB';

export interface UnpackedParquet {
  /** Names of its columns. */
  columns: string[];
  /** The log that it is; null for other Parquet, of which nothing is written. */
  log: AlbLog | null;
  /** Why the rest is missing; null when all rows were written. */
  damage: string | null;
}

/** Returns whether a file begins as Parquet does. */
export async function isParquet(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return bytesRead === MAGIC.length && buffer.toString('latin1') === MAGIC;
  } finally {
    await file.close();
  }
}

/** One file at a time: each takes its own memory. */
let last: Promise<unknown> = Promise.resolve();

/** Writes the rows of a log to the new file `to`. `maxText` bounds its bytes. */
export function unpackParquet(path: string, to: string, maxText: number = MAX_TEXT): Promise<UnpackedParquet> {
  const done = last.then(() => unpack(path, to, maxText));
  last = done.catch(() => {});
  return done;
}

/** Returns a database in memory for a file of somebody else, with one thread and little memory. */
export function memoryInstance(): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

/** Lets a connection read this file alone, and returns the relation of its rows. */
export async function parquetRelation(connection: DuckDBConnection, path: string): Promise<string> {
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_paths = ['${path.replaceAll("'", "''")}']`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return `read_parquet(${listOfFiles([path])}, hive_partitioning = false, binary_as_string = true)`;
}

async function unpack(path: string, to: string, maxText: number): Promise<UnpackedParquet> {
  const instance = await memoryInstance();
  let columns: string[] = [];
  let log: AlbLog | null = null;
  let connection: DuckDBConnection | null = null;
  try {
    connection = await instance.connect();
    const relation = await parquetRelation(connection, path);
    const described = await connection.runAndReadAll(`DESCRIBE FROM ${relation}`);
    const types = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    columns = types.map(({ name }) => name);
    // Tables of an export have the same names, and a manifest by which they are loaded.
    log = columns.includes('object_id') ? null : (logOfNames(columns)?.log ?? null);
    if (log === null) return { columns, log, damage: null };
    const damage = await write(
      connection,
      `SELECT to_json(t) FROM (SELECT ${types.map(asText)} FROM ${relation}) t`,
      to,
      maxText,
    );
    return { columns, log, damage };
  } catch (error) {
    return { columns, log, damage: `cannot be read as Parquet (${firstLine(error)})` };
  } finally {
    connection?.closeSync();
    instance.closeSync();
  }
}

/** A time becomes what a line would have, and a short float the digits that it stands for; the rest stays what it is. */
function asText({ name, type }: { name: string; type: string }): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  if (type === 'FLOAT') return `CAST(CAST(${column} AS VARCHAR) AS DOUBLE) AS ${column}`;
  if (!type.startsWith('TIMESTAMP')) return column;
  return `strftime(CAST(${column} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ') AS ${column}`;
}

/** Returns why the rest is missing. Throws what DuckDB throws at a damaged page, with the rows before it written. */
async function write(connection: DuckDBConnection, sql: string, to: string, maxText: number): Promise<string | null> {
  const result = await connection.stream(sql);
  const file = await open(to, 'wx', 0o600);
  let size = 0;
  try {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return null;
      const text = chunk
        .getColumnValues(0)
        .map((value) => `${String(value)}\n`)
        .join('');
      size += Buffer.byteLength(text);
      if (size > maxText) return `holds more than ${maxText} bytes of text: the rest was not read`;
      await file.appendFile(text);
    }
  } finally {
    await file.close();
  }
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!.slice(0, 200);
