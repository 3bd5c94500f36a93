import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineFramer } from '../../src/alb/frame.ts';
import { Kernel } from '../../src/alb/kernel.ts';

const MAX = 40;
/** Small, so that lines meet the end of the buffer. */
const whole = new Kernel();
const kernel = { text: whole.text.subarray(0, MAX + 10), feed: whole.feed };

function frame(chunks: readonly Uint8Array[], damaged = false): string[] {
  const lines: string[] = [];
  const framer = new LineFramer(
    {
      lend() {},
      line: (bytes, start, end) => lines.push(Buffer.from(bytes.subarray(start, end)).toString('latin1')),
      cutLine: (bytes) => lines.push(`cut ${Buffer.from(bytes).toString('latin1')}`),
      refuse: () => {},
      longLine: (first, length) => lines.push(`long ${length} ${Buffer.from(first).toString('latin1').slice(0, 5)}`),
    },
    MAX,
    kernel,
  );
  for (const chunk of chunks) framer.push(chunk);
  framer.end(damaged);
  return lines;
}

/** The same result from a simple reference implementation. */
function expected(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.length > MAX ? `long ${line.length} ${line.slice(0, 5)}` : line.replace(/\r$/, '')));
}

test('a text cut into chunks of every size gives the same lines', () => {
  const text = 'one\n\ntwo\r\nthree is longer\r\n\r\nno feed at the end';
  for (let size = 1; size <= text.length; size++) {
    const all = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
      all.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(frame(chunks), expected(text), `chunks of ${size}`);
  }
});

test('a text cut anywhere gives the same lines, those too long counted in full', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\n', 'cdefghijklmnop'), maxLength: 60 });
  fc.assert(
    fc.property(piece, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }), (text, sizes) => {
      const all = Buffer.from(text);
      const chunks: Uint8Array[] = [];
      for (let at = 0, i = 0; at < all.length; i++) {
        const size = sizes[i % sizes.length]!;
        chunks.push(all.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(frame(chunks), expected(text));
    }),
    { numRuns: 3000 },
  );
});

test('of damaged text the last line is a row only when a line feed ends it', () => {
  assert.deepEqual(frame([Buffer.from('one\ntw'), Buffer.from('o')], true), ['one', 'cut two']);
  assert.deepEqual(frame([Buffer.from('one\ntwo\n')], true), ['one', 'two']);
});
