/** Makes folders to write into. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and its missing parents. Throws the error of the file system. Does not use mkdir's `recursive`, which never
 * returns for an existing folder in which nothing can be made, as in /proc (Node 20 to 24).
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      // Another process may have made it meanwhile.
      await mkdir(path).catch(ignoreExisting);
    } else await ignoreExisting(error);
  }
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
