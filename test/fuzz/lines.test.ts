import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './lines.ts';

test('mutated lines are rows or have a reason, and rows print as lines that read the same (make fuzz: 5 million)', () => {
  const result = fuzz(150_000, 20261124);
  const rejected = [...result.rejected.values()].reduce((a, b) => a + b, 0);
  assert.equal(result.rows + rejected, result.lines);
  assert.ok(result.rows > result.lines / 5, `only ${result.rows} rows: the fuzz breaks too much to test anything`);
  assert.ok(rejected > result.lines / 5, `only ${rejected} rejected: the fuzz breaks too little to test anything`);
  assert.deepEqual(result.wrong, []);
});
