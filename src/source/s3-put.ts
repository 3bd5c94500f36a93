/** Uploads a local file to a bucket and checks that it arrived complete. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { watched } from './retry.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { WRITE } from './s3-error.ts';
import { fetchObject } from './s3-fetch.ts';
import { SourceError } from './source.ts';

/** Most bytes that S3 takes in one request. */
const MAX_BYTES = 5 * 1024 ** 3;

/**
 * Puts the file at `key` and replaces what is there; readers see the old object or the new one. The server checks its MD5.
 * Where the etag is not the MD5 (as with KMS keys) the object is read back into `directory`. Throws SourceError.
 */
export async function putFile(
  bucket: S3Bucket,
  key: string,
  path: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const uri = bucket.uri(key);
  const { size } = await stat(path);
  if (size > MAX_BYTES) {
    throw new SourceError(
      `${uri} would have ${size} bytes, and S3 accepts at most 5 GiB in one request; use smaller partitions`,
      uri,
      true,
    );
  }
  const md5 = await md5Of(path);
  const attempt = () =>
    watched(bucket.patience.idleMs, signal, (inner, alive) => {
      const open = () => createReadStream(path).on('data', (chunk) => alive(chunk.length));
      return bucket.putStream(key, open, size, md5, inner);
    });
  const etag = await bucket.tried(attempt, uri, uri, signal, WRITE);
  if (etag === md5) return;
  if (etag === null) throw new SourceError(`${uri}: the server does not confirm the stored bytes`, uri, true);
  const stored = { uri, etag, size, modified: null, name: key };
  const copy = await fetchObject(bucket, stored, directory, signal);
  try {
    if ((await md5Of(copy)) !== md5)
      throw new SourceError(`${uri} reads back different bytes than were sent`, uri, true);
  } finally {
    await rm(copy, { force: true });
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
