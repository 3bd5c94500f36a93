import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  DAY,
  dayNumber,
  END_OF_TIME,
  formatDay,
  formatExact,
  formatMillis,
  formatSeconds,
  formatShort,
  formatTime,
  fromMillis,
  fromNanos,
  fromSeconds,
  toMillis,
  toSeconds,
} from '../../src/time/time.ts';

const time = fc.integer({ min: 0, max: END_OF_TIME - 1 });

test('every printed form agrees with the clock of JavaScript', () => {
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 5 }), (times) => {
      // Several in a row, because the last second is kept.
      for (const at of times.flatMap((one) => [one, one + 1])) {
        const iso = new Date(Math.floor(at / 1000)).toISOString();
        assert.equal(formatTime(at), `${iso.slice(0, -1)}${String(at % 1000).padStart(3, '0')}Z`);
        assert.equal(formatExact(BigInt(at)), formatTime(at));
        assert.equal(formatMillis(at), iso);
        assert.equal(formatSeconds(at), `${iso.slice(0, 19)}Z`);
        assert.equal(formatDay(at), iso.slice(0, 10));
        assert.equal(Date.parse(formatShort(at)), Math.floor(at / 1000));
        assert.equal(formatDay(dayNumber(at) * DAY), formatDay(at));
      }
    }),
  );
});

test('a time before the epoch keeps its fraction positive', () => {
  assert.equal(formatTime(-1), '1969-12-31T23:59:59.999999Z');
  assert.equal(dayNumber(-1), -1);
});

test('the exact form prints what a double cannot hold', () => {
  assert.equal(formatExact(33_000_000_000_000_001n), '3015-09-24T10:40:00.000001Z');
  assert.equal(formatExact(8_640_000_000_000_000_000n), '+275760-09-13T00:00:00.000000Z');
});

test('units convert into each other', () => {
  assert.equal(fromMillis(1.5), 1500);
  assert.equal(fromSeconds(0.000_000_4), 0);
  assert.equal(fromSeconds(1.000_000_6), 1_000_001);
  assert.equal(fromNanos(1_999n), 1);
  fc.assert(
    fc.property(time, (at) => {
      // A double has 53 bits: a fraction of a second in 2200 comes back to the microsecond.
      assert.ok(Math.abs(Math.round(fromMillis(toMillis(at))) - at) <= 1);
      assert.ok(Math.abs(fromSeconds(toSeconds(at)) - at) <= 1);
      const whole = Math.floor(toMillis(at));
      assert.equal(toMillis(fromMillis(whole)), whole);
    }),
  );
  assert.equal(formatTime(END_OF_TIME), '2200-01-01T00:00:00.000000Z');
});
