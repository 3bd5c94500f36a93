import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { momentOfAge, parseAge } from '../../src/evidence/kubectl-table.ts';
import { SECOND } from '../../src/time/time.ts';

/** Formats an age as kubectl and API servers since 1.12 do (HumanDuration). */
function humanDuration(seconds: number): string {
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${Math.trunc(seconds)}s`;
  const minutes = Math.trunc(seconds / 60);
  const and = (count: number, unit: string) => (count === 0 ? '' : `${count}${unit}`);
  if (minutes < 10) return `${minutes}m${and(Math.trunc(seconds) % 60, 's')}`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return `${hours}h${and(minutes % 60, 'm')}`;
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return `${days}d${and(hours % 24, 'h')}`;
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? `${years}y${and(days % 365, 'd')}` : `${years}y`;
}

/** The same before 1.12 (ShortHumanDuration). */
function shortHumanDuration(seconds: number): string {
  if (seconds < 60) return `${Math.trunc(seconds)}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.trunc(seconds / 3600)}h`;
  if (seconds < 365 * 86_400) return `${Math.trunc(seconds / 86_400)}d`;
  return `${Math.trunc(seconds / (365 * 86_400))}y`;
}

/** From fractions of a second to twelve years, all magnitudes equally likely. */
const duration = fc
  .tuple(fc.integer({ min: 0, max: 28 }), fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }))
  .map(([exponent, mantissa]) => mantissa * 2 ** exponent);

test('an age printed by kubectl holds the duration it was printed for', () => {
  fc.assert(
    fc.property(duration, (seconds) => {
      for (const print of [humanDuration, shortHumanDuration]) {
        const age = parseAge(print(seconds));
        assert.ok(age, print(seconds));
        assert.ok(age.min <= seconds * SECOND && seconds * SECOND < age.below, `${print(seconds)} for ${seconds}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('ages have the width of the last unit printed', () => {
  const width = (text: string) => {
    const age = parseAge(text);
    return age && [age.min / SECOND, age.below / SECOND];
  };
  assert.deepEqual(width('39m'), [2340, 2400]);
  assert.deepEqual(width('17s'), [17, 18]);
  assert.deepEqual(width('65s'), [65, 66]);
  assert.deepEqual(width('2d3h'), [183_600, 187_200]);
  assert.deepEqual(width('5m30s'), [330, 331]);
  assert.deepEqual(width('9d'), [777_600, 864_000]);
  assert.deepEqual(width('2y3d'), [63_331_200, 63_417_600]);
  assert.deepEqual(width('0s'), [-2, 1]);
  for (const text of ['', '<invalid>', '<unknown>', 'm', '-5s', '5 m', '1h2d', '17']) assert.equal(width(text), null);
});

test('a creation time lies in what its age says, whenever in the round kubectl asked', () => {
  fc.assert(
    fc.property(fc.nat(4_000_000), duration, fc.nat(5_000_000), fc.nat(5_000_000), (micros, age, early, late) => {
      const now = 1_700_000_000 * SECOND + micros;
      const stored = Math.floor((now - age * SECOND) / SECOND) * SECOND;
      const printed = parseAge(humanDuration((now - stored) / SECOND));
      assert.ok(printed);
      const moment = momentOfAge(printed, { earliest: now - early, latest: now + late });
      assert.ok(moment.earliest <= stored && stored + SECOND - 1 <= moment.latest);
    }),
  );
});
