/** Tests the summary of a load: it claims nothing about objects that the run did not read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../../src/command/load-summary.ts';
import { emptyOutcome } from '../../src/load/main/request.ts';

const nothing = emptyOutcome();

test('a load that was interrupted before its first object does not say that none was found', () => {
  assert.equal(summarize(nothing, 'x.duckdb', null), 'nothing to load: no object was found there\n');
  assert.equal(summarize({ ...nothing, left: 30 }, 'x.duckdb', null), '30 objects left to load; run again to go on\n');
});
