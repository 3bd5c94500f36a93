/**
 * Reads and changes the first three blocks of a DuckDB file: the main header and two database headers. The main header holds
 * the identity of the file, 16 random bytes. The write-ahead log repeats it, so DuckDB notices a log of another file. A copy
 * has the identity of the original, so a copy that starts a new database needs its own.
 */
import { randomBytes } from 'node:crypto';
import { readSync } from 'node:fs';

/** Returns the files that DuckDB makes beside these files while it writes. */
export const companionsOf = (...files: readonly string[]): string[] =>
  files.flatMap((file) => ['.wal', '.wal.checkpoint', '.wal.recovery'].map((ending) => file + ending));

const BLOCK = 4096;
const HEADERS = 3;
/** Offsets in a header. */
const MAGIC = 8;
const ITERATION = 8;
const IDENTITY = 124;
const IDENTITY_BYTES = 16;

const FACTOR = 0xbf58476d1ce4e5b9n;
const WORD = (1n << 64n) - 1n;

/** Returns DuckDB's checksum of the bytes after the first eight, which hold the checksum. */
export function checksumOf(block: Buffer): bigint {
  let sum = 5381n;
  for (let at = 8; at < block.length; at += 8) sum ^= (block.readBigUInt64LE(at) * FACTOR) & WORD;
  return sum;
}

const headersOf = (file: Buffer): Buffer[] =>
  Array.from({ length: HEADERS }, (_, i) => file.subarray(i * BLOCK, (i + 1) * BLOCK));

/** Gives a file a new identity, in place. Returns false and changes nothing if the headers are not as expected. */
export function renewIdentity(file: Buffer): boolean {
  const headers = headersOf(file);
  const [main] = headers;
  const known = headers.every((header) => header.length === BLOCK && header.readBigUInt64LE(0) === checksumOf(header));
  if (!known || main!.toString('latin1', MAGIC, MAGIC + 4) !== 'DUCK') return false;
  const identityOf = (header: Buffer): Buffer => header.subarray(IDENTITY, IDENTITY + IDENTITY_BYTES);
  const before = Buffer.from(identityOf(main!));
  if (before.every((byte) => byte === 0)) return false;
  const renewed = randomBytes(IDENTITY_BYTES);
  for (const header of headers) {
    if (!identityOf(header).equals(before)) continue;
    renewed.copy(header, IDENTITY);
    header.writeBigUInt64LE(checksumOf(header), 0);
  }
  return true;
}

/**
 * Returns how often a file was written, as DuckDB counts it: each checkpoint adds one. Returns null if the headers are not as
 * expected. `file` is a descriptor.
 */
export function checkpointsIn(file: number): bigint | null {
  const start = Buffer.alloc(HEADERS * BLOCK);
  if (readSync(file, start, 0, start.length, 0) < start.length) return null;
  const [main, ...others] = headersOf(start);
  if (main!.toString('latin1', MAGIC, MAGIC + 4) !== 'DUCK') return null;
  if (others.some((header) => header.readBigUInt64LE(0) !== checksumOf(header))) return null;
  const [one, other] = others.map((header) => header.readBigUInt64LE(ITERATION));
  const isOneNewer = one! > other!;
  return (isOneNewer ? one : other)!;
}
