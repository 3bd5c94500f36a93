/** Tests `load` through the built program: its sources, the selection of a bucket's objects, and the summary. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { rowsOf } from '../load/database.ts';
import { logFile, logText } from '../load/log.ts';
import { logKey } from '../s3/ask.ts';
import { StandIn } from '../s3/stand-in.ts';

const START = Date.UTC(2026, 0, 31, 8);
const PODS = join(ROOT, 'test/golden/evidence/kubectl-list/input.json');

/** Returns the first cell of the first row. */
async function ask(cwd: string, statement: string, db = 'draintrace.duckdb'): Promise<unknown> {
  return Object.values((await rowsOf(join(cwd, db), statement))[0]!)[0];
}

describe('from a file, a folder, standard input', () => {
  test('standard input is a log or evidence, gzipped or not, and known again', async () => {
    const cwd = freshFolder();
    const text = logText({ rows: 20, seed: 1, start: START });
    for (const input of [Buffer.from(text), gzipSync(text), readFileSync(PODS)]) {
      const first = expectStatus(await cli(['load', '-', '--timezone', 'Z'], { cwd, input }), 0);
      assert.match(first.stderr, /^loaded 1 object of /);
      const again = expectStatus(await cli(['load', '-'], { cwd, input }), 0);
      assert.match(again.stderr, /^1 object already loaded\n$/);
    }
    assert.equal(await ask(cwd, 'select count(*) from alb_log'), 40);
    assert.ok(Number(await ask(cwd, 'select count(*) from pod_fact')) > 0);
    assert.equal(await ask(cwd, "select count(*) from log_object where uri like 'stdin:%'"), 3);
  });

  test('a file that is in two of the sources is loaded once; one that grew is loaded anew', async () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'logs'));
    const log = (rows: number) => writeFileSync(join(cwd, 'logs', 'a.log'), logText({ rows, seed: 1, start: START }));
    log(10);
    const both = expectStatus(await cli(['load', 'logs', 'logs/a.log'], { cwd }), 0);
    assert.match(both.stderr, /10 lines = 10 rows \+ 0 rejected\n1 object already loaded\n$/);
    log(15);
    expectStatus(await cli(['load', 'logs'], { cwd }), 0);
    const counts = "select count(*) || ' ' || count(distinct object_id) || ' ' || count(distinct line) from alb_log";
    assert.equal(await ask(cwd, counts), '15 1 15');
    assert.equal(await ask(cwd, 'select count(*) from log_object'), 1);
  });

  test('an empty folder holds nothing to load, and the database is not loaded into itself', async () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'empty'));
    const empty = expectStatus(await cli(['load', 'empty', '-q'], { cwd }), 3);
    assert.match(empty.stderr, /^nothing to load: no object was found there\n$/);
    writeFileSync(join(cwd, 'empty', 'blank.log'), '');
    expectStatus(await cli(['load', 'empty', '--db', 'other.duckdb'], { cwd }), 0);
    rmSync(join(cwd, 'empty'), { recursive: true });
    rmSync(join(cwd, 'other.duckdb'));
    writeFileSync(join(cwd, 'a.log'), logText({ rows: 10, seed: 1, start: START }));
    for (const says of [/^loaded 1 object of /m, /^1 object already loaded$/m]) {
      const run = expectStatus(await cli(['load', '.'], { cwd }), 0);
      assert.match(run.stderr, says);
      assert.match(run.stderr, /^ {2}\d × this database$/m);
    }
    assert.equal(await ask(cwd, 'select count(*) from log_object'), 1);
  });

  test('a window without a log ends with 0 if the place has logs of other times, which a mistyped name has not', async () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'logs'));
    const key = logKey('', '2026-01-31T08:05');
    writeFileSync(join(cwd, 'logs', key.slice(key.lastIndexOf('/') + 1)), logFile({ rows: 4, seed: 1, start: START }));
    const load = (...words: string[]) => cli(['load', 'logs', ...words], { cwd });
    const quiet = ['--from', '2026-02-20', '--to', '2026-02-21'];
    assert.match(
      expectStatus(await load(...quiet), 0).stderr,
      /^skipped 1 object:\n {2}1 × outside the window\nnothing to load: no log is from this window; there are logs of other times\n$/,
    );
    assert.equal(expectStatus(await load(...quiet, '-q'), 0).stderr, '');
    const mistyped = expectStatus(await load(...quiet, '--lb', 'wbe', '-q'), 3);
    assert.match(mistyped.stderr, /^nothing to load: no object there matches the flags\n$/);
    const ahead = expectStatus(await load('--from', '2099-01-01'), 3);
    assert.match(ahead.stderr, /nothing to load: --from lies in the future\n$/);
  });

  test('DRAINTRACE_DB names the database of every command, --db before it', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'a.log'), logText({ rows: 10, seed: 1, start: START, failEvery: 5 }));
    const env = { DRAINTRACE_DB: 'mine.duckdb' };
    expectStatus(await cli(['load', 'a.log'], { cwd, env }), 0);
    const { stdout } = expectStatus(await cli(['trace', '--format', 'ndjson'], { cwd, env }), 0);
    assert.equal(stdout.split('\n').length - 1, 2);
    const other = await cli(['trace', '--db', 'other.duckdb'], { cwd, env });
    assert.match(expectStatus(other, 5).stderr, /^draintrace: other\.duckdb does not exist/);
  });

  test('--quiet says nothing, and stdout is never talked to', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'a.log'), logText({ rows: 10, seed: 1, start: START, breakEvery: 3 }));
    const { stdout, stderr } = expectStatus(await cli(['load', 'a.log', '--quiet'], { cwd }), 0);
    assert.deepEqual([stdout, stderr], ['', '']);
  });
});

describe('a snapshot that does not say when it was taken', () => {
  const captured =
    "select strftime(captured_at, '%Y-%m-%dT%H:%M:%SZ') from log_object where kind = 'kubectl_pods_json'";
  const load = async (name: string, ...flags: string[]) => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, name), readFileSync(PODS));
    const modified = new Date('2026-03-01T10:00:10Z');
    utimesSync(join(cwd, name), modified, modified);
    const { stderr } = expectStatus(await cli(['load', name, ...flags], { cwd }), 0);
    return { stderr, captured: await ask(cwd, captured) };
  };

  test('counts as taken at the modification time of its file, which is stated', async () => {
    const { stderr, captured } = await load('pods.json');
    assert.match(stderr, /^note: .*its modification time counts, 2026-03-01T10:00:10\.000000Z; --captured-at/m);
    assert.equal(captured, '2026-03-01T10:00:10Z');
  });

  test('or at --captured-at', async () => {
    const { stderr, captured } = await load('pods.json', '--captured-at', '2026-03-01T11:00:00+01:00');
    assert.match(stderr, /^note: .*Taken at 2026-03-01T10:00:00\.000000Z, as --captured-at says\.$/m);
    assert.equal(captured, '2026-03-01T10:00:00Z');
  });

  test('or when its name says', async () => {
    const { stderr, captured } = await load('pods@2026-03-01T09-59-00Z.json');
    assert.match(stderr, /^note: .*Taken at 2026-03-01T09:59:00\.000000Z, according to the file name\.$/m);
    assert.equal(captured, '2026-03-01T09:59:00Z');
  });
});

describe('of a bucket', () => {
  const s3 = new StandIn();
  const env: Record<string, string> = {};
  const EU = 'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/';
  const put = (key: string, seed = 1, start = START) =>
    s3.buckets.get('logs')!.set(key, { body: logFile({ rows: 4, seed, start }), modified: new Date(start) });

  before(async () => {
    env.AWS_ENDPOINT_URL_S3 = await s3.start();
    Object.assign(env, { AWS_ACCESS_KEY_ID: s3.keys.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.keys.secretAccessKey });
    env.AWS_REGION = s3.region;
    s3.buckets.set('logs', new Map());
    put(logKey('', '2026-01-30T08:05'));
    put(logKey('', '2026-01-31T08:05'));
    put(logKey('', '2026-01-31T08:05', { lb: 'app.api.fedcba9876543210' }), 2);
    put(logKey('', '2026-01-31T08:05', { kind: 'conn_log_' }));
    put(logKey('', '2026-01-31T12:05'), 3);
    put(logKey('', '2026-01-31T23:59', { delivered: '2026-02-01' }), 4, Date.UTC(2026, 0, 31, 23, 58));
    put(logKey('', '2026-02-02T08:05'), 5);
    put(logKey('', '2026-01-31T08:05', { account: '444455556666' }), 6);
    put(logKey('', '2026-01-31T08:05', { region: 'us-east-1' }), 7);
  });
  after(() => s3.stop());
  beforeEach(() => {
    s3.arrived.length = 0;
  });

  const load = (...words: string[]) => cli(['load', ...words], { env });
  const keys = () => s3.arrived.filter(({ key }) => key !== '').map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
  const days = () =>
    s3.arrived
      .filter(({ key }) => key === '')
      .map(({ query }) => query.get('prefix') ?? '')
      .filter((prefix) => /\/\d{4}\/\d\d\/\d\d\/$/.test(prefix));

  test('only the day folders of the window, the following day and those of late deliveries are listed', async () => {
    const window = ['--from', '2026-01-31T08:00:00Z', '--to', '2026-01-31T09:00:00Z'];
    const run = expectStatus(
      await load('s3://logs', ...window, '--account', '111122223333', '--region', 'eu-west-1', '--logs', 'access'),
      0,
    );
    const listed = ['01/31', '02/01', '02/02', '02/03'].map((day) => `${EU}2026/${day}/`);
    assert.deepEqual([...new Set(days())].sort(), listed);
    assert.equal(keys().length, 2);
    assert.match(run.stderr, /^loaded 2 objects of ALB access log: 8 lines = 8 rows \+ 0 rejected$/m);
    assert.match(run.stderr, /^skipped 4 objects:\n {2}1 × connection log\n {2}3 × outside the window$/m);
  });

  test('a quiet window of a bucket ends with 0, a mistyped load balancer, region or prefix with 3', async () => {
    const quiet = ['--from', '2026-02-20T08:00:00Z', '--to', '2026-02-20T08:10:00Z', '-q'];
    for (const more of [[], ['--lb', 'api'], ['--region', 'us-east-1']])
      assert.equal(expectStatus(await load('s3://logs', ...quiet, ...more), 0).stderr, '');
    for (const words of [['s3://logs', '--lb', 'apj'], ['s3://logs', '--region', 'us-west-9'], ['s3://logs/AWSLgs/']])
      assert.match(expectStatus(await load(...words, ...quiet), 3).stderr, /^(nothing to load|draintrace): /m);
  });

  test('an object that was delivered on the next day is found', async () => {
    expectStatus(await load('s3://logs', '--from', '2026-01-31T23:55:00Z', '--to', '2026-02-01'), 0);
    assert.deepEqual(
      keys().map((key) => /_(\d{8}T\d{4}Z)_/.exec(key)![1]),
      ['20260131T2359Z'],
    );
  });

  test('--lb, --account and --region pick, and what they leave out is counted', async () => {
    const { stderr } = expectStatus(await load('s3://logs', '--lb', 'api', '--account', '111122223333'), 0);
    assert.equal(keys().length, 1);
    assert.match(keys()[0]!, /_app\.api\.fedcba9876543210_/);
    assert.match(stderr, /^ {2}7 × other load balancer$/m);
    s3.arrived.length = 0;
    expectStatus(await load('s3://logs', '--account', '444455556666'), 0);
    assert.deepEqual(
      keys().map((key) => key.slice(0, 12)),
      ['444455556666'],
    );
    s3.arrived.length = 0;
    expectStatus(await load('s3://logs', '--region', 'us-east-1'), 0);
    assert.match(keys().join(), /^111122223333_elasticloadbalancing_us-east-1_[^,]*$/);
  });

  test('a relative window counts back from now', async () => {
    const ended = new Date(Date.now() - 10 * 60_000);
    put(logKey('', ended.toISOString()), 8, ended.getTime() - 60_000);
    expectStatus(await load('s3://logs', '--from', '-1h', '--lb', 'web'), 0);
    assert.equal(keys().length, 1);
  });

  test('rows outside the window are dropped only where asked, by their own time', async () => {
    const cwd = freshFolder();
    // Four rows of 3 ms from 08:00 on; the object covers the five minutes after that.
    const window = ['s3://logs', '--from', '2026-01-31T08:00:00Z', '--to', '2026-01-31T08:00:00.1Z', '--lb', 'web'];
    const all = expectStatus(await cli(['load', ...window, '--account', '111122223333'], { cwd, env }), 0);
    assert.doesNotMatch(all.stderr, /dropped/);
    const kept = Number(await ask(cwd, "select count(*) from alb_log where time < '2026-01-31 08:00:00.1'"));
    const total = Number(await ask(cwd, 'select count(*) from alb_log'));
    assert.ok(kept < total, `${kept} of ${total}`);
    const asked = ['load', ...window, '--account', '111122223333', '--drop-outside', '--db', 'less.duckdb'];
    const less = expectStatus(await cli(asked, { cwd, env }), 0);
    assert.match(
      less.stderr,
      new RegExp(`${total} rows \\+ 0 rejected, ${total - kept} dropped as outside the window`),
    );
    assert.equal(await ask(cwd, 'select count(*) from alb_log', 'less.duckdb'), kept);
    assert.equal(await ask(cwd, 'select sum(dropped)::int from log_object', 'less.duckdb'), total - kept);
  });
});

test('the catalogue as JSON: name, title and parameters of each question, which the program answers', async () => {
  const { stdout } = expectStatus(await cli(['queries', '--format', 'json']), 0);
  const catalogue = JSON.parse(stdout) as { name: string; title: string; parameters: unknown[] }[];
  for (const name of [
    'failures-per-minute',
    'failures-per-target',
    'failures-per-target-group',
    'failures-per-rollout',
    'late-routing',
    'slowest-targets',
    'rejected-lines',
    'load-summary',
  ]) {
    const query = catalogue.find((one) => one.name === name);
    assert.ok(query, name);
    assert.equal(typeof query.title, 'string');
    assert.ok(Array.isArray(query.parameters));
  }
});

test('a gzip of several members, CRLF and every width load alike, whatever the file is called', async () => {
  const cwd = freshFolder();
  const widths = readFileSync(join(ROOT, 'test/golden/alb-log/widths/access.log'), 'utf8');
  const [first, ...rest] = widths.trimEnd().split('\n') as [string, ...string[]];
  const members = Buffer.concat([gzipSync(`${first}\n`), gzipSync(''), gzipSync(`${rest.join('\n')}\n`)]);
  assert.equal(gunzipSync(members).toString(), widths);
  writeFileSync(join(cwd, 'members'), members);
  writeFileSync(join(cwd, 'crlf.txt'), widths.replaceAll('\n', '\r\n'));
  writeFileSync(join(cwd, 'plain.json'), widths);
  expectStatus(await cli(['load', 'members', 'crlf.txt', 'plain.json'], { cwd }), 0);
  const all = await rowsOf(
    join(cwd, 'draintrace.duckdb'),
    'select * exclude (object_id) from alb_log order by line, object_id',
  );
  assert.equal(all.length, 3 * (rest.length + 1));
  for (let i = 0; i < all.length; i += 3) {
    assert.deepEqual(all[i + 1], all[i]);
    assert.deepEqual(all[i + 2], all[i]);
  }
});
