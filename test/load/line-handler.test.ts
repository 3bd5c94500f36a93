/** Compares lines that the kernel handles alone with the same lines handled one by one: equal rows, contexts, counts, rejects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineFramer } from '../../src/alb/frame.ts';
import { Kernel } from '../../src/alb/kernel.ts';
import { MAX_LINE } from '../../src/alb/record.ts';
import { newReading, type ObjectReading, type ObjectTask } from '../../src/load/message.ts';
import { keepTargets, type LineSinks, lineHandlerOf } from '../../src/load/worker/line-handler.ts';
import { Rejects } from '../../src/load/worker/reject.ts';
import { RequestCounts } from '../../src/load/worker/request-count.ts';
import { RowBuffer } from '../../src/load/worker/row-buffer.ts';
import { SPOOL_ROWS } from '../../src/load/worker/row-column.ts';
import type { Column } from '../../src/parquet/column.ts';
import { parquetFile } from '../../src/parquet/file.ts';
import { Interner } from '../../src/parquet/intern.ts';
import { canonicalLine } from '../alb/line.ts';
import { mutate, randomNumbers } from '../fuzz/mutate.ts';
import { logText } from './log.ts';

interface Result {
  reading: ObjectReading;
  counted: { targets: string[]; failing: string[] };
  /** Parquet files of rows, contexts, rejects and counts, in the order of writing. */
  files: Buffer[];
  /** Lines that the kernel did not handle alone. */
  slow: number;
}

interface Wish {
  pass: ObjectTask['pass'];
  /** Prevents the kernel from handling lines alone. */
  isSlow: boolean;
  chunk: number;
  window?: ObjectTask['window'];
  kept?: readonly string[];
}

function read(text: Uint8Array, { pass, isSlow, chunk, window = null, kept = [] }: Wish): Result {
  const kernel = new Kernel();
  const sinks: LineSinks = {
    kernel,
    spool: new RowBuffer(kernel),
    rejects: new Rejects(),
    counts: new RequestCounts(kernel),
    kept: new Interner(),
    full: () => writeOut(),
  };
  keepTargets(sinks.kept, kept);
  const files: Buffer[] = [];
  const write = (columns: readonly Column[]) => {
    if (columns[0]!.rows > 0) files.push(Buffer.concat(parquetFile(columns)));
  };
  let spools = 0;
  const writeOut = () => {
    write(sinks.spool.rows);
    write(sinks.spool.contexts);
    sinks.spool.clear(++spools * SPOOL_ROWS);
  };
  const reading = newReading();
  const context = { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name: '' };
  const task: ObjectTask = { batch: 0, objectId: 7, path: '', name: '', window, pass, context };
  const { run, ...each } = lineHandlerOf(task, reading, sinks);
  let slow = 0;
  const readOne = kernel.read.bind(kernel);
  kernel.read = (start, end) => {
    slow++;
    return readOne(start, end);
  };
  const framer = new LineFramer(isSlow ? each : { ...each, run: run! }, MAX_LINE, kernel);
  for (let at = 0; at < text.length; at += chunk) framer.push(text.subarray(at, at + chunk));
  framer.end(false);
  if (pass !== 'survey') sinks.counts.dropObject();
  const counted = sinks.counts.endObject(7);
  writeOut();
  write(sinks.rejects.columns);
  write(sinks.counts.columns);
  return { reading, counted, files, slow };
}

/** Reads the text both ways and fails for a difference. Returns how many lines the kernel left over. */
function compare(text: Uint8Array, wish: Omit<Wish, 'isSlow' | 'chunk'>): number {
  const slow = read(text, { ...wish, isSlow: true, chunk: 1 << 20 });
  const fast = read(text, { ...wish, isSlow: false, chunk: 70_001 });
  assert.deepEqual(fast.reading, slow.reading);
  assert.deepEqual(fast.counted, slow.counted);
  assert.equal(fast.files.length, slow.files.length);
  fast.files.forEach((file, i) => {
    assert.ok(file.equals(slow.files[i]!), `file ${i} of ${fast.files.length}`);
  });
  return fast.slow;
}

/** Returns mutated lines of every shape; some are repeated, a few end in a carriage return. */
function brokenText(lines: number, seed: number): Uint8Array {
  const shapes = fc.sample(canonicalLine, { numRuns: 200, seed });
  const logs = logText({ rows: 400, seed, start: Date.UTC(2026, 1, 28, 23, 59, 50), failEvery: 7 });
  const all = [...shapes, ...logs.trimEnd().split('\n')].map((line) => Buffer.from(line));
  const random = randomNumbers(seed);
  const out = new Uint8Array(1 << 16);
  return Buffer.concat(
    Array.from({ length: lines }, () => {
      const line = all[random(all.length)]!;
      const length = random(3) === 0 ? mutate(line, out, random) : line.copy(out);
      return Buffer.concat([out.subarray(0, length), Buffer.from(random(9) === 0 ? '\r\n' : '\n')]);
    }),
  );
}

const WINDOW = { from: Date.UTC(2026, 2, 1) * 1000, to: Date.UTC(2026, 2, 1, 0, 0, 1) * 1000 };
const KEPT = ['10.0.1.12:8080', '10.0.2.30:8080', '10.0.9.9:8080', '-'];

for (const pass of ['all', 'survey', 'extract'] as const) {
  test(`pass ${pass}: broken lines, with a window and without`, () => {
    for (const seed of [1, 2, 3]) {
      const text = brokenText(6000, seed);
      const slow = compare(text, { pass, kept: KEPT });
      assert.ok(slow > 0 && slow < 5000, `${slow} of 6000`);
      compare(text, { pass, window: WINDOW });
    }
  });

  test(`pass ${pass}: the kernel does every line of an ordinary log by itself`, () => {
    const text = Buffer.from(logText({ rows: 20_000, seed: 5, start: Date.UTC(2026, 0, 31, 8), failEvery: 100 }));
    assert.equal(compare(text, { pass, kept: KEPT }), 0);
  });
}

test('a spool that is full, in rows or in bytes, or has contexts without end, is written out and begun anew', () => {
  const ordinary = logText({ rows: 300, seed: 6, start: Date.UTC(2026, 0, 31, 8) })
    .trimEnd()
    .split('\n');
  const rows = Array.from({ length: 130_000 }, (_, i) => ordinary[i % 300]).join('\n');
  compare(Buffer.from(`${rows}\n`), { pass: 'all' });
  const urls = ordinary.map((line) => line.replace(/item\/\d+/, 'long/'.repeat(40_000))).join('\n');
  const bytes = read(Buffer.from(`${urls}\n`), { pass: 'all', isSlow: false, chunk: 1 << 20 });
  assert.equal(bytes.reading.rows, 300);
  assert.ok(bytes.files.length > 2, `${bytes.files.length} files`);
  compare(Buffer.from(`${urls}\n`), { pass: 'all' });
  const agents = Array.from({ length: 70_000 }, (_, i) => ordinary[i % 300]!.replace('"Mozilla', `"${i}`));
  compare(Buffer.from(`${agents.join('\n')}\n`), { pass: 'all' });
  const contexts = Array.from({ length: 70_000 }, (_, i) => ordinary[i % 300]!.replace('"forward"', `"forward,${i}"`));
  compare(Buffer.from(`${contexts.join('\n')}\n`), { pass: 'all' });
  const targets = Array.from({ length: 70_000 }, (_, i) =>
    ordinary[i % 300]!.replace(/10\.0\.\d\.\d+:8080/, `10.1.1.1:${i}`),
  );
  compare(Buffer.from(`${targets.join('\n')}\n`), { pass: 'survey' });
});
