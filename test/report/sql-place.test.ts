/** Tests the mark below a mistake in SQL: right below the place, whatever stands before it, and safe for a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeLines } from '../../src/report/sql-place.ts';
import { PLAIN } from '../../src/report/style.ts';
import { cellWidth } from '../../src/report/text.ts';
import { SqlError } from '../../src/store/error.ts';
import { selectAll } from '../../src/store/select.ts';
import { memoryDatabase } from '../query/memory.ts';

for (const before of [
  'select ',
  'select 1,\n  2,\n  ',
  "select 'äöü漢字', ",
  "select '\x1b[31m\u202e', ",
  `select '${'x'.repeat(200)}', `,
]) {
  test(`the mark is below the mistake: ${JSON.stringify(before.slice(0, 40))}`, async () => {
    const connection = await memoryDatabase();
    const error = await selectAll(connection, `${before}nope from range(3)`).catch((caught: unknown) => caught);
    assert.ok(error instanceof SqlError && error.place !== null);
    assert.doesNotMatch(error.message, /LINE|\^/);
    const [line, mark] = placeLines(error.place, PLAIN) as [string, string];
    assert.equal(error.place.line, before.split('\n').length);
    assert.equal(mark.trim(), '^');
    assert.equal(cellWidth(line.slice(0, line.indexOf('nope'))), mark.length - 1);
    assert.doesNotMatch(line, /[\x00-\x1f\u202e]/);
  });
}

test('an error without a place has none', async () => {
  const error = await selectAll(await memoryDatabase(), 'select count(').catch((caught: unknown) => caught);
  assert.ok(error instanceof SqlError);
  assert.equal(error.place, null);
});
