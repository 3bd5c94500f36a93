import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FIELDS } from '../../src/alb/field.ts';
import { printRow } from '../../src/alb/print.ts';
import { type AlbRow, isRejected, readRow, splitRequest } from '../../src/alb/row.ts';
import { canonicalLine } from './line.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function row(line: string): AlbRow {
  const read = readRow(bytes(line));
  assert.ok(!isRejected(read), `rejected: ${(read as { reason: string }).reason}\n${line}`);
  return read;
}

test('printing a row and reading it again gives the row, and a canonical line prints as itself', () => {
  fc.assert(
    fc.property(canonicalLine, (line) => {
      const first = row(line);
      const printed = printRow(first);
      assert.deepEqual(row(printed), first);
      assert.equal(printed, line.replace(/(?<=^(\S+ ){5,7})-(?= )/g, '-1'));
    }),
    { numRuns: 2000 },
  );
});

test('quoting is free: every field quoted, or bare where it holds no blank, gives the same row', () => {
  fc.assert(
    fc.property(canonicalLine, (line) => {
      const canonical = row(line);
      if (canonical.extra !== null) return;
      const fields = line.match(/"[^"]*"|[^ ]+/g)!.map((field) => field.replace(/^"|"$/g, ''));
      assert.deepEqual(row(fields.map((field) => `"${field}"`).join(' ')), canonical);
      const bare = fields.map((field) => (field === '' || field.includes(' ') ? `"${field}"` : field));
      assert.deepEqual(row(bare.join(' ')), canonical);
    }),
  );
});

test('any bytes are a row or have a reason, and never throw', () => {
  const reasons = new Set([
    'empty_line',
    'line_too_long',
    'nul_byte',
    'unbalanced_quote',
    'too_few_fields',
    'invalid_utf8',
    ...FIELDS.map((field) => `bad_${field.name}`),
  ]);
  const mutated = fc.tuple(canonicalLine, fc.nat(), fc.uint8Array({ maxLength: 3 })).map(([line, at, noise]) => {
    const all = bytes(line);
    const cut = at % all.length;
    return Uint8Array.from([...all.subarray(0, cut), ...noise, ...all.subarray(cut + 1)]);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (line) => {
      const read = readRow(line);
      if (isRejected(read)) assert.ok(reasons.has(read.reason), read.reason);
      else assert.deepEqual(row(printRow(read)), read);
    }),
    { numRuns: 3000 },
  );
});

test('a last field that ends in a carriage return keeps it through printing and reading', () => {
  const line = 'h2 2026-01-31T08:00:00.000000Z app/a/1 - - -1 -1 -1 503 - 1 2 "-" "-" - - - "-" "x\r"';
  const read = row(line);
  assert.equal(read.domain_name, 'x\r');
  assert.deepEqual(row(printRow(read)), read);
  // A bare carriage return is followed by the one of the line's end.
  assert.deepEqual(row(`${line.slice(0, -4)}x\r\r`), read);
  // A bare field after the known ones is kept unchanged.
  const extra = row(`${line.slice(0, -4)}x ${'- '.repeat(15)}y"\r\r`);
  assert.deepEqual(row(printRow(extra)), extra);
});

test('request lines split as logged', () => {
  const cases: [string, string | null, string | null, string | null][] = [
    ['GET https://h:443/a?b=c HTTP/2.0', 'GET', 'https://h:443/a?b=c', 'HTTP/2.0'],
    ['- http://example.com:8080- -', null, 'http://example.com:8080-', null],
    ['- http://example.com:8080- ', null, 'http://example.com:8080-', null],
    ['GET http://host:80/ HTTP/1.0 ', 'GET', 'http://host:80/', 'HTTP/1.0'],
    ['GET http://host:80/a b c HTTP/1.1', 'GET', 'http://host:80/a b c', 'HTTP/1.1'],
    ['GET http://host:80/', 'GET', 'http://host:80/', null],
    ['--location http://host:80/ HTTP/1.1', '--location', 'http://host:80/', 'HTTP/1.1'],
    ['- - - ', null, '-', null],
  ];
  for (const [line, method, url, protocol] of cases) {
    const expected = { request_method: method, request_url: url === '-' ? null : url, request_protocol: protocol };
    assert.deepEqual(splitRequest(line), expected, line);
  }
});
