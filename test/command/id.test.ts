/** Pipes every id that an answer prints back into the commands that take it, with the blanks that copying adds. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { VERBS } from '../../src/command/verb.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from './world.ts';

let db = '';

before(async () => {
  db = join(freshFolder(), 'ids.duckdb');
  const samples = ['samples/rollout-day', 'samples/recorded-incident'].map((folder) => join(ROOT, folder));
  const { code, stderr } = await draintrace(['load', ...samples, '--timezone', '+08:00', '--quiet', '--db', db], {
    built: true,
  });
  assert.ok(code === 0 || code === 4, stderr);
});

type Row = Readonly<Record<string, string>>;

/** Command that takes the value of a column, given the row; null where the row has none. */
const TAKES: Readonly<Record<string, (value: string, row: Row) => string[][]>> = {
  trace_id: (value) => [['explain', value]],
  object_id: (value, { line }) => [['explain', `${value}:${line}`]],
  rollout: (value) => [
    ['explain', '--rollout', value],
    ['report', '--format', 'text', '--rollout', value],
  ],
  elb: (value) => [['trace', '--all', '--lb', value]],
  target_group_arn: (value) => [['trace', '--all', '--target-group', value]],
  target_ip: (value, { target_port }) => [['explain', '--target', target_port ? `${value}:${target_port}` : value]],
  client_ip: (value) => [['explain', '--client', value]],
  namespace: (value) => [['advise', '--namespace', value]],
  pod_namespace: (value) => [['advise', '--namespace', value]],
  // A target group stands for a workload that is not known.
  workload: (value) =>
    value.startsWith('arn:') ? [['trace', '--all', '--target-group', value]] : [['advise', '--workload', value]],
  deployment: (value) => [['advise', '--workload', value]],
  request_url: (value) => [['explain', '--url', value]],
  time: (value) => [['explain', '--at', value]],
  request_creation_time: (value) => [['explain', '--at', value]],
  cause: (value) => [['trace', '--cause', value]],
  mechanism: (value) => [['trace', '--all', '--mechanism', value]],
  elb_status_code: (value) => [['explain', '--status', value]],
};

/** Columns that look like ids, and that no command takes. */
const NOT_TAKEN = [
  'target_name',
  'pod_name',
  'host',
  'domain_name',
  'node',
  'user_agent',
  'container',
  'ip_address',
  'uri',
  'path_template',
  'conn_trace_id',
  'ip',
];

/** Parameters of questions that find nothing without them. */
const NEEDED: Readonly<Record<string, string[]>> = { 'request-by-trace-id': ['--param', 'trace_id=Root=1-6'] };

/** Values of a column to try. */
const FEW = 2;

test('every id in an answer is an argument of another command', async () => {
  const typed = new Map<string, string[]>();
  const columns = new Set<string>();
  for (const { name } of readCatalogue()) {
    const run = await draintrace(['query', name, '--format', 'csv', ...(NEEDED[name] ?? []), '--db', db]);
    assert.equal(run.code, 0, run.stderr);
    const rows = parse(run.stdout, { columns: true }) as Row[];
    const count = new Map<string, number>();
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        columns.add(column);
        const takes = Object.hasOwn(TAKES, column) ? TAKES[column] : undefined;
        // Requests of Lambda have no target, and causes of other targets no workload.
        if (!takes || value === '' || (count.get(column) ?? 0) >= FEW) continue;
        count.set(column, (count.get(column) ?? 0) + 1);
        for (const words of takes(value, row)) typed.set(words.join(' '), words);
      }
    }
  }
  for (const column of Object.keys(TAKES)) assert.ok(columns.has(column), `no answer has ${column}`);
  const unknown = [...columns].filter(
    (column) =>
      /(?:^|_)(?:id|ip|arn|elb|rollout|workload|deployment|namespace|uri|node|host)$/.test(column) &&
      !Object.hasOwn(TAKES, column) &&
      !/^(?:from|to)_workload$/.test(column) &&
      !NOT_TAKEN.includes(column),
  );
  assert.deepEqual(unknown, [], 'say which command takes this id');
  assert.ok(typed.size > 60, `${typed.size} commands`);
  for (const words of typed.values()) {
    // As `while read` and a terminal hand it on.
    const copied = [...words.slice(0, -1), ` ${words.at(-1)}\r`];
    const { code, stderr } = await draintrace([...copied, '--db', db]);
    assert.ok(code === 0 || code === 4, `${words.join(' ')}: exit ${code}: ${stderr}`);
  }
});

test('completion offers values, also those of the database', async () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { code, stdout } = await draintrace(['--complete', ...words], { env: { DRAINTRACE_DB: db } });
    assert.equal(code, 0);
    return stdout.split('\n').slice(0, -1);
  };
  const words = async (...line: string[]): Promise<string[]> =>
    (await complete('fish', ...line)).map((line) => line.split('\t')[0]!);
  assert.deepEqual(
    await words(''),
    VERBS.map(({ command }) => command.split(' ')[0]),
  );
  assert.deepEqual(await words('query', 'late-r'), ['late-routing-per-deployment', 'late-routing']);
  assert.deepEqual(await words('trace', '--cause', 'dr'), ['draining_target', 'drain_delay_elapsed']);
  assert.deepEqual(await words('check', '--max', 'node'), ['node_lost=0']);
  assert.deepEqual(await words('trace', '--format', 'js'), ['json']);
  assert.deepEqual(await words('trace', '--color=al'), ['--color=always']);
  assert.deepEqual(await words('report', '--rollout', 'shop/ch'), ['shop/checkout@2026-03-10T18:30:05Z']);
  assert.deepEqual(await words('trace', '--lb', 'app/s'), ['app/shop-public/50dc6c495c0c9188']);
  assert.deepEqual(await words('trace', '--target-group', 'k8s-shop-se'), ['k8s-shop-search-1a2b3c4d5e']);
  assert.deepEqual(await words('advise', '--workload', 'ch'), ['checkout']);
  assert.deepEqual(await words('query', 'verdicts', '--columns', 'cause,conf'), ['cause,confidence']);
  assert.deepEqual(await words('trace', '--columns', 'other_'), ['other_cause']);
  assert.deepEqual(await words('query', 'late-routing', '--param', 'sec'), ['seconds=']);
  assert.deepEqual(await words('simulate', '--scenario', 'rollout-o'), ['rollout-ordered']);
  assert.deepEqual(await words('completion', 'f'), ['fish']);
  assert.deepEqual(await words('athena', 'run', 'log-g'), ['log-gaps']);
  assert.deepEqual(await words('load', 'x'), []);
  // fish and zsh show the meaning; bash replaces only what comes after its last : = or @.
  assert.match(
    (await complete('fish', 'query', 'late-routing'))[1]!,
    /^late-routing\tRequests routed to a terminating pod/,
  );
  assert.match((await complete('zsh', 'trace', '--mech'))[0]!, /^--mechanism:only these mechanisms$/);
  const line = 'draintrace report --rollout shop/checkout@2026-03-10T18:3';
  assert.deepEqual(await complete('bash', line, '3'), ['30:05Z']);
  assert.deepEqual(await complete('bash', 'draintrace report --rollout shop/checkout@2026-03-10T18:', ':'), ['30:05Z']);
});
