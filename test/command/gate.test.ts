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
  const notes: string[] = [];
  const { why } = await passGate({
    settle: settle * MINUTE,
    deadline: TO + 60 * MINUTE,
    everyMs: 60_000,
    now: () => now,
    look: async () => ({
      ...{ outcome: 'x', isBroken: false, lacks: '', to: TO, end: null, late: [], requests: 0, going: '' },
      ...at((now - TO) / MINUTE),
    }),
    mayPass: (error): error is Error => error instanceof RangeError,
    sleep: async (milliseconds) => {
      now += (milliseconds / 60_000) * MINUTE;
    },
    note: async (text) => void notes.push(text),
  });
  said = notes;
  return [why, (now - TO) / MINUTE];
}
/** Notes of the last gate. */
let said: string[] = [];

test('a broken limit ends it at once, also before the end of the window', async () => {
  assert.deepEqual(await gate((minute) => ({ isBroken: minute >= -3 }), -5), ['broken', -3]);
});

test('logs beyond the window end it two minutes later, if no request of the window was added', async () => {
  assert.deepEqual(await gate((minute) => (minute < 6 ? {} : { end: TO, requests: 10 })), ['complete', 8]);
  // The second node of the balancer delivers a minute later.
  const two = (minute: number) => (minute < 6 ? {} : { end: TO, requests: minute < 7 ? 10 : 20 });
  assert.deepEqual(await gate(two), ['complete', 9]);
  // A source that could not be read to its end may have more.
  const broken = (minute: number) => ({ end: TO, requests: 10, lacks: minute >= 9 ? '' : 'a source' });
  assert.deepEqual(await gate(broken), ['complete', 11]);
});

test('each node that delivered before has to deliver up to the end, or the grace has to pass', async () => {
  const late = (until: number) => (minute: number) => ({
    ...{ end: TO + MINUTE, requests: 10 },
    late: minute < until ? ['10.0.0.2 of shop'] : [],
  });
  assert.deepEqual(await gate(late(9)), ['complete', 11]);
  assert.ok(said.includes('waiting for logs of 1 node (10.0.0.2 of shop)'), said.join('\n'));
  assert.ok(!said.some((text) => /no log of/.test(text)));
  // It has no request any longer, so it delivers nothing.
  assert.deepEqual(await gate(late(99)), ['complete', 17]);
  assert.match(said.at(-1)!, /^no log of 1 node \(10\.0\.0\.2 of shop\) reaches the end of the window; a node without/);
  assert.deepEqual(await gate(late(99), 0, 5), ['deadline', 5]);
  assert.match(said.at(-1)!, /^no log of 1 node/);
});

test('an error that may pass is tried again until the deadline, except at the first look', async () => {
  const failing = (minutes: readonly number[], error = new RangeError('no network')) =>
    gate((minute) => {
      if (minutes.includes(minute)) throw error;
      return { end: TO, requests: 10 };
    });
  assert.deepEqual(await failing([1, 2, 3]), ['complete', 4]);
  assert.deepEqual(
    said.filter((text) => /trying again/.test(text)),
    Array(3).fill('no network; trying again'),
  );
  await assert.rejects(failing([0]), /no network/);
  await assert.rejects(failing([2], new Error('a bug')), /a bug/);
  // It never comes back: the error says so at the deadline.
  let looks = 0;
  await assert.rejects(
    gate(() => {
      if (++looks > 1) throw new RangeError('no network');
      return {};
    }),
    /no network/,
  );
  assert.equal(looks, 21);
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
  assert.match(over.stderr, /waiting for more of them/);
  const other = await draintrace([...words([day], 'other.duckdb', '1s'), '--lb', 'nobody'], {
    ...ticking(Date.UTC(2026, 2, 11), 20_000),
  });
  assert.deepEqual([other.code, /no request of the window is loaded/.test(other.stdout)], [1, true], other.stdout);
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

test('what cannot work is refused before the wait, in one sentence', async () => {
  const refused = async (words: string[], says: RegExp) => {
    const { code, stdout, stderr } = await draintrace(['check', '--max', 'draining_target=0', ...words]);
    assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [2, '', 1], stderr);
    assert.match(stderr, says);
  };
  const gate = ['--gate', '--load', 'logs'];
  await refused(
    [...gate, '--from', '-5m', '--drain', '2h'],
    /--drain 2h is longer than --longest 1h and --settle 20 min/,
  );
  await refused(
    [...gate, '--from', '-5m', '--longest', '1m', '--settle', '3'],
    /--drain 5m is longer than --longest 1m/,
  );
  await refused([...gate], /say since when, as --from -5m, or give --to/);
  await refused([...gate, '--from', '-5m', '--to', 'now', '--drain', '1m'], /leave out --to or --drain/);
  await refused(['--lb', 'shop'], /--lb chooses among the logs of --load: give --load too/);
  await refused(['--every', '1s'], /--every is of a gate: give --gate too/);
  await refused(['--gate', '--load', '-', '--from', '-5m'], /standard input can be read once/);
});
