/** Tests when a gate ends, with a clock of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Look, passGate } from '../../src/command/gate.ts';
import { MINUTE } from '../../src/time/time.ts';

const TO = 100 * MINUTE;

/** Runs a gate that looks each minute; `at` says what is loaded by then. Returns its end, and how many minutes after TO that was. */
async function gate(at: (minute: number) => Partial<Look<string>>, start = 0, settle = 20) {
  let now = TO + start * MINUTE;
  const { why } = await passGate({
    to: TO,
    deadline: TO + settle * MINUTE,
    everyMs: 60_000,
    now: () => now,
    look: async () => ({ outcome: 'x', isBroken: false, end: null, requests: 0, ...at((now - TO) / MINUTE) }),
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

test('logs beyond the window end it one look later, if no request of the window was added', async () => {
  assert.deepEqual(await gate((minute) => (minute < 6 ? {} : { end: TO, requests: 10 })), ['complete', 7]);
  // The second node of the balancer delivers a minute later.
  const two = (minute: number) => (minute < 6 ? {} : { end: TO, requests: minute < 7 ? 10 : 20 });
  assert.deepEqual(await gate(two), ['complete', 8]);
});

test('logs that end before the window, or none, are waited for until the deadline', async () => {
  assert.deepEqual(await gate(() => ({ end: TO - MINUTE, requests: 10 })), ['deadline', 20]);
  assert.deepEqual(await gate(() => ({}), 0, 3), ['deadline', 3]);
});

test('nothing is complete before the end of the window', async () => {
  assert.deepEqual(await gate(() => ({ end: TO + MINUTE, requests: 1 }), -2), ['complete', 1]);
});
