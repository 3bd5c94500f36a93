/** Tests the real program against a real S3 server, with faults and kills. Run by `make test-s3`; `make test-kill` kills more often. */
import { test } from 'node:test';
import { freshFolder } from '../cli.ts';
import { faultSuite } from '../load/fault-suite.ts';
import { killAgainAndAgain, killObjects } from '../load/kill.ts';
import { makeBucket } from './bucket.ts';
import { type Swift, startSwift } from './swift.ts';

const KILLS = Number(process.env.KILLS ?? 10);

/** Starts the server with a bucket `logs`. */
async function open() {
  const swift: Swift = await startSwift();
  const bucket = await makeBucket(swift, 'logs');
  return {
    ...bucket,
    endpoint: swift.endpoint,
    close: async () => {
      bucket.close();
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
