/** Downloads one object to the local disk: complete and as listed, or not at all. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Alive, watched } from './retry.ts';
import { LocalError, type S3Bucket } from './s3-bucket.ts';
import { LengthError, ReplacedError } from './s3-error.ts';
import type { SourceObject } from './source.ts';

/**
 * Returns the path of a copy of the object in `directory`. Its length must match both the listing and the answer. Throws
 * SourceError if the object cannot be fetched as listed, and the file system's own error when the disk fails.
 */
export async function fetchObject(
  bucket: S3Bucket,
  object: SourceObject,
  directory: string,
  signal: AbortSignal,
): Promise<string> {
  const key = object.uri.slice(bucket.uri('').length);
  const path = join(directory, `${randomUUID()}.object`);
  const attempt = async () => {
    const file = await local(open(path, 'w', 0o600));
    try {
      await watched(bucket.patience.idleMs, signal, (inner, alive) => receive(bucket, key, object, file, inner, alive));
    } finally {
      await local(file.close());
    }
  };
  try {
    await bucket.tried(attempt, object.uri, object.uri, signal);
    return path;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function receive(
  bucket: S3Bucket,
  key: string,
  { etag, size }: SourceObject,
  file: FileHandle,
  signal: AbortSignal,
  alive: Alive,
): Promise<void> {
  const body = await bucket.body({ key, etag }, signal);
  alive();
  const stop = () => body.stream.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (body.etag !== null && body.etag !== etag) throw new ReplacedError('another etag than listed');
    if (body.length !== null && body.length !== size)
      throw new LengthError(`${body.length} bytes announced of ${size}`);
    let received = 0;
    for await (const chunk of body.stream as AsyncIterable<Uint8Array>) {
      alive(chunk.length);
      received += chunk.length;
      if (received > size) break;
      await local(writeAll(file, chunk));
    }
    if (received !== size) throw new LengthError(`${received} bytes of ${size}`);
  } finally {
    signal.removeEventListener('abort', stop);
    body.stream.destroy();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await file.write(chunk, written, chunk.length - written)).bytesWritten;
  }
}

/** Separates errors of the disk from errors of the network, whose codes look alike. */
async function local<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new LocalError('the local disk refused', { cause });
  }
}
