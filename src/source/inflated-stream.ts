/**
 * Reads the text of a file, gzipped or plain, as chunks. Damage does not throw: every byte before the damage is delivered,
 * then the damage is returned.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { asUtf8 } from './utf16.ts';

/** Describes damaged bytes; null means no damage. */
export type Damage = string | null;

const OUTPUT_CHUNK = 1 << 20;
const INPUT_CHUNK = 1 << 18;

/** True when the file opens with gzip's magic bytes. */
export const isGzip = async (path: string): Promise<boolean> => (await look(path)).gzip;

async function look(path: string): Promise<{ gzip: boolean; size: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const { size } = await file.stat();
    return { gzip: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b, size };
  } finally {
    await file.close();
  }
}

/** Yields the file's text as UTF-8 and returns its damage. Throws only for file system errors. */
export function inflated(path: string): AsyncGenerator<Uint8Array, Damage, void> {
  return asUtf8(inflatedBytes(path));
}

/**
 * Yields the file's bytes and returns its damage. All members of a gzip file are read, and CRC and length checked, by
 * node:zlib.
 */
async function* inflatedBytes(path: string): AsyncGenerator<Uint8Array, Damage, void> {
  const { gzip, size } = await look(path);
  if (!gzip) {
    // A stream takes the memory of a chunk twice: too much for thousands of small files.
    const highWaterMark = Math.min(OUTPUT_CHUNK, size + 1);
    yield* createReadStream(path, { highWaterMark }) as AsyncIterable<Uint8Array>;
    return null;
  }
  const input = createReadStream(path, { highWaterMark: INPUT_CHUNK });
  const gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK });
  input.on('error', (error) => gunzip.destroy(error));
  // Bytes after the data raise one more error when nobody reads the stream any longer, which would end the process.
  gunzip.on('error', () => {});
  let delivered = 0;
  try {
    for await (const chunk of input.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      delivered += chunk.length;
      yield chunk;
    }
    return (await isPadding(path, gunzip.bytesWritten)) ? null : 'bytes after the gzip data';
  } catch (error) {
    const damage = damageOf(error);
    if (damage === null) throw error;
    yield* salvage(path, delivered);
    return damage;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** Returns whether only zeros follow. node:zlib stops at the first zero byte without an error, whatever follows it. */
async function isPadding(path: string, start: number): Promise<boolean> {
  const rest = createReadStream(path, { start, highWaterMark: INPUT_CHUNK }) as AsyncIterable<Uint8Array>;
  for await (const chunk of rest) if (chunk.some((byte) => byte !== 0)) return false;
  return true;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Yields a text without the UTF-8 byte order mark that editors and Windows add; returns what `chunks` returns. */
export async function* withoutMark(
  chunks: AsyncGenerator<Uint8Array, Damage, void>,
): AsyncGenerator<Uint8Array, Damage, void> {
  let head: Uint8Array | null = Buffer.alloc(0);
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done) {
        if (head && head.length > 0) yield head;
        return next.value;
      }
      if (head === null) {
        yield next.value;
        continue;
      }
      head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
      if (head.length < BYTE_ORDER_MARK.length) continue;
      const isMarked = BYTE_ORDER_MARK.equals(head.subarray(0, 3));
      if (!isMarked || head.length > 3) yield isMarked ? head.subarray(3) : head;
      head = null;
    }
  } finally {
    await chunks.return(null);
  }
}

function damageOf(error: unknown): Damage {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return 'truncated gzip';
  if (code !== 'Z_DATA_ERROR') return null;
  if (message === 'incorrect data check') return 'bad CRC';
  if (message === 'incorrect length check') return 'bad length';
  return `bad gzip data (${message})`;
}

/** Yields the first `length` bytes of a gzip file as text. Ending early is no error here. */
async function* inflatePrefix(path: string, length: number): AsyncGenerator<Uint8Array, void, void> {
  if (length === 0) return;
  const input = createReadStream(path, { highWaterMark: INPUT_CHUNK, end: length - 1 });
  const gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK, finishFlush: constants.Z_SYNC_FLUSH });
  input.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', () => {});
  try {
    yield* input.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

async function prefixIsSound(path: string, length: number): Promise<boolean> {
  try {
    for await (const _ of inflatePrefix(path, length)) {
      // Only whether the data inflates matters.
    }
    return true;
  } catch (error) {
    if (damageOf(error) === null) throw error;
    return false;
  }
}

/**
 * node:zlib drops the output of the call that meets the damage, up to a whole chunk. So this searches by halving for the
 * longest prefix of the file that inflates (some 24 passes for 10 MB), and yields the text that was not delivered yet.
 */
async function* salvage(path: string, delivered: number): AsyncGenerator<Uint8Array, void, void> {
  let sound = 0;
  let broken = (await stat(path)).size + 1;
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (await prefixIsSound(path, middle)) sound = middle;
    else broken = middle;
  }
  let skip = delivered;
  for await (const chunk of inflatePrefix(path, sound)) {
    if (skip < chunk.length) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}
