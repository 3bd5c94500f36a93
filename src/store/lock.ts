/** Locks between processes. A kill releases the lock: it is DuckDB's lock on a separate file. */
import { DuckDBInstance } from '@duckdb/node-api';
import { explain, lockHolder } from './database.ts';

/** Returns a function that releases the lock, or the holder of the lock. Throws StoreError if the file cannot be made. */
export async function takeLock(path: string): Promise<{ release(): void } | { holder: string }> {
  try {
    const instance = await DuckDBInstance.create(path, { threads: '1' });
    return { release: () => instance.closeSync() };
  } catch (error) {
    const holder = lockHolder(error);
    if (holder === null) throw explain(path, error);
    return { holder };
  }
}
