import assert from 'node:assert/strict';
import test from 'node:test';
import { takeKeys } from '../../src/source/s3-page.ts';

const page = (contents: string) =>
  `<?xml version="1.0"?>\n<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
const content = (key: string, more = '<Size>5</Size>') =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;a&quot;</ETag>${more}</Contents>`;

test('keys are taken out of a listing, the rest stays', () => {
  const taken = takeKeys(
    page(`${content('a/b+c%20')}<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>${content('z')}`),
  )!;
  const same = { etag: '"a"', size: 5, modified: '2026-01-01T00:00:00.000Z' };
  assert.deepEqual(taken.keys, [
    { key: 'a/b+c%20', ...same },
    { key: 'z', ...same },
  ]);
  assert.equal(taken.rest, page('<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>'));
});

test('entities are decoded once', () => {
  const [key] = takeKeys(page(content('&lt;&amp;lt;&gt;&#39;&#x1F600;&apos;&#10;')))!.keys;
  assert.equal(key!.key, "<&lt;>'\u{1F600}'\n");
});

test('elements of other names, such as an owner, are passed over', () => {
  const owner = '<Size>5</Size><Owner><ID>x</ID></Owner><StorageClass>STANDARD</StorageClass>';
  assert.equal(takeKeys(page(content('a', owner)))!.keys.length, 1);
});

test('a document of another form is left to the SDK', () => {
  for (const contents of [
    '',
    '<Contents/>',
    '<Contents><Key><![CDATA[a]]></Key><Size>1</Size></Contents>',
    content('a', ''),
    content('a', '<Size>-1</Size>'),
    content('a', '<Size>x</Size>'),
    content('&nbsp;'),
    content('a&b'),
    '<Contents><Key>a</Key><Size>1</Size>',
    '<Contents><Key >a</Key><Size>1</Size></Contents>',
  ]) {
    assert.equal(takeKeys(page(contents)), null, contents);
  }
});
