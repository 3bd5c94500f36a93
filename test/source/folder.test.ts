/** Tests making folders to write into. */
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../src/source/folder.ts';
import { freshFolder } from '../cli.ts';

test('a folder is made with those above it, once, however many ask for it', async () => {
  const folder = freshFolder();
  const deep = join(folder, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, 'a'))]);
  await makeFolder(deep);
  assert.ok(statSync(deep).isDirectory());
});

test('where nothing can be made it ends with the error of the file system', { timeout: 10_000 }, async () => {
  await assert.rejects(makeFolder('/proc/nowhere/deep'), { code: /^E/ });
  assert.ok(!existsSync('/proc/nowhere'));
  const file = join(freshFolder(), 'file');
  writeFileSync(file, '');
  await assert.rejects(makeFolder(join(file, 'below')), { code: 'ENOTDIR' });
});
