/** Removes the unfinished files and folders that killed processes left behind. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLeftBehind, isUnfinished } from './owner.ts';

/**
 * Removes leftovers from one folder. Keeps files of running processes, of other users, and recent files of other machines.
 * Never fails: a folder that cannot be cleaned does not stop the work.
 */
export async function sweepFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  await sweepNames(
    folder,
    names.filter((name) => isUnfinished(name)),
  );
}

/** Removes the leftovers among these entries of a folder. */
export async function sweepNames(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    try {
      const { mtimeMs, uid } = await lstat(path);
      // A name is no proof: files of other users stay.
      if (process.getuid !== undefined && uid !== process.getuid()) continue;
      if (isLeftBehind(name, mtimeMs)) await rm(path, { recursive: true, force: true });
    } catch {
      // Another process was faster, or the folder is read-only.
    }
  }
}
