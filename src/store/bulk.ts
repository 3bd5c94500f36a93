/** How DuckDB stores many rows at once: each row group is compressed and written once, by as many threads as there are cores. */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Interval between two looks at a statement that runs. */
const LOOK_MS = 2;

/**
 * Runs a statement in DuckDB's own threads, of which there must be one. The thread that runs a statement in the usual way looks for
 * work without a pause while another thread has the last of it, and takes a core from whoever reads beside it.
 */
export async function runInThreads(connection: DuckDBConnection, sql: string): Promise<void> {
  const pending = await connection.start(sql);
  // node-api has no name for this call of the C interface, which looks and does not work.
  const handle = Reflect.get(pending, 'pending_result') as duckdb.PendingResult;
  const { RESULT_NOT_READY, NO_TASKS_AVAILABLE } = duckdb.PendingState;
  for (;;) {
    const state = duckdb.pending_execute_check_state(handle);
    if (state !== RESULT_NOT_READY && state !== NO_TASKS_AVAILABLE) break;
    await sleep(LOOK_MS);
  }
  await pending.getResult();
}

/** Returns the number of threads that store at once. */
export const storingThreads = (): number => Math.max(2, availableParallelism());

/** Stored bytes of logs from which a load is large: some two row groups of today's logs. */
const LARGE = 32e6;

/**
 * Sets DuckDB up for storing objects of `storedBytes` bytes; returns what gives it its threads back.
 *
 * A checkpoint merges row groups that are not full, which reads, compresses and writes them and their neighbours again, and
 * leaves the old ones as free blocks of the file. After a large load that costs a third of its storing and of its file, and a
 * group of some ten that is not full costs a question nothing. Small loads, which make small groups only, leave it on.
 */
export async function prepareBulk(connection: DuckDBConnection, storedBytes: number): Promise<() => Promise<void>> {
  const reader = await connection.runAndReadAll(`SELECT current_setting('threads')`);
  const threads = Number(reader.getRows()[0]![0]);
  if (storedBytes > LARGE) await connection.run('SET max_vacuum_tasks = 0');
  // One row group a thread is in memory, not five.
  await connection.run('SET write_buffer_row_group_count = 1');
  // The calling thread of Node does not store: runInThreads. Were it counted, there would be parts of a statement for one thread more.
  await connection.run(`SET threads = ${storingThreads()}`);
  await connection.run('SET external_threads = 0');
  return async () => {
    await connection.run('SET external_threads = 1');
    await connection.run(`SET threads = ${threads}`);
  };
}
