/** The words that --cause and --mechanism know are those that the views give. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CAUSES, MECHANISMS } from '../../src/query/word.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../queries/view/${file}`, import.meta.url), 'utf8').replace(/^\s*--.*$/gm, '');

/** The words after `then` or `else` inside the case expression that ends in `as <column>`. */
function words(sql: string, column: string): string[] {
  const before = sql.slice(0, sql.indexOf(` as ${column}\n`));
  const expression = before.slice(
    before.lastIndexOf('\n  case\n') >= 0 ? before.lastIndexOf('\n  case\n') : before.lastIndexOf('\n    case\n'),
  );
  return [...new Set([...expression.matchAll(/(?:then|else)\s+(?:case when [^']+ then )?'(\w+)'/g)].map((m) => m[1]!))];
}

test('mechanisms', () => {
  assert.deepEqual(words(read('30-request.sql'), 'mechanism').sort(), [...MECHANISMS].sort());
});

test('causes', () => {
  const sql = read('50-concluded.sql');
  assert.deepEqual(
    words(sql.slice(sql.indexOf('caused as ('), sql.indexOf('weighed as (')), 'cause').sort(),
    [...CAUSES].sort(),
  );
});
