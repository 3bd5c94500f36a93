/** Compares the fast reader with the plain one: both give the same rows, and the fast one reads nearly all real lines. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileKernel, printKernel } from '../../kernel/build.ts';
import { printLayout } from '../../kernel/generate.ts';
import { FIELDS, type Field, type FieldType } from '../../src/alb/field.ts';
import { Kernel } from '../../src/alb/kernel.ts';
import { contextRuns } from '../../src/alb/kernel-layout.ts';
import { type LineRecord, newRecord, readRecord } from '../../src/alb/record.ts';
import { mutate, randomNumbers } from '../fuzz/mutate.ts';
import { logText } from '../load/log.ts';
import { canonicalLine } from './line.ts';

const kernel = new Kernel();
const { text } = kernel;
const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
const plain = newRecord();

/** Returns everything in a record, by value. */
function said({ spans, ...record }: LineRecord): unknown {
  const { count, start, end, tail } = spans;
  const absent = (port: number, ipEnd: number) => (port < 0 ? null : ipEnd);
  return {
    ...record,
    clientIpEnd: absent(record.clientPort, record.clientIpEnd),
    targetIpEnd: absent(record.targetPort, record.targetIpEnd),
    seconds: [...record.seconds],
    fields: Array.from({ length: count }, (_, i) => [start[i], end[i]]),
    tail,
  };
}

/**
 * Puts the line between others and returns whether the kernel read it. Throws if the two readers differ. The kernel reads blocks of
 * bytes, so the bytes behind a line decide too whether it reads it; they are `after`.
 */
function compare(line: Uint8Array, at: number, after = 0x68): boolean {
  text.set(line, at);
  const end = at + line.length;
  text[end] = 0x0a;
  text.fill(after, end + 1, end + 65);
  if (!kernel.read(at, end)) return false;
  assert.ok(!line.includes(0), 'the kernel read a NUL');
  const reason = readRecord(text, view, at, end, plain);
  assert.equal(reason, null, `the kernel read what is no row: ${Buffer.from(line).toString('latin1')}`);
  assert.deepEqual(said(kernel.record), said(plain), Buffer.from(line).toString('latin1'));
  return true;
}

test('lines of every shape, and broken ones, are read the same or left alone', () => {
  const encoder = new TextEncoder();
  const shapes = fc.sample(canonicalLine, { numRuns: 400, seed: 3 }).map((line) => encoder.encode(line));
  const logs = logText({ rows: 100, seed: 8, start: Date.UTC(2026, 1, 28, 23, 59, 50), failEvery: 7 })
    .trimEnd()
    .split('\n');
  shapes.push(...logs.map((line) => encoder.encode(line)));
  const random = randomNumbers(77);
  const out = new Uint8Array(1 << 16);
  let read = 0;
  for (let i = 0; i < 60_000; i++) {
    const length = mutate(shapes[random(shapes.length)]!, out, random);
    const line = out.subarray(0, length);
    if (length > 0 && compare(line, random(5000), random(8) === 0 ? 0 : 0x68)) read++;
  }
  assert.ok(read > 5000, `${read} were read by the kernel`);
});

test('dates are those of the calendar', () => {
  const line = (date: string) => `h2 ${date}.000001Z app/a/1 - - -1 -1 -1 503 - 1 2 "-" "-" - - - "-"`;
  const encoder = new TextEncoder();
  for (let day = 0; day < 84_000; day += 13) {
    const date = new Date(day * 86_400_000 + (day % 86_400) * 1000).toISOString().slice(0, 19);
    assert.ok(compare(encoder.encode(line(date)), 0), date);
  }
  for (const date of ['2026-02-29T00:00:00', '2100-02-29T00:00:00', '2026-13-01T00:00:00', '2026-01-01T24:00:00']) {
    assert.ok(!compare(encoder.encode(line(date)), 0), date);
  }
  assert.ok(compare(encoder.encode(line('2024-02-29T23:59:59')), 0));
});

test('every line of an ordinary log is read by the kernel', () => {
  for (const line of logText({ rows: 500, seed: 4, start: Date.UTC(2026, 0, 31, 8), failEvery: 9 })
    .trimEnd()
    .split('\n')) {
    assert.ok(compare(new TextEncoder().encode(line), 10), line);
  }
});

test('what is behind a line never changes how it is read', () => {
  const encoder = new TextEncoder();
  const [line] = logText({ rows: 1, seed: 4, start: Date.UTC(2026, 0, 31, 8), failEvery: 9 }).split('\n');
  const shown = [0x20, 0x22, 0x2d, 0x0a, 0x68].map((after) => {
    assert.ok(compare(encoder.encode(line), 10, after), `0x${after.toString(16)}`);
    return said(kernel.record);
  });
  for (const one of shown) assert.deepEqual(one, shown[0]);
  // Zeros behind the last line of a text: the plain reader reads it.
  compare(encoder.encode(line), 10, 0);
});

test('layout and module are those of the field table and of the source', async () => {
  const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  assert.equal(text('kernel/layout.ts'), printLayout(), 'run make kernel');
  assert.equal(text('src/alb/kernel-code.ts'), printKernel(await compileKernel()), 'run make kernel');
});

test('a further field of the table changes the layout, and nothing else, and the kernel compiles', async () => {
  const last = FIELDS.length;
  const run = FIELDS.at(-1)!.place === 'context' ? contextRuns().at(-1)![0] : last;
  const place = { row: 'putField(COLUMN_ONE_MORE, FIELD_ONE_MORE)', context: `addRun(${run}, ${last})` } as const;
  for (const [where, code] of Object.entries(place) as [keyof typeof place, string][]) {
    const more: Field = {
      ...{ name: 'one_more', type: 'text', quoted: true, columns: ['one_more'], place: where },
      description: 'a field that AWS adds one day',
    };
    const layout = printLayout([...FIELDS, more]);
    assert.ok(layout.includes(`export const FIELDS: i32 = ${last + 1};`) && layout.includes(code), layout);
    assert.ok(!printLayout().includes(code));
    const changed = layout.split('\n').filter((one) => !printLayout().split('\n').includes(one));
    assert.ok(changed.length <= 6, changed.join('\n'));
    const bytes = await compileKernel(layout);
    assert.notDeepEqual(bytes, await compileKernel());
    const longer = new Kernel(bytes);
    const line = `${FIELDS.map(({ type }) => ONE_OF[type] ?? '"-"').join(' ')} "the new one"`;
    longer.text.fill(0x68);
    longer.text.set(Buffer.from(`${line}\n`), 10);
    assert.ok(longer.read(10, 10 + line.length), line);
    assert.equal(longer.record.spans.count, last + 1);
    const { start, end } = longer.record.spans;
    assert.equal(Buffer.from(longer.text.subarray(start[last], end[last])).toString(), 'the new one');
  }
});

/** A value of each type that is no text. */
const ONE_OF: Partial<Record<FieldType, string>> = {
  time: '2026-01-31T08:00:00.000001Z',
  endpoint: '10.0.0.1:80',
  seconds: '0.001',
  status: '200',
  bytes: '1',
  priority: '0',
};
