/** Puts the benchmark's objects into a real S3 server. */
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pMap from 'p-map';
import { makeBucket } from '../test/s3/bucket.ts';
import type { Swift } from '../test/s3/swift.ts';
import type { Place } from './contest.ts';

const BUCKET = 'bench';

/** Puts all logs below `folder` into a new bucket and returns their location. */
export async function fillBucket(folder: string, server: Swift): Promise<Place & { close(): void }> {
  const bucket = await makeBucket(server, BUCKET);
  const keys = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.log.gz'));
  await pMap(keys, (key) => bucket.put(key, readFileSync(join(folder, key))), { concurrency: 4 });
  return {
    source: `s3://${BUCKET}/`,
    env: { ...bucket.env, AWS_ENDPOINT_URL: server.endpoint },
    async download(to) {
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to, { recursive: true });
      const fetch = async (key: string) => pipeline(await bucket.get(key), createWriteStream(join(to, basename(key))));
      await pMap(keys, fetch, { concurrency: 8 });
    },
    close: () => bucket.close(),
  };
}
