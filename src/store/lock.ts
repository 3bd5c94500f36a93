/** Locks between processes. A kill releases the lock: it is DuckDB's lock on a separate file. */
import { existsSync, rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { explain, lockHolder } from './database.ts';

/**
 * Returns a function that releases the lock and removes its file, or the holder of the lock. Throws StoreError if the file
 * cannot be made.
 */
export async function takeLock(path: string): Promise<{ release(): void } | { holder: string }> {
  for (;;) {
    try {
      const instance = await DuckDBInstance.create(path, { threads: '1' });
      const release = (): void => {
        try {
          // Removed while the lock is held: after that, another process may hold it.
          rmSync(path, { force: true });
        } catch {
          // A file that cannot be removed stays, and the next holder takes it.
        } finally {
          instance.closeSync();
        }
      };
      if (existsSync(path)) return { release };
      // The last holder removed the file while it was opened here: no other process would see this lock.
      instance.closeSync();
    } catch (error) {
      const holder = lockHolder(error);
      if (holder === null) throw explain(path, error);
      return { holder };
    }
  }
}
