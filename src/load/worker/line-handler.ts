/** Handles each line of an access log. */
import { CARRIAGE_RETURN, KEPT_OF_LONG_LINE, type LineHandler } from '../../alb/frame.ts';
import type { LineReader } from '../../alb/kernel.ts';
import { STOP } from '../../alb/kernel-layout.ts';
import { MAX_LINE, readRecord } from '../../alb/record.ts';
import type { ObjectReading, ObjectTask } from '../message.ts';
import { type Rejects, refusalOf } from './reject.ts';
import type { RowBuffer } from './row-buffer.ts';
import { SPOOL_ROWS } from './row-column.ts';

/** Where lines go. */
export interface LineSinks {
  /** Lines are lent from its text. */
  kernel: LineReader;
  spool: RowBuffer;
  rejects: Rejects;
  /** Writes out the spool, which holds a whole row group or has no room for another line. */
  full(): void;
}

/** A request that failed: what --keep failures keeps in full, and what trace asks for. */
const isFailure = (elbStatusCode: number): boolean => elbStatusCode >= 500 || elbStatusCode === 460;

/** Returns the line handler of one object. It checks every line. */
export function lineHandlerOf({ objectId, window }: ObjectTask, reading: ObjectReading, sinks: LineSinks): LineHandler {
  const { spool, rejects, kernel } = sinks;
  const { record } = kernel;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  let view = new DataView(new ArrayBuffer(0)) as DataView;

  const { reject, ...refusal } = refusalOf(objectId, reading, rejects);

  const note = (rows: number, failures: number, dropped: number, first: number, last: number) => {
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
    reading.extraFields += record.extra;
    if (isOut) return;
    if (!spool.append(objectId, reading.lines, bytes, end, record)) {
      sinks.full();
      spool.append(objectId, reading.lines, bytes, end, record);
    }
    if (spool.length === SPOOL_ROWS) sinks.full();
  };

  return {
    ...refusal,
    line,
    lend(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      spool.lend(view);
    },
    run(bytes, filled) {
      kernel.begin(objectId, from, to);
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
        } else if (why === STOP.noRoom) sinks.full();
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
