/** Shared steps of all commands that answer questions: open the database for reading, ask, write rows. */
import { styleText } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Format, type RowColumn, writeRows } from '../report/rows.ts';
import { PLAIN, type Style } from '../report/style.ts';
import { printable } from '../report/text.ts';
import { openDatabase } from '../store/database.ts';
import { keepEvidence } from '../store/materialised-view.ts';
import type { Effects } from './command.ts';

export interface AskOptions {
  db: string;
  wait: number;
  readOnly: boolean;
  /** Whether SQL may reach every file and the network. */
  external?: boolean;
  /** Views that will be queried, so the views behind them are computed once. */
  needs?: readonly string[];
  /** Folders that our own statements read and write. */
  directories?: readonly string[];
}

const INTERRUPT_AGAIN_MS = 100;

/** Returns a function that writes a sentence to standard error. */
export function noteTo({ stderr }: Effects): (sentence: string) => void {
  return (sentence) => void stderr.write(`note: ${printable(sentence)}\n`);
}

/** Opens the database, gives the connection to `ask`, and always closes it. Ctrl-C ends a running query. */
export async function withDatabase<T>(
  { db, wait, readOnly, external = false, directories = [], needs = [] }: AskOptions,
  effects: Effects,
  ask: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(db, {
    ...{ readOnly, external, directories, wait, signal: effects.signal },
    note: noteTo(effects),
  });
  return interruptible(database, effects, async () => {
    await keepEvidence(database.connection, needs);
    return ask(database.connection);
  });
}

/** Runs `work` with the database and always closes it afterwards. Ctrl-C ends a running query. */
export async function interruptible<T>(
  database: { connection: DuckDBConnection; close(): void },
  effects: Effects,
  work: () => Promise<T>,
): Promise<T> {
  // DuckDB forgets an interrupt between two statements, so it is repeated until the work has ended.
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    database.connection.interrupt();
    again ??= setInterval(interrupt, INTERRUPT_AGAIN_MS);
  };
  effects.signal.addEventListener('abort', interrupt);
  try {
    effects.signal.throwIfAborted();
    return await work();
  } finally {
    effects.signal.removeEventListener('abort', interrupt);
    clearInterval(again);
    database.close();
  }
}

/** A Selection, or rows from elsewhere. */
export interface RowStream {
  columns: readonly RowColumn[];
  chunks: AsyncIterable<readonly (readonly unknown[])[]> | Iterable<readonly (readonly unknown[])[]>;
}

/** Writes an answer to stdout and returns the number of rows. */
export async function writeRowStream(
  { columns, chunks }: RowStream,
  format: Format,
  { stdout }: Effects,
): Promise<number> {
  const width = stdout.isTTY ? stdout.columns : null;
  return writeRows(columns, chunks, format, (text) => stdout.write(text), { width });
}

/** Returns the emphasis for a terminal; plain without a terminal or with NO_COLOR. */
export function styleFor({ stdout, env }: Effects): Style {
  if (!stdout.isTTY || env.NO_COLOR) return PLAIN;
  const paint =
    (format: 'bold' | 'dim' | 'red') =>
    (text: string): string =>
      styleText(format, text, { validateStream: false });
  return { strong: paint('bold'), faint: paint('dim'), bad: paint('red') };
}
