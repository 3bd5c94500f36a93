/** The real program against a real S3 server: what fails under it, and being killed. Run by `make test-s3`, with more kills by `make test-kill`. */
import { test } from 'node:test';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { freshFolder } from '../cli.ts';
import { faultSuite } from '../load/fault-suite.ts';
import { killAgainAndAgain, killObjects } from '../load/kill.ts';
import { type Swift, startSwift } from './swift.ts';

const KILLS = Number(process.env.KILLS ?? 10);

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Starts the server with a bucket `logs`. */
async function open() {
  const swift: Swift = await startSwift();
  const { endpoint, accessKeyId, secretAccessKey, region } = swift;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: 'logs' }));
  return {
    endpoint,
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region },
    put: async (Key: string, Body: Buffer) => {
      await client.send(new PutObjectCommand({ Bucket: 'logs', Key, Body }));
    },
    remove: async (Key: string) => {
      await client.send(new DeleteObjectCommand({ Bucket: 'logs', Key }));
    },
    close: async () => {
      client.destroy();
      await swift.stop();
    },
  };
}

const first = await open().catch((error: Error) => {
  const line = '!'.repeat(100);
  console.error(`${line}\nNo real S3 server, so NOTHING of this file was tested.\n${error.message}\n${line}`);
  if (process.env.CI === 'true') throw error;
  return null;
});

if (first === null) {
  test('the real S3 server is not installed here, which only CI insists on', () => {});
} else {
  await first.close();
  faultSuite('Swift', open);

  test(`killed ${KILLS} times at random moments, load from Swift ends with the same database`, async (t) => {
    const store = await open();
    try {
      for (const [name, body] of killObjects()) await store.put(name, body);
      const source = ['s3://logs/', '--endpoint-url', store.endpoint];
      t.diagnostic(await killAgainAndAgain({ source, env: store.env, folder: freshFolder() }, KILLS));
    } finally {
      await store.close();
    }
  });
}
