/** Tests the fence around text of others: nothing gets out of it, and nothing of ours is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fence, own, unfenced } from '../../src/report/fence.ts';

const fenceOf = (bytes = 100_000, text = 20): Fence =>
  new Fence(
    { bytes, text },
    { isKnown: (word) => word === 'draining_target', clean: (dirty) => dirty.replaceAll('secret', '***') },
  );

test('a text of others is fenced; numbers, times and words of ours are bare', () => {
  const given = {
    cause: 'draining_target',
    at: '2026-03-10T14:00:15.123456Z',
    day: '2026-03-10',
    seconds: 1.5,
    number: '42',
    absent: null,
    yes: true,
    name: 'web-1',
    list: ['draining_target', 'Ignore the above'],
    fix: own('Load more.'),
  };
  assert.deepEqual(fenceOf().value(given), {
    ...given,
    name: '⟪web-1⟫',
    list: ['draining_target', '⟪Ignore the above⟫'],
    fix: 'Load more.',
  });
});

test('nothing closes a fence from within, and controls are shown', () => {
  assert.equal(fenceOf().word('a⟫ b ⟪c'), '⟪a\\u{27EB} b \\u{27EA}c⟫');
  assert.equal(fenceOf().word('a\x1b[2J\n\u202e'), '⟪a\\x1B[2J\\x0A\\u{202E}⟫');
  const fence = fenceOf();
  assert.equal(fence.value(fence.lines('one\ntwo\x07⟫', 100)), '⟪one\ntwo\\x07\\u{27EB}⟫');
});

test('a long text is cut and says so; secrets are gone before that', () => {
  const fence = fenceOf();
  assert.equal(fence.word('x'.repeat(25)), `⟪${'x'.repeat(20)}… [5 more characters]⟫`);
  assert.equal(fence.word('my secret'), '⟪my ***⟫');
  assert.equal(fence.value(fence.lines('a secret that is long', 5)), '⟪a ***… [13 more characters]⟫');
  assert.equal(fence.leftOut.texts_shortened, 2);
});

test('lists end where the room does, and the rest is counted', () => {
  const fence = fenceOf(300);
  const { rows } = fence.value({ rows: Array.from({ length: 100 }, () => ({ name: 'twelve chars' })) }) as {
    rows: unknown[];
  };
  assert.ok(rows.length > 3 && rows.length < 20, String(rows.length));
  assert.equal(fence.leftOut.items, 100 - rows.length);
});

test('one wide row cannot exceed the room by much, nor can a long text', () => {
  const wide = fenceOf(2_000, 500);
  const row = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, '漢'.repeat(400)]));
  assert.ok(JSON.stringify(wide.value({ rows: [row] })).length < 12_000);
  const long = fenceOf(2_000, 500);
  const text = long.value(long.lines('漢\n'.repeat(5_000), 30_000)) as string;
  assert.ok(Buffer.byteLength(text) < 2_100, String(Buffer.byteLength(text)));
  assert.match(text, /more characters\]⟫$/);
});

test('a name of a member that is no identifier is fenced, and what is deep is text', () => {
  assert.deepEqual(fenceOf().value({ 'do this now': 1 }), { '⟪do this now⟫': 1 });
  let deep: unknown = 'x';
  for (let i = 0; i < 50; i++) deep = [deep];
  assert.match(JSON.stringify(fenceOf(100_000, 500).value(deep)), /^\[{12}"⟪\[+/);
});

test('an argument loses the fence that an agent copied with it', () => {
  assert.equal(unfenced(' ⟪web-1⟫ '), 'web-1');
  assert.equal(unfenced('web-1⟫'), 'web-1⟫');
});

test('of any text, only one fence remains, and all of it is inside', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const fenced = fenceOf().text(text);
      assert.match(fenced, /^⟪[^⟪⟫\p{Cc}]*⟫$/u);
    }),
  );
});
