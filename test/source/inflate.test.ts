import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readAll, readHead } from '../../src/source/inflate.ts';

const folder = mkdtempSync(join(tmpdir(), 'draintrace-inflate-'));
after(() => rmSync(folder, { recursive: true }));

const file = (bytes: Buffer | string) => {
  const path = join(folder, 'x');
  writeFileSync(path, bytes);
  return path;
};
const text = Buffer.from(Array.from({ length: 20_000 }, (_, line) => `line ${line} ${Math.sin(line)}\n`).join(''));
const gz = gzipSync(text);

test('gzip is known by its first bytes, members are read one after the other', async () => {
  const plain = (await readAll(file(text), 1e9))!;
  assert.ok(plain.bytes.equals(text));
  assert.deepEqual([plain.gzip, plain.damage, plain.cut], [false, null, false]);
  const half = text.length >> 1;
  const members = Buffer.concat([gzipSync(text.subarray(0, half)), gzipSync(''), gzipSync(text.subarray(half))]);
  const packed = (await readAll(file(members), 1e9))!;
  assert.ok(packed.bytes.equals(text));
  assert.deepEqual([packed.gzip, packed.damage], [true, null]);
  assert.equal((await readAll(file(''), 10))!.bytes.length, 0);
});

test('a head is cut where asked, and too long a text is null', async () => {
  const head = await readHead(file(gz), 100);
  assert.deepEqual([head.bytes.toString(), head.cut, head.gzip], [text.subarray(0, 100).toString(), true, true]);
  assert.equal(await readAll(file(gz), text.length - 1), null);
  assert.equal((await readAll(file(gz), text.length))!.bytes.length, text.length);
});

test('damage is told beside the text before it', async () => {
  const flipped = Buffer.from(gz);
  flipped[gz.length - 6]! ^= 1;
  const length = Buffer.from(gz);
  length[gz.length - 1]! ^= 1;
  const header = Buffer.from(gz);
  header[2] = 7;
  const cases: [Buffer, RegExp][] = [
    [gz.subarray(0, gz.length - 9), /^truncated gzip$/],
    [gz.subarray(0, gz.length >> 1), /^truncated gzip$/],
    [gz.subarray(0, 5), /^truncated gzip$/],
    [flipped, /^bad CRC$/],
    [length, /^bad length$/],
    [header, /^bad gzip data \(unknown compression method\)$/],
    [Buffer.concat([gz, Buffer.from('{}')]), /^bad gzip data \(incorrect header check\)$/],
    [Buffer.concat([gz, Buffer.alloc(9), gz]), /^bytes after the gzip data$/],
  ];
  for (const [bytes, damage] of cases) {
    const read = (await readAll(file(bytes), 1e9))!;
    assert.match(String(read.damage), damage);
    assert.ok(read.bytes.equals(text.subarray(0, read.bytes.length)), 'what was read is the beginning of the text');
    if (bytes !== header && bytes.length >= gz.length >> 1)
      assert.ok(read.bytes.length > text.length / 3, `${read.bytes.length} bytes`);
  }
  const padded = (await readAll(file(Buffer.concat([gz, Buffer.alloc(512)])), 1e9))!;
  assert.deepEqual(
    [padded.damage, padded.bytes.length],
    [null, text.length],
    'padding with zeros is usual on tapes and disks',
  );
});
