/** How DuckDB stores many rows at once: each row group is compressed and written once, by as many threads as there are cores. */
import { availableParallelism } from 'node:os';
import type { DuckDBConnection } from '@duckdb/node-api';

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
  // The calling thread of Node does not store.
  await connection.run(`SET threads = ${Math.min(threads, availableParallelism() + 1)}`);
  return async () => {
    await connection.run(`SET threads = ${threads}`);
  };
}
