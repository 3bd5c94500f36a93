/** Tests a lake that is exported to a real S3 server and loaded back. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MANIFEST } from '../../src/store/lake-manifest.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase } from '../load/database.ts';
import { makeBucket, type RealBucket } from './bucket.ts';
import { type Swift, startOrSay } from './swift.ts';

const swift = await startOrSay();
if (swift === null) test('the real S3 server is not installed here, which only CI insists on', () => {});
else describe('a lake in a real S3 server', () => suite(swift));

function suite(server: Swift): void {
  const folder = freshFolder();
  const db = join(folder, 'x.duckdb');
  const env: Record<string, string> = {};
  let bucket: RealBucket;

  before(async () => {
    bucket = await makeBucket(server, 'lakes');
    Object.assign(env, bucket.env, { AWS_ENDPOINT_URL_S3: server.endpoint });
    const samples = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
    expectStatus(await cli(['load', ...samples, '--timezone', '+08:00', '--db', db]), 0);
  });
  after(async () => {
    bucket.close();
    await server.stop();
  });

  const exported = async (extra: readonly string[] = [], from = db) =>
    expectStatus(await cli(['export', '--to', 's3://lakes/prod', '--db', from, ...extra], { env }), 0).stderr;

  test('exported, it loads back the same; the next time nothing is written, and only --prune removes what is gone', async () => {
    assert.match(await exported(), /^\d+ files written and verified, 0 unchanged/);
    const keys = await bucket.keys();
    assert.ok(keys.includes(`prod/${MANIFEST}`) && keys.some((key) => key.includes('alb_log/day=2026-03-10/lb=app.')));
    const back = join(folder, 'back.duckdb');
    expectStatus(await cli(['load', 's3://lakes/prod', '--db', back], { env }), 0);
    assert.equal(await assertSameDatabase(db, back), 837);
    assert.match(await exported(), /^0 files written and verified, \d+ unchanged/);
    const otherwise = ['export', '--to', 's3://lakes/prod', '--db', db, '--partition', 'day'];
    assert.match(expectStatus(await cli(otherwise, { env }), 5).stderr, /is divided by day,elb: /);
    const fewer = join(folder, 'fewer.duckdb');
    copyFileSync(db, fewer);
    const old = "delete from alb_row where time < timestamp '2024-01-01'";
    expectStatus(await cli(['sql', '--write', old, '--db', fewer]), 0);
    assert.match(await exported([], fewer), /^0 files written and verified, \d+ unchanged, 1 file kept/);
    assert.deepEqual(await bucket.keys(), keys);
    assert.match(await exported(['--prune'], fewer), /^0 files written and verified, \d+ unchanged, 1 file removed/);
    assert.deepEqual(
      await bucket.keys(),
      keys.filter((key) => !key.includes('/day=2023-01-07/')),
    );
  });

  test('a file that is missing there is named, and written again', async () => {
    await exported();
    await bucket.remove('prod/pod_fact/data.parquet');
    const db2 = join(folder, 'missing.duckdb');
    const run = expectStatus(await cli(['load', 's3://lakes/prod', '--db', db2], { env }), 4);
    assert.match(run.stderr, /s3:\/\/lakes\/prod\/pod_fact\/data\.parquet is missing;/);
    assert.match(await exported(), /^1 file written/);
    expectStatus(await cli(['load', 's3://lakes/prod', '--db', db2], { env }), 0);
  });

  test('a key that may not write, and a bucket that is not there', async () => {
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' };
    const refused = expectStatus(await cli(['export', '--to', 's3://lakes/prod', '--db', db], { env: wrong }), 6);
    assert.match(refused.stderr, /^draintrace: [^\n]* rejects the signature[^\n]*\n$/);
    const nowhere = expectStatus(await cli(['export', '--to', 's3://nowhere/prod', '--db', db], { env }), 6);
    assert.match(nowhere.stderr, /^draintrace: Bucket nowhere does not exist[^\n]*\n$/);
  });
}
