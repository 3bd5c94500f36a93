import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duration, markdownCell, pad, printable, safeJson, truncate } from '../../src/report/text.ts';

test('what could act on a terminal is shown', () => {
  assert.equal(printable('a\x1b[2Jb\r\n\t\x7f\x9b'), 'a\\x1B[2Jb\\x0D\\x0A\\x09\\x7F\\x9B');
  assert.equal(printable('x\u202egnp.exe\u2066\ufeff\u200d'), 'x\\u{202E}gnp.exe\\u{2066}\\u{FEFF}\\u{200D}');
  assert.equal(printable('half \ud800 pair, whole 😀 pair'), 'half \\u{D800} pair, whole 😀 pair');
  assert.equal(printable('GET /ünï?x=\\x22 "q"'), 'GET /ünï?x=\\x22 "q"');
});

const UNSAFE_LEFT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

test('nothing unsafe is left in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), UNSAFE_LEFT);
      assert.equal(printable(printable(text)), printable(text));
    }),
  );
});

test('safe JSON is the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const whole = { value, [text]: text };
      assert.deepEqual(JSON.parse(safeJson(whole)), JSON.parse(JSON.stringify(whole)));
      assert.doesNotMatch(safeJson(whole), UNSAFE_LEFT);
    }),
  );
  assert.equal(safeJson('\u202e\u{e0041}'), '"\\u202e\\udb40\\udc41"');
});

test('what may be drawn as nothing is shown', () => {
  const hidden = [
    0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x2064, 0x206a, 0x206f, 0x3164, 0xfe00, 0xfe0f, 0xffa0,
  ];
  const never = [0xfdd0, 0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0xe0100];
  for (const code of [...hidden, ...never]) {
    const text = `a${String.fromCodePoint(code)}b`;
    assert.match(printable(text), /^a\\(?:x[\dA-F]{2}|u\{[\dA-F]{4,6}\})b$/, code.toString(16));
    assert.match(safeJson(text), /^"a(?:\\u[\da-f]{4})+b"$/);
  }
});

test('a Markdown cell mentions nobody and links nothing', () => {
  const text = markdownCell('@octocat and a@b.example fixed #123, GH-7: https://evil.example www.evil.example C# @ 5');
  for (const live of [/@\w/, /#\d/, /GH-\d/, /:\/\//, /www\.\w/])
    assert.doesNotMatch(text.replaceAll('&#8203;', '\u200b'), live);
  assert.equal(
    text,
    '@&#8203;octocat and a@&#8203;b.example fixed #&#8203;123, GH-&#8203;7: https:&#8203;//evil.example www&#8203;.evil.example C# @ 5',
  );
  // References of GitLab, which reads rendered text, without backslashes.
  assert.equal(
    markdownCell('!1 $2 %3 %"v1" &4 ~bug 5! ~ 100%'),
    '!&#8203;1 $&#8203;2 %&#8203;3 %&#8203;"v1" &amp;&#8203;4 \\~&#8203;bug 5! \\~ 100%',
  );
});

test('a Markdown cell stays one cell and makes no markup', () => {
  assert.equal(markdownCell('a|b `c` <img src=x> [l](u)\n'), 'a\\|b \\`c\\` &lt;img src=x&gt; \\[l\\](u)\\\\x0A');
});

test('cutting and filling count terminal cells', () => {
  assert.equal(truncate('日本語', 6), '日本語');
  assert.equal(truncate('日本語', 5), '日本…');
  assert.equal(truncate('日本語', 4), '日…');
  assert.equal(truncate('abc', 0), '');
  assert.equal(pad('日', 4, 'right'), '日  ');
  assert.equal(pad('1', 3, 'left'), '  1');
});

test('durations', () => {
  assert.deepEqual([0.315749, 14.5, 119.9994, 200, -180].map(duration), [
    '0.316 s',
    '14.5 s',
    '119.999 s',
    '3 min 20 s',
    '-3 min',
  ]);
});
