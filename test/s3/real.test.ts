/** Tests the source against a real S3 server, and against faults on the way to it. Run by `make test-s3`. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import pMap from 'p-map';
import { ask, listAll, logKey, micros, type Server } from './ask.ts';
import { makeBucket, type RealBucket } from './bucket.ts';
import { type Fault, isGet, isList } from './fault.ts';
import { FaultProxy } from './fault-proxy.ts';
import { type Swift, startOrSay } from './swift.ts';

process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';

const swift = await startOrSay();
if (swift === null) test('the real S3 server is not installed here, which only CI insists on', () => {});
else describe('a real S3 server', () => suite(swift));

function suite(swift: Swift): void {
  const { endpoint, accessKeyId, secretAccessKey, region, stop } = swift;
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
  const proxy = new FaultProxy(endpoint);
  const direct: Server = { endpoint, env };
  const through: Server = { endpoint: '', env };
  const spool = mkdtempSync(join(tmpdir(), 'draintrace-spool-'));
  const signal = new AbortController().signal;
  let bucket: RealBucket;
  const put = (key: string, body: Buffer | string) => bucket.put(key, body);

  const body = randomBytes(400_000);
  const odd = ['a b+c%20&<>"\'', 'e\u0301', '\uFF5E', '\u{1F600}', '~', 'x=y?z#', 'ü/ö'].map((key) => `odd/${key}`);

  before(async () => {
    through.endpoint = await proxy.start();
    bucket = await makeBucket(swift, 'logs');
    await pMap(odd, (key) => put(key, key));
    await put('one/object', body);
  });
  after(async () => {
    bucket.close();
    await proxy.stop();
    await stop();
    rmSync(spool, { recursive: true });
  });
  beforeEach(() => {
    proxy.faults.clear();
    proxy.asked.length = 0;
    proxy.before = async () => {};
  });

  test('names of one load balancer are found by their beginnings, as without them', async () => {
    const minutes = Array.from({ length: 48 }, (_, i) =>
      new Date(Date.UTC(2026, 10, 23) + i * 1_800_000).toISOString(),
    );
    const balancers = Array.from({ length: 24 }, (_, i) => `app.lb-${i}.${i}f`);
    const day = 'crowd/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/11/23/';
    const keys = [
      ...balancers.flatMap((lb) => minutes.map((end) => logKey('crowd/', end, { lb }))),
      logKey('crowd/', '2026-11-22T23:55', { lb: balancers[7], delivered: '2026-11-23' }),
      `${day}a1b2.log.gz`,
      `${day}ü.json`,
    ];
    await pMap(keys, (key) => put(key, 'x'), { concurrency: 8 });
    const window = { from: micros('2026-11-22T23:50:00Z'), to: micros('2026-11-23T01:00:00Z') };
    const list = async (url: string, selection: object) => {
      proxy.asked.length = 0;
      const { objects } = await listAll(ask(url, through, { window, ...selection }));
      return { uris: objects.map(({ uri }) => uri), requests: proxy.asked.length };
    };
    const all = await list('s3://logs/crowd/', {});
    const some = await list('s3://logs/crowd/', { loadBalancers: ['lb-7'] });
    assert.deepEqual(
      some.uris,
      all.uris.filter((uri) => /_app\.lb-7\.|a1b2|ü/.test(uri)),
    );
    assert.equal(some.uris.length, 6);
    assert.ok(some.requests <= 10, `${some.requests} requests`);
    const grouped = proxy.asked.filter(({ query }) => (query.get('delimiter')?.length ?? 0) > 1);
    assert.ok(grouped.length >= 2, 'the server groups by any text');
  });

  const one = async (patience = {}) => {
    const source = ask('s3://logs/one/', through, {}, patience);
    const [object] = (await listAll(source)).objects;
    proxy.asked.length = 0;
    return { source, object: object! };
  };
  const refused = async (url: string, server: Server) => {
    const error = await listAll(ask(url, server)).then(
      () => assert.fail('it was listed'),
      (error) => error,
    );
    assert.deepEqual([error.name, error.fatal], ['SourceError', true], error.stack);
    return error.message as string;
  };

  test('objects come back as they were put, whatever their keys', async () => {
    const source = ask('s3://logs/odd/', direct);
    const { objects } = await listAll(source);
    const sorted = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(
      objects.map(({ uri }) => uri),
      sorted.map((key) => `s3://logs/${key}`),
    );
    for (const object of objects) {
      const { path } = await source.fetch(object, spool, signal);
      assert.equal(readFileSync(path, 'utf8'), object.uri.slice('s3://logs/'.length));
      rmSync(path);
    }
  });

  test('a window is planned and listed by day folders; more than one page is followed', async () => {
    const many = Array.from({ length: 1010 }, (_, number) =>
      logKey('p/', '2026-11-23T22:05', { ip: `10.0.${number >> 8}.${number & 255}` }),
    );
    const outside = ['2026-11-20T10:00', '2026-11-26T10:00'].map((end) => logKey('p/', end));
    const connection = logKey('p/', '2026-11-23T22:05', { kind: 'conn_log_' });
    await pMap([...many, ...outside, connection], (key) => put(key, 'x'), { concurrency: 16 });
    const window = { from: micros('2026-11-23T22:00:00Z'), to: micros('2026-11-23T23:00:00Z') };
    for (const url of [
      's3://logs/p',
      's3://logs/p/AWSLogs/',
      's3://logs/p/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/11/',
    ]) {
      const { objects, skipped } = await listAll(ask(url, through, { window, logs: ['access'] }));
      assert.deepEqual(
        objects.map(({ uri }) => uri),
        many.map((key) => `s3://logs/${key}`).sort(),
      );
      assert.deepEqual(skipped, { 'connection log': 1 });
    }
    const days = proxy.asked.filter(isList).map(({ query }) => /2026\/11\/(\d\d)\/$/.exec(query.get('prefix')!)?.[1]);
    assert.deepEqual([...new Set(days)].filter(Boolean), ['23', '24']);
    const endless = { from: window.from, to: null };
    const open = await listAll(ask('s3://logs/p/AWSLogs/', direct, { window: endless, logs: ['access'] }));
    assert.equal(open.objects.length, many.length + 1);
  });

  test('wrong region, missing bucket, wrong key and wrong secret', async () => {
    const notes: string[] = [];
    const elsewhere = ask('s3://logs/one/', { endpoint, env: { ...env, AWS_REGION: 'eu-west-3' } }, {}, {}, (note) =>
      notes.push(note),
    );
    assert.equal((await listAll(elsewhere)).objects.length, 1);
    assert.deepEqual(notes, ['Bucket logs is in region us-east-1, not eu-west-3; sending requests there.']);
    assert.equal(
      await refused('s3://missing/x', direct),
      `Bucket missing does not exist at ${endpoint}; check the name in the s3:// url`,
    );
    assert.match(
      await refused('s3://logs', { endpoint, env: { ...env, AWS_ACCESS_KEY_ID: 'test:nobody' } }),
      /does not know the AWS access key id|rejects the signature/,
    );
    assert.match(
      await refused('s3://logs', { endpoint, env: { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' } }),
      /rejects the signature of the request/,
    );
    assert.equal(
      await refused('s3://logs/none/', direct),
      's3://logs/none/ holds no objects; check the bucket and the prefix',
    );
  });

  test('faults that pass are overcome', async () => {
    const passing: Fault[] = [
      { kind: 'error', status: 503, code: 'SlowDown' },
      { kind: 'reset', after: -1 },
      { kind: 'reset', after: 200_000 },
      { kind: 'cut', after: 200_000 },
      { kind: 'understate', after: 200_000 },
      { kind: 'stall', after: 200_000 },
    ];
    for (const fault of passing) {
      const { source, object } = await one({ idleMs: 500 });
      proxy.faults.clear();
      proxy.faults.add(fault, isGet, 2);
      const { path } = await source.fetch(object, spool, signal);
      assert.ok(readFileSync(path).equals(body), fault.kind);
      assert.equal(proxy.asked.length, 3, fault.kind);
      rmSync(path);
    }
    proxy.faults.clear();
    proxy.faults.add({ kind: 'reset', after: 100 }, isList, 2);
    assert.equal((await listAll(ask('s3://logs/one/', through))).objects.length, 1);
  });

  test('faults that stay are told, and leave nothing behind', async () => {
    const stays: [Fault, boolean, RegExp][] = [
      [{ kind: 'error', status: 503, code: 'SlowDown' }, false, /keeps asking to slow down/],
      [{ kind: 'reset', after: 1000 }, false, /connection broke off/],
      [{ kind: 'stall', after: 1000 }, false, /stopped sending/],
      [{ kind: 'understate', after: 1000 }, false, /arrived incomplete/],
      [{ kind: 'error', status: 403, code: 'AccessDenied' }, false, /access denied/],
      [{ kind: 'error', status: 403, code: 'RequestTimeTooSkewed' }, true, /rejects the time of this machine/],
      [{ kind: 'error', status: 400, code: 'ExpiredToken' }, true, /have expired/],
    ];
    for (const [fault, fatal, message] of stays) {
      const { source, object } = await one({ idleMs: 100 });
      proxy.faults.clear();
      proxy.faults.add(fault, isGet);
      await assert.rejects(source.fetch(object, spool, signal), { name: 'SourceError', fatal, message });
      assert.deepEqual(readdirSync(spool), []);
      assert.ok(proxy.faults.struck <= 5);
      proxy.faults.clear();
    }
    proxy.faults.add({ kind: 'endless' }, (asked) => isList(asked) && asked.query.get('max-keys') !== '1');
    await assert.rejects(listAll(ask('s3://logs/odd/', through)), { fatal: true, message: /does not advance/ });
  });

  test('an object that is replaced or deleted between listing and reading is told', async () => {
    const { source, object } = await one();
    proxy.before = async () => {
      proxy.before = async () => {};
      await put('one/object', 'another');
    };
    await assert.rejects(source.fetch(object, spool, signal), {
      fatal: false,
      message: 's3://logs/one/object was replaced while loading; run again',
    });
    await bucket.remove('one/object');
    await assert.rejects(source.fetch(object, spool, signal), {
      fatal: false,
      message: 's3://logs/one/object was deleted between listing and reading; run again',
    });
    assert.deepEqual(readdirSync(spool), []);
  });
}
