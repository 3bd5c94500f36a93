/** Tests trace, query, queries and sql on a small database. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { Values } from '../query/memory.ts';
import { draintrace, makeDatabase } from './world.ts';

const SEED = new URL('../golden/verdict/seed-incident/', import.meta.url);
let db = '';

before(async () => {
  const facts = JSON.parse(readFileSync(new URL('facts.json', SEED), 'utf8')) as Values[];
  const of = (kind: string): Values[] =>
    facts.filter((fact) => fact.kind === kind).map(({ kind: _, ...fact }) => ({ object_id: 2, ...fact }));
  const target = { object_id: 1, target_ip: '10.9.9.9', target_port: 80 };
  const at = (time: string) => ({ time, request_creation_time: time });
  db = await makeDatabase(
    {
      log_object: [{ object_id: 2, uri: 'file:///probe.txt', kind: 'probe_transcript', status: 'complete' }],
      pod_fact: of('pod'),
      target_state: of('target'),
      alb_log: [
        { ...target, line: 8, ...at('2023-01-07T08:00:00Z'), elb_status_code: 502, request_processing_time: 0 },
        { ...target, line: 9, ...at('2023-01-07T09:00:00Z'), elb_status_code: 500, target_status_code: 500 },
        { object_id: 1, line: 10, ...at('2023-01-07T09:01:00Z'), elb_status_code: 400, request_line: '=\x1b|- -' },
      ],
    },
    readFileSync(new URL('access.log', SEED), 'utf8'),
  );
});

const ask = (...words: string[]) => draintrace([...words, '--db', db]);

async function json(...words: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await ask(...words, '--format', 'json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

test('trace tells the story of the recorded incident', async () => {
  const { code, stdout, stderr } = await ask('trace');
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /^2 of \d+ requests failed \([\d.]+%\) from .* UTC,\s+in\s+2\s+incidents\nwhy: /);
  assert.match(stdout, /connect_timeout, cause draining_target \(bounded\)\n {4}pod jiameng-api-dev-7cf849584f-kh7vk,/);
  assert.match(stdout, /left out: 2 requests \(1 rejected_request, 1 target_error\); --all shows them\n$/);
});

test('trace --format json has the fields that were promised, newest first', async () => {
  const rows = await json('trace');
  assert.equal(rows.length, 2);
  const { evidence, because: _, ...seed } = rows[0]!;
  assert.deepEqual(evidence, ['probe_transcript file:///probe.txt:3', 'probe_transcript file:///probe.txt:44']);
  for (const [key, value] of Object.entries({
    trace_id: 'Root=1-63b939e2-312611fa7a64f07e63d24099',
    time: '2023-01-07T09:22:52.872365Z',
    request_creation_time: '2023-01-07T09:22:42.870000Z',
    elb: 'app/k8s-apidev-95472999b0/xxxxxxxxxx',
    target_ip: '10.0.2.61',
    target_port: 1325,
    elb_status_code: 504,
    target_status_code: null,
    request_line: 'GET https://example-api.cn:443/prefix-jiameng-api/ HTTP/2.0',
    mechanism: 'connect_timeout',
    cause: 'draining_target',
    confidence: 'bounded',
    pod_namespace: null,
    pod_name: 'jiameng-api-dev-7cf849584f-kh7vk',
    seconds_after_deletion: 0.315749,
    seconds_after_deregistration: 0.315749,
    seconds_after_exit: null,
  })) {
    assert.deepEqual(seed[key], value, key);
  }
  assert.match(String(seed.target_group_arn), /targetgroup\/k8s-dev-jiamenga-edb70a94b9/);
});

test('trace narrows by time, cause, mechanism, target group and number', async () => {
  const lines = async (...flags: string[]) => (await json('trace', ...flags)).map((row) => row.line);
  assert.deepEqual(await lines('--from', '2023-01-07T08:00:00Z'), [1, 8]);
  assert.deepEqual(await lines('--from', '-1h'), [1]);
  assert.deepEqual(await lines('--to', '2023-01-07T09:22:42.870Z'), [8]);
  assert.deepEqual(await lines('--cause', 'no_evidence', '--cause', 'healthy_target'), [8]);
  assert.deepEqual(await lines('--cause', 'no_evidence,draining_target'), [1, 8]);
  assert.deepEqual(await lines('--mechanism', 'target_error'), [9]);
  assert.deepEqual(await lines('--target-group', 'jiamenga'), [1]);
  assert.deepEqual(await lines('--all'), [1, 10, 9, 8]);
  assert.deepEqual(await lines('--limit', '1'), [1]);
});

test('colour only on a terminal that wants it', async () => {
  const coloured = await draintrace(['trace', '--db', db], { columns: 100 });
  assert.match(coloured.stdout, /\x1b\[31mdraining_target/);
  const plain = await draintrace(['trace', '--db', db], { columns: 100, env: { NO_COLOR: '1' } });
  assert.doesNotMatch(plain.stdout, /\x1b/);
});

test('what strangers wrote cannot act, in any format', async () => {
  for (const format of ['table', 'json', 'ndjson', 'markdown']) {
    const { stdout } = await ask(
      'sql',
      'select request_line, line from alb_log order by line desc limit 1',
      '--format',
      format,
    );
    assert.doesNotMatch(stdout, /\x1b/, format);
  }
  const { stdout } = await ask('sql', 'select request_line from alb_log where line = 10', '--format', 'csv');
  assert.deepEqual(parse(stdout), [['request_line'], ['=\\x1B|- -']]);
});

test('query takes typed parameters', async () => {
  const minutes = await json('query', 'failures-per-minute', '--param', 'from=-90m', '-p', 'to=2023-01-07T09:01:30Z');
  assert.deepEqual(
    minutes.map((row) => [row.minute, row.mechanism]),
    [
      ['2023-01-07T09:00:00.000000Z', 'target_error'],
      ['2023-01-07T09:01:00.000000Z', 'rejected_request'],
    ],
  );
});

test('queries lists the catalogue', async () => {
  const { code, stdout } = await draintrace(['queries', '--format', 'json', '--db', '/nowhere']);
  assert.equal(code, 0);
  const trace = (JSON.parse(stdout) as Record<string, unknown>[]).find(({ name }) => name === 'trace')!;
  assert.equal(typeof trace.title, 'string');
  assert.ok(Array.isArray(trace.parameters));
  assert.match(
    (await draintrace(['queries'])).stdout,
    /^what failed +failures-per-minute +Failures per minute by mechanism +from, to$/m,
  );
});

test('sql reads', async () => {
  assert.deepEqual(
    await json(
      'sql',
      "select 9007199254740993 as big, 1::bigint as small, 'a\\x5C\\x00b'::blob as b, [1, 2] as l, 1.50::decimal(5,2) as d",
    ),
    [{ big: '9007199254740993', small: 1, b: 'a\\x5C\\x00b', l: [1, 2], d: 1.5 }],
  );
});

const WRONG: readonly (readonly [words: string[], code: number, says: RegExp])[] = [
  [['sql', 'selec 1'], 2, /Parser Error: syntax error at or near "selec"/],
  [['sql', 'select * from verdictt'], 2, /Did you mean "verdict"/],
  [['sql', 'create table x (a int)'], 2, /read-only mode.*--write allows it/],
  [['sql', "select * from read_csv('/etc/passwd')"], 2, /--allow-external allows it/],
  [['sql', "copy (select 1) to '/tmp/x.csv'"], 2, /--allow-external allows it/],
  [['sql', 'select $a'], 2, /parameter \$a/],
  [['sql', "select cast('x' as int)"], 2, /Conversion Error/],
  [['sql', 'select 1', '--file', '/nowhere'], 2, /a statement or --file/],
  [['sql', '-f', '/nowhere.sql'], 2, /\/nowhere.sql cannot be read/],
  [['query', 'late-routng'], 2, /did you mean late-routing\?/],
  [['query', 'late-routing', '--param', 'second=1'], 2, /did you mean seconds\?/],
  [['query', 'late-routing', '--param', 'seconds=1.5'], 2, /not of type integer/],
  [['query', 'failures-per-minute', '--param', 'from=yesterdayish'], 2, /not of type timestamp/],
  [['query', 'load-summary', '--param', 'x=1'], 2, /has no parameters/],
  [['query', 'trace', '--param', 'x'], 2, /not key=value/],
  [['trace', '--cause', 'drainin_target'], 2, /did you mean draining_target\?/],
  [['trace', '--mechanism', 'zzz'], 2, /use one of connect_timeout, /],
  [['trace', '--from', 'x'], 2, /--from x is not a time/],
  [['trace', '--from', '-1h', '--to', '-2h'], 2, /--from -1h is not before --to -2h: give the earlier time first/],
  [['trace', '--format', 'yaml'], 2, /--format yaml is not known: use one of table, vertical, json/],
  [['trace', '--format', 'jsn'], 2, /did you mean json\?/],
  [['trace', '--vertical', '--format', 'csv'], 2, /leave --vertical or --format csv out/],
  [['trace', '--columns', 'time,caus'], 2, /there is no column caus: did you mean cause\?/],
  [['trace', '--lb'], 2, /--lb needs a value: write it as --lb VALUE/],
  [['trace', '--from'], 2, /--from needs a value, as in: draintrace trace --from -2h/],
  [['trace', '--from', '--limit', '5'], 2, /--from needs a value/],
  [['trace', '--limit', 'x'], 2, /--limit x is not a number: write it as --limit 10/],
  [['trace', '--limit', '1', '--limit', '2'], 2, /--limit is given twice/],
  [['export', '--to', ''], 2, /--to is empty: give it a value, or leave it out/],
  [['load', 'x', '--lb', 'a', '--lb='], 2, /--lb is empty/],
  [['query', 'trace', '-p'], 2, /--param needs a value, as in: draintrace query/],
  [['check'], 2, /--max is missing, as in: draintrace check .*--max draining_target=0/],
  [['athena', 'ddll'], 2, /athena ddll is not known: did you mean ddl\?/],
  [['query'], 2, /an argument is missing: draintrace query <name>, as draintrace query /],
  [['trace', '--color', 'blue'], 2, /--color blue is not known: use one of auto, always, never/],
  [['trace', '--fromm', '-1h'], 2, /did you mean --from\?/],
  [['trace', 'extra'], 2, /trace takes no argument extra: draintrace trace --help/],
  [['trac'], 2, /did you mean trace\?/],
  [[], 2, /a command is missing/],
];

for (const [words, code, says] of WRONG) {
  test(`draintrace ${words.join(' ')}: exit ${code}`, async () => {
    const run = await ask(...words);
    assert.equal(run.code, code, run.stderr);
    assert.match(run.stderr, says);
    // One sentence; SQL shows the place too.
    assert.match(run.stderr, /^draintrace: [^\n]+\n( {2}line \d+: [^\n]+\n +\^\n)?$/);
    assert.equal(run.stdout, '');
  });
}

test('sql runs several statements in order, and stops at the first that fails', async () => {
  const { code, stdout } = await ask('sql', 'select 1 as a; select 2 as b;', '--format', 'csv');
  assert.deepEqual([code, stdout], [0, 'a\n1\nb\n2\n']);
  const failed = await ask('sql', 'select 1 as a; selec 2; select 3', '--format', 'csv');
  assert.deepEqual([failed.code, failed.stdout], [2, 'a\n1\n']);
});

test('--columns chooses and orders the columns of every format; --vertical gives each cell a line', async () => {
  const csv = await ask('query', 'trace', '--columns', 'cause, time', '--format', 'csv');
  assert.match(csv.stdout, /^cause,time\ndraining_target,2023-/);
  const rows = await json('trace', '--columns', 'mechanism');
  assert.deepEqual(rows[0], { mechanism: 'connect_timeout' });
  const vertical = await ask('trace', '--vertical', '--limit', '1');
  assert.match(vertical.stdout, /^── row 1 ──\ntrace_id +Root=1-63b939e2-312611fa7a64f07e63d24099\n/);
  assert.match(vertical.stdout, /^time +2023-01-07T09:22:52\.872365Z$/m);
  // Without a format, columns make rows of the summary.
  assert.match((await ask('evidence', '--columns', 'failures')).stdout, /^failures\n─+\n/);
});

test('colours mean causes, and come only where they are wanted', async () => {
  const red = /cause \x1b\[31mdraining_target\x1b\[39m/;
  const plain = async (options: Parameters<typeof draintrace>[1], ...words: string[]) =>
    assert.doesNotMatch((await draintrace(['trace', ...words, '--db', db], options)).stdout, /\x1b\[/);
  assert.match((await draintrace(['trace', '--db', db], { columns: 80 })).stdout, red);
  assert.match((await draintrace(['trace', '--color', 'always', '--db', db])).stdout, red);
  const env = { NO_COLOR: '1' };
  assert.match((await draintrace(['trace', '--color', 'always', '--db', db], { columns: 80, env })).stdout, red);
  const rows = await draintrace(['trace', '--columns', 'cause', '--db', db], { columns: 80 });
  assert.match(rows.stdout, /^\x1b\[31mdraining_target *\x1b\[39m$/m);
  await plain({});
  await plain({ columns: 80, env });
  await plain({ columns: 80, env: { TERM: 'dumb' } });
  await plain({ columns: 80 }, '--color', 'never');
  await plain({ columns: 80 }, '--format', 'csv');
});
