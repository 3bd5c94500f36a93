/** Compares lines that the kernel handles alone with the same lines handled one by one: equal rows, contexts, rejects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineFramer } from '../../src/alb/frame.ts';
import { Kernel } from '../../src/alb/kernel.ts';
import { MAX_LINE } from '../../src/alb/record.ts';
import { newReading, type ObjectReading, type ObjectTask } from '../../src/load/message.ts';
import { type LineSinks, lineHandlerOf } from '../../src/load/worker/line-handler.ts';
import { PlainReader } from '../../src/load/worker/plain-reader.ts';
import { Rejects } from '../../src/load/worker/reject.ts';
import { RowBuffer } from '../../src/load/worker/row-buffer.ts';
import { SPOOL_ROWS } from '../../src/load/worker/row-column.ts';
import type { Column } from '../../src/parquet/column.ts';
import { parquetFile } from '../../src/parquet/file.ts';
import { canonicalLine } from '../alb/line.ts';
import { mutate, randomNumbers } from '../fuzz/mutate.ts';
import { logText } from './log.ts';

interface Result {
  reading: ObjectReading;
  /** Parquet files of rows, contexts and rejects, in the order of writing. */
  files: Buffer[];
  /** Lines that the kernel did not handle alone. */
  slow: number;
}

interface Wish {
  /** Prevents the kernel from handling lines alone. */
  isSlow: boolean;
  chunk: number;
  window?: ObjectTask['window'];
}

function read(text: Uint8Array, { isSlow, chunk, window = null }: Wish): Result {
  const kernel = new Kernel();
  const sinks: LineSinks = {
    kernel,
    spool: new RowBuffer(kernel),
    rejects: new Rejects(),
    full: () => writeOut(),
  };
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
  const task: ObjectTask = { batch: 0, objectId: 7, path: '', name: '', window, context };
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
  writeOut();
  write(sinks.rejects.columns);
  return { reading, files, slow };
}

/** Reads the text both ways and fails for a difference. Returns how many lines the kernel left over. */
function compare(text: Uint8Array, wish: Pick<Wish, 'window'> = {}): number {
  const slow = read(text, { ...wish, isSlow: true, chunk: 1 << 20 });
  const fast = read(text, { ...wish, isSlow: false, chunk: 70_001 });
  assert.deepEqual(fast.reading, slow.reading);
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

test('broken lines, with a window and without', () => {
  for (const seed of [1, 2, 3]) {
    const text = brokenText(6000, seed);
    const slow = compare(text);
    assert.ok(slow > 0 && slow < 5000, `${slow} of 6000`);
    compare(text, { window: WINDOW });
  }
});

test('the kernel does every line of an ordinary log by itself', () => {
  const text = Buffer.from(logText({ rows: 20_000, seed: 5, start: Date.UTC(2026, 0, 31, 8), failEvery: 100 }));
  assert.equal(compare(text), 0);
});

test('a spool that is full, in rows or in bytes, or has contexts without end, is written out and begun anew', () => {
  const ordinary = logText({ rows: 300, seed: 6, start: Date.UTC(2026, 0, 31, 8) })
    .trimEnd()
    .split('\n');
  const rows = Array.from({ length: 130_000 }, (_, i) => ordinary[i % 300]).join('\n');
  compare(Buffer.from(`${rows}\n`));
  const urls = ordinary.map((line) => line.replace(/item\/\d+/, 'long/'.repeat(40_000))).join('\n');
  const bytes = read(Buffer.from(`${urls}\n`), { isSlow: false, chunk: 1 << 20 });
  assert.equal(bytes.reading.rows, 300);
  assert.ok(bytes.files.length > 2, `${bytes.files.length} files`);
  compare(Buffer.from(`${urls}\n`));
  const agents = Array.from({ length: 70_000 }, (_, i) => ordinary[i % 300]!.replace('"Mozilla', `"${i}`));
  compare(Buffer.from(`${agents.join('\n')}\n`));
  const contexts = Array.from({ length: 70_000 }, (_, i) => ordinary[i % 300]!.replace('"forward"', `"forward,${i}"`));
  compare(Buffer.from(`${contexts.join('\n')}\n`));
  const targets = Array.from({ length: 70_000 }, (_, i) =>
    ordinary[i % 300]!.replace(/10\.0\.\d\.\d+:8080/, `10.1.1.1:${i}`),
  );
  compare(Buffer.from(`${targets.join('\n')}\n`));
});

test('the id of a connection with many requests is a text of the dictionary, ids that do not come again are 16 bytes', () => {
  const [line] = logText({ rows: 1, seed: 7, start: Date.UTC(2026, 0, 31, 8) }).split('\n');
  const lines = (count: number, connections: number) =>
    Array.from({ length: count }, (_, i) =>
      line!.replace(/TID_[0-9a-f]{32}/, `TID_${(i % connections).toString(16).padStart(32, '0')}`),
    ).join('\n');
  for (const [connections, least, most] of [
    [20, 6000, 6000],
    [6000, 1024, 1024],
    [1500, 4000, 6000],
  ] as const) {
    const text = Buffer.from(`${lines(6000, connections)}\n`);
    compare(text);
    for (const reader of [new Kernel(), new PlainReader()]) {
      const spool = new RowBuffer(reader);
      const task = { objectId: 1, window: null } as ObjectTask;
      const sinks = { kernel: reader, spool, rejects: new Rejects(), full: () => assert.fail('full') };
      const framer = new LineFramer(lineHandlerOf(task, newReading(), sinks), MAX_LINE, reader);
      framer.push(text);
      framer.end(false);
      const [texts, uuids] = ['conn_trace_text', 'conn_trace_uuid'].map((name) => {
        const column = spool.rows.find((one) => one.name === name)!;
        return column.rows - column.absent;
      });
      assert.equal(texts! + uuids!, 6000);
      assert.ok(texts! >= least && texts! <= most, `${texts} texts of ${connections} connections`);
    }
  }
});
