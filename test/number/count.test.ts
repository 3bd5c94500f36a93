import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { count, groupedCount } from '../../src/number/count.ts';
import { ROOT } from '../cli.ts';

test('a noun agrees with its number', () => {
  assert.deepEqual(
    [0, 1, 2, 12_345].map((n) => count(n, 'request')),
    ['0 requests', '1 request', '2 requests', '12345 requests'],
  );
  assert.deepEqual(
    ['series', 'query', 'key', 'address', 'match', 'day folder'].map((noun) => groupedCount(1234, noun)),
    ['1,234 series', '1,234 queries', '1,234 keys', '1,234 addresses', '1,234 matches', '1,234 day folders'],
  );
  for (const noun of ['series', 'query', 'day folder']) assert.equal(groupedCount(1, noun), `1 ${noun}`);
});

const NOUNS =
  'access logs|calls|cells|failures|files|instances|lines|minutes|nodes|objects|pods|records|requests|rows|statements|' +
  'targets|tasks|times|values';

/** Messages whose number is never 1, or is counted by somebody else's program, whose words these are. */
const NEVER_ONE: Readonly<Record<string, string>> = {
  'simulate/ecs/service.ts': 'words of ECS',
  'simulate/ecs/stopping.ts': 'words of ECS',
  'load/worker/worker.ts': 'the limit of lines',
  'load/worker/evidence-object.ts': 'more than are named one by one',
  'report/page-table.ts': 'a part of more rows',
  'report/happening.ts': 'more than one',
  'report/incident-markdown.ts': 'a part of more rows',
  'store/select.ts': 'more than one statement',
  'athena/relation.ts': 'more than one statement',
  'command/athena-estimate.ts': 'more than once',
  'command/load-option.ts': 'a fixed number of rows',
  'parquet/file.ts': 'an error of this program',
  'store/lake-read.ts': 'rows that differ',
  'evidence/pods-csv.ts': 'cells that differ',
};

test('no message puts a noun in the plural behind a number that may be 1', () => {
  const beside = new RegExp(`\\$\\{[^}]*\\} (?:${NOUNS})\\b`, 'g');
  const found: string[] = [];
  const folder = join(ROOT, 'src');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const met = readFileSync(join(folder, name), 'utf8').match(beside) ?? [];
    if (!Object.hasOwn(NEVER_ONE, name)) found.push(...met.map((text) => `${name}: ${text}`));
    else assert.ok(met.length > 0, `${name} needs no exception any more`);
  }
  assert.deepEqual(found, []);
});

test('no sentence of a rule puts a noun in the plural behind a number', () => {
  const rules = readFileSync(join(ROOT, 'queries/view/verdict/50-rule.sql'), 'utf8');
  assert.deepEqual(rules.match(/\{\w+\} (?:(?:pods|targets|tasks|instances|nodes|requests)\b|\{kind\}s)/g), null);
});
