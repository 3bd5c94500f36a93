import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import stringWidth from 'string-width';
import type { RowCell, RowColumn } from '../../src/report/row.ts';
import { FORMATS, type Format, writeRows } from '../../src/report/rows.ts';
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
  const rows = Array.from({ length: 50 }, (_, i) => ['x y '.repeat(75), i, `日 ${'日'.repeat(60)}`]);
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
    ['x', 9007199254740991],
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

const FORMULAS: RowCell[][] = [
  ['=1+2', -5],
  ['+49', 1],
  ['-', '-9223372036854775808'],
  ['@a', null],
  ['\tb', 0],
  ['-x, "y"', 0],
];

test('csv: lines end with LF, and no value is changed', async () => {
  const text = await written(COLUMNS, FORMULAS, 'csv');
  assert.equal(text, 'path,n\n=1+2,-5\n+49,1\n-,-9223372036854775808\n@a,\n\tb,0\n"-x, ""y""",0\n');
});

test('excel: CRLF, a byte order mark, a formula is text, a negative number is a number', async () => {
  const text = await written(COLUMNS, [...FORMULAS, ['\uff1d1+1', 1], ['\uff20a', 1], ['a\nb', 1]], 'excel');
  assert.equal(
    text,
    '\ufeffpath,n\r\n\'=1+2,-5\r\n\'+49,1\r\n\'-,-9223372036854775808\r\n\'@a,\r\n\'\tb,0\r\n"\'-x, ""y""",0\r\n\'\uff1d1+1,1\r\n\'\uff20a,1\r\n"a\nb",1\r\n',
  );
});

test('csv: what acts on a terminal is shown, lines and tabs stay', async () => {
  const rows = ['\x1b[2Ja', 'a\nb', 'a\r\nb', 'a\rb', 'a\tb', 'x\u202egnp'].map((text) => [text, 1]);
  const text = await written(COLUMNS, rows, 'csv');
  assert.equal(text, 'path,n\n\\x1B[2Ja,1\n"a\nb",1\n"a\r\nb",1\na\\x0Db,1\na\tb,1\nx\\u{202E}gnp,1\n');
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
        const back = parse(text, { record_delimiter: '\n' }).slice(1) as string[][];
        assert.deepEqual(
          back.map(([first]) => first),
          texts.map((t) => shown(t)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('json: a column is numbers or text, never both', async () => {
  const columns = [
    { name: 'small', type: 'BIGINT' },
    { name: 'large', type: 'HUGEINT' },
    { name: 'price', type: 'DECIMAL(9,2)' },
    { name: 'long', type: 'DECIMAL(38,2)' },
  ];
  const rows = [
    [1, 1, '1.50', '1.50'],
    [null, '9223372036854775808', null, '123456789012345678901234567890.12'],
  ];
  assert.equal(
    await written(columns, rows, 'ndjson'),
    '{"small":1,"large":"1","price":1.50,"long":"1.50"}\n{"small":null,"large":"9223372036854775808","price":null,"long":"123456789012345678901234567890.12"}\n',
  );
  // Found in a later chunk, it stays a number, in all its digits.
  assert.equal(
    await written([columns[1]!], [[1], ['9223372036854775808']], 'ndjson', null, 1),
    '{"large":1}\n{"large":9223372036854775808}\n',
  );
});

test('json: lists that a view holds as text are arrays', async () => {
  const columns = ['evidence', 'other'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = [
    ['a:1; b:2', 'a; b'],
    [null, null],
  ];
  assert.deepEqual(JSON.parse(await written(columns, rows, 'json')), [
    { evidence: ['a:1', 'b:2'], other: 'a; b' },
    { evidence: null, other: null },
  ]);
  assert.equal(await written(columns, rows, 'csv'), 'evidence,other\na:1; b:2,a; b\n,\n');
});

test('times are to the second where people read, in full for programs', async () => {
  const columns = [{ name: 'time', type: 'TIMESTAMP' }];
  const rows = [['2026-03-10T14:00:22.125001Z'], ['infinity'], [null]];
  const whole = /22\.125001Z/;
  for (const format of FORMATS) {
    const text = await written(columns, rows, format);
    if (format === 'table' || format === 'markdown') assert.match(text, /T14:00:22Z/);
    else assert.match(text, whole, format);
  }
});

test('table: what does not fit is left out and named; what is copied is never cut', async () => {
  const names = ['trace_id', 'note', 'arn', 'cause', 'because'];
  const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
  const because = 'The balancer chose a target that was already going away, long after its deletion.';
  const rows = [['Root=1-69b0637c-001288260d982f6dde1199ee', null, 'a'.repeat(90), 'draining_target', because]];
  const text = await written(columns, rows, 'table', 80);
  const [head, , row] = text.split('\n');
  assert.match(head!, /^trace_id +cause +because$/);
  assert.match(row!, /^Root=1-69b0637c-001288260d982f6dde1199ee {2}draining_target {2}The balancer chose a…$/);
  assert.match(text, /^2 more columns: note, arn \(--vertical shows all,[\s\S]* some\)\n$/m);
  for (const line of text.split('\n')) assert.ok(stringWidth(line) <= 80, line);
  // Without a terminal all are there, whole.
  assert.match(await written(columns, rows, 'table'), /a{90} {2}draining_target {2}The balancer .* deletion\.$/m);
});

test('table: a later name that is wider than those of the sample is not cut', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => [i === 1400 ? 'p'.repeat(70) : `/${i}`, i]);
  assert.match(await written(COLUMNS, rows, 'table', 60, 700), /^p{70} +1400$/m);
});

test('vertical: a line for each cell, nothing cut', async () => {
  assert.equal(
    await written(
      COLUMNS,
      [
        ['/a b', 1],
        ['\x1b', null],
      ],
      'vertical',
      10,
    ),
    '── row 1 ──\npath  /a b\nn     1\n── row 2 ──\npath  \\x1B\nn\n',
  );
});

test('an answer without rows says so to people', async () => {
  assert.equal(await written(COLUMNS, [], 'table'), 'path  n\n────  ─\n(0 rows)\n');
  assert.equal(await written(COLUMNS, [], 'vertical'), '(0 rows)\n');
  assert.equal(await written(COLUMNS, [], 'csv'), 'path,n\n');
});

test('markdown: a row is a line with as many cells as the header', async () => {
  const text = await written(COLUMNS, [['a|b\n|c', 1]], 'markdown');
  assert.equal(text, '| path | n |\n| --- | ---: |\n| a\\|b\\\\x0A\\|c | 1 |\n');
});

test('an answer without columns or rows is written in every format', async () => {
  for (const format of FORMATS) await written([], [], format);
});
