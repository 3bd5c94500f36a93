/** Makes and fills a new bucket of a real S3 server, for tests and benchmarks. */
import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Swift } from './swift.ts';

export interface RealBucket {
  /** Environment with the server's credentials, but without its endpoint. */
  env: Record<string, string>;
  put(key: string, body: Buffer | string): Promise<void>;
  get(key: string): Promise<Readable>;
  remove(key: string): Promise<void>;
  /** The first thousand. */
  keys(): Promise<string[]>;
  close(): void;
}

/** Makes the bucket. */
export async function makeBucket(server: Swift, bucket: string): Promise<RealBucket> {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    // A server on a busy machine asks to slow down more often than three times.
    maxAttempts: 10,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region },
    put: async (Key, body) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(body as string) }));
    },
    get: async (Key) => (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body as Readable,
    remove: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    },
    keys: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key }) => Key!);
    },
    close: () => client.destroy(),
  };
}
