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

test('--brief is the answer in three lines and nothing else, as text, Markdown and JSON', async () => {
  const window = ['--brief', '--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T15:00:00Z'];
  const text = await report(window);
  assert.deepEqual(
    [text.code, text.stderr, text.stdout],
    [
      0,
      '',
      `10 of 130 requests failed (7.7%) from 2026-03-10 14:00:15 to 14:02:20 UTC
why: 8 × draining_target of catalog, 2 × killed_in_flight of catalog; rollout
     shop/catalog@2026-03-10T14:00:20Z to catalog-7c9d6b8f54
fix: Keep pods serving after their deletion: a preStop sleep that outlasts late
     routing, and a terminationGracePeriodSeconds above it.
`,
    ],
  );
  const json = await report([...window, '--format', 'json', '--timezone', '+08:00']);
  const answer = JSON.parse(json.stdout) as Record<string, unknown> & { causes: Record<string, unknown>[] };
  assert.deepEqual(
    [answer.failures, answer.requests, answer.share, answer.from, answer.to, answer.incidents],
    [10, 130, 10 / 130, '2026-03-10T14:00:15.100000Z', '2026-03-10T14:02:20.310000Z', 1],
  );
  assert.match(String(answer.what), /14:02:20 UTC$/, 'data stays UTC');
  assert.deepEqual(
    answer.causes.map(({ cause, failures }) => [cause, failures]),
    [
      ['draining_target', 8],
      ['killed_in_flight', 2],
    ],
  );
  const chat = await report([...window, '--format', 'markdown']);
  assert.match(
    chat.stdout,
    /^\*\*10 of 130 requests failed .*\*\*\n- why: 8 × draining\\_target .*\n- fix: Keep pods .*\n$/,
  );
  const local = await report([...window, '--timezone', '+08:00']);
  assert.match(local.stdout, /from 2026-03-10 22:00:15 to 22:02:20 \+08:00\n/);
  assert.equal((await report([...window, '--format', 'html'])).code, 2);
});

test('--brief agrees with the first lines of trace, also on what the traffic alone looks like', async () => {
  const logs = join(folder, 'logs.duckdb');
  const load = await draintrace(['load', join(ROOT, 'samples/rollout-day/AWSLogs'), '--db', logs, '-q'], {
    built: true,
  });
  assert.equal(load.code, 0, load.stderr);
  const window = ['--from', '2026-03-10T13:50:00Z', '--to', '2026-03-10T14:10:00Z'];
  for (const words of [
    ['--db', db],
    ['--db', logs],
    ['--db', logs, ...window],
  ]) {
    const brief = await draintrace(['report', '--brief', ...words]);
    const trace = await draintrace(['trace', ...words]);
    assert.equal(
      brief.stdout.replace(/draintrace evidence names/, 'the last lines name'),
      `${trace.stdout.split('\n\n')[0]}\n`,
    );
    if (words.length > 2) assert.match(brief.stdout, /\nlooks like a rollout of 3 targets/);
  }
});

test('times of a zone are typed and shown in the text, and data formats stay UTC', async () => {
  const window = ['--from', '2026-03-10T22:00', '--to', '2026-03-10T23:00', '--timezone', 'Asia/Shanghai'];
  const text = await report(window);
  assert.match(text.stdout, /^10 requests failed within .*, from 2026-03-10 22:00:15 to 22:02:50\s\+08:00/);
  assert.match(text.stdout, /^2026-03-10 22:\d\d:\d\d to 22:\d\d:\d\d \+08:00, 10 failures/m);
  assert.doesNotMatch(text.stdout, /UTC/);
  const page = await report([...window, '--format', 'markdown']);
  assert.match(page.stdout, /from 2026-03-10 14:00:15 to 14:02:50 UTC/);
});

test('the sources of a verdict are an array for programs, text in a table', async () => {
  const words = ['trace', '--db', db, '--target-group', 'catalog', '--limit', '1', '--format'];
  const [row] = JSON.parse((await draintrace([...words, 'json'])).stdout) as { evidence: string[] }[];
  assert.ok(
    row!.evidence.length > 1 && row!.evidence.every((source) => /^\w+ file:\/\/\/.*:\d/.test(source)),
    String(row!.evidence),
  );
  assert.match((await draintrace([...words, 'csv'])).stdout, /:\d[\d-]*; \w+ file:/);
  const gaps = await draintrace(['evidence', '--db', db, '--format', 'ndjson']);
  const rows = gaps.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { sources: string[] });
  assert.ok(
    rows.some(({ sources }) => sources.some((source) => /catalog-targets\.json$/.test(source))),
    gaps.stdout,
  );
});
