/** Files that others read while we write: whole or not at all. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../source/folder.ts';
import { CliError, EXIT } from './error.ts';

/** Writes `text` to `path`, making its folder where it is missing. Throws CliError. */
export async function publish(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  await orUnwritable(path, async () => {
    try {
      await makeFolder(dirname(path));
      await writeFile(beside, text);
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw error;
    }
  });
}

/** Returns what `work` returns, which writes `path`. Throws CliError where the file system refuses. */
export async function orUnwritable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new CliError(`${path} cannot be written (${code}): check the folder and its permissions`, EXIT.output, {
      cause: error,
    });
  }
}
