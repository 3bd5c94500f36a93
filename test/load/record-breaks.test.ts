/** Objects that stand one behind the other are told apart, wherever the text is cut into chunks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecordBreaks } from '../../src/load/worker/record-breaks.ts';

/** Returns the lines that come out of a text that is given in pieces of these sizes, over and over. */
function linesOf(text: string, sizes: readonly number[]): string[] {
  const parts: Buffer[] = [];
  let ended: boolean | null = null;
  const breaks = new RecordBreaks({
    push: (chunk) => parts.push(Buffer.from(chunk)),
    end: (damaged) => {
      ended = damaged;
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    breaks.push(bytes.subarray(at, at + size));
    at += size;
  }
  breaks.end(false);
  assert.equal(ended, false);
  return Buffer.concat(parts).toString().split('\n');
}

const record = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { minKeys: 1 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

test('whatever the objects hold', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 6 }),
      sizes,
      fc.constantFrom('', '\n', ' '),
      (all, pieces, between) => {
        const texts = all.map((one) => JSON.stringify(one));
        const lines = linesOf(texts.join(between), pieces).map((line) => line.trim());
        assert.deepEqual(lines, texts);
      },
    ),
    { numRuns: 200 },
  );
});

test('a damaged line leaves the next one whole', () => {
  assert.deepEqual(linesOf('{"a":{"b":"x\n{"c":1}{"d":2}\n}}{"e":3}', [3]), [
    '{"a":{"b":"x',
    '{"c":1}',
    '{"d":2}',
    '}}{"e":3}',
  ]);
});
