/** Tests when a gate ends, with a clock of its own. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Look, passGate } from '../../src/command/gate.ts';
import { MINUTE } from '../../src/time/time.ts';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from './world.ts';

const TO = 100 * MINUTE;

/** Runs a gate that looks each minute; `at` says what is loaded by then. Returns its end, and how many minutes after TO that was. */
async function gate(at: (minute: number) => Partial<Look<string>>, start = 0, settle = 20) {
  let now = TO + start * MINUTE;
  const { why } = await passGate({
    settle: settle * MINUTE,
    deadline: TO + 60 * MINUTE,
    everyMs: 60_000,
    now: () => now,
    look: async () => ({
      ...{ outcome: 'x', isBroken: false, isWhole: true, to: TO, end: null, requests: 0, going: '' },
      ...at((now - TO) / MINUTE),
    }),
    sleep: async (milliseconds) => {
      now += (milliseconds / 60_000) * MINUTE;
    },
    note: async () => {},
  });
  return [why, (now - TO) / MINUTE];
}

test('a broken limit ends it at once, also before the end of the window', async () => {
  assert.deepEqual(await gate((minute) => ({ isBroken: minute >= -3 }), -5), ['broken', -3]);
});

test('logs beyond the window end it two minutes later, if no request of the window was added', async () => {
  assert.deepEqual(await gate((minute) => (minute < 6 ? {} : { end: TO, requests: 10 })), ['complete', 8]);
  // The second node of the balancer delivers a minute later.
  const two = (minute: number) => (minute < 6 ? {} : { end: TO, requests: minute < 7 ? 10 : 20 });
  assert.deepEqual(await gate(two), ['complete', 9]);
  // A source that could not be read to its end may have more.
  const broken = (minute: number) => ({ end: TO, requests: 10, isWhole: minute >= 9 });
  assert.deepEqual(await gate(broken), ['complete', 11]);
});

test('logs that end before the window, or none, are waited for until the deadline', async () => {
  assert.deepEqual(await gate(() => ({ end: TO - MINUTE, requests: 10 })), ['deadline', 20]);
  assert.deepEqual(await gate(() => ({}), 0, 3), ['deadline', 3]);
});

test('nothing is complete before the end of the window', async () => {
  assert.deepEqual(await gate(() => ({ end: TO + MINUTE, requests: 1 }), -2), ['complete', 2]);
});

test('a rollout that goes on moves the end of the window; one that never ends is given up at the deadline', async () => {
  // It ends at minute 10, is let go at 12; the logs are nine minutes late.
  const rollout = (minute: number) => ({
    ...(minute < 10 ? { to: null, going: '1 old target of shop/web' } : { to: TO + 12 * MINUTE }),
    ...{ end: TO + (minute - 9) * MINUTE, requests: 10 },
  });
  assert.deepEqual(await gate(rollout), ['complete', 23]);
  // A later end that a look brings begins the quiet time anew.
  const second = (minute: number) => ({ to: TO + (minute < 8 ? 5 : 6) * MINUTE, end: TO + 30 * MINUTE, requests: 10 });
  assert.deepEqual(await gate((minute) => ({ ...second(minute), end: minute < 7 ? TO : TO + 30 * MINUTE })), [
    'complete',
    10,
  ]);
  assert.deepEqual(await gate(() => ({ to: null, going: '1 old target of shop/web' })), ['deadline', 60]);
  // Targets that go one after another for ever: 60 minutes, and the logs of those.
  const endless = await gate((minute) => ({
    to: TO + (minute + 5) * MINUTE,
    end: TO + minute * MINUTE,
    requests: minute,
  }));
  assert.deepEqual(endless, ['deadline', 80]);
});

test('check --gate follows the rollouts of the evidence to their end, or fails because one has not ended', async () => {
  const day = join(ROOT, 'samples/rollout-day');
  const checkout = 'checkout-pods@2026-03-10T19-00-00Z.csv';
  const folder = freshFolder();
  const words = (load: string[], name: string, longest: string) => [
    ...['check', '--gate', '--from', '2026-03-10T18:00:00Z', '--every', '1s', '--longest', longest, '--format', 'json'],
    ...[...load.flatMap((one) => ['--load', one]), '--max', 'draining_target=1000', '--db', join(folder, name)],
  ];
  /** A clock that goes on at each call. */
  const ticking = (now: number, step: number) => ({ now: () => (now += step), built: true });
  const evening = ticking(Date.UTC(2026, 2, 10, 18, 40), 20_000);
  const over = await draintrace(words([day], 'over.duckdb', '1s'), evening);
  assert.deepEqual([over.code, JSON.parse(over.stdout).to], [0, '2026-03-10T18:36:20.999Z'], over.stderr);
  assert.match(over.stderr, /waiting for those of other nodes/);
  // The same, but one of the old pods has no end.
  const text = readFileSync(join(day, 'evidence', checkout), 'utf8');
  const lines = text.split('\n').map((line) => (line.includes('h7sdq') ? line.replace(/,[^,]*$/, ',') : line));
  assert.notEqual(lines.join('\n'), text);
  writeFileSync(join(folder, checkout), lines.join('\n'));
  const load = [join(day, 'AWSLogs'), join(folder, checkout)];
  // Logs may be missing; failures that are still to come are another thing.
  const going = await draintrace(
    [...words(load, 'going.duckdb', '1s'), '--allow-missing'],
    ticking(Date.UTC(2026, 2, 11), 1000),
  );
  assert.equal(going.code, 1, going.stderr);
  assert.match(going.stdout, /"message":"the rollout has not ended: 1 old target of shop\/checkout/);
});
