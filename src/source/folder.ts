/** Folders to write into. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Throws the error of the file system. Not mkdir's own `recursive`, which
 * never ends where a folder is there and nothing can be made in it, as in /proc (Node 20 to 24).
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      // Another process may have been as quick.
      await mkdir(path).catch(ignoreExisting);
    } else await ignoreExisting(error);
  }
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
