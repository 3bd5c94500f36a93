/** Handles each line of an access log, in the three passes that `load` knows. */
import { CARRIAGE_RETURN, KEPT_OF_LONG_LINE, type LineHandler } from '../../alb/frame.ts';
import type { LineReader } from '../../alb/kernel.ts';
import { STOP } from '../../alb/kernel-layout.ts';
import { AT, MAX_LINE, readRecord } from '../../alb/record.ts';
import type { Interner } from '../../parquet/intern.ts';
import type { ObjectReading, ObjectTask } from '../message.ts';
import { type Refusal, type Rejects, refusalOf } from './reject.ts';
import { isFailure, type RequestCounts } from './request-count.ts';
import type { RowBuffer } from './row-buffer.ts';
import { SPOOL_ROWS } from './row-column.ts';

/** Where lines go. */
export interface LineSinks {
  /** Lines are lent from its text. */
  kernel: LineReader;
  spool: RowBuffer;
  rejects: Rejects;
  counts: RequestCounts;
  /** Targets whose rows a survey and `extract` take. More come while objects are read; numbers only rise. */
  kept: Interner;
  /** Writes out the spool, which holds a whole row group or has no room for another line. */
  full(): void;
}

/** Position of target:port. */
const TARGET = AT['target:port']!;

/**
 * Returns the line handler of one object. Passes `all` and `survey` check every line; a survey counts all rows and spools those
 * that are known to be kept when the object is begun. `extract` spools alone: its lines were checked and counted before.
 */
export function lineHandlerOf(
  { objectId, window, pass }: ObjectTask,
  reading: ObjectReading,
  sinks: LineSinks,
): LineHandler {
  const { spool, counts, rejects, kernel, kept } = sinks;
  const { record } = kernel;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  const wanted = kept.size;
  reading.wanted = wanted;
  let view = new DataView(new ArrayBuffer(0)) as DataView;

  const isKept = (place: DataView, start: number, end: number) => kept.find(place, start, end - start) < wanted;
  const { reject, ...refusal } = pass === 'extract' ? passing(reading) : refusalOf(objectId, reading, rejects);

  const note = (rows: number, failures: number, dropped: number, first: number, last: number) => {
    if (pass === 'extract') return;
    reading.rows += rows;
    reading.failures += failures;
    reading.dropped += dropped;
    if (first < (reading.firstTime ?? Infinity)) reading.firstTime = first;
    if (last > (reading.lastTime ?? -Infinity)) reading.lastTime = last;
  };

  const line: LineHandler['line'] = (bytes, start, end) => {
    reading.lines++;
    if (!kernel.read(start, end)) {
      const nul = bytes.subarray(start, end).includes(0);
      const reason = nul ? 'nul_byte' : readRecord(bytes, view, start, end, record);
      if (reason !== null) {
        reject(reason, end - start, bytes.subarray(start, end));
        return;
      }
    }
    const isOut = record.time < from || record.time >= to;
    note(1, isFailure(record.elb_status_code) ? 1 : 0, isOut ? 1 : 0, record.time, record.time);
    if (pass !== 'extract') reading.extraFields += record.extra;
    if (isOut) return;
    if (pass === 'survey') counts.add(record);
    if (pass !== 'all') {
      const { spans } = record;
      if (!isFailure(record.elb_status_code) && !isKept(view, spans.start[TARGET]!, spans.end[TARGET]!)) return;
    }
    if (!spool.append(objectId, reading.lines, bytes, end, record)) {
      sinks.full();
      spool.append(objectId, reading.lines, bytes, end, record);
    }
    if (spool.length === SPOOL_ROWS) sinks.full();
  };

  /** Whether rows of a sum are wanted: the same for each of them. */
  const decide = (number: number) => {
    const { target, elb_status_code } = kernel.sum(number);
    const place = new DataView(target.buffer, target.byteOffset, target.length);
    kernel.setWanted(number, isFailure(elb_status_code) || isKept(place, 0, target.length));
  };

  return {
    ...refusal,
    line,
    lend(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      counts.lend(view);
      spool.lend(view);
    },
    run(bytes, filled) {
      kernel.begin(objectId, from, to, pass !== 'all');
      for (let at = 0; ; ) {
        const why = kernel.run(at, filled, reading.lines);
        const { lines, failures, dropped, firstTime, lastTime } = kernel.done;
        reading.lines += lines;
        note(lines, failures, dropped, firstTime, lastTime);
        at = kernel.next;
        if (why === STOP.done) return at;
        if (why === STOP.other) {
          const { start, end } = kernel;
          at = end + 1;
          if (end - start > MAX_LINE) refusal.longLine(bytes.slice(start, start + KEPT_OF_LONG_LINE), end - start);
          else line(bytes, start, end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
        } else if (why === STOP.newSum) decide(kernel.number);
        else if (why === STOP.noSum) counts.gather();
        else if (why === STOP.noRoom) sinks.full();
        else {
          if (why === STOP.newContext) {
            kernel.fillRecord(kernel.end);
            spool.addContext(kernel.number, bytes, record);
          }
          if (spool.length === SPOOL_ROWS) sinks.full();
        }
      }
    },
  };
}

/** Lines that the survey refused or kept are passed over. */
function passing(reading: ObjectReading): Refusal {
  const pass = () => {
    reading.lines++;
  };
  return { reject() {}, refuse: pass, cutLine: pass, longLine: pass };
}

/** Adds to the targets whose rows are taken. */
export function keepTargets(kept: Interner, targets: readonly string[]): void {
  for (const target of targets) {
    const bytes = new TextEncoder().encode(target);
    kept.number(new DataView(bytes.buffer), 0, bytes.length);
  }
}
