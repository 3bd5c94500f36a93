/** Tests shares in percent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { share } from '../../src/number/share.ts';

test('two digits, and more only near the ends', () => {
  assert.deepEqual(
    [
      [10, 331],
      [1, 2],
      [2212, 2216],
      [999_999, 1_000_000],
      [1, 1_000_000],
      [0, 5],
      [5, 5],
      [0, 0],
      [1, 10],
    ].map(([part, whole]) => share(part!, whole!)),
    ['3.0%', '50%', '99.82%', '99.99990%', '0.00010%', '0%', '100%', '0%', '10%'],
  );
});

test('no share but nothing is 0%, and none but all is 100%', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (part, more) => {
      const percent = Number(share(part, part + more).slice(0, -1));
      assert.ok(percent > 0 && percent < 100);
    }),
  );
});
