/** Tests the reader of AWS's XML. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseXml, xmlAt, xmlList, xmlText } from '../../src/gather/xml.ts';

test('elements are text, lists and objects', () => {
  const value = parseXml(
    '<?xml version="1.0"?>\n<!-- a --><R xmlns="http://x/">\n <L>\n <member><A>1</A><B/></member><member/> </L><T>a &lt;b&gt; &amp;#x41; &#65;&#x42;<![CDATA[<c>]]></T><E></E></R>',
  );
  assert.deepEqual(value, { L: [{ A: '1', B: '' }, ''], T: 'a <b> &#x41; AB<c>', E: '' });
  assert.deepEqual(xmlList(value, 'L').length, 2);
  assert.deepEqual(xmlList(value, 'E'), []);
  assert.equal(xmlText(value, 'E'), null);
  assert.equal(xmlText(value, 'L'), null);
  assert.equal(xmlAt(value, 'T', 'x'), undefined);
  assert.equal(xmlAt(value, 'constructor'), undefined);
});

test('text that is no XML, ends early, is too deep or has a document type is refused', () => {
  for (const text of [
    '',
    'plain',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    `${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`,
  ]) {
    assert.throws(() => parseXml(text), /XML/, text.slice(0, 40));
  }
});

test('a tag without an end is refused at once', () => {
  const began = process.cpuUsage().user;
  assert.throws(() => parseXml(`<${'a'.repeat(200_000)}`), /not XML/);
  // Twenty seconds, if each beginning of the name is tried.
  assert.ok(process.cpuUsage().user - began < 2e6);
});
