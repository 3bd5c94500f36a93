/** Tests the summary of a load: it claims nothing about objects that the run did not read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize, summarizeTrouble } from '../../src/command/load-summary.ts';
import { emptyOutcome } from '../../src/load/main/request.ts';

const nothing = emptyOutcome();

test('a load that was interrupted before its first object does not say that none was found', () => {
  assert.equal(summarize(nothing, 'x.duckdb', null), 'nothing to load: no object was found there\n');
  assert.equal(summarize({ ...nothing, left: 30 }, 'x.duckdb', null), '30 objects left to load; run again to go on\n');
});

test('names that were passed over as groups are not counted as objects', () => {
  const skipped = new Map([
    ['group of names', 98],
    ['outside the window', 2],
  ]);
  const lines = summarize({ ...nothing, known: 3, skipped }, 'x.duckdb', null).split('\n');
  assert.ok(lines.includes('skipped 2 objects:') && lines.includes('  2 × outside the window'), lines.join('\n'));
  assert.ok(lines.includes('not listed one by one: 98 groups of names of other load balancers, kinds or times'));
  // A mistyped name: there are objects, and none of them is meant.
  const mistyped = summarize({ ...nothing, skipped: new Map([['group of names', 98]]) }, 'x.duckdb', null);
  assert.match(mistyped, /^nothing to load: no object there matches the flags$/m);
});

test('a load that found nothing but other files says so, also with --quiet, and not when a log was loaded', () => {
  const skipped = new Map([['text that begins "x"', 1]]);
  const said = 'nothing loaded: what is there is neither a log nor evidence\n';
  assert.equal(summarizeTrouble({ ...nothing, unusable: 1, skipped }), said);
  assert.ok(summarize({ ...nothing, unusable: 1, skipped }, 'x.duckdb', null).endsWith(said));
  assert.equal(summarizeTrouble({ ...nothing, unusable: 1, known: 1, skipped }), '');
});
