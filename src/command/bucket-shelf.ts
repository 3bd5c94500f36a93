/** A bucket as the place of an exported lake: each file is made here, checked, and put there in one request. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../source/plan.ts';
import { PATIENCE } from '../source/retry.ts';
import { type Entry, S3Bucket } from '../source/s3-bucket.ts';
import type { Access } from '../source/s3-client.ts';
import { fetchObject } from '../source/s3-fetch.ts';
import { putFile } from '../source/s3-put.ts';
import { SourceError } from '../source/source.ts';
import type { Shelf } from '../store/lake-shelf.ts';

/** Gives `work` the shelf that lies at `place`; what it needs of this machine's disk goes with it. Throws SourceError. */
export async function withBucketShelf<T>(
  { bucket: name, prefix }: Place,
  access: Access,
  note: (text: string) => void,
  signal: AbortSignal,
  work: (shelf: Shelf) => Promise<T>,
): Promise<T> {
  const bucket = new S3Bucket(name, access, PATIENCE, note);
  const below = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const scratch = await mkdtemp(join(tmpdir(), 'draintrace-export-'));
  let number = 0;
  try {
    return await work({
      place: bucket.uri(below).replace(/\/$/, ''),
      list: async () => {
        const files = new Map<string, number>();
        for await (const { key, size } of entriesOf(bucket, below, signal)) {
          if (key.endsWith('.parquet')) files.set(key.slice(below.length), size);
        }
        return files;
      },
      read: async (path) => {
        const key = below + path;
        const { entries } = await bucket.page({ prefix: key, limit: 1 }, signal);
        const [found] = entries;
        if (found?.key !== key) return null;
        const copy = await fetchObject(bucket, { ...found, uri: bucket.uri(key), name: path }, scratch, signal);
        return readFile(copy, 'utf8').finally(() => rm(copy, { force: true }));
      },
      fresh: async () => join(scratch, `${++number}`),
      put: (path, file) => putFile(bucket, below + path, file, scratch, signal),
      remove: (path) => bucket.remove(below + path, signal),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
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
