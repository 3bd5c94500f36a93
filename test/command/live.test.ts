/** Tests `watch --live`: failures of logs that arrive while it runs, each once, and again when evidence gives another cause. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from './world.ts';

const RECORDED = join(ROOT, 'samples', 'recorded-incident');
/** Minutes after the failure of the recorded incident. */
const NOW = Date.UTC(2023, 0, 7, 9, 30);

const watch = (words: readonly string[], db: string) =>
  draintrace(['watch', '--db', db, '--every', '1s', ...words], { now: NOW, built: true });

test('a failure is shown when its log arrives, once; again when evidence names its cause; the status says how late logs are', async () => {
  const folder = freshFolder();
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const running = watch(
    ['--live', logs, '--for', '8s', '--format', 'ndjson', '--last', '1h'],
    join(folder, 'live.duckdb'),
  );
  await delay(1500);
  cpSync(join(RECORDED, 'AWSLogs'), join(logs, 'AWSLogs'), { recursive: true });
  await delay(3000);
  cpSync(join(RECORDED, 'probe-1-504-while-draining.txt'), join(logs, 'probe.txt'));
  const { code, stdout, stderr } = await running;
  assert.equal(code, 0, stderr);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.ok(rows.length >= 1 && rows.length <= 2, stdout);
  assert.deepEqual([rows[0]!.elb_status_code, rows[0]!.request_creation_time], [504, '2023-01-07T09:22:42.870000Z']);
  assert.equal(new Set(rows.map(({ cause }) => cause)).size, rows.length, 'no failure is shown twice with one cause');
  assert.match(stderr, /no log yet; logs arrive some five minutes after/);
  assert.match(stderr, /1 new failure; logs are here up to 2023-01-07 09:\d\d/);
});

test('text has a failure a line; a place that does not exist, and nothing to do, are one sentence', async () => {
  const folder = freshFolder();
  const shown = await watch(['--live', RECORDED, '--for', '3s', '--last', '1h', '-q'], join(folder, 'a.duckdb'));
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^2023-01-07T09:22:42\.870000Z {2}504 {2}\w+.*GET http/);
  assert.equal(shown.stdout.trim().split('\n').length, 1);
  const none = await watch(['--live', join(folder, 'none'), '--for', '3s'], join(folder, 'b.duckdb'));
  assert.equal(none.code, 3);
  assert.match(none.stderr, /none/);
  const idle = await watch([], join(folder, 'c.duckdb'));
  assert.equal(idle.code, 2);
  assert.match(idle.stderr, /give --out FOLDER to record, or --live SOURCE/);
});
