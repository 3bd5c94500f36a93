/** Files that others read while we write: whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, EXIT } from './error.ts';

/** Writes `text` to `path`, making its folder where it is missing. Throws CliError. */
export async function publish(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`${path} cannot be written (${code}): check the folder and its permissions`, EXIT.output, {
      cause: error,
    });
  }
}
