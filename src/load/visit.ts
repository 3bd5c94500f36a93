/** What is done with each line of an access log, in the three passes that `load` knows. */
import type { LineVisitor } from '../alb/frame.ts';
import type { Kernel } from '../alb/kernel.ts';
import { AT, readRecord } from '../alb/record.ts';
import type { Interner } from '../parquet/intern.ts';
import type { ObjectReading, Task } from './message.ts';
import { type Rejects, refusalOf } from './reject.ts';
import { SPOOL_ROWS, type Spool } from './spool.ts';
import { isFailure, type Tally } from './tally.ts';

/** Where lines go. */
export interface Desk {
  /** Lines are lent from its text. */
  kernel: Kernel;
  spool: Spool;
  rejects: Rejects;
  tally: Tally;
  /** Targets whose rows a survey and `extract` take. More come while objects are read; numbers only rise. */
  kept: Interner;
  /** The spool holds a whole row group. */
  full(): void;
}

/** Position of target:port. */
const TARGET = AT['target:port']!;

export const newReading = (): ObjectReading => ({
  kind: 'empty',
  looksLike: 'empty object',
  damage: null,
  lines: 0,
  rows: 0,
  rejected: 0,
  dropped: 0,
  extraFields: 0,
  text: 0,
  failures: 0,
  firstTime: null,
  lastTime: null,
  targets: [],
  failing: [],
  wanted: 0,
});

export function visitorOf(task: Task, reading: ObjectReading, desk: Desk): LineVisitor {
  return task.pass === 'extract' ? extracting(task, reading, desk) : checking(task, reading, desk);
}

/**
 * Passes `all` and `survey`: every line is checked, and a row goes to the spool. A survey counts all rows, and spools those
 * that are known to be kept when the object is begun.
 */
function checking({ objectId, window, pass }: Task, reading: ObjectReading, desk: Desk): LineVisitor {
  const { spool, tally, rejects, kernel, kept } = desk;
  const { record } = kernel;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  let view = new DataView(new ArrayBuffer(0)) as DataView;
  const wanted = kept.size;
  reading.wanted = wanted;
  const isWanted = () => {
    const { start, end } = record.spans;
    return isFailure(record) || kept.find(view, start[TARGET]!, end[TARGET]! - start[TARGET]!) < wanted;
  };
  const { reject, refuse, cutLine, longLine } = refusalOf(objectId, reading, rejects);
  return {
    lend(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      tally.lend(view);
      spool.lend(view);
    },
    line(bytes, start, end) {
      reading.lines++;
      let reason: string | null = null;
      if (!kernel.read(start, end)) {
        const nul = bytes.subarray(start, end).includes(0);
        reason = nul ? 'nul_byte' : readRecord(bytes, view, start, end, record);
      }
      if (reason !== null) {
        reject(reason, end - start, bytes.subarray(start, end));
        return;
      }
      reading.rows++;
      reading.extraFields += record.extra;
      if (isFailure(record)) reading.failures++;
      if (reading.firstTime === null || record.time < reading.firstTime) reading.firstTime = record.time;
      if (reading.lastTime === null || record.time > reading.lastTime) reading.lastTime = record.time;
      if (record.time < from || record.time >= to) {
        reading.dropped++;
        return;
      }
      if (pass === 'survey') {
        tally.add(record);
        if (!isWanted()) return;
      }
      spool.append(objectId, reading.lines, bytes, end, record);
      if (spool.length === SPOOL_ROWS) desk.full();
    },
    refuse,
    cutLine,
    longLine,
  };
}

const SPACE = 0x20;
const QUOTE = 0x22;

/** Pass `extract`: a glance at target and status tells most lines that they are not wanted; the rest is read in full. */
function extracting({ objectId, window }: Task, reading: ObjectReading, desk: Desk): LineVisitor {
  const { spool, kept, kernel } = desk;
  const { record } = kernel;
  const wanted = kept.size;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  let view = new DataView(new ArrayBuffer(0)) as DataView;

  /** Whether the line may be wanted. Bare fields 5 (target) and 9 (status) decide; a quote among the first nine leaves it open. */
  const glance = (bytes: Uint8Array, start: number, end: number): boolean => {
    let at = start;
    let targetAt = 0;
    for (let field = 0; field < 8; field++) {
      if (field === 4) targetAt = at;
      while (at < end && bytes[at] !== SPACE) if (bytes[at++] === QUOTE) return true;
      if (field === 4 && kept.find(view, targetAt, at - targetAt) < wanted) return true;
      at++;
    }
    return bytes[at]! >= 0x35 || bytes[at] === QUOTE || (bytes[at] === 0x34 && bytes[at + 1] === 0x36);
  };

  return {
    lend(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      spool.lend(view);
    },
    line(bytes, start, end) {
      reading.lines++;
      if (!glance(bytes, start, end)) return;
      if (!kernel.read(start, end)) {
        // A line that the survey refused for its NUL is no row here either.
        if (bytes.subarray(start, end).includes(0)) return;
        if (readRecord(bytes, view, start, end, record) !== null) return;
      }
      if (record.time < from || record.time >= to) return;
      const { spans } = record;
      if (
        !isFailure(record) &&
        kept.find(view, spans.start[TARGET]!, spans.end[TARGET]! - spans.start[TARGET]!) >= wanted
      )
        return;
      reading.rows++;
      spool.append(objectId, reading.lines, bytes, end, record);
      if (spool.length === SPOOL_ROWS) desk.full();
    },
    refuse() {
      reading.lines++;
    },
    cutLine() {
      reading.lines++;
    },
    longLine() {
      reading.lines++;
    },
  };
}

/** Adds to the targets whose rows are taken. */
export function keepTargets(kept: Interner, targets: readonly string[]): void {
  for (const target of targets) {
    const bytes = new TextEncoder().encode(target);
    kept.number(new DataView(bytes.buffer), 0, bytes.length);
  }
}
