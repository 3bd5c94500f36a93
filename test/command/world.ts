/** The outside world of a command in memory, and a database file to ask. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Effects, Output } from '../../src/command/command.ts';
import { main } from '../../src/command/main.ts';
import { openDatabase } from '../../src/store/database.ts';
import { storeAlbLog } from '../../src/store/lake-read.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import { insert, rowsOf, type Values } from '../query/memory.ts';

class Recorder implements Output {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows = 24;

  constructor(columns: number | null) {
    this.isTTY = columns !== null;
    this.columns = columns ?? 80;
  }

  async write(text: string | Uint8Array): Promise<void> {
    this.text += typeof text === 'string' ? text : new TextDecoder().decode(text);
  }
}

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

export interface WorldOptions {
  /** Terminal width; null without a terminal. */
  columns?: number | null;
  env?: Record<string, string>;
  /** Milliseconds since the epoch, or what gives them. */
  now?: number | (() => number);
  /** Run the built program, because its worker threads cannot be started from TypeScript. */
  built?: boolean;
}

const BUILT = new URL('../../dist/command/main.js', import.meta.url);

/** Runs `draintrace` with these words, in this process. */
export async function draintrace(words: readonly string[], options: WorldOptions = {}): Promise<Run> {
  const stdout = new Recorder(options.columns ?? null);
  const stderr = new Recorder(null);
  const { now = Date.UTC(2023, 0, 7, 10) } = options;
  const effects: Effects = {
    stdout,
    stderr,
    stdin: Readable.from([]),
    env: options.env ?? {},
    now: () => (typeof now === 'function' ? now() : now) * 1000,
    signal: new AbortController().signal,
  };
  const run = options.built ? ((await import(BUILT.href)) as { main: typeof main }).main : main;
  const code = await run(words, effects);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'draintrace-test-'));

/** Makes a database file with these rows. */
export async function makeDatabase(tables: Record<string, readonly Values[]>, log = ''): Promise<string> {
  const path = join(freshFolder(), 'test.duckdb');
  const database = await openDatabase(path, { readOnly: false, threads: 2 });
  const { connection } = database;
  await connection.run('begin');
  await connection.run(`create temp table alb_log (${ALB_LOG.columns.map((c) => `"${c.name}" ${c.type}`).join(', ')})`);
  const lines = rowsOf(log).map((row, i) => ({ object_id: 1, line: i + 1, ...row }));
  for (const [name, rows] of Object.entries({ ...tables, alb_log: [...(tables.alb_log ?? []), ...lines] })) {
    await insert(connection, name, rows);
  }
  // The database stores the request line; a test may give only its parts.
  await storeAlbLog(
    connection,
    `(select * replace (coalesce(request_line, concat_ws(' ', request_method, request_url, request_protocol)) as request_line) from temp.alb_log)`,
  );
  await connection.run('commit');
  database.close();
  return path;
}
