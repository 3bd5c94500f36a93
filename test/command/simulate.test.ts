/** Tests the simulate command. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { draintrace, freshFolder } from './world.ts';

test('--list names the scenarios', async () => {
  const { code, stdout } = await draintrace(['simulate', '--list', '--format', 'json']);
  assert.equal(code, 0);
  const rows = JSON.parse(stdout) as Record<string, string>[];
  assert.ok(rows.length >= 20);
  assert.ok(rows.every(({ name, title, teaches }) => name && title && teaches));
});

test('a run writes logs, evidence and truth, the same for the same seed', async () => {
  const folder = freshFolder();
  const run = (out: string) =>
    draintrace(['simulate', '--scenario', 'rollout', '--set', 'requestsPerSecond=5', '--seed', '9', '--out', out]);
  const { code, stderr } = await run(join(folder, 'a'));
  assert.equal(code, 0, stderr);
  await run(join(folder, 'b'));
  const filesOf = (name: string) =>
    new Map(
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name: file }) => {
          const path = join(parentPath, file);
          return [path.slice(join(folder, name).length), readFileSync(path).toString('base64')];
        }),
    );
  assert.deepEqual(filesOf('b'), filesOf('a'));
  const kinds = new Set([...filesOf('a').keys()].map((path) => path.split('/').slice(1, 3).join('/')));
  for (const kind of [
    'audit',
    'cloudtrail',
    'controller',
    'endpoint-slice',
    'event',
    'health-check',
    'kubectl',
    'metric',
  ]) {
    assert.ok(kinds.has(`evidence/${kind}`), kind);
  }
  assert.ok(kinds.has('truth.ndjson') && kinds.has('logs/AWSLogs'));
});

test('a folder that cannot be written is named', async () => {
  const { code, stderr } = await draintrace(['simulate', '--scenario', 'rollout', '--out', '/dev/null/x']);
  assert.deepEqual([code, stderr.trim().split('\n').length], [6, 1], stderr);
  assert.match(stderr, /\/dev\/null\/x cannot be written \(ENOTDIR\)/);
});

test('what cannot be is one sentence and exit code 2', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'bad.json'), '{');
  for (const [words, message] of [
    [[], /simulate needs --scenario and --out/],
    [['--scenario', 'rolout', '--out', join(folder, 'x')], /there is no scenario rolout: did you mean rollout\?/],
    [['--scenario', 'rollout', '--out', folder], /is not empty/],
    [
      ['--scenario', 'rollout', '--out', join(folder, 'x'), '--set', 'preStop=5'],
      /there is no key preStop: did you mean/,
    ],
    [['--scenario', 'rollout', '--out', join(folder, 'x'), '--seed', '1.5'], /--seed 1.5 is not a whole number/],
    [['--scenario', join(folder, 'bad.json'), '--out', join(folder, 'x')], /it is not JSON/],
  ] as const) {
    const { code, stderr } = await draintrace(['simulate', ...words]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
  const missing = await draintrace(['simulate', '--scenario', join(folder, 'no.json'), '--out', join(folder, 'x')]);
  assert.equal(missing.code, 3);
});
