/**
 * Checks the files of a database before DuckDB opens them. DuckDB deletes a write-ahead log that it cannot read or whose
 * database is missing, without a word, and it waits for ever for a named pipe.
 */
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from './error.ts';
import { companionsOf } from './file-header.ts';

/** Begins the first record: its kind is 98, the version of the format. */
const HEADER = Buffer.from([100, 0, 98, 101, 0]);
const MAX_HEADER = 256;
/** Fields of the header beside the version. */
const IDENTITY = 102;
const CHECKPOINT = 103;
const END = 0xffff;
/** Every record begins with the number of its first field. Before it stand its length and its checksum, 8 bytes each. */
const RECORD = Buffer.from([100, 0]);
const FRAME = 16;
/** No record of a chunk of rows is longer. */
const MAX_RECORD = 2n ** 32n;
/** The record that ends a commit, with its length. */
const COMMIT = Buffer.from([100, 0, 100, 255, 255]);
/** Another process may write the log while it is read here. */
const PAUSE_MS = 100;

export type LogState = 'empty' | 'readable' | 'not a log' | 'damaged';

/** Throws StoreError if `file`, or a log of it, is no file, or if DuckDB would drop a log in silence. `path` is for messages. */
export async function checkFiles(path: string, file: string): Promise<void> {
  if (path === ':memory:') return;
  if (resolve(file).includes('?')) {
    throw new StoreError(
      `${path} cannot be used: DuckDB puts the log of a path with a ? elsewhere; name another with --db`,
    );
  }
  const exists = await isFile(path, file);
  for (const log of companionsOf(file)) {
    const shown = path + log.slice(file.length);
    if (!(await isFile(shown, log))) continue;
    const state = await settledState(log);
    if (state === 'not a log') {
      throw new StoreError(
        `${shown} is not DuckDB's log of ${path}: something else wrote it there. If ${path} is whole without it, move ` +
          `${shown} away; else put back a backup of both`,
      );
    }
    if (state === 'damaged') {
      throw new StoreError(
        `${shown} is damaged in its middle: put back a backup of ${path} and ${shown}. Without one, move ${shown} away: ` +
          'the next load reads the lost rows again',
      );
    }
    if (state === 'readable' && !exists) {
      throw new StoreError(
        `${path} does not exist, but its log ${shown} does: put ${path} back beside it, or move ${shown} away to begin a ` +
          'new file',
      );
    }
  }
}

/** Returns whether a file exists. Throws StoreError for a pipe or a device; DuckDB itself refuses a folder. */
async function isFile(shown: string, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (!found.isFile() && !found.isDirectory())
    throw new StoreError(`${shown} is no regular file: name another with --db`);
  return found.isFile();
}

/** Returns the state of a log. A fault counts only if it is seen twice, in a log that nobody writes meanwhile. */
async function settledState(path: string): Promise<LogState> {
  for (let before = await signOf(path); ; ) {
    const first = await stateOf(path);
    if (first === 'empty' || first === 'readable') return first;
    await sleep(PAUSE_MS);
    const second = await stateOf(path);
    const after = await signOf(path);
    if (first === second && before === after) return first;
    before = after;
  }
}

async function signOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? '' : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** Reads the beginnings of all records. A log that is cut, as a kill leaves it, is readable. */
async function stateOf(path: string): Promise<LogState> {
  const file = await open(path).catch(() => null);
  // DuckDB reports the reason.
  if (file === null) return 'readable';
  try {
    const { size } = await file.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, (await file.read(buffer, 0, length, at)).bytesRead);
    };
    const head = await read(0, MAX_HEADER);
    // A power failure leaves zeros in place of bytes that never reached the disk.
    if (head.every((byte) => byte === 0)) return 'empty';
    if (!startsAlike(head, HEADER)) return 'not a log';
    let at = headerLength(head);
    if (at === null) return head.length < MAX_HEADER ? 'empty' : 'not a log';
    if (at === size) return 'empty';
    while (at + FRAME + RECORD.length <= size) {
      const frame = await read(at, FRAME + RECORD.length);
      // DuckDB judges zeros by their checksum.
      if (frame.length < FRAME + RECORD.length || frame.every((byte) => byte === 0)) return 'readable';
      const length = frame.readBigUInt64LE(0);
      if (length > MAX_RECORD || !frame.subarray(FRAME).equals(RECORD)) return 'damaged';
      const next: number = at + FRAME + Number(length);
      if (next > size) return holdsCommit(await read(at + FRAME, size - at - FRAME)) ? 'damaged' : 'readable';
      at = next;
    }
    return 'readable';
  } finally {
    await file.close();
  }
}

/** Whether one begins as the other does, over what both have. */
function startsAlike(one: Buffer, other: Buffer): boolean {
  const length = Math.min(one.length, other.length);
  return one.subarray(0, length).equals(other.subarray(0, length));
}

/** Returns where the first record after the header begins; null if the header is cut or not as expected. */
function headerLength(head: Buffer): number | null {
  let at = HEADER.length;
  // A number has seven bits in each byte, and the highest bit says that more follow.
  const number = (): number => {
    let value = 0;
    for (let shift = 0; at < head.length; shift += 7) {
      const byte = head[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  number();
  while (at + 2 <= head.length) {
    const field = head.readUInt16LE(at);
    at += 2;
    if (field === END) return at;
    if (field !== IDENTITY && field !== CHECKPOINT) return null;
    for (let left = field === IDENTITY ? number() : 1; left > 0 && at < head.length; left--) number();
  }
  return null;
}

/** Whether a commit ends after the beginning of a record that seems to be cut: then its length is wrong, not its end missing. */
function holdsCommit(rest: Buffer): boolean {
  for (let at = rest.indexOf(COMMIT); at >= 0; at = rest.indexOf(COMMIT, at + 1)) {
    if (at >= FRAME && rest.readBigUInt64LE(at - FRAME) === BigInt(COMMIT.length)) return true;
  }
  return false;
}
