import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { localSource } from '../../src/source/local.ts';
import { EVERYTHING, listAll, logKey, micros } from '../s3/ask.ts';

let folder: string;
const signal = new AbortController().signal;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'draintrace-local-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
}
const list = (path = folder, selection = {}) => listAll(localSource(path, { ...EVERYTHING, ...selection }));
const uri = (name: string) => pathToFileURL(join(folder, name)).href;

/** File permissions do not apply to root, so the part that needs them runs as another user. */
async function unprivileged(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid!() === 0;
  if (root) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid!(0);
  }
}

test('files below a folder are listed in the order of their uris, each with what identifies it', async () => {
  const names = ['a/z', 'a-b', 'a.gz', 'b c', 'day.log.gz/x', 'ä', '.hidden', 'B', '100%#?'];
  write(...names);
  utimesSync(join(folder, 'a-b'), 1_700_000_000, 1_700_000_000.25);
  const { objects, skipped, failed } = await list();
  assert.deepEqual(
    objects.map((one) => one.uri),
    names.map(uri).sort(),
  );
  assert.deepEqual([skipped, failed], [{}, []]);
  const one = objects.find(({ name }) => name === 'a-b')!;
  const { mtimeNs } = statSync(join(folder, 'a-b'), { bigint: true });
  assert.deepEqual([one.size, one.etag, one.modified], [3, `3-${mtimeNs}`, 1_700_000_000_250_000]);
  for (const object of objects) {
    const { path, temporary } = await localSource(folder, EVERYTHING).fetch(object, '/nonexistent', signal);
    assert.deepEqual([pathToFileURL(path).href, temporary], [object.uri, false]);
  }
});

test('links are followed once, and loops end', async () => {
  write('in/a', 'in/b');
  const outside = mkdtempSync(join(tmpdir(), 'draintrace-outside-'));
  mkdirSync(join(outside, 'deep'));
  writeFileSync(join(outside, 'deep', 'c'), 'c');
  symlinkSync(folder, join(folder, 'in', 'loop'));
  symlinkSync(join(folder, 'in', 'a'), join(folder, 'again'));
  symlinkSync(outside, join(outside, 'deep', 'loop'));
  symlinkSync(join(outside, 'deep'), join(folder, 'l1'));
  symlinkSync(outside, join(folder, 'l2'));
  symlinkSync(join(outside, 'deep', 'c'), join(folder, 'l3'));
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync('self', join(folder, 'self'));
  const { objects, skipped, failed } = await list();
  assert.deepEqual(
    objects.map((one) => one.uri),
    ['in/a', 'in/b', 'l1/c'].map(uri),
  );
  assert.equal(skipped['broken link'], 2);
  assert.ok(skipped['link to a file that is loaded anyway']! >= 4);
  assert.deepEqual(failed, []);
  rmSync(outside, { recursive: true });
});

test('what is no regular file is left out', async () => {
  write('a');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const { objects, skipped } = await list();
  assert.deepEqual([objects.length, skipped], [1, { 'not a regular file': 1 }]);
  await assert.rejects(list('/dev/null'), { message: '/dev/null is no regular file', fatal: true });
});

test('a copy of a bucket is left out of by name as the bucket is, and a named file never', async () => {
  const keys = [
    logKey('', '2026-11-23T22:05'),
    logKey('', '2026-11-20T22:05'),
    logKey('', '2026-11-23T22:05', { kind: 'conn_log_' }),
    'AWSLogs/111122223333/ELBAccessLogTestFile',
    'AWSLogs/unpacked.log',
    'pods.json',
  ];
  write(...keys);
  const window = { from: micros('2026-11-23T22:00:00Z'), to: null };
  const { objects, skipped } = await list(folder, { window, logs: ['access'] });
  assert.deepEqual(
    objects.map((one) => one.uri),
    [keys[0]!, keys[4]!, keys[5]!].map(uri),
  );
  assert.deepEqual(skipped, { 'outside the window': 1, 'connection log': 1, 'test file': 1 });
  assert.equal((await list(join(folder, keys[1]!), { window })).objects.length, 1);
});

test('what may not be read fails alone, unless it was asked for by name', async () => {
  write('open', 'closed', 'shut/x');
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'closed'), 0);
  chmodSync(join(folder, 'shut'), 0);
  await unprivileged(async () => {
    const source = localSource(folder, EVERYTHING);
    const { objects, failed } = await listAll(source);
    assert.deepEqual(failed, [
      { uri: uri('shut'), message: `${join(folder, 'shut')} may not be read (EACCES); check its permissions` },
    ]);
    assert.deepEqual(
      objects.map(({ name }) => name),
      ['closed', 'open'],
    );
    const message = `${join(folder, 'closed')} may not be read (EACCES); check its permissions`;
    await assert.rejects(source.fetch(objects[0]!, folder, signal), { name: 'SourceError', fatal: false, message });
    await assert.rejects(list(join(folder, 'shut')), { name: 'SourceError', fatal: true });
  });
  await assert.rejects(list(join(folder, 'missing')), {
    fatal: true,
    message: `${join(folder, 'missing')} does not exist; check the path`,
  });
});

test('a file that changes or goes between listing and reading is told', async () => {
  write('a', 'b');
  const source = localSource(folder, EVERYTHING);
  const [a, b] = (await listAll(source)).objects;
  writeFileSync(join(folder, 'a'), 'longer');
  unlinkSync(join(folder, 'b'));
  await assert.rejects(source.fetch(a!, folder, signal), {
    fatal: false,
    message: `${join(folder, 'a')} changed while loading; run again`,
  });
  await assert.rejects(source.fetch(b!, folder, signal), {
    fatal: false,
    message: `${join(folder, 'b')} does not exist; check the path`,
  });
});
