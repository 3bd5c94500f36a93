/** Tests objects listed by an S3 inventory: the same as a listing gives, checksums, formats, and what has changed since. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { inventoryRow } from '../../src/source/inventory.ts';
import { openSource, type SourceOptions } from '../../src/source/open.ts';
import type { Source } from '../../src/source/source.ts';
import { readInventoryParquet } from '../../src/store/inventory-parquet.ts';
import { type Asked, listAll, logKey, micros } from '../s3/ask.ts';
import { inventoryFiles, type Listing, listingOf } from '../s3/inventory.ts';
import { StandIn } from '../s3/stand-in.ts';

const server = new StandIn();
let endpoint: string;
const folder = mkdtempSync(join(tmpdir(), 'draintrace-inventory-'));
const spool = join(folder, 'spool');
const MANIFEST = 's3://inventory/logs/daily/2026-03-11T01-00Z/manifest.json';

before(async () => {
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
  endpoint = await server.start();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const KEYS = [
  logKey('a b+c/', '2026-03-10T14:05'),
  logKey('a b+c/', '2026-03-10T14:10'),
  logKey('a b+c/', '2026-03-10T14:10', { lb: 'app.other.0123456789abcdef' }),
  logKey('a b+c/', '2026-03-10T18:10'),
  logKey('a b+c/', '2026-03-10T14:10', { lb: 'net.web.0123456789abcdef' }),
  'a b+c/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/10/x.json.gz',
  'site/index.html',
];
const WINDOW = { from: micros('2026-03-10T14:00:00Z'), to: micros('2026-03-10T15:00:00Z') };

beforeEach(() => {
  server.buckets.clear();
  for (const key of KEYS) server.put('logs', key, `content of ${key}`, new Date('2026-03-10T14:12:00.250Z'));
});

function open(argument: string, more: Partial<SourceOptions> = {}): Source {
  return openSource(argument, {
    ...{ window: WINDOW, accounts: [], regions: [], loadBalancers: ['web'], logs: [] },
    ...{ endpointUrl: endpoint, env: server.env(), spoolDirectory: spool, stdin: process.stdin, now: () => 0 },
    ...{ readParquet: readInventoryParquet, patience: { sleep: async () => {} } },
    ...more,
  });
}

async function put(
  listing: readonly Listing[] = listingOf(server.buckets.get('logs')!),
  options: Parameters<typeof inventoryFiles>[2] = {},
): Promise<void> {
  for (const [key, body] of await inventoryFiles('logs', listing, options)) server.put('inventory', key, body);
}

const shortOf = ({ objects, skipped, failed }: Asked) => ({ keys: objects.map(({ uri }) => uri), skipped, failed });

for (const format of ['CSV', 'Parquet']) {
  test(`${format}: the objects of an inventory are those of a listing, and each is fetched from its bucket`, async () => {
    await put(undefined, { format });
    const source = open(MANIFEST);
    const asked = await listAll(source);
    const listed = await listAll(open('s3://logs/a b+c/'));
    assert.equal(asked.objects.length, 2);
    assert.deepEqual(asked.objects, listed.objects);
    assert.deepEqual(asked.failed, []);
    const other = { 'other load balancer': 1, 'outside the window': 1, 'NLB log': 1, 'not an ALB log': 2 };
    assert.deepEqual(asked.skipped, other);
    const { path } = await source.fetch(asked.objects[0]!, spool, new AbortController().signal);
    assert.ok(path.startsWith(spool));
    await source.close?.();
  });
}

test('delete markers and older versions are no objects', async () => {
  const [first, second] = listingOf(server.buckets.get('logs')!) as [Listing, Listing];
  for (const format of ['CSV', 'Parquet']) {
    await put([{ ...first, isDeleteMarker: true }, { ...second, isLatest: false }, first], { format });
    const { keys, skipped, failed } = shortOf(await listAll(open(MANIFEST)));
    assert.deepEqual([keys.length, skipped, failed], [1, { 'delete marker': 1, 'older version': 1 }, []], format);
  }
});

test('a manifest on this machine leads to files beside it or below a folder above it', async () => {
  await put();
  for (const [name, place] of [
    ['copy', (key: string) => join(folder, 'copy', key)],
    ['flat', (key: string) => join(folder, 'flat', key.split('/').at(-1)!)],
  ] as const) {
    let manifest = '';
    for (const [key, body] of await inventoryFiles('logs', listingOf(server.buckets.get('logs')!))) {
      mkdirSync(dirname(place(key)), { recursive: true });
      writeFileSync(place(key), body);
      manifest = place(key);
    }
    const asked = await listAll(open(manifest));
    assert.deepEqual([asked.objects.length, asked.failed], [2, []], name);
    rmSync(join(dirname(manifest), name === 'flat' ? 'part-5.csv.gz' : '../data/part-5.csv.gz'));
    const { failed } = await listAll(open(manifest));
    assert.match(
      failed[0]!.message,
      /cannot be read in full: logs\/daily\/data\/part-5\.csv\.gz is not there; copy it beside/,
    );
  }
});

test('a file with another checksum, a missing file and a row of another form are each one sentence; the rest is listed', async () => {
  await put();
  const objects = server.buckets.get('inventory')!;
  const part = objects.get('logs/daily/data/part-0.csv.gz')!;
  server.put('inventory', 'logs/daily/data/part-0.csv.gz', Buffer.concat([part.body, Buffer.from('x')]));
  const changed = await listAll(open(MANIFEST, { window: null, loadBalancers: [] }));
  assert.equal(changed.objects.length, 0);
  assert.match(
    changed.failed[0]!.message,
    /^The S3 inventory s3:.*part-0\.csv\.gz has the MD5 [\da-f]{32} where the manifest/,
  );

  objects.delete('logs/daily/data/part-0.csv.gz');
  const missing = await listAll(open(MANIFEST));
  assert.match(missing.failed[0]!.message, /part-0\.csv\.gz\S* holds no objects/);

  const [one] = listingOf(server.buckets.get('logs')!) as [Listing];
  await put([one, { ...one, size: Number.NaN }]);
  const odd = await listAll(open(MANIFEST));
  assert.equal(odd.objects.length, 1);
  assert.match(odd.failed[0]!.message, /has rows that name no object: 1 of 2, the first is row 2/);
});

test('ORC, missing columns and foreign buckets are refused by name; another manifest.json is an object like others', async () => {
  const refused = async (change: Record<string, unknown>, format = 'CSV') => {
    await put(undefined, { format, change });
    await assert.rejects(listAll(open(MANIFEST)), (error: Error & { fatal: boolean }) => {
      assert.ok(error.fatal);
      assert.match(error.message, /^The S3 inventory s3:\/\/inventory\S+manifest\.json /);
      assert.match(error.message, new RegExp(String(change.says)));
      return true;
    });
  };
  await refused({ fileFormat: 'ORC', says: 'as ORC, which cannot be read; configure it as CSV or Parquet' });
  await refused({ fileSchema: 'Bucket, Key', says: 'has no Size and no ETag of its objects; add' });
  await refused({ fileSchema: 'message s3.inventory { required binary bucket (UTF8); }', says: 'no Key' }, 'Parquet');
  await refused({ sourceBucket: '../x', says: 'names no valid sourceBucket' });
  await refused({
    files: [{ key: '../../etc/passwd', MD5checksum: 'a'.repeat(32) }],
    says: 'without a key and its MD5',
  });

  server.put('plain', 'manifest.json', '{"kind":"Deployment"}');
  const { keys } = shortOf(await listAll(open('s3://plain/manifest.json')));
  assert.deepEqual(keys, ['s3://plain/manifest.json']);
});

test('an object that is gone or replaced since the inventory was made is named so', async () => {
  await put();
  const source = open(MANIFEST);
  const { objects } = await listAll(source);
  server.buckets.get('logs')!.delete(KEYS[0]!);
  server.put('logs', KEYS[1]!, 'other content');
  const { signal } = new AbortController();
  const why = (verb: string) => ({
    message: new RegExp(
      `^s3:.* ${verb} after its S3 inventory was made \\(2026-03-11T01:00:00.*\\); load a newer inventory$`,
    ),
    fatal: false,
  });
  await assert.rejects(source.fetch(objects[0]!, spool, signal), why('was deleted'));
  await assert.rejects(source.fetch(objects[1]!, spool, signal), why('was replaced'));
});

test('a CSV row is read by the columns of the manifest, quoted or not', () => {
  const columns = ['bucket', 'key', 'size', 'etag', 'lastmodifieddate'];
  const row = inventoryRow('"b","x%2By+z%22","12","e",2026-03-10T14:00:00.000Z', columns);
  assert.deepEqual(
    [row?.key, row?.size, row?.modified, row?.isLatest],
    ['x+y z"', 12, micros('2026-03-10T14:00:00Z'), true],
  );
  for (const bad of [
    '',
    '"b"',
    '"b","%zz","1","e",""',
    '"b","k","1","e"',
    '"b","k","1","e","","more"',
    '"b","k,"1","e",""',
  ]) {
    assert.equal(inventoryRow(bad, columns), null, bad);
  }
});
