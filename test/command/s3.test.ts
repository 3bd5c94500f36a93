/** Tests the built program against the S3 stand-in, so that the compiled code is tested too. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkSameAsFolder, sampleObjects } from '../s3/folder.ts';
import { StandIn } from '../s3/stand-in.ts';

const s3 = new StandIn();
const env: Record<string, string> = {};

before(async () => {
  s3.buckets.set('samples', new Map(sampleObjects().map(([key, body]) => [key, { body, modified: new Date() }])));
  Object.assign(env, {
    AWS_ENDPOINT_URL_S3: await s3.start(),
    AWS_ACCESS_KEY_ID: s3.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.keys.secretAccessKey,
    AWS_REGION: s3.region,
  });
});
after(() => s3.stop());

test('a bucket and a folder with the same files give the same database, and loading again changes nothing', async () => {
  assert.equal(await checkSameAsFolder(env), 837);
  const fetched = s3.arrived.filter(({ key }) => key !== '');
  assert.equal(new Set(fetched.map(({ key }) => key)).size, fetched.length, 'no object was read twice');
});
