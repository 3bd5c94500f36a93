/**
 * Tests outside failures through the built program: one clear sentence, the documented exit code, and a database that is
 * unchanged, or complete for the objects that it names.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type CliOptions, type CliResult, check, cli, expectStatus, freshFolder } from '../cli.ts';
import { assertSameDatabase, rowsOf } from '../load/database.ts';
import { logFile } from '../load/log.ts';
import { logKey } from '../s3/ask.ts';
import { isGet } from '../s3/fault.ts';
import { StandIn } from '../s3/stand-in.ts';

const START = Date.UTC(2026, 0, 31, 8);
const isRoot = process.getuid?.() === 0;
/** Root can read everything unless that capability is removed. */
const AS_ANYBODY = isRoot ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];

const s3 = new StandIn();
let endpoint = '';
const base = freshFolder();

before(async () => {
  endpoint = await s3.start();
  s3.region = 'eu-central-1';
  const log = (seed: number) => ({ body: logFile({ rows: 10, seed, start: START }), modified: new Date(START) });
  s3.buckets.set('logs', new Map([1, 2, 3].map((n) => [logKey('', `2026-01-31T08:0${n}`), log(n)])));
  writeFileSync(join(base, 'first.log.gz'), logFile({ rows: 50, seed: 1, start: START, failEvery: 10 }));
  expectStatus(await cli(['load', 'first.log.gz', '--db', 'before.duckdb'], { cwd: base }), 0);
});
after(() => s3.stop());

const access = (changes: Record<string, string> = {}): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: s3.keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.keys.secretAccessKey,
  AWS_REGION: 'eu-central-1',
  ...changes,
});

/** Runs `load` on a database that already holds one object. */
async function load(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const cwd = options.cwd ?? freshFolder();
  copyFileSync(join(base, 'before.duckdb'), join(cwd, 'draintrace.duckdb'));
  return cli(['load', ...args], { ...options, cwd });
}

/** Asserts that the whole run failed: one sentence, and the same rows as before. */
async function expectRefusal(run: CliResult, status: number, says: RegExp): Promise<void> {
  check(run, () => {
    assert.deepEqual([run.status, run.stdout], [status, '']);
    assert.match(run.stderr, /^draintrace: [^\n]+\n$/);
    assert.match(run.stderr, says);
  });
  await assertSameDatabase(join(base, 'before.duckdb'), join(run.cwd, 'draintrace.duckdb'));
  assert.ok(!readdirSync(run.cwd).includes('draintrace.duckdb.spool'), 'nothing is left beside the database');
}

/** Returns status and damage of the objects after the first. */
const objectsOf = (cwd: string) =>
  rowsOf(
    join(cwd, 'draintrace.duckdb'),
    `select regexp_extract(uri, '[^/]*$') as name, status, detail, "rows" as n,
       (select count(*) from alb_log a where a.object_id = o.object_id) as stored
     from log_object o where object_id > 1 order by name`,
  );

test('no such file', async () => {
  const run = await load(['nowhere/a.log.gz']);
  await expectRefusal(run, 3, /nowhere\/a\.log\.gz does not exist/);
});

test('a file that may not be read', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'closed.log.gz'), logFile({ rows: 5, seed: 2, start: START }));
  chmodSync(join(cwd, 'closed.log.gz'), 0);
  const run = await load(['closed.log.gz'], { cwd, under: AS_ANYBODY });
  check(run, () => {
    assert.equal(run.status, 3);
    assert.match(run.stderr, /closed\.log\.gz.*(?:permission denied|may not be read)/i);
  });
  await assertSameDatabase(join(base, 'before.duckdb'), join(cwd, 'draintrace.duckdb'));
});

test('a file that may not be read among others: the others are loaded, exit 4, and the next run finishes it', async () => {
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'logs'));
  for (const n of [1, 2, 3])
    writeFileSync(join(cwd, 'logs', `${n}.log.gz`), logFile({ rows: 5, seed: n, start: START }));
  chmodSync(join(cwd, 'logs', '2.log.gz'), 0);
  const run = await load(['logs'], { cwd, under: AS_ANYBODY });
  check(run, () => {
    assert.equal(run.status, 4);
    assert.match(run.stderr, /^1 object not loaded; run again to finish:\n {2}.*logs\/2\.log\.gz.*$/m);
  });
  assert.deepEqual(
    (await objectsOf(cwd)).map(({ name, n, stored }) => [name, n, stored]),
    [
      ['1.log.gz', 5, 5],
      ['3.log.gz', 5, 5],
    ],
  );
  chmodSync(join(cwd, 'logs', '2.log.gz'), 0o644);
  expectStatus(await cli(['load', 'logs'], { cwd }), 0);
  assert.equal((await objectsOf(cwd)).length, 3);
});

test('truncated gzip, bad CRC and what is no log: named, and complete for what they hold', async () => {
  const cwd = freshFolder();
  const whole = logFile({ rows: 500, seed: 3, start: START });
  const badCrc = Buffer.from(whole);
  badCrc[badCrc.length - 6]! ^= 0xff;
  writeFileSync(join(cwd, 'a-cut.log.gz'), whole.subarray(0, whole.length - 2000));
  writeFileSync(join(cwd, 'b-crc.log.gz'), badCrc);
  writeFileSync(join(cwd, 'c-notes.log.gz'), gzipSync('Dear diary,\n'));
  writeFileSync(join(cwd, 'd-whole.log.gz'), whole);
  const run = await load(['a-cut.log.gz', 'b-crc.log.gz', 'c-notes.log.gz', 'd-whole.log.gz'], { cwd });
  check(run, () => {
    assert.equal(run.status, 4);
    assert.match(run.stderr, /^ {2}file:\S*a-cut\.log\.gz: truncated gzip$/m);
    assert.match(run.stderr, /^ {2}file:\S*b-crc\.log\.gz: bad CRC$/m);
    assert.match(run.stderr, /^skipped 1 object:\n {2}1 × text that begins "Dear diary,"$/m);
  });
  const [cut, crc, notes, sound] = await objectsOf(cwd);
  assert.deepEqual([cut!.status, cut!.detail, cut!.n === cut!.stored], ['damaged', 'truncated gzip', true]);
  assert.ok(Number(cut!.n) > 300 && Number(cut!.n) < 500);
  assert.deepEqual([crc!.status, crc!.detail, crc!.n, crc!.stored], ['damaged', 'bad CRC', 500, 500]);
  assert.deepEqual([notes!.status, notes!.n], ['skipped', 0]);
  assert.deepEqual([sound!.status, sound!.n, sound!.stored], ['complete', 500, 500]);

  // The run that finds the damage reports it, also with --quiet. Then the object is known until a complete copy arrives.
  expectStatus(await cli(['load', 'a-cut.log.gz'], { cwd }), 0);
  writeFileSync(join(cwd, 'a-cut.log.gz'), whole.subarray(0, whole.length - 1000));
  const quiet = expectStatus(await cli(['load', 'a-cut.log.gz', '--quiet'], { cwd }), 4);
  assert.match(quiet.stderr, /^1 damaged object, [^\n]+\n {2}file:\S*a-cut\.log\.gz: truncated gzip\n$/);
  writeFileSync(join(cwd, 'a-cut.log.gz'), whole);
  expectStatus(await cli(['load', 'a-cut.log.gz'], { cwd }), 0);
  assert.deepEqual((await objectsOf(cwd)).map(({ status }) => status).sort(), [
    'complete',
    'complete',
    'damaged',
    'skipped',
  ]);
});

test('missing bucket', async () => {
  const run = await load(['s3://missing/prod'], { env: access() });
  await expectRefusal(run, 3, /Bucket missing does not exist at .*; check the name in the s3:\/\/ url/);
});

test('no credentials', async () => {
  const run = await load(['s3://logs'], { env: access({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }) });
  await expectRefusal(run, 3, /No AWS credentials/);
});

test('a profile that is none', async () => {
  const run = await load(['s3://logs', '--profile', 'prdo'], { env: access() });
  await expectRefusal(run, 3, /No AWS profile prdo in .*; check --profile or AWS_PROFILE/);
});

test('wrong credentials', async () => {
  const run = await load(['s3://logs'], { env: access({ AWS_SECRET_ACCESS_KEY: 'wrong' }) });
  await expectRefusal(run, 3, /rejects the signature of the request/);
});

test('wrong region: told, and asked in the right one; where the server does not say which, refused', async () => {
  const run = await load(['s3://logs'], { env: access({ AWS_REGION: 'us-west-2' }) });
  assert.match(
    expectStatus(run, 0).stderr,
    /^Bucket logs is in region eu-central-1, not us-west-2; sending requests there\.$/m,
  );
  assert.equal((await objectsOf(run.cwd)).length, 3);
  s3.redirects = 'mute';
  try {
    const mute = await load(['s3://logs'], { env: access({ AWS_REGION: 'us-west-2' }) });
    await expectRefusal(mute, 3, /in another region than the request .*set AWS_REGION to the bucket's region/);
  } finally {
    s3.redirects = 'malformed';
  }
});

test('a server that is not there', async () => {
  const run = await load(['s3://logs', '--endpoint-url', 'http://127.0.0.1:9'], { env: access() });
  await expectRefusal(run, 3, /127\.0\.0\.1:9/);
});

test('access denied on one object: the others are loaded, exit 4, and the next run finishes it', async () => {
  s3.faults.add(
    { kind: 'error', status: 403, code: 'AccessDenied' },
    (asked) => isGet(asked) && /T0802Z/.test(asked.key),
  );
  const run = await load(['s3://logs'], { env: access() });
  s3.faults.clear();
  check(run, () => {
    assert.equal(run.status, 4);
    assert.match(run.stderr, /^1 object not loaded; run again to finish:\n {2}s3:\/\/logs\/.*T0802Z.*access denied/m);
  });
  assert.deepEqual(
    (await objectsOf(run.cwd)).map(({ n, stored }) => [n, stored]),
    [
      [10, 10],
      [10, 10],
    ],
  );
  const again = expectStatus(await cli(['load', 's3://logs'], { cwd: run.cwd, env: access() }), 0);
  assert.match(
    again.stderr,
    /^loaded 1 object of ALB access log: .*\n(?:judged \d+ failures?\n)?2 objects already loaded\n$/,
  );
});

test('no file may grow that large, and a full disk: what was committed is complete, the rest can be loaded later', async () => {
  const logs = freshFolder();
  for (let n = 0; n < 4; n++) {
    writeFileSync(join(logs, `${n}.log.gz`), logFile({ rows: 8000, seed: n + 1, start: START + n * 300_000 }));
  }
  // In blocks of 512 bytes. The first limit stops the first object, the second limit a later one.
  for (const blocks of [2800, 6000]) {
    const limited = ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];
    const run = await load([logs, '--batch', '1'], { under: limited });
    await expectFull(run, logs, /cannot be written: no file may grow that large here/);
  }
  const disk = freshFolder();
  if (!mounted(disk)) return;
  try {
    const run = await load([logs, '--batch', '1'], { cwd: disk });
    await expectFull(run, logs, /cannot be written: the disk is full/);
  } finally {
    execFileSync('umount', [disk]);
  }
});

async function expectFull(run: CliResult, logs: string, says: RegExp): Promise<void> {
  check(run, () => {
    assert.equal(run.status, 5);
    assert.match(run.stderr, says);
    assert.match(run.stderr, /^draintrace: [^\n]+\n$/m);
  });
  for (const { status, n, stored } of await objectsOf(run.cwd)) assert.deepEqual([status, stored], ['complete', n]);
  // With room again, the next run finishes it.
  const later = freshFolder();
  for (const name of readdirSync(run.cwd).filter((file) => /^draintrace\.duckdb(?:\.wal)?$/.test(file))) {
    copyFileSync(join(run.cwd, name), join(later, name));
  }
  expectStatus(await cli(['load', logs], { cwd: later }), 0);
  const objects = await objectsOf(later);
  assert.deepEqual(
    objects.map(({ n, stored }) => [n, stored]),
    Array.from({ length: 4 }, () => [8000, 8000]),
  );
}

/** Mounts a small file system. Only root may do that, and not in every container. */
function mounted(folder: string): boolean {
  if (!isRoot) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=7m', 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

test('a folder that may not be written', async () => {
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'closed'));
  chmodSync(join(cwd, 'closed'), 0o555);
  const run = await cli(['load', join(base, 'first.log.gz'), '--db', 'closed/x.duckdb'], { cwd, under: AS_ANYBODY });
  check(run, () => {
    assert.equal(run.status, 5);
    assert.match(run.stderr, /^draintrace: closed\/x\.duckdb cannot be opened: permission denied\n$/);
  });
});

test('a limit of open files is named as that, and blames no database', async () => {
  const run = await cli(['load', join(base, 'first.log.gz')], { under: ['sh', '-c', 'ulimit -n 30; exec "$@"', 'sh'] });
  check(run, () => {
    assert.equal(run.status, 5);
    assert.equal(
      run.stderr,
      'draintrace: too many files are open (EMFILE): raise the limit of open files (ulimit -n), 256 are enough\n',
    );
  });
});
