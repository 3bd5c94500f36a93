/** Tests long results: read from the object that Athena wrote they have the rows that its API has, page by page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeRows } from '../../src/athena/result-object.ts';
import type { Result } from './stand-in.ts';
import { athena, run, s3, useWorld, WINDOW } from './world.ts';

useWorld();

const TEXTS = ['plain', '', null, 'a "quoted" text', 'two\nlines', ',', '"', 'ä€😀', ' '];
const RESULT: Result = {
  columns: [
    { name: 'text', type: 'varchar' },
    { name: 'at', type: 'timestamp' },
    { name: 'n', type: 'bigint' },
  ],
  rows: Array.from({ length: 2500 }, (_, i) => [
    TEXTS[i % TEXTS.length]!,
    i % 7 === 0 ? null : '2026-03-10 14:00:00.123456',
    i % 5 === 0 ? null : String(i),
  ]),
};

/** Writes a result as Athena does. */
function csvOf({ columns, rows }: Result): string {
  const quoted = (value: string | null) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`);
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

test('a long result has the same rows from its object as from the API, which is asked for one page', async () => {
  athena.engine = () => RESULT;
  const paged = await run('server-errors', ...WINDOW, '--format', 'ndjson');
  assert.equal(paged.code, 0, paged.stderr);
  assert.equal(athena.count('GetQueryResults'), 3);
  athena.actions.length = 0;
  athena.writes = (result) => {
    s3.put('results', 'athena/one.csv', csvOf(result));
    return 's3://results/athena/one.csv';
  };
  const whole = await run('server-errors', ...WINDOW, '--format', 'ndjson');
  assert.equal(whole.code, 0, whole.stderr);
  assert.equal(athena.count('GetQueryResults'), 1);
  assert.equal(whole.stdout, paged.stdout);
  assert.equal(whole.stdout.split('\n').length, 2501);

  // Without the right to read the bucket, pages have the rows.
  athena.actions.length = 0;
  athena.writes = () => 's3://no-such-bucket/athena/one.csv';
  const denied = await run('server-errors', ...WINDOW, '--format', 'ndjson');
  assert.deepEqual([denied.code, denied.stdout], [0, paged.stdout], denied.stderr);
  assert.equal(athena.count('GetQueryResults'), 3);
});

test('rows are found at every cut of the text', () => {
  const text = csvOf({
    columns: [
      { name: 'a', type: '' },
      { name: 'b', type: '' },
    ],
    rows: TEXTS.map((one) => [one, one]),
  });
  const { rows, end } = wholeRows(text, true);
  assert.equal(end, text.length);
  assert.deepEqual(
    rows.slice(1),
    TEXTS.map((one) => [one ?? undefined, one ?? undefined]),
  );
  for (let cut = 0; cut <= text.length; cut++) {
    const head = wholeRows(text.slice(0, cut), false);
    const tail = wholeRows(text.slice(head.end), true);
    assert.deepEqual([...head.rows, ...tail.rows], rows, `cut at ${cut}`);
  }
  // A single NULL is an empty line, and the last line end may be missing.
  assert.deepEqual(wholeRows('"a"\n\n"x"', true).rows, [['a'], [undefined], ['x']]);
  assert.throws(() => wholeRows('"a"x\n', true), /no CSV of Athena/);
});
