import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { FORMATS, type Format, type RowCell, type RowColumn, writeRows } from '../../src/report/rows.ts';
import { printable } from '../../src/report/text.ts';

/** The expected CSV form. */
const shown = (text: string): string =>
  text.replace(/\r?\n|\t|[^\n\t]+?(?=\r?\n|\t|$)/g, (part) => (/^(?:\r?\n|\t)$/.test(part) ? part : printable(part)));

async function written(
  columns: RowColumn[],
  rows: RowCell[][],
  format: Format,
  width: number | null = null,
  chunkSize = 2,
): Promise<string> {
  const chunks: RowCell[][][] = [];
  for (let i = 0; i < rows.length; i += chunkSize) chunks.push(rows.slice(i, i + chunkSize));
  let text = '';
  const append = async (part: string): Promise<void> => {
    text += part;
  };
  const count = await writeRows(columns, chunks, format, append, { width });
  assert.equal(count, rows.length);
  return text;
}

const COLUMNS = [
  { name: 'path', type: 'VARCHAR' },
  { name: 'n', type: 'BIGINT' },
];

test('table: aligned, numbers to the right, NULL empty', async () => {
  const rows = [
    ['/a', 1],
    [null, 20],
    ['/日本\x1b[0m', null],
  ];
  assert.equal(
    await written(COLUMNS, rows, 'table'),
    ['path           n', '────────────  ──', '/a             1', '              20', '/日本\\x1B[0m', ''].join('\n'),
  );
});

test('table: on a terminal no line is wider than it, and short columns stay whole', async () => {
  const rows = Array.from({ length: 50 }, (_, i) => ['x'.repeat(300), i, '日'.repeat(60)]);
  const columns = [...COLUMNS, { name: 'host', type: 'VARCHAR' }];
  const text = await written(columns, rows, 'table', 60);
  for (const line of text.split('\n')) assert.ok(stringWidth(line) <= 60, line);
  assert.match(text, / 49 {2}/);
});

test('table: rows after the sample still come, with the widths of the sample', async () => {
  const rows = Array.from({ length: 2500 }, (_, i) => [`/${i}`, i]);
  const lines = (await written(COLUMNS, rows, 'table', null, 700)).trimEnd().split('\n');
  assert.equal(lines.length, 2502);
  assert.match(lines[2501]!, /^\/2499\s+2499$/);
});

test('json is an array of objects, ndjson one a line, also without rows', async () => {
  const rows = [
    ['"', 1],
    ['\u2028', null],
    ['x', '9223372036854775807'],
  ];
  const objects = rows.map(([path, n]) => ({ path, n }));
  assert.deepEqual(JSON.parse(await written(COLUMNS, rows, 'json')), objects);
  const lines = (await written(COLUMNS, rows, 'ndjson')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    objects,
  );
  assert.equal(await written(COLUMNS, [], 'json'), '[]\n');
  assert.equal(await written(COLUMNS, [], 'ndjson'), '');
});

test('csv: a formula is text, a negative number is a number', async () => {
  const rows = [
    ['=1+2', -5],
    ['+1', 1],
    ['-x', '-9223372036854775808'],
    ['@a', null],
    ['\tb', 0],
    ['a=b', 0],
  ];
  const text = await written(COLUMNS, rows, 'csv');
  assert.equal(text, "path,n\r\n'=1+2,-5\r\n'+1,1\r\n'-x,-9223372036854775808\r\n'@a,\r\n'\tb,0\r\na=b,0\r\n");
});

test('csv: what acts on a terminal is shown, lines and tabs stay', async () => {
  const rows = ['\x1b[2Ja', 'a\nb', 'a\r\nb', 'a\rb', 'a\tb', 'x\u202egnp', '\uff1d1+1', '\uff20a'].map((text) => [
    text,
    1,
  ]);
  const text = await written(COLUMNS, rows, 'csv');
  assert.equal(
    text,
    'path,n\r\n\\x1B[2Ja,1\r\n"a\nb",1\r\n"a\r\nb",1\r\na\\x0Db,1\r\na\tb,1\r\nx\\u{202E}gnp,1\r\n\'\uff1d1+1,1\r\n\'\uff20a,1\r\n',
  );
});

test('csv: any text comes back from a reader of RFC 4180', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 5 }),
      async (texts) => {
        const text = await written(
          [{ name: 'a', type: 'VARCHAR' }, COLUMNS[1]!],
          texts.map((t) => [t, 1]),
          'csv',
        );
        const back = parse(text, { record_delimiter: '\r\n' }).slice(1) as string[][];
        assert.deepEqual(
          back.map(([first]) => first!.replace(/^'(?=[=+\-@\t\r])/, '')),
          texts.map((t) => shown(t).replace(/^'(?=[=+\-@\t\r])/, '')),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('markdown: a row is a line with as many cells as the header', async () => {
  const text = await written(COLUMNS, [['a|b\n|c', 1]], 'markdown');
  assert.equal(text, '| path | n |\n| --- | ---: |\n| a\\|b\\\\x0A\\|c | 1 |\n');
});

test('an answer without columns or rows is written in every format', async () => {
  for (const format of FORMATS) await written([], [], format);
});
