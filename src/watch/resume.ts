/** Resumes after an earlier run: reads its last known state, and closes files that a kill left open. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { pack, type UnfinishedFile, unfinishedFiles } from './journal.ts';
import type { StateCache } from './state-cache.ts';

/** A file without writes for this long is closed: a watch receives a bookmark each minute. */
const SETTLED_MS = 300_000;

/** Reads the last file of this name into the state cache. From a damaged file it reads what it can. */
export async function restoreState(directory: string, name: string, cache: StateCache): Promise<void> {
  const last = (await unfinishedFiles(directory, name)).at(-1);
  if (last) for await (const line of linesOf(last)) cache.recall(line);
}

async function* linesOf({ path, packed }: UnfinishedFile): AsyncGenerator<string> {
  const raw = createReadStream(path);
  const stream = packed ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => stream.destroy(error));
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
  } finally {
    raw.destroy();
  }
}

/** Compresses files that nobody writes to any more and returns the paths of all compressed files. */
export async function settle(directory: string, name: string, nowMs: number): Promise<string[]> {
  const packed: string[] = [];
  for (const one of await unfinishedFiles(directory, name)) {
    if (one.packed) packed.push(one.path);
    else if (nowMs - one.modifiedMs > SETTLED_MS) packed.push(await pack(one.path));
  }
  return packed;
}
