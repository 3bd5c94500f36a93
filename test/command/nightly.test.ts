/** Tests nights: run twice, missed, overlapping, with limits; and a configuration with errors. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../src/store/database.ts';
import { takeLock } from '../../src/store/lock.ts';
import { storedRun, storeRun } from '../../src/store/night.ts';
import { selectAll } from '../../src/store/select.ts';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder, type Run } from './world.ts';

const RECORDED = join(ROOT, 'samples', 'recorded-incident');
const NOW = Date.UTC(2023, 0, 8, 3);

interface Place {
  folder: string;
  config: string;
}

function place(more: object = {}): Place {
  const folder = freshFolder();
  const config = join(folder, 'draintrace.json');
  writeFileSync(
    config,
    JSON.stringify({
      db: join(folder, 'night.duckdb'),
      sources: [join(RECORDED, 'AWSLogs')],
      evidence: [join(RECORDED, 'probe-1-504-while-draining.txt')],
      timezone: '+08:00',
      keep: 'all',
      retention: '3650d',
      report: join(folder, 'report', '{day}.html'),
      summary: join(folder, '{day}.md'),
      json: join(folder, '{day}.json'),
      metrics: join(folder, 'draintrace.prom'),
      logFormat: 'json',
      ...more,
    }),
  );
  return { folder, config };
}

const nightly = ({ config }: Place, words: string[] = [], now = NOW): Promise<Run> =>
  draintrace(['nightly', '--config', config, ...words], { now, built: true });

const facts = ({ stdout }: Run): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a night loads, reports yesterday in every form, and a second one has nothing to do', async () => {
  const at = place({ limits: { draining_target: 1 } });
  const first = await nightly(at);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.deepEqual(
    facts(first).map(({ fact }) => fact),
    ['loaded', 'loaded', 'expired', 'day', 'answer'],
  );
  const [day, answer] = facts(first).slice(-2) as [Record<string, unknown>, Record<string, unknown>];
  assert.deepEqual([day.day, day.requests, day.failures], ['2023-01-07', 1, 1]);
  assert.match(readFileSync(join(at.folder, 'report', '2023-01-07.html'), 'utf8'), /jiameng-api-dev-7cf849584f-kh7vk/);
  assert.equal(
    readFileSync(join(at.folder, '2023-01-07.md'), 'utf8'),
    `**2023-01-07: 1 of 1 request failed (100%) at 2023-01-07 09:22:42 UTC**
- why: 1 × draining\\_target of jiameng-api-dev; rollout /jiameng-api-dev@&#8203;2023-01-07T09:22:42Z to jiameng-api-dev-7fccd97f9d
- fix: ${answer.fix}
`,
  );
  assert.deepEqual(
    [answer.day, answer.what, answer.failures, answer.requests, answer.share, answer.from],
    ['2023-01-07', '1 of 1 request failed (100%) at 2023-01-07 09:22:42 UTC', 1, 1, 1, '2023-01-07T09:22:42.870000Z'],
  );
  assert.match(String(answer.fix), /^Keep pods serving after their deletion/);
  const summary = JSON.parse(readFileSync(join(at.folder, '2023-01-07.json'), 'utf8')) as {
    day: { failures: number };
    answer: Record<string, unknown>;
  };
  assert.equal(summary.day.failures, 1);
  const { time: _time, fact: _fact, day: _day, ...printed } = answer;
  assert.deepEqual(summary.answer, printed);
  const metrics = readFileSync(join(at.folder, 'draintrace.prom'), 'utf8');
  assert.match(metrics, /^draintrace_night_failures_by_cause\{cause="draining_target"\} 1$/m);
  assert.match(metrics, /^draintrace_night_finished_timestamp_seconds 1673146800$/m);
  assert.match(metrics, /# EOF\n$/);

  const second = await nightly(at);
  assert.equal(second.code, 0);
  assert.deepEqual(
    facts(second).map(({ fact }) => fact),
    ['nothing to do'],
  );
  assert.deepEqual(
    readdirSync(at.folder).filter((name) => name.startsWith('.')),
    [],
  );
});

test('the printed result of a night in text ends with what failed, why, and what to do', async () => {
  const { stdout } = await nightly(place({ logFormat: 'text', report: undefined }));
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .slice(-3)
      .map((line) => line.split(' ').slice(0, 4).join(' ')),
    ['what: 1 of 1', 'why: 1 × draining_target', 'fix: Keep pods serving'],
  );
  const quiet = await nightly(place({ logFormat: 'text', report: undefined }), ['--day', '2023-01-06']);
  assert.match(quiet.stdout, /^what: No access log is loaded, so failures are unknown/m);
  assert.doesNotMatch(quiet.stdout, /^(?:why|fix): /m);
});

test('a day that is asked for again is done again, and gives the same', async () => {
  const at = place();
  await nightly(at);
  const before = readFileSync(join(at.folder, '2023-01-07.json'), 'utf8');
  const again = await nightly(at, ['--day', '2023-01-07']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(readFileSync(join(at.folder, '2023-01-07.json'), 'utf8'), before);
});

test('missed nights are made up for, at most catchUp of them', async () => {
  const at = place({ catchUp: 2, report: undefined });
  await nightly(at);
  const late = await nightly(at, [], NOW + 5 * 86_400_000);
  const days = facts(late).filter(({ fact }) => fact === 'day');
  assert.deepEqual(
    days.map(({ day, requests }) => [day, requests]),
    [
      ['2023-01-11', 0],
      ['2023-01-12', 0],
    ],
  );
});

test('a broken limit is exit code 1, and the file is outdone by the environment and by flags', async () => {
  const at = place({ limits: { draining_target: 5 }, report: undefined });
  const env = { DRAINTRACE_LIMITS: 'draining_target=0' };
  const broken = await draintrace(['nightly', '--config', at.config], { now: NOW, env, built: true });
  assert.equal(broken.code, 1, broken.stderr);
  const said = facts(broken).find(({ fact }) => fact === 'limit broken')!;
  assert.deepEqual([said.limit, said.most, said.found], ['draining_target', 0, 1]);
  const flags = ['nightly', '--config', at.config, '--day', '2023-01-07', '--limits', 'draining_target=1'];
  assert.equal((await draintrace(flags, { now: NOW, env, built: true })).code, 0);
});

test('a night that is started again hears what the first try said, until the next day', async () => {
  const at = place({ limits: { draining_target: 0 }, report: undefined });
  assert.equal((await nightly(at)).code, 1);
  for (const _ of [1, 2]) {
    const again = await nightly(at);
    assert.equal(again.code, 1, again.stdout + again.stderr);
    const said = facts(again);
    assert.deepEqual(
      said.map(({ fact }) => fact),
      ['nothing to do', 'limit broken'],
    );
    assert.deepEqual([said[1]!.day, said[1]!.limit, said[1]!.found], ['2023-01-07', 'draining_target', 1]);
  }
  // The same day with another limit changes the repeated result.
  assert.equal((await nightly(at, ['--day', '2023-01-07', '--limits', 'draining_target=1'])).code, 0);
  assert.equal((await nightly(at)).code, 0);
  assert.equal((await nightly(at, ['--day', '2023-01-07'])).code, 1);
  assert.equal((await nightly(at)).code, 1);
  // A day without failures ends it.
  assert.equal((await nightly(at, [], NOW + 86_400_000)).code, 0);
  assert.equal((await nightly(at, [], NOW + 86_400_000)).code, 0);
});

test('a night whose sources could not be read wholly is done again when it is started again', async () => {
  const folder = freshFolder();
  const logs = join(folder, 'logs');
  cpSync(join(RECORDED, 'AWSLogs'), join(logs, 'AWSLogs'), { recursive: true });
  // Nobody, not even root, can read a folder whose path is too long.
  const name = 'n'.repeat(240);
  const home = process.cwd();
  process.chdir(logs);
  for (let i = 0; i < 18; i++) {
    mkdirSync(name);
    process.chdir(name);
  }
  process.chdir(home);
  const at = place({ sources: [logs], limits: { draining_target: 0 }, report: undefined });
  const first = await nightly(at);
  assert.equal(first.code, 4, first.stdout + first.stderr);
  const again = await nightly(at);
  assert.equal(again.code, 4, again.stdout);
  assert.ok(
    facts(again).some(({ fact }) => fact === 'loaded'),
    'it tries again',
  );
  execFileSync('rm', ['-rf', join(logs, name)]);
  assert.equal((await nightly(at)).code, 1, 'the limit is broken, now that all is read');
  assert.equal((await nightly(at)).code, 1);
});

test('a night without a log ends with 0 if there are logs of other days, a mistyped load balancer with 4', async () => {
  const later = NOW + 20 * 86_400_000;
  const at = place({ report: undefined });
  const quiet = await nightly(at, [], later);
  assert.equal(quiet.code, 0, quiet.stdout + quiet.stderr);
  const mistyped = await nightly(place({ report: undefined, lb: ['no-such-balancer'] }), [], later);
  assert.equal(mistyped.code, 4, mistyped.stdout + mistyped.stderr);
  assert.match(mistyped.stderr, /^nothing to load: no object there matches the flags$/m);
});

test('what a night that was killed between two days had found is not lost', async () => {
  const at = place({ limits: { draining_target: 0 }, report: undefined, catchUp: 3 });
  await nightly(at);
  // The state after the first of three days.
  const database = await openDatabase(join(at.folder, 'night.duckdb'), { readOnly: false });
  const run = (await storedRun(database.connection))!;
  assert.deepEqual(run.days, ['2023-01-07']);
  await storeRun(database.connection, { ...run, days: ['2023-01-07', '2023-01-08', '2023-01-09'], finished: false });
  database.close();
  const late = NOW + 2 * 86_400_000;
  const rest = await nightly(at, [], late);
  assert.equal(rest.code, 1, rest.stdout);
  assert.deepEqual(
    facts(rest).flatMap(({ fact, day }) => (fact === 'day' ? [day] : [])),
    ['2023-01-08', '2023-01-09'],
  );
  assert.equal((await nightly(at, [], late)).code, 1);
});

test('two nights do not overlap: the second says who is at it, and leaves', async () => {
  const at = place();
  const lock = await takeLock(join(at.folder, 'night.duckdb.nightly'));
  assert.ok('release' in lock);
  // Within one process DuckDB recognises its own file, so the test needs another process.
  const { cli } = await import('../cli.ts');
  const second = await cli(['nightly', '--config', at.config, '--day', '2023-01-07']);
  lock.release();
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, /"fact":"already running"/);
  assert.ok(!existsSync(join(at.folder, '2023-01-07.json')));
});

test('retention takes the rows and keeps the ledger, so that nothing is loaded again', async () => {
  const at = place({ retention: '30d', report: undefined, catchUp: 1 });
  await nightly(at);
  await nightly(at, [], NOW + 60 * 86_400_000);
  const database = await openDatabase(join(at.folder, 'night.duckdb'), { readOnly: true });
  const rows = await selectAll(
    database.connection,
    `select status, count(*) as objects, (select count(*) from alb_log) as "rows", (select count(*) from pod_fact) as facts
     from log_object group by status`,
  );
  database.close();
  assert.deepEqual(rows, [{ status: 'expired', objects: 2, rows: 0, facts: 0 }]);
});

test('a night without the memory for its questions says so, and is no bug', async () => {
  const run = await nightly(place({ memory: '32MB', report: undefined }));
  assert.doesNotMatch(run.stderr, /bug/);
  assert.ok([0, 5].includes(run.code), run.stderr);
  if (run.code === 5) assert.match(run.stderr, /^draintrace: [^\n]*memory[^\n]*\n$/i);
});

test('a configuration that is wrong names the key, where it came from, and what to do', async () => {
  const says = async (config: object | string, words: string[], expected: RegExp, env = {}) => {
    const folder = freshFolder();
    const path = join(folder, 'c.yaml');
    writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
    const run = await draintrace(['nightly', '--config', path, ...words], { env });
    assert.equal(run.code, 2, run.stderr);
    assert.match(run.stderr, expected);
    assert.equal(run.stderr.trim().split('\n').length, 1);
  };
  await says({}, [], /sources is missing: give it in the file, as --sources or as DRAINTRACE_SOURCES/);
  await says({ sources: ['x'], retension: '3d' }, [], /c\.yaml: retension is no key: use db, sources/);
  await says(
    { sources: ['x'], retention: '3 days' },
    [],
    /c\.yaml: retention is not a time span of a day or more: write it as 30d/,
  );
  await says({ sources: ['x'], limits: { draning: 1 } }, [], /c\.yaml: limits/);
  await says({ sources: ['x'] }, ['--catch-up', '99'], /--catch-up is wrong/);
  await says({ sources: ['x'] }, [], /DRAINTRACE_KEEP is wrong/, { DRAINTRACE_KEEP: 'some' });
  await says('a: [', [], /c\.yaml is neither YAML nor JSON/);
  await says('a: &a [x]\nb: [*a, *a]\nsources: [x]', [], /c\.yaml is neither YAML nor JSON/);
  const db = join(freshFolder(), 'night.duckdb');
  await says({ sources: ['x'], db }, ['--day', 'tomorrow'], /--day tomorrow is not a day/);
  assert.ok(!existsSync(`${db}.nightly`), 'the lock leaves a file');
  const missing = await draintrace(['nightly', '--config', '/nonexistent.yaml']);
  assert.match(missing.stderr, /--config \/nonexistent\.yaml cannot be read \(ENOENT\)/);
});
