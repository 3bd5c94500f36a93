import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import test, { afterEach, beforeEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openSource } from '../../src/source/open.ts';
import { listAll } from '../s3/ask.ts';

let folder: string;
const signal = new AbortController().signal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'draintrace-open-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (argument: string, stdin: NodeJS.ReadableStream = Readable.from([])) =>
  openSource(argument, { window: null, accounts: [], regions: [], loadBalancers: [], logs: [], stdin, now: () => 42 });

test('standard input is one object, known by the hash of its content', async () => {
  const content = Buffer.from('x'.repeat(200_000));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const source = open('-', Readable.from([content.subarray(0, 7), content.subarray(7)]));
  const { objects } = await listAll(source);
  assert.deepEqual(objects, [
    { uri: `stdin:${sha256}`, etag: sha256, size: 200_000, modified: 42, name: 'stdin', isNamed: true },
  ]);
  const { path, temporary } = await source.fetch(objects[0]!, folder, signal);
  assert.equal(temporary, true);
  assert.ok(path.startsWith(folder));
  assert.ok(readFileSync(path).equals(content));
  await source.close!();
});

test('closing deletes a copy that nobody fetched', async () => {
  const before = execFileSync('ls', [tmpdir()]).toString();
  const source = open('-', Readable.from([Buffer.from('x')]));
  await listAll(source);
  await source.close!();
  const left = execFileSync('ls', [tmpdir()])
    .toString()
    .split('\n')
    .filter((name) => /^draintrace-\w{6}$/.test(name) && !before.includes(name));
  assert.deepEqual(left, []);
});

test('Ctrl-C ends the wait for standard input', async () => {
  const source = open('-', new PassThrough());
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('Ctrl-C')), 50);
  await assert.rejects(listAll(source, controller.signal), { message: 'Ctrl-C' });
  await source.close!();
});

test('a named pipe is read once, like standard input', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = execFile('sh', ['-c', `echo hello > '${pipe}'`]);
  const source = open(pipe);
  const { objects } = await listAll(source);
  assert.deepEqual([objects[0]!.size, objects[0]!.name], [6, 'pipe']);
  assert.equal(readFileSync((await source.fetch(objects[0]!, folder, signal)).path, 'utf8'), 'hello\n');
  await source.close!();
  writer.kill();
});

test('an argument is a path unless it says otherwise', async () => {
  const file = join(folder, 'a b');
  writeFileSync(file, 'x');
  for (const argument of [file, folder, pathToFileURL(file).href])
    assert.equal((await listAll(open(argument))).objects.length, 1, argument);
  assert.throws(() => open('s3://'), {
    name: 'SourceError',
    message: 's3:// is no S3 url; write it as s3://bucket/prefix',
    fatal: true,
  });
  await assert.rejects(listAll(open('https://bucket/x')), /does not exist; check the path$/);
  assert.ok(existsSync(file));
});
