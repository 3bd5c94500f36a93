/** The words of --mechanism are those of the views; rule.test.ts compares the words of a verdict. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MECHANISMS } from '../../src/query/word.ts';

const FOLDER = new URL('../../queries/view/', import.meta.url);
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));

test('mechanisms', () => {
  const file = FILES.find((name) => /\/30-request\.sql$/.test(name))!;
  const sql = readFileSync(new URL(file, FOLDER), 'utf8').replace(/^\s*--.*$/gm, '');
  const before = sql.slice(0, sql.indexOf(' as mechanism\n'));
  const expression = before.slice(before.lastIndexOf('\n  case\n'));
  const words = [...expression.matchAll(/(?:then|else)\s+(?:case when [^']+ then )?'(\w+)'/g)].map((m) => m[1]!);
  assert.deepEqual([...new Set(words)].sort(), [...MECHANISMS].sort());
});
