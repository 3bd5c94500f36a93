/** Tests `athena run` through the protocol: its statement, rows, pages, cost, and reuse of results. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { costOf } from '../../src/athena/cost.ts';
import { readsOf } from '../../src/athena/estimate.ts';
import { checkLength } from '../../src/athena/execute.ts';
import { readLocation } from '../../src/athena/location.ts';
import { fit, linesStatement, linesTable } from '../../src/athena/pull.ts';
import { freshFolder } from '../cli.ts';
import { draintrace } from '../command/world.ts';
import { logKey } from '../s3/ask.ts';
import { athena, env, expectRefusal, NOW, PLACE, run, s3, useWorld, WINDOW } from './world.ts';

const place = readLocation({ bucket: 'logs', prefix: 'prod', accounts: ['111122223333'], regions: ['eu-central-1'] });
const rawLog = linesTable(place);

useWorld();

test('a question of loaded rows alone is refused, with where to ask it', async () => {
  expectRefusal(
    await run('clock-offsets', ...WINDOW),
    2,
    /answered by a database alone: .* draintrace query clock-offsets$/,
  );
});

test('a question of the catalogue: its statement, the estimate before, the rows, the cost after', async () => {
  const { code, stdout, stderr } = await run('server-errors', ...WINDOW, '--format', 'csv');
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.split('\n').slice(0, 5), [
    'time,target_ip,requests,seconds',
    '2026-03-10T14:00:00.123456Z,10.0.0.0,0,0.5',
    '2026-03-10T14:00:01.123456Z,10.0.0.1,1000,1.5',
    '2026-03-10T14:00:02.123456Z,10.0.0.2,2000,2.5',
    '2026-03-10T14:00:03.123456Z,,3000,3.5',
  ]);
  assert.equal(
    stderr.replace(/[\da-f]{8}-[\da-f-]{27}/, 'ID'),
    [
      'window 2026-03-10T13:00:00Z to 2026-03-10T15:00:00Z',
      'estimate: 3 objects in 2 day folders, 4.32 MB, read once: up to $0.00005 at $5.00 a terabyte',
      'execution ID',
      'read 4.32 MB: $0.00005',
      '',
    ].join('\n'),
  );
  const { sql, database, workgroup } = [...athena.executions.values()][0]!;
  assert.deepEqual([database, workgroup], ['draintrace', 'primary']);
  assert.match(sql, /from raw_alb_log_111122223333_eu_central_1_[\da-f]{8} where /);
  assert.match(sql, /day >= '2026\/03\/10' and .*timestamp '2026-03-10 13:00:00\.000000'/);
  assert.match(sql, /day <= '2026\/03\/11' and .*timestamp '2026-03-10 15:00:00\.000000'/);
});

test('rows look alike in every format, over pages of any length', async () => {
  const texts: string[] = [];
  for (const pageRows of [1000, 3, 1]) {
    athena.pageRows = pageRows;
    for (const format of ['table', 'json', 'ndjson', 'csv', 'markdown']) {
      const { code, stdout, stderr } = await run('server-errors', ...WINDOW, '--format', format);
      assert.equal(code, 0, stderr);
      texts.push(stdout);
    }
  }
  assert.deepEqual(texts.slice(5, 10), texts.slice(0, 5));
  assert.deepEqual(texts.slice(10), texts.slice(0, 5));
  assert.deepEqual(JSON.parse(texts[1]!)[3], {
    time: '2026-03-10T14:00:03.123456Z',
    target_ip: null,
    requests: 3000,
    seconds: 3.5,
  });
});

test('without a window it is the last 24 hours, and says so; parameters get it too', async () => {
  const { code, stderr } = await run('slow-requests');
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^window 2026-03-09T15:07:00Z to 2026-03-10T15:07:00Z, the last 24 hours: --from and --to choose another$/m,
  );
  assert.match(stderr, /read at most \d+ times/);
  const { sql } = [...athena.executions.values()][0]!;
  assert.match(sql, />= cast\(timestamp '2026-03-09 15:07:00\.000000' as timestamp\(6\)\)/);
  assert.doesNotMatch(sql, /lake_/);
});

test('--max-age: the same statement within it takes the result that is there', async () => {
  const place = ['--max-age', '60m', '--workgroup', 'sre', '--output', 's3://results/here/'];
  athena.workgroups.add('sre');
  const first = await run('server-errors', ...place);
  const later = await draintrace(['athena', 'run', 'server-errors', ...PLACE, ...place], {
    env,
    now: NOW + 40 * 60_000,
  });
  assert.deepEqual([first.code, later.code], [0, 0], first.stderr + later.stderr);
  assert.match(first.stderr, /^read 4\.32 MB/m);
  assert.match(later.stderr, /^reused an earlier result: nothing read, nothing billed$/m);
  assert.equal(later.stdout, first.stdout);
  const started = athena.bodies.find(({ QueryString }) => QueryString !== undefined)!;
  assert.deepEqual(started.ResultReuseConfiguration, {
    ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 60 },
  });
  assert.deepEqual(started.ResultConfiguration, { OutputLocation: 's3://results/here/' });
  assert.equal(started.WorkGroup, 'sre');
});

test('--dry-run asks nothing of Athena, and its statement is what would run', async () => {
  const dry = await run('status-codes', ...WINDOW, '--dry-run', '--price', '6.5');
  assert.equal(dry.code, 0, dry.stderr);
  assert.equal(athena.actions.length, 0);
  assert.match(dry.stderr, /up to \$0\.000065 at \$6\.50 a terabyte$/m);
  await run('status-codes', ...WINDOW);
  assert.equal(dry.stdout, `${[...athena.executions.values()][0]!.sql}\n`);
});

test('trace costs at most $1.5 for a terabyte of log text, and sends no statement that reads the log twice', async () => {
  const { code, stdout, stderr } = await run('trace', ...WINDOW, '--dry-run');
  assert.equal(code, 0, stderr);
  assert.equal(athena.actions.length, 0);
  const [, reads] = /read at most (\d) times: /.exec(stderr)!;
  // A terabyte of text is 0.134 TB of objects (docs/scaling.md).
  assert.ok(costOf(Number(reads) * 0.134e12) <= 1.5);
  const [evidence, counts] = stdout.split(';\n\n');
  assert.deepEqual(
    [evidence, counts].map((statement) => readsOf(statement!, rawLog)),
    [0, 1],
  );
  const window = { from: 0, to: 86_400_000_000 };
  const lines = linesStatement(place, window, { targets: ['10.0.0.1:80'], spans: [], groups: [], text: null });
  assert.equal(readsOf(lines, rawLog), 1);
});

test('the statement for lines fits for any number of targets and groups', () => {
  const targets = Array.from({ length: 60_000 }, (_, i) => `10.${i >> 14}.${(i >> 6) & 255}.${i & 63}:8080`);
  const groups = Array.from(
    { length: 5000 },
    (_, i) => `arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/shop-${i}/1`,
  );
  const spans = Array.from({ length: 10_000 }, (_, i) => new Date(i * 600_000).toISOString().slice(0, 15));
  const sql = linesStatement(place, { from: 0, to: 1 }, { targets, groups, spans, text: null });
  checkLength(sql);
  const { length, texts } = fit(targets, 150_000);
  assert.ok(targets.every((target) => texts.includes(target.slice(0, length))));
  assert.ok(texts.length > 1000, 'as exact as it can be');
  assert.deepEqual(fit(['a', 'bb'], 100), { length: 2, texts: ['a', 'bb'] });
  assert.deepEqual(fit([], 100), { length: 1, texts: [] });
});

test('--lb: only objects of that load balancer are read and counted, with its ARN only those of the hours', async () => {
  const lists = () => s3.arrived.length;
  const named = await run('server-errors', ...WINDOW, '--lb', 'web', '--dry-run');
  assert.equal(named.code, 0, named.stderr);
  const day = 's3://logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/03/10/';
  const name = `${day}111122223333_elasticloadbalancing_eu-central-1_app.web`;
  assert.ok(named.stdout.includes(`("$path" >= '${name}.' and "$path" < '${name}/') or (`), named.stdout);
  assert.match(named.stderr, /estimate: 3 objects in 2 day folders/);
  const arn = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/web/0123456789abcdef';
  const exact = await run('server-errors', ...WINDOW, '--lb', arn, '--dry-run');
  const id = `${name}.0123456789abcdef_20260310`;
  assert.ok(exact.stdout.includes(`("$path" >= '${id}T1259' and "$path" < '${id}T1506~')`), exact.stdout);
  assert.match(exact.stderr, /estimate: 1 object in 2 day folders, 300 kB/);
  assert.match((await run('server-errors', ...WINDOW, '--lb', 'other', '--dry-run')).stderr, /estimate: 0 objects/);
  // What verdicts need is counted and fetched of the same objects.
  const fetched = await run('trace', ...WINDOW, '--lb', arn, '--dry-run');
  assert.ok(fetched.stdout.includes(`where (("$path" >= '${id}T1259' and "$path" < '${id}T1506~')`), fetched.stdout);
  const before = lists();
  expectRefusal(await run('server-errors', ...WINDOW, '--lb', 'we*'), 2, /--lb we\* names no load balancer/);
  const unseen = ['--no-estimate', '--dry-run', '--lb', 'we*'];
  expectRefusal(await run('trace', ...WINDOW, ...unseen), 2, /--lb we\* names no load balancer/);
  expectRefusal(await run('server-errors', ...WINDOW, '--lb', '0123456789abcdef'), 2, /give its name, or its ARN/);
  assert.equal(lists(), before, 'refused before anything is listed');
  assert.equal(athena.actions.length, 0);
});

test('--max-scan asks nothing that may read more, --no-estimate lists nothing and needs no credentials', async () => {
  const over = await run('server-errors', ...WINDOW, '--max-scan', '4MB');
  expectRefusal(
    over,
    2,
    /this may read 4\.32 MB, more than --max-scan 4MB: nothing was asked; choose a shorter window/,
  );
  assert.equal(athena.actions.length, 0);
  assert.equal((await run('server-errors', ...WINDOW, '--max-scan', '0.005 GB')).code, 0);
  expectRefusal(await run('server-errors', ...WINDOW, '--max-scan', '4'), 2, /write it as 500MB or 2TB/);
  expectRefusal(await run('server-errors', ...WINDOW, '--max-scan', '4GB', '--no-estimate'), 2, /needs the estimate/);

  const before = s3.arrived.length;
  const words = ['athena', 'run', 'server-errors', ...PLACE, ...WINDOW, '--no-estimate', '--dry-run'];
  const bare = await draintrace(words, { env: { HOME: freshFolder() }, now: NOW });
  assert.equal(bare.code, 0, bare.stderr);
  assert.doesNotMatch(bare.stderr, /estimate/);
  assert.equal(bare.stdout, (await run('server-errors', ...WINDOW, '--dry-run', '--no-estimate')).stdout);
  assert.equal(s3.arrived.length, before);
  assert.match((await run('server-errors', ...WINDOW, '--no-estimate')).stderr, /^read 4\.32 MB/m);
});

test('each kind of log counts for the estimate, and a question about the ledger reads none', async () => {
  const folder = freshFolder();
  const file = join(folder, 'x.sql');
  const estimateOf = async (sql: string) => {
    writeFileSync(file, sql);
    return /^estimate: .*$/m.exec((await run(file, ...WINDOW, '--dry-run')).stderr)![0];
  };
  assert.match(await estimateOf('select count(*) from connection_log'), /, read once: /);
  const both = 'select count(*) from health_check h join failure f on f.target_ip = h.target_ip';
  assert.match(await estimateOf(both), /, read at most 2 times: /);
  assert.match(await estimateOf('select count(*) from log_object'), /^estimate: no log is read/);
});

test('ddl --apply runs what ddl prints, one statement at a time, the database first', async () => {
  athena.states = [];
  const printed = await draintrace(['athena', 'ddl', ...PLACE], { env });
  const applied = await draintrace(['athena', 'ddl', ...PLACE, '--apply'], { env });
  assert.equal(applied.code, 0, applied.stderr);
  assert.equal(applied.stdout, '');
  const ran = [...athena.executions.values()];
  assert.equal(ran.map(({ sql }) => `${sql};\n\n`).join(''), printed.stdout);
  assert.deepEqual([...new Set(ran.slice(1).map(({ database }) => database))], ['draintrace']);
  assert.equal(ran[0]!.database, '');
  assert.match(
    applied.stderr,
    /^1\/\d+ CREATE DATABASE IF NOT EXISTS `draintrace`\n2\/\d+ CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`\.`raw_alb_log_111122223333_eu_central_1_[\da-f]{8}`\n/,
  );
});

test('what a window costs does not grow with the history beside it', async () => {
  const ask = async () => {
    s3.arrived.length = 0;
    const { code, stdout, stderr } = await run('status-codes', ...WINDOW, '--dry-run');
    assert.equal(code, 0, stderr);
    return { stdout, stderr, requests: s3.arrived.length };
  };
  const without = await ask();
  const history = Array.from({ length: 400 }, (_, day) => {
    const date = new Date(Date.UTC(2026, 2, 8) - day * 86_400_000).toISOString();
    return logKey('prod/', `${date.slice(0, 10)}T10:00`, { region: 'eu-central-1' });
  });
  for (const key of history) s3.put('logs', key, Buffer.alloc(1_000_000));
  const beside = await ask();
  for (const key of history) s3.buckets.get('logs')!.delete(key);
  assert.deepEqual(beside, without);
});

test('an exported lake instead of the logs', async () => {
  s3.put('lake', 'x/alb_log/day=2026-03-10/lb=app.a.1/data.parquet', Buffer.alloc(20_000_000));
  s3.put('lake', 'x/alb_log/day=2026-03-11/lb=app.a.1/data.parquet', Buffer.alloc(30_000_000));
  const words = ['athena', 'run', 'status-codes', '--lake', 's3://lake/x', '--region', 'eu-central-1', ...WINDOW];
  const { code, stderr } = await draintrace(words, { env, now: NOW });
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^estimate: 1 object in 1 day folder, 20\.0 MB, of which only the columns asked for are read, read once: up to \$0\.0001 /m,
  );
  assert.match([...athena.executions.values()][0]!.sql, /from lake_alb_log_[\da-f]{8} where day >= '2026-03-10'/);
});

test('a file: bare, or with a header like those of queries/', async () => {
  const folder = freshFolder();
  const bare = join(folder, 'bare.sql');
  writeFileSync(bare, '-- all of it\nselect count(*) as n from failure;\n');
  assert.equal((await run(bare, ...WINDOW)).code, 0);
  assert.match(
    [...athena.executions.values()][0]!.sql,
    /^with alb_log as \([\s\S]*\nfailure as \([\s\S]*select count\(\*\) as n from failure$/,
  );
  const headed = join(folder, 'headed.sql');
  writeFileSync(
    headed,
    `-- Title: One target\n-- Group: what failed\n-- Why: a test.\n-- Param: ip text = null -- address\n-- Needs: failure\n-- Cost: one scan.\nselect count(*) as n from failure where target_ip = $ip\n`,
  );
  assert.equal((await run(headed, ...WINDOW, '--param', "ip=x' or true --")).code, 0);
  assert.match([...athena.executions.values()][1]!.sql, /where target_ip = 'x'' or true --'$/);
  const cases: [string, RegExp][] = [
    ['drop table raw_alb_log', /does not begin with SELECT or WITH/],
    ['select 1; select 2', /holds 2 statements/],
    ['-- nothing', /holds 0 statements/],
    [`select '${'x'.repeat(262_144)}'`, /has 26\d{4} bytes and Athena takes 262144/],
    ['-- Title: half a header\nselect 1', /header needs one line/],
  ];
  for (const [text, says] of cases) {
    writeFileSync(bare, text);
    expectRefusal(await run(bare, ...WINDOW), 2, says);
  }
  expectRefusal(await run(join(folder, 'none.sql')), 2, /none\.sql cannot be read/);
  expectRefusal(await run('server-error'), 2, /did you mean server-errors/);
});
