/** Writes the files of commands, with errors as sentences. */
import { writeFile } from 'node:fs/promises';
import { publishFile } from '../publish/publish.ts';
import { CliError, EXIT } from './error.ts';

/** Writes `text`, or its parts, to `path` and makes a missing folder. Throws CliError. */
export async function publish(path: string, text: string | Uint8Array | Iterable<string>): Promise<void> {
  await orUnwritable(path, () => publishFile(path, (unfinished) => writeFile(unfinished, text)));
}

const REMEDY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder: name a file',
  ELOOP: 'it is a symbolic link of another user, or one that leads back to itself',
};

/** Returns the result of `work`, which writes `path`. Throws CliError if the file system refuses. */
export async function orUnwritable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    const remedy = REMEDY[code] ?? 'check the folder and its permissions';
    throw new CliError(`${path} cannot be written (${code}): ${remedy}`, EXIT.output, { cause: error });
  }
}
