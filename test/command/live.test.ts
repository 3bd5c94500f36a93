/** Tests `watch --live`: failures of logs that arrive while it runs, each once, and again when evidence gives another cause. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveRequest } from '../../src/command/live.ts';
import { fromMillis } from '../../src/time/time.ts';
import { expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';

const RECORDED = join(ROOT, 'samples', 'recorded-incident');
const NOW = fromMillis(Date.UTC(2026, 2, 10));
const NO_FLAGS = {
  ...{ db: 'x', out: undefined, live: ['logs'], format: 'text' as const, metrics: undefined, kubernetes: undefined },
  ...{ ecs: [], nodes: false, quiet: false, kubeconfig: undefined, context: undefined, inCluster: false },
  ...{ namespace: [], selector: undefined, targetGroup: [] },
};
const watch = (...words: string[]) => ['watch', '--db', 'live.duckdb', '--every', '1s', '--last', '3650d', ...words];

test('a failure is shown when its log arrives, once; the status says how late logs are', async () => {
  const cwd = freshFolder();
  const logs = join(cwd, 'logs');
  mkdirSync(logs);
  const { child, done } = startCli(watch('--live', 'logs', '--format', 'ndjson'), { cwd });
  let printed = 0;
  // Each step waits for the one before, however slow the machine is.
  child.stderr!.on('data', (chunk: Buffer) => {
    if (!/no log yet/.test(chunk.toString())) return;
    cpSync(join(RECORDED, 'AWSLogs'), join(logs, 'AWSLogs'), { recursive: true });
  });
  child.stdout!.on('data', () => {
    if (++printed > 1) return;
    setTimeout(() => child.kill('SIGINT'), 3000);
  });
  const { stdout, stderr } = expectStatus(await done, 0);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(rows.length, 1, stdout);
  assert.deepEqual([rows[0]!.elb_status_code, rows[0]!.request_creation_time], [504, '2023-01-07T09:22:42.870000Z']);
  assert.match(stderr, /no log yet of logs; logs arrive some five minutes after/);
  assert.match(stderr, /1 new failure; logs are here up to 2023-01-07 09:22:52 UTC/);
});

test('a failure is shown again when evidence gives it another cause', async () => {
  const cwd = freshFolder();
  const logs = join(cwd, 'logs');
  cpSync(join(RECORDED, 'AWSLogs'), join(logs, 'AWSLogs'), { recursive: true });
  const { child, done } = startCli(watch('--live', 'logs', '--format', 'ndjson'), { cwd });
  let printed = 0;
  child.stdout!.on('data', () => {
    if (++printed > 1) child.kill('SIGINT');
    else cpSync(join(ROOT, 'samples', 'recorded-incident', 'probe-1-504-while-draining.txt'), join(logs, 'probe.txt'));
  });
  const { stdout } = expectStatus(await done, 0);
  const causes = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { cause: string }).cause);
  assert.deepEqual([causes.length, new Set(causes).size], [2, 2], stdout);
  assert.equal(causes.at(-1), 'draining_target');
});

test('text has a failure a line; a place that does not exist, and nothing to do, are one sentence', async () => {
  const metrics = join(freshFolder(), 'live.prom');
  const shown = expectStatus(
    await startCli(watch('--live', RECORDED, '--for', '1s', '-q', '--metrics', metrics)).done,
    0,
  );
  assert.match(shown.stdout, /^2023-01-07T09:22:42\.870000Z {2}504 {2}\w+.*GET http/);
  assert.equal(shown.stdout.trim().split('\n').length, 1);
  const gauges = readFileSync(metrics, 'utf8');
  assert.match(gauges, /^draintrace_live_failures_by_cause\{cause="draining_target"\} 1$/m);
  assert.match(gauges, /^draintrace_live_logs_end_timestamp_seconds 1673083372\./m);
  const typo = expectStatus(await startCli(watch('--live', RECORDED, '--lb', 'shpo', '--for', '1s')).done, 3);
  assert.match(typo.stderr, /^the logs there are of other load balancers: check \S+ --lb shpo$/m);
  assert.match(typo.stderr, /\nno log came: check \S+ --lb shpo\n$/);
  const none = expectStatus(await startCli(watch('--live', '/no/such/place', '--for', '1s')).done, 3);
  assert.match(none.stderr, /\/no\/such\/place/);
  const words = { lb: ['shop'], region: 'eu-west-1', profile: 'prod', last: '15m', every: '30s' };
  const { words: passed } = liveRequest({ ...NO_FLAGS, ...words }, NOW);
  assert.deepEqual(passed, ['--lb', 'shop', '--region', 'eu-west-1', '--profile', 'prod']);
  assert.throws(
    () => liveRequest({ ...NO_FLAGS, ...words, ecs: ['prod/web'] }, NOW),
    /--ecs is of a recording \(--out\)/,
  );
  assert.throws(() => liveRequest({ ...NO_FLAGS, ...words, inCluster: true }, NOW), /--in-cluster is of a recording/);
  const idle = expectStatus(await startCli(watch()).done, 2);
  assert.match(idle.stderr, /give --out FOLDER to record, or --live SOURCE/);
});
