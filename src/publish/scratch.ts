/** Makes temporary folders for one command, in TMPDIR. */
import { mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepFolder } from './leftover.ts';
import { unfinishedName } from './owner.ts';

/** Makes a folder that only this user can read, and removes those of killed processes. Throws the error of the file system. */
export async function makeScratch(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await realpath(tmpdir());
  await sweepFolder(folder);
  const path = join(folder, unfinishedName());
  await mkdir(path, { mode: 0o700 });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
