/** A lock between processes that a kill releases: that of the engine on a file of its own. */
import { DuckDBInstance } from '@duckdb/node-api';
import { explain, lockHolder } from './database.ts';

/** Returns what releases the lock, or who holds it. Throws StoreError where the file cannot be made. */
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
