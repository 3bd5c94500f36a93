import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonPiece, splitJson } from '../../src/evidence/json-stream.ts';

const split = (text: string): JsonPiece[] => [...splitJson(text)];
const good = (text: string): unknown[] => split(text).flatMap(({ error, value }) => (error === null ? [value] : []));

/** Values that survive JSON.parse unchanged: no -0, no undefined. */
const container = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
  fc.array(fc.jsonValue({ maxDepth: 3 })),
);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('concatenated values come back whole, however they are printed and joined', () => {
  const printed = fc.record({
    value: container,
    indent: fc.constantFrom(0, 1, 2, 4, '\t'),
    after: fc.constantFrom('', ' ', '\n', '\r\n', '\n\n', '\n\uFEFF'),
  });
  fc.assert(
    fc.property(fc.array(printed), (parts) => {
      let text = '';
      const lines: number[] = [];
      for (const { value, indent, after } of parts) {
        lines.push(text.split('\n').length);
        text += JSON.stringify(value, null, indent) + after;
      }
      const pieces = split(text);
      assert.deepEqual(
        pieces.map(({ value, error }) => ({ value, error })),
        parts.map(({ value }) => ({ value: plain(value), error: null })),
      );
      assert.deepEqual(
        pieces.map(({ line }) => line),
        lines,
      );
    }),
  );
});

test('a value that was cut costs itself and nothing of the values after it', () => {
  const object = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
  fc.assert(
    fc.property(fc.array(container), object, fc.nat(), fc.array(container), (before, cut, at, after) => {
      const print = (value: unknown) => `${JSON.stringify(value, null, 4)}\n`;
      const whole = JSON.stringify(cut, null, 4);
      const stump = whole.slice(0, 1 + (at % (whole.length - 1)));
      const text = `${before.map(print).join('')}${stump}\n${after.map(print).join('')}`;
      const pieces = split(text);
      assert.deepEqual(
        pieces.flatMap(({ error, value }) => (error === null ? [value] : [])),
        [...before, ...after].map(plain),
      );
      const broken = pieces.filter(({ error }) => error !== null);
      assert.deepEqual(
        broken.map(({ text: raw }) => raw),
        [stump.replace(/[ \t\r\n\uFEFF]+$/, '')],
      );
    }),
  );
});

test('every character that is not blank is in exactly one piece', () => {
  const letters = fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '\n', ' ', 'a', '1');
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 200 }), (text) => {
      const squeezed = (part: string) => part.replace(/\s/g, '');
      assert.equal(
        squeezed(
          split(text)
            .map(({ text: part }) => part)
            .join(''),
        ),
        squeezed(text),
      );
    }),
    { numRuns: 1000 },
  );
});

test('lines of text between values are pieces with an error', () => {
  const text = 'Warning: deprecated\n{"a":1}\nerror: gone\nsecond line\n{\n  "b": 2\n} {"c":]} {"d":4}\n{"e":5}';
  assert.deepEqual(
    split(text).map(({ line, text: raw, error }) => [line, raw, error]),
    [
      [1, 'Warning: deprecated', 'not_json'],
      [2, '{"a":1}', null],
      [3, 'error: gone\nsecond line', 'not_json'],
      [5, '{\n  "b": 2\n}', null],
      [7, '{"c":]} {"d":4}', 'bad_json: brackets do not match'],
      [8, '{"e":5}', null],
    ],
  );
});

test('a string cut after a backslash does not hide the next value', () => {
  assert.deepEqual(good('{"a":"b\\\n{"c":1}\n{"d":"\\'), [{ c: 1 }]);
});

test('elements of a List know their lines', () => {
  const list = { items: [{ a: [{ b: 1 }] }, { c: {} }], kind: 'List' };
  const [piece] = split(`\n${JSON.stringify({ at: 'x', pods: list }, null, 2)}`);
  assert.deepEqual(piece?.elementLines, [6, 13]);
});

test('time stays linear on input made to be scanned again and again', { timeout: 20_000 }, () => {
  for (const part of ['[\n', '{\n', '{"a":\n', '{} ', '[{"\n', '{"a":]\n', '"\n', '{\n[}\n', '}']) {
    good(part.repeat(300_000));
  }
});
