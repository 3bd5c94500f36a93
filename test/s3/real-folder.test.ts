/** Tests the built program against a real S3 server: the same database as from a folder, and its messages for refusals. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pMap from 'p-map';
import { check, cli, expectStatus, freshFolder, startCli } from '../cli.ts';
import { makeBucket } from './bucket.ts';
import { checkSameAsFolder, sampleObjects } from './folder.ts';
import { type Swift, startOrSay } from './swift.ts';

const swift = await startOrSay();
if (swift === null) test('the real S3 server is not installed here, which only CI insists on', () => {});
else describe('load from a real S3 server', () => suite(swift));

function suite(swift: Swift): void {
  const { endpoint, accessKeyId, secretAccessKey, region, stop } = swift;
  const env: Record<string, string> = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
  };

  before(async () => {
    const bucket = await makeBucket(swift, 'samples');
    await pMap(sampleObjects(), ([key, body]) => bucket.put(key, body), { concurrency: 4 });
    bucket.close();
  });
  after(() => stop());

  test('a bucket and a folder with the same files give the same database, and loading again changes nothing', async () => {
    assert.equal(await checkSameAsFolder(env), 837);
  });

  test('--keep failures too', async () => {
    const rows = await checkSameAsFolder(env, ['--keep', 'failures']);
    assert.ok(rows > 34 && rows < 837, `${rows} rows`);
  });

  test('watch --live shows a failure when its log reaches the bucket, and again when evidence gives another cause', async () => {
    const bucket = await makeBucket(swift, 'live');
    await bucket.put('notes.txt', 'nothing');
    const incident = sampleObjects().filter(([key]) => key.startsWith('samples/recorded-incident/'));
    const put = (isWanted: (key: string) => boolean) =>
      pMap(
        incident.filter(([key]) => isWanted(key)),
        ([key, body]) => bucket.put(key, body),
      );
    const words = ['watch', '--live', 's3://live/', '--every', '1s', '--last', '3650d', '--format', 'ndjson'];
    const { child, done } = startCli(words, { cwd: freshFolder(), env: { ...process.env, ...env } });
    const puts: Promise<unknown>[] = [];
    child.stderr!.on('data', (chunk: Buffer) => {
      if (/no log yet/.test(chunk.toString())) puts.push(put((key) => key.includes('/AWSLogs/')));
    });
    let shown = 0;
    child.stdout!.on('data', () => {
      shown += 1;
      if (shown > 1) child.kill('SIGINT');
      else puts.push(put((key) => key.endsWith('probe-1-504-while-draining.txt')));
    });
    const { stdout } = expectStatus(await done, 0);
    await Promise.all(puts);
    bucket.close();
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(rows.length, 2, stdout);
    assert.deepEqual(new Set(rows.map(({ request_creation_time }) => request_creation_time)).size, 1);
    assert.deepEqual([rows[1]!.cause, rows[0]!.cause === 'draining_target'], ['draining_target', false]);
  });

  const refusals: [string, string, Record<string, string>, RegExp][] = [
    [
      'missing bucket',
      's3://missing/x',
      {},
      /^Bucket missing does not exist at .*; check the name in the s3:\/\/ url$/,
    ],
    ['wrong secret', 's3://samples', { AWS_SECRET_ACCESS_KEY: 'wrong' }, /rejects the signature of the request/],
    ['no credentials', 's3://samples', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /credentials/],
    ['nothing there', 's3://samples/none/', {}, /^s3:\/\/samples\/none\/ holds no objects; check the bucket/],
  ];
  for (const [what, url, changes, says] of refusals) {
    test(`${what}: one sentence, exit 3, nothing in the database`, async () => {
      const cwd = freshFolder();
      const run = await cli(['load', url], { cwd, env: { ...env, ...changes } });
      check(run, ({ status, stdout, stderr }) => {
        assert.deepEqual([status, stdout], [3, '']);
        assert.match(stderr, /^draintrace: [^\n]+\n$/);
        assert.match(stderr.trim().replace('draintrace: ', ''), says);
      });
      if (existsSync(join(cwd, 'draintrace.duckdb'))) {
        const rows = await cli(['sql', 'select count(*) as n from log_object', '--format', 'ndjson'], { cwd });
        assert.equal(expectStatus(rows, 0).stdout, '{"n":0}\n');
      }
    });
  }

  test('wrong region: asks in the right one, and says so', async () => {
    const run = await cli(['load', 's3://samples/samples/recorded-incident'], {
      env: { ...env, AWS_REGION: 'eu-west-3' },
    });
    assert.match(
      expectStatus(run, 0).stderr,
      /^Bucket samples is in region us-east-1, not eu-west-3; sending requests there\.\n/,
    );
  });
}
