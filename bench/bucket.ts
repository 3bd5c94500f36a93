/** The benchmark's objects in a real S3 server. */
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { Swift } from '../test/s3/swift.ts';
import type { Place } from './contest.ts';

const BUCKET = 'bench';

/** Puts all logs below `folder` into a new bucket and returns where they are. */
export async function fillBucket(folder: string, server: Swift): Promise<Place & { close(): void }> {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keys = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.log.gz'));
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await pMap(
    keys,
    (Key) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: readFileSync(join(folder, Key)) })),
    { concurrency: 4 },
  );
  return {
    source: `s3://${BUCKET}/`,
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    },
    async download(to) {
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to, { recursive: true });
      const fetch = async (Key: string) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        await pipeline(Body as Readable, createWriteStream(join(to, basename(Key))));
      };
      await pMap(keys, fetch, { concurrency: 8 });
    },
    close: () => client.destroy(),
  };
}
