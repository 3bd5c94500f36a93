/** Destination of an export in S3: each file is made locally, checked, and uploaded in one request. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratch } from '../publish/scratch.ts';
import type { S3Location } from '../source/plan.ts';
import { PATIENCE } from '../source/retry.ts';
import { type Entry, S3Bucket } from '../source/s3-bucket.ts';
import type { Access } from '../source/s3-client.ts';
import { fetchObject } from '../source/s3-fetch.ts';
import { putFile } from '../source/s3-put.ts';
import { SourceError } from '../source/source.ts';
import type { LakeTarget } from '../store/lake-target.ts';

/** Gives `work` the target at `place`, and removes its local files afterwards. Throws SourceError. */
export async function withBucketTarget<T>(
  { bucket: name, prefix }: S3Location,
  access: Access,
  note: (text: string) => void,
  signal: AbortSignal,
  work: (target: LakeTarget) => Promise<T>,
): Promise<T> {
  const bucket = new S3Bucket(name, access, PATIENCE, note);
  const below = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const scratch = await makeScratch();
  let number = 0;
  /** Downloads a file; null for a missing file. */
  const fetched = async (path: string): Promise<string | null> => {
    const key = below + path;
    const { entries } = await bucket.page({ prefix: key, limit: 1 }, signal);
    const [found] = entries;
    if (found?.key !== key) return null;
    return fetchObject(bucket, { ...found, uri: bucket.uri(key), name: path }, scratch.path, signal);
  };
  try {
    return await work({
      place: bucket.uri(below).replace(/\/$/, ''),
      directory: scratch.path,
      list: async () => {
        const files = new Map<string, number>();
        for await (const { key, size } of entriesOf(bucket, below, signal)) {
          if (key.endsWith('.parquet')) files.set(key.slice(below.length), size);
        }
        return files;
      },
      read: async (path) => {
        const copy = await fetched(path);
        return copy && readFile(copy, 'utf8').finally(() => rm(copy, { force: true }));
      },
      bring: async (path) => {
        const copy = await fetched(path);
        if (copy !== null) return copy;
        throw new SourceError(`${bucket.uri(below + path)} is gone; export again`, bucket.uri(below + path), true);
      },
      publish: async (path, write) => {
        const file = join(scratch.path, `${++number}`);
        await writeFile(file, '');
        try {
          const result = await write(file);
          await putFile(bucket, below + path, file, scratch.path, signal);
          return result;
        } finally {
          await rm(file, { force: true });
        }
      },
      remove: (path) => bucket.remove(below + path, signal),
    });
  } finally {
    await scratch.remove();
    await bucket.close();
  }
}

async function* entriesOf(bucket: S3Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<Entry> {
  let token: string | null = null;
  for (;;) {
    const page = await bucket.page({ prefix, token }, signal);
    yield* page.entries;
    if (page.token === null) return;
    if (page.token === '' || page.token === token) {
      const uri = bucket.uri(prefix);
      throw new SourceError(`Listing ${uri} does not advance; the server's paging is broken`, uri, true);
    }
    token = page.token;
  }
}
