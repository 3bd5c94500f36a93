/**
 * Publishes a file that others may read: it appears complete or not at all. The text goes to a new file beside it with a
 * random name (an existing file or link is never opened). That file is flushed to the disk and renamed.
 */
import { type FileHandle, link, lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../source/folder.ts';
import { sweepFolder } from './leftover.ts';
import { unfinishedName } from './owner.ts';

export interface PublishOptions {
  /** Permissions of a new file. Default: the process's own. An existing file keeps its permissions. */
  mode?: number;
  /** Fail with EEXIST if the file exists already. */
  exclusive?: boolean;
}

/**
 * Calls `write` with the path of an empty file, which becomes `path` when `write` succeeds. Returns what `write` returned.
 * Makes a missing folder. Writes devices and pipes directly. Throws the error of the file system.
 */
export async function publishFile<T>(
  path: string,
  write: (unfinished: string) => Promise<T>,
  { mode, exclusive = false }: PublishOptions = {},
): Promise<T> {
  const found = await stat(path).catch(ignoreMissing);
  if (found && !found.isFile()) {
    if (found.isDirectory()) throw systemError('EISDIR', path);
    return write(path);
  }
  await makeFolder(dirname(resolve(path)));
  const target = exclusive ? path : await linkedFile(path);
  const folder = dirname(target);
  await sweepFolder(folder);
  const unfinished = join(folder, `.${unfinishedName()}`);
  const file = await open(unfinished, 'wx', found?.mode ?? mode ?? 0o666);
  try {
    if (found) await file.chmod(found.mode & 0o777);
    else if (mode !== undefined) await file.chmod(mode);
    const result = await write(unfinished);
    await file.sync();
    await assertSame(file, unfinished);
    if (exclusive) await link(unfinished, target);
    else await rename(unfinished, target);
    await syncFolder(folder);
    return result;
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
}

/** Most links that one path may lead through. */
const MOST_LINKS = 40;

/**
 * Returns the file that a path names. A symbolic link stays, and the file behind it is replaced, but only if this user or
 * root made the link: another user's link in a shared folder could lead anywhere. Throws ELOOP for such a link.
 */
export async function linkedFile(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const entry = await lstat(target).catch(ignoreMissing);
    const folder = await realpath(dirname(target));
    if (!entry?.isSymbolicLink()) return join(folder, basename(target));
    if (process.getuid !== undefined && entry.uid !== 0 && entry.uid !== process.getuid()) break;
    target = resolve(folder, await readlink(target));
  }
  throw systemError('ELOOP', path);
}

/** Throws EEXIST if the name no longer names the file that was made: another user may write to the folder. */
async function assertSame(file: FileHandle, path: string): Promise<void> {
  const [made, there] = await Promise.all([file.stat(), lstat(path)]);
  if (made.ino !== there.ino || made.dev !== there.dev) throw systemError('EEXIST', path);
}

/** A rename survives a power cut only if its folder is flushed too. Not every file system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Returns an error in the form of file system errors. */
export function systemError(code: string, path: string, cause?: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`, { cause }), { code, path });
}
