/** Files appear complete or not at all, whatever lies in their place and whatever was killed before. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { sweepFolder } from '../../src/publish/leftover.ts';
import { isLeftBehind, unfinishedName } from '../../src/publish/owner.ts';
import { publishFile } from '../../src/publish/publish.ts';
import { makeScratch } from '../../src/publish/scratch.ts';
import { freshFolder } from '../cli.ts';

const put = (path: string, text: string, options = {}) =>
  publishFile(path, (unfinished) => writeFile(unfinished, text), options);
const code = (expected: string) => (error: NodeJS.ErrnoException) => error.code === expected;

test('a file keeps its permissions, a new one has those of the process', async () => {
  const path = join(freshFolder(), 'below', 'x.txt');
  await put(path, 'one');
  assert.equal(statSync(path).mode & 0o777, 0o666 & ~process.umask());
  chmodSync(path, 0o600);
  await put(path, 'two');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(path, 'utf8'), 'two');
  await put(join(path, '..', 'y'), 'new', { mode: 0o640 });
  assert.equal(statSync(join(path, '..', 'y')).mode & 0o777, 0o640);
});

test('what is half written is never seen, and is gone after a failure', async () => {
  const folder = freshFolder();
  const path = join(folder, 'x.txt');
  await put(path, 'old');
  await assert.rejects(
    publishFile(path, async (unfinished) => {
      await writeFile(unfinished, 'half');
      assert.equal(readFileSync(path, 'utf8'), 'old');
      throw new Error('the writer failed');
    }),
    /the writer failed/,
  );
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(folder), ['x.txt']);
  await assert.rejects(put(path, 'new', { exclusive: true }), code('EEXIST'));
  assert.deepEqual(readdirSync(folder), ['x.txt']);
});

test('a link stays a link, and the file behind it is replaced', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'real'), 'old');
  symlinkSync('real', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('loop', join(folder, 'loop'));
  await put(join(folder, 'link'), 'new');
  await put(join(folder, 'dangling'), 'new');
  assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
  assert.equal(readFileSync(join(folder, 'real'), 'utf8'), 'new');
  assert.equal(readFileSync(join(folder, 'nowhere'), 'utf8'), 'new');
  await assert.rejects(put(join(folder, 'loop'), 'x'), code('ELOOP'));
});

test('a link of another user is not followed', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'precious'), 'precious');
  // Only root can give a link away; for others the link would be their own.
  if (process.getuid?.() !== 0) return;
  const made = spawnSync('sh', ['-c', 'ln -s precious link && chown -h 4242 link'], { cwd: folder });
  assert.equal(made.status, 0);
  await assert.rejects(put(join(folder, 'link'), 'x'), code('ELOOP'));
  assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'precious');
});

test('a file that somebody puts under the unfinished name is not published', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'other'), 'of somebody else');
  const swapped = publishFile(join(folder, 'x'), async (unfinished) => {
    await writeFile(unfinished, 'ours');
    await rename(join(folder, 'other'), unfinished);
  });
  await assert.rejects(swapped, code('EEXIST'));
  assert.deepEqual(readdirSync(folder), []);
});

test('devices and pipes are written as they are, a folder is refused', async () => {
  await put('/dev/null', 'x');
  assert.ok(lstatSync('/dev/null').isCharacterDevice());
  await assert.rejects(put(freshFolder(), 'x'), code('EISDIR'));
});

test('no two names are the same, and none can be guessed', () => {
  const names = Array.from({ length: 1000 }, unfinishedName);
  assert.equal(new Set(names).size, 1000);
  for (const name of names) assert.match(name, /-[0-9a-f]{16}\.part$/);
});

/** Returns the name of an unfinished file of an ended process of this machine. */
function nameOfEnded(): string {
  const [, machine] = unfinishedName().split('-');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return `draintrace-${machine}-${pid}-1-0123456789abcdef.part`;
}

test('what killed processes left is swept; what is written now, and what is not ours by name, stays', async () => {
  const folder = freshFolder();
  const running = unfinishedName();
  const foreign = 'draintrace-0123456789ab-1-1-0123456789abcdef.part';
  const stay = [running, foreign, 'draintrace-x.part', 'a.part', 'data.parquet.123.tmp'];
  const go = [nameOfEnded(), `.${nameOfEnded()}`, `.${nameOfEnded()}.wal`];
  for (const name of [...stay, ...go]) writeFileSync(join(folder, name), '');
  const scratch = nameOfEnded().replace('0123', 'abcd');
  mkdirSync(join(folder, scratch));
  writeFileSync(join(folder, 'precious'), 'precious');
  symlinkSync('../precious', join(folder, scratch, 'link'));
  await sweepFolder(folder);
  assert.deepEqual(readdirSync(folder).sort(), [...stay, 'precious'].sort());
  // Another container may still be writing the file; after a day it is not.
  utimesSync(join(folder, foreign), new Date(), new Date(Date.now() - 25 * 3_600_000));
  await sweepFolder(folder);
  assert.ok(!readdirSync(folder).includes(foreign));
});

test('a name of another form is never left behind, whatever its age', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      assert.equal(isLeftBehind(name, 0), false);
    }),
  );
});

test('a scratch folder is private, and goes with the command', async () => {
  const scratch = await makeScratch();
  assert.equal(statSync(scratch.path).mode & 0o777, 0o700);
  writeFileSync(join(scratch.path, 'x'), '');
  await scratch.remove();
  assert.throws(() => statSync(scratch.path), code('ENOENT'));
});
