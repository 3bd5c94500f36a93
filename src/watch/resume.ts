/** Resumes after an earlier run: reads its last known state, and closes files that a kill left open. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { pack, type Remnant, remnants } from './journal.ts';
import type { Roster } from './roster.ts';

/** A file without writes for this long is closed: a watch receives a bookmark each minute. */
const SETTLED_MS = 300_000;

/** Reads the last file of this name into the roster. From a damaged file it reads what it can. */
export async function recall(directory: string, name: string, roster: Roster): Promise<void> {
  const last = (await remnants(directory, name)).at(-1);
  if (last) for await (const line of linesOf(last)) roster.recall(line);
}

async function* linesOf({ path, packed }: Remnant): AsyncGenerator<string> {
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
  for (const one of await remnants(directory, name)) {
    if (one.packed) packed.push(one.path);
    else if (nowMs - one.modifiedMs > SETTLED_MS) packed.push(await pack(one.path));
  }
  return packed;
}
