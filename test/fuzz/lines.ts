/**
 * Reads generated and mutated lines and checks each: it is a row or has a reason; a printed row is the line in canonical form and
 * reads as the same row; the spool accepts it. Run with a longer budget:
 *
 *   node --import tsx test/fuzz/lines.ts 50000000 [seed]
 */
import fc from 'fast-check';
import { printRow } from '../../src/alb/print.ts';
import { newRecord, readRecord } from '../../src/alb/record.ts';
import { isRejected, readRow } from '../../src/alb/row.ts';
import { RowBuffer } from '../../src/load/worker/row-buffer.ts';
import { SPOOL_ROWS } from '../../src/load/worker/row-column.ts';
import { canonicalLine } from '../alb/line.ts';
import { mutate, randomNumbers } from './mutate.ts';

const SHAPES = 500;

export interface FuzzResult {
  lines: number;
  rows: number;
  rejected: Map<string, number>;
  /** Lines that were neither row nor rejection, or that did not survive printing. */
  wrong: string[];
  /** Peak resident memory after the first tenth and at the end, bytes. */
  early: number;
  late: number;
}

export function fuzz(lines: number, seed: number): FuzzResult {
  const shapes = fc.sample(canonicalLine, { numRuns: SHAPES, seed }).map((line) => new TextEncoder().encode(line));
  const random = randomNumbers(seed);
  const out = new Uint8Array(1 << 16);
  const spool = new RowBuffer();
  const record = newRecord();
  const result: FuzzResult = { lines: 0, rows: 0, rejected: new Map(), wrong: [], early: 0, late: 0 };
  for (; result.lines < lines; result.lines++) {
    const length = mutate(shapes[random(SHAPES)]!, out, random);
    const line = out.subarray(0, length);
    const row = readRow(line);
    if (isRejected(row)) {
      result.rejected.set(row.reason, (result.rejected.get(row.reason) ?? 0) + 1);
    } else {
      result.rows++;
      const printed = printRow(row);
      const again = readRow(new TextEncoder().encode(printed));
      if ((isRejected(again) || printRow(again) !== printed) && result.wrong.length < 20) {
        result.wrong.push(Buffer.from(line).toString('latin1'));
      }
      const end = line[length - 1] === 0x0d ? length - 1 : length;
      const view = new DataView(line.buffer, line.byteOffset, line.byteLength);
      spool.lend(view);
      if (readRecord(line, view, 0, end, record) === null && !spool.append(1, result.lines + 1, line, end, record)) {
        spool.clear(0);
        spool.append(1, result.lines + 1, line, end, record);
      }
      if (spool.length === SPOOL_ROWS) spool.clear(0);
    }
    if (result.lines === Math.floor(lines / 10)) result.early = process.memoryUsage.rss();
  }
  result.late = process.memoryUsage.rss();
  return result;
}

if (process.argv[1]?.endsWith('lines.ts')) {
  const lines = Number(process.argv[2] ?? 5_000_000);
  const seed = Number(process.argv[3] ?? 1);
  const result = fuzz(lines, seed);
  const rejected = [...result.rejected.values()].reduce((a, b) => a + b, 0);
  console.log(`${result.lines} lines = ${result.rows} rows + ${rejected} rejected, seed ${seed}`);
  for (const [reason, n] of [...result.rejected].sort(([, a], [, b]) => b - a)) console.log(`  ${n} ${reason}`);
  console.log(
    `memory ${(result.early / 1e6).toFixed(0)} MB after a tenth, ${(result.late / 1e6).toFixed(0)} MB at the end`,
  );
  for (const line of result.wrong) console.log(`did not come back: ${JSON.stringify(line)}`);
  process.exitCode = result.wrong.length > 0 || result.rows + rejected !== result.lines ? 1 : 0;
}
