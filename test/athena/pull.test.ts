/**
 * Compares `athena pull` with `load --keep failures` of the same logs: one database through in-process stand-ins for Athena and
 * S3, the other from the same S3. Only line numbers differ, because Athena does not know them.
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type CliResult, check, cli, expectStatus, freshFolder, startCli } from '../cli.ts';
import { randomNumbers } from '../fuzz/mutate.ts';
import { assertSameDatabase, BY_URI, rowsOf } from '../load/database.ts';
import { logText } from '../load/log.ts';
import { logKey } from '../s3/ask.ts';
import { StandIn } from '../s3/stand-in.ts';
import { until } from '../watch/capture.ts';
import { linesEngine } from './lines-engine.ts';
import { StandInAthena } from './stand-in.ts';

const START = Date.UTC(2026, 0, 31, 23, 40);
const WINDOW = ['--from', '2026-01-31T23:41:00Z', '--to', '2026-02-01T00:07:00Z'];
const PLACE = ['--bucket', 'logs', '--prefix', 'prod', '--account', '123456789012', '--region', 'eu-west-1'];

const GROUP = 'object_id, minute, elb, target_group_arn, target_ip, target_port, elb_status_code, target_status_code';
/** Everything except line numbers, with the counts of one group added up. */
const WITHOUT_LINES = {
  alb_log: '* EXCLUDE (line)',
  rejected_line: '* EXCLUDE (line)',
  alb_count: `DISTINCT ${GROUP}, ${['requests', 'received_bytes', 'sent_bytes'].map((name) => `sum(${name}) OVER (PARTITION BY ${GROUP})`).join(', ')}`,
};

const s3 = new StandIn();
const athena = new StandInAthena();
const env: Record<string, string> = {};
const cwd = freshFolder();
let closeEngine = (): void => {};

/** Rows in an older or newer form than today's, and invalid lines. */
function odd(text: string): string {
  const lines = text.trimEnd().split('\n');
  const change = (i: number, how: (line: string) => string): void => {
    lines[i] = how(lines[i]!);
  };
  // An unknown field; a name in UTF-8; additional quotes; the width of 2018; an invalid date.
  change(5, (line) => `${line} "-" "new field"`);
  change(6, (line) => line.replace('/item/', '/größe/'));
  change(7, (line) => line.replace(/ (10\.0\.\d\.\d+:8080) /, ' "$1" '));
  change(8, (line) => line.replace(/ "forward" .*$/, ' "forward"'));
  change(9, (line) => line.replace('2026-', '2026-02-30T'));
  change(10, (line) => line.replace('"Mozilla', '"Mozilla \\"old\\"'));
  change(11, (line) => line.replace(' 200 200 ', ' 460 - '));
  change(12, (line) => line.replace(/ 10\.0\.\d\.\d+:8080 .* 200 200 /, ' - -1 -1 -1 503 - '));
  change(13, (line) => line.replace(' 200 200 ', ' 500 500 '));
  // Refused by the balancer; answered by a rule.
  const refused = (line: string, status: number) =>
    line.replace(/ 10\.0\.\d\.\d+:8080 .* 200 200 /, ` - -1 -1 -1 ${status} - `);
  change(14, (line) => refused(line, 400));
  change(15, (line) => refused(line, 403).replace('"forward"', '"fixed-response"'));
  lines.push('', 'no log line at all');
  return `${lines.join('\n')}\n`;
}

before(async () => {
  s3.region = 'eu-west-1';
  for (let i = 0; i < 8; i++) {
    const begin = START + i * 300_000;
    // Each object covers five minutes. One target fails in all of them, another only in the last.
    const text = odd(logText({ rows: 300, seed: i + 1, start: begin + 1000, failEvery: 45, breakEvery: 151 }));
    const failing = i === 5 ? '10.0.2.20:8080' : i % 2 === 0 ? '10.0.9.9:8080' : '10.0.1.15:8080';
    const end = new Date(begin + 300_000).toISOString();
    const key = logKey('prod/', end.slice(0, 16), { account: '123456789012', region: 'eu-west-1', ip: `10.0.0.${i}` });
    s3.put('logs', key, gzipSync(text.replaceAll('10.0.9.9:8080', failing)));
  }
  s3.put(
    'logs',
    logKey('prod/', '2026-01-31T23:45', { account: '123456789012', region: 'eu-west-1', ip: '10.0.0.99' }),
    '',
  );
  Object.assign(env, s3.env(), {
    AWS_ENDPOINT_URL_S3: await s3.start(),
    AWS_ENDPOINT_URL_ATHENA: await athena.start(),
  });
  const { engine, close } = await linesEngine(s3, 'logs');
  athena.engine = engine;
  closeEngine = close;
  // This target never fails, and goes away while the logs are written.
  writeFileSync(join(cwd, 'pods.csv'), 'pod,ip,deleted_at\nweb-1,10.0.0.12,2026-01-31T23:50:00Z\n');
  for (const db of ['pulled.duckdb', 'loaded.duckdb', 'full.duckdb'])
    expectStatus(await cli(['load', 'pods.csv', '--db', db], { cwd }), 0);
});
after(async () => {
  closeEngine();
  await Promise.all([s3.stop(), athena.stop()]);
});

const pull = (...more: string[]): Promise<CliResult> =>
  cli(['athena', 'pull', ...PLACE, ...WINDOW, '--db', 'pulled.duckdb', ...more], { cwd, env });
const load = (...more: string[]): Promise<CliResult> =>
  cli(['load', 's3://logs/prod', ...WINDOW, '--no-judge', ...more], { cwd, env });

test('a pull that is interrupted, or whose second query fails, leaves the database as it was', async () => {
  const rows = () =>
    rowsOf(
      join(cwd, 'pulled.duckdb'),
      'select (select count(*) from log_object) as o, (select count(*) from alb_log) as r',
    );
  const before = await rows();
  athena.stuck = 'RUNNING';
  const { child, done } = startCli(['athena', 'pull', ...PLACE, ...WINDOW, '--db', 'pulled.duckdb'], { cwd, env });
  await until(() => athena.count('GetQueryExecution') >= 1, 'a query that runs', 60_000);
  child.kill('SIGINT');
  expectStatus(await done, 130);
  assert.equal(athena.count('StopQueryExecution'), 1);
  athena.stuck = null;
  const { engine } = athena;
  let asked = 0;
  athena.engine = (sql) => {
    if (++asked > 1) throw new Error('Query exhausted resources at this scale factor');
    return engine(sql);
  };
  assert.match(expectStatus(await pull(), 3).stderr, /^draintrace: the query failed on Athena/m);
  athena.engine = engine;
  assert.deepEqual(await rows(), before);
});

test('objects of which Athena has no line are not stored as empty', async () => {
  const { engine } = athena;
  const objects = () =>
    rowsOf(join(cwd, 'unseen.duckdb'), "select count(*) as n from log_object where status = 'complete' and size > 0");
  const pullUnseen = () => cli(['athena', 'pull', ...PLACE, ...WINDOW, '--db', 'unseen.duckdb'], { cwd, env });
  // A table over another place returns nothing.
  athena.engine = async (sql) => ({ ...(await engine(sql)), rows: [] });
  const none = expectStatus(await pullUnseen(), 3);
  assert.match(
    none.stderr,
    /Athena has no line of 6 objects that are not empty, such as s3:\/\/logs\/prod\/.*; see whether table raw_alb_log_123456789012_eu_west_1_[\da-f]{8} of database draintrace lies at s3:\/\/logs\/prod\/AWSLogs\/123456789012\/elasticloadbalancing\/eu-west-1\/ .*; nothing is stored/,
  );
  assert.deepEqual(await objects(), [{ n: 0 }]);
  // One object is not read: the others are stored, and it stays for another time.
  athena.engine = async (sql) => {
    const { rows, ...rest } = await engine(sql);
    return { ...rest, rows: rows.filter((row) => !row.some((cell) => cell?.includes('_10.0.0.3_'))) };
  };
  const part = expectStatus(await pullUnseen(), 4);
  assert.match(part.stderr, /Athena has no line of 1 object that is not empty, such as s3:.*_10\.0\.0\.3_/);
  assert.deepEqual(await objects(), [{ n: 5 }]);
  athena.engine = engine;
  expectStatus(await pullUnseen(), 0);
  assert.deepEqual(await objects(), [{ n: 6 }]);
});

const KILLS = Number(process.env.KILLS ?? 2);

test(`a pull that is killed ${KILLS} times leaves no file, and the next one stores what an undisturbed one does`, async () => {
  const temporary = freshFolder();
  const words = ['athena', 'pull', ...PLACE, ...WINDOW, '--db'];
  const begin = (db: string) => startCli([...words, db], { cwd, env: { ...env, TMPDIR: temporary } });
  for (const db of ['killed.duckdb', 'whole.duckdb'])
    expectStatus(await cli(['load', 'pods.csv', '--db', db], { cwd }), 0);
  const began = Date.now();
  expectStatus(await begin('whole.duckdb').done, 0);
  let time = Date.now() - began;
  const seed = Date.now();
  const random = randomNumbers(seed);
  for (let killed = 0; killed < KILLS; ) {
    const since = Date.now();
    const { child, done } = begin('killed.duckdb');
    const timer = setTimeout(() => child.kill('SIGKILL'), 50 + random(time));
    const { signal } = await done;
    clearTimeout(timer);
    if (signal === 'SIGKILL') killed++;
    else time = Math.max(50, Math.min(time, Date.now() - since) - 50);
  }
  expectStatus(await begin('killed.duckdb').done, 0);
  assert.ok(
    (await assertSameDatabase(join(cwd, 'whole.duckdb'), join(cwd, 'killed.duckdb'), BY_URI)) > 0,
    `seed ${seed}`,
  );
  assert.deepEqual(readdirSync(temporary), []);
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith('killed')),
    ['killed.duckdb'],
  );
});

test('what was pulled is what --keep failures keeps', async () => {
  const run = expectStatus(await pull(), 0);
  check(run, ({ stderr, stdout }) => {
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^estimate: 9 objects in 3 day folders, .*, read at most 2 times: up to \$0\.00005 at \$5\.00 a terabyte$/m,
    );
    assert.match(stderr, /^counts: execution [\da-f-]+\ncounts: read 12\.3 MB: \$0\.000065$/m);
    assert.match(stderr, /^pulled \d objects? of ALB access log: [\d,]+ lines = [\d,]+ rows \+ \d+ rejected/m);
  });
  expectStatus(await load('--keep', 'failures', '--drop-outside', '--db', 'loaded.duckdb'), 0);
  const rows = await assertSameDatabase(join(cwd, 'loaded.duckdb'), join(cwd, 'pulled.duckdb'), WITHOUT_LINES);
  assert.ok(rows > 100 && rows < 1200, `${rows} rows`);
  const [refused] = await rowsOf(
    join(cwd, 'pulled.duckdb'),
    'select count(*) filter (elb_status_code = 400) as refused, count(*) filter (elb_status_code = 403) as answered from alb_log',
  );
  assert.ok(Number(refused!.refused) > 0);
  assert.equal(refused!.answered, 0, 'what a rule answers with 4xx is no failure');
  const fetched = [...athena.executions.values()].at(-1)!.result!.rows.map(([, line]) => line!);
  assert.ok(fetched.some((line) => / 400 - /.test(line)));
  assert.ok(!fetched.some((line) => line.includes('"fixed-response"')), 'nor does it travel');
  const [lines] = await rowsOf(
    join(cwd, 'pulled.duckdb'),
    'select count(*) as n, count(distinct (object_id, line)) as d from alb_log',
  );
  assert.equal(lines!.n, lines!.d, 'a row has a number of its own');
});

test('the same questions have the same answers', async () => {
  for (const words of [
    ['query', 'failures-per-minute'],
    ['query', 'error-rate'],
    ['query', 'failures-per-target'],
    ['trace', '--format', 'csv'],
    ['advise', '--format', 'json'],
    ['report', '--format', 'markdown'],
    ['query', 'late-routing-per-deployment', '--format', 'csv'],
  ]) {
    const [pulled, loaded] = await Promise.all(
      ['pulled', 'loaded'].map((db) => cli([...words, '--db', `${db}.duckdb`], { cwd })),
    );
    // Rows are named by object and line. The ledger, last in a report, has the time of each load.
    const withoutLines = (text: string) =>
      text.replace(/line \d+|\d+(?=\r?$)/gm, '').replace(/\n## What is loaded\n[\s\S]*/, '');
    assert.equal(
      withoutLines(expectStatus(pulled!, 0).stdout),
      withoutLines(expectStatus(loaded!, 0).stdout),
      words.join(' '),
    );
  }
});

test('pulling again asks nothing of Athena', async () => {
  const before = athena.actions.length;
  const run = expectStatus(await pull(), 0);
  assert.match(run.stderr, /^\d objects already loaded$/m);
  assert.equal(athena.actions.length, before);
});

test('a full load of the same objects replaces what was pulled', async () => {
  expectStatus(await load('--db', 'pulled.duckdb'), 0);
  expectStatus(await load('--db', 'full.duckdb'), 0);
  await assertSameDatabase(join(cwd, 'full.duckdb'), join(cwd, 'pulled.duckdb'), {
    log_object: '* EXCLUDE (loaded_at, object_id)',
    alb_log: '* EXCLUDE (object_id)',
    rejected_line: '* EXCLUDE (object_id)',
  });
});

test('--lb pulls the rows of that load balancer, and of another one nothing', async () => {
  const of = (lb: string, db: string) =>
    cli(['athena', 'pull', ...PLACE, ...WINDOW, '--lb', lb, '--db', db], { cwd, env });
  expectStatus(await cli(['load', 'pods.csv', '--db', 'lb.duckdb'], { cwd }), 0);
  expectStatus(await of('app/web/0123456789abcdef', 'lb.duckdb'), 0);
  expectStatus(await cli(['load', 'pods.csv', '--db', 'kept.duckdb'], { cwd }), 0);
  expectStatus(await load('--keep', 'failures', '--drop-outside', '--lb', 'web', '--db', 'kept.duckdb'), 0);
  await assertSameDatabase(join(cwd, 'kept.duckdb'), join(cwd, 'lb.duckdb'), WITHOUT_LINES);
  assert.match(expectStatus(await of('other', 'lb.duckdb'), 0).stderr, /no access log in that window/);
});
