/** Opens the database for a command that asks questions, and closes it whatever happens. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase } from '../store/database.ts';
import { keepEvidence } from '../store/materialised-view.ts';
import type { Effects } from './command.ts';
import { noteTo } from './output.ts';

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
