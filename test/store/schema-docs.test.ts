import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeTable } from '../../src/store/schema.ts';
import { TABLES } from '../../src/store/table.ts';

const docs = new URL('../../docs/schema.md', import.meta.url);

test('docs/schema.md is what the table of tables says', () => {
  const head = readFileSync(docs, 'utf8').split('\n## ')[0]!;
  const expected = `${head.trimEnd()}\n\n${TABLES.map(describeTable).join('\n\n')}\n`;
  const changed = new URL('../../docs/schema-changed.md', import.meta.url);
  if (readFileSync(docs, 'utf8') !== expected && !process.env.CI) writeFileSync(changed, expected);
  assert.equal(readFileSync(docs, 'utf8'), expected, 'see docs/schema-changed.md');
});
