/** Tests `report`: windows, rollouts, formats by extension, and its errors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from './world.ts';

const folder = freshFolder();
const db = join(folder, 'day.duckdb');

before(async () => {
  const load = await draintrace(['load', join(ROOT, 'samples/rollout-day'), '--db', db, '-q'], { built: true });
  assert.equal(load.code, 0, load.stderr);
});

const report = (words: string[]) => draintrace(['report', '--db', db, ...words]);

test('the report of a rollout has its failures and no others', async () => {
  const listed = await draintrace(['query', 'failures-per-rollout', '--db', db, '--format', 'json']);
  const rollouts = JSON.parse(listed.stdout) as { rollout: string; deployment: string; failures: number }[];
  const checkout = rollouts.find(({ deployment }) => deployment === 'checkout')!;
  const run = await report(['--rollout', checkout.rollout, '--format', 'json']);
  assert.equal(run.code, 0, run.stderr);
  const incident = JSON.parse(run.stdout) as { failures: number; episodes: { lanes: { pod: string }[] }[] };
  assert.ok(incident.failures >= checkout.failures && incident.failures < 10, run.stdout.slice(0, 300));
  for (const { pod } of incident.episodes.flatMap(({ lanes }) => lanes)) assert.match(pod ?? '', /checkout/);
});

test('the extension tells the form, and every form tells the same number of failures', async () => {
  const window = ['--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T15:00:00Z'];
  for (const [name, shows] of [
    ['a.html', /<h1>10 requests failed within/],
    ['a.md', /^\*\*10 requests failed within/],
    ['a.json', /"headline":"10 requests failed within/],
    ['a.txt', /^10 requests failed within/],
  ] as const) {
    const path = join(folder, name);
    const run = await report([...window, '--out', path]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, '');
    assert.match(readFileSync(path, 'utf8'), shows);
  }
});

test('what cannot be done is one sentence and a code of its own', async () => {
  const refused = async (words: string[], code: number, says: RegExp) => {
    const run = await report(words);
    assert.deepEqual([run.code, run.stdout], [code, '']);
    assert.match(run.stderr, says);
    assert.equal(run.stderr.trim().split('\n').length, 1);
  };
  await refused(['--rollout', 'shop/nothing'], 2, /there is no rollout shop\/nothing/);
  await refused(['--rollout', 'x', '--from', '-2h'], 2, /--rollout has a window of its own/);
  await refused(['--out', 'incident.pdf'], 2, /incident\.pdf does not say its format/);
  await refused(['--out', '/dev/null/a.html'], 6, /\/dev\/null\/a\.html cannot be written/);
  // Node's own recursive mkdir never returns here.
  await refused(
    ['--out', '/proc/nowhere/deep/a.html'],
    6,
    /\/proc\/nowhere\/deep\/a\.html cannot be written \(E[A-Z]+\)/,
  );
});
