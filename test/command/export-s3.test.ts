/** Tests a lake in a bucket: verified, only changes uploaded, the manifest last, and loaded back. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { MANIFEST } from '../../src/store/lake-manifest.ts';
import { check, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase } from '../load/database.ts';
import { StandIn } from '../s3/stand-in.ts';

const s3 = new StandIn();
const folder = freshFolder();
const db = join(folder, 'x.duckdb');
const temporary = freshFolder();
const env: Record<string, string> = { TMPDIR: temporary };

before(async () => {
  Object.assign(env, s3.env(), { AWS_ENDPOINT_URL_S3: await s3.start() });
  const samples = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
  expectStatus(await cli(['load', ...samples, '--timezone', '+08:00', '--db', db]), 0);
});
after(() => s3.stop());
beforeEach(() => {
  s3.faults.clear();
  s3.arrived.length = 0;
  s3.encrypts = false;
  s3.stores = (body) => body;
  s3.buckets.set('lakes', new Map());
});

const exported = (extra: readonly string[] = [], from = db) =>
  cli(['export', '--to', 's3://lakes/prod', '--db', from, ...extra], { cwd: folder, env });
const asked = (method: string): string[] => s3.arrived.filter((one) => one.method === method).map(({ key }) => key);
const lake = () => s3.buckets.get('lakes')!;

test('a bucket holds what a folder would; the next time nothing is written, and one file that changed is', async () => {
  const first = expectStatus(await exported(), 0);
  assert.match(
    first.stderr,
    /^\d+ files written and verified, 0 unchanged: [\d,]+ rows, [\d.]+ MB in s3:\/\/lakes\/prod\n$/,
  );
  expectStatus(await cli(['export', '--to', join(folder, 'lake'), '--db', db]), 0);
  const names = readdirSync(join(folder, 'lake'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:parquet|json)$/.test(name),
  );
  assert.deepEqual([...lake().keys()].sort(), names.map((name) => `prod/${name}`).sort());
  assert.equal(asked('PUT').at(-1), `prod/${MANIFEST}`, 'the manifest comes last');

  s3.arrived.length = 0;
  assert.match(expectStatus(await exported(), 0).stderr, /^0 files written and verified, \d+ unchanged/);
  assert.deepEqual(asked('PUT'), [`prod/${MANIFEST}`]);

  s3.arrived.length = 0;
  s3.put('lakes', 'prod/pod_fact/data.parquet', 'PAR1');
  assert.match(expectStatus(await exported(), 0).stderr, /^1 file written/);
  assert.deepEqual(asked('PUT'), ['prod/pod_fact/data.parquet', `prod/${MANIFEST}`]);
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left on this machine');
});

test('what is gone from the database is removed with --prune behind the manifest; what is not of the lake stays', async () => {
  expectStatus(await exported(), 0);
  for (const key of ['prod/alb_log/notes.txt', 'prod/own/data.parquet', 'other/alb_log/data.parquet'])
    s3.put('lakes', key, 'mine');
  const less = join(folder, 'less.duckdb');
  copyFileSync(db, less);
  const instance = await DuckDBInstance.create(less);
  const connection = await instance.connect();
  await connection.run("delete from alb_row where time < timestamp '2024-01-01'");
  connection.closeSync();
  instance.closeSync();
  s3.arrived.length = 0;
  assert.match(expectStatus(await exported(['--prune'], less), 0).stderr, /, 1 file removed: /);
  const changes = s3.arrived.filter(({ method }) => method !== 'GET').map(({ method, key }) => `${method} ${key}`);
  assert.deepEqual(changes.slice(-2), [
    `PUT prod/${MANIFEST}`,
    'DELETE prod/alb_log/day=2023-01-07/lb=app.k8s-apidev-95472999b0.xxxxxxxxxx/data.parquet',
  ]);
  assert.ok(
    ['prod/alb_log/notes.txt', 'prod/own/data.parquet', 'other/alb_log/data.parquet'].every((key) => lake().has(key)),
  );
  // Another partitioning is refused, because the lake would have each row twice.
  assert.match(
    expectStatus(await exported(['--partition', 'day', '--prune'], less), 5).stderr,
    /is divided by day,elb/,
  );
});

test('loaded back from the bucket it is the same database, also from above', async () => {
  expectStatus(await exported(), 0);
  for (const [url, name] of [
    ['s3://lakes/prod', 'back'],
    ['s3://lakes', 'above'],
  ] as const) {
    const back = join(folder, `${name}.duckdb`);
    expectStatus(await cli(['load', url, '--db', back], { env }), 0);
    assert.equal(await assertSameDatabase(db, back), 837);
    s3.arrived.length = 0;
    const again = expectStatus(await cli(['load', url, '--db', back], { env }), 0);
    assert.match(again.stderr, /objects already loaded$/m);
    assert.deepEqual(
      asked('GET').filter(Boolean),
      [`prod/${MANIFEST}`, 'prod/log_object/data.parquet'],
      'nothing new costs two small objects',
    );
  }
});

test('what arrives otherwise than it was sent is not taken for written', async () => {
  // The server gets the MD5. A server that stores other bytes shows it by its etag, then by the content.
  s3.stores = (body) => (body.length > 4 ? body.subarray(1) : body);
  const broken = expectStatus(await exported(), 6);
  check(broken, ({ stderr }) => assert.match(stderr, /^draintrace: s3:\/\/lakes\/prod\/\S+ [^\n]+\n$/));
  assert.deepEqual([...lake().keys()], [`prod/${MANIFEST}`], 'nothing after the first file that came otherwise');
  lake().clear();

  // Where etags are no MD5, everything is read back.
  s3.stores = (body) => body;
  s3.encrypts = true;
  s3.arrived.length = 0;
  expectStatus(await exported(), 0);
  const read = asked('GET').filter((key) => key.endsWith('.parquet'));
  assert.deepEqual(new Set(read), new Set(asked('PUT').filter((key) => key.endsWith('.parquet'))));
});

test('faults that pass are overcome; an export that is ended half is finished by the next', async () => {
  const isFile = ({ key }: { key: string }) => key.endsWith('alb_log/data.parquet') || key.includes('pod_fact');
  s3.faults.add({ kind: 'error', status: 503, code: 'SlowDown' }, isFile, 2);
  s3.faults.add({ kind: 'error', status: 400, code: 'BadDigest' }, isFile, 1);
  expectStatus(await exported(), 0);
  lake().clear();
  s3.faults.clear();
  s3.faults.add({ kind: 'error', status: 403, code: 'AccessDenied' }, ({ key }) => key.includes('rejected_line'));
  const denied = expectStatus(await exported(), 6);
  assert.equal(
    denied.stderr,
    'draintrace: s3://lakes/prod/rejected_line/data.parquet: access denied (AccessDenied); allow s3:PutObject, and kms:GenerateDataKey where it is used\n',
  );
  assert.ok(lake().size > 1, 'the manifest says whose it is, before it lists any file');
  s3.faults.clear();
  expectStatus(await exported(), 0);
  expectStatus(await cli(['load', 's3://lakes/prod', '--db', join(folder, 'again.duckdb')], { env }), 0);
  await assertSameDatabase(db, join(folder, 'again.duckdb'));
});

test('what cannot be is one sentence', async () => {
  for (const [to, change, code, says] of [
    ['s3://nowhere/x', {}, 6, /Bucket nowhere does not exist/],
    ['s3://lakes/x', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 6, /rejects the signature/],
    ['s3:lakes', {}, 2, /s3:lakes is no folder and no s3:\/\/bucket\/prefix/],
  ] as const) {
    const run = expectStatus(await cli(['export', '--to', to, '--db', db], { env: { ...env, ...change } }), code);
    check(run, ({ stderr }) => {
      assert.match(stderr, says);
      assert.equal(stderr.trim().split('\n').length, 1);
    });
  }
});
