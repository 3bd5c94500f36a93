/**
 * Runs kernel/ (WebAssembly), the fast reader of log lines. It reads nearly every line. It leaves the rest, and every
 * rejection, to record.ts. Both readers give the same rows (tests compare them over thousands of broken lines).
 */
import { KERNEL } from './kernel-code.ts';
import { COLUMN_BYTES, FLOAT_SLOT, INTEGER_SLOT, MEMORY, REPORT_OFFSET } from './kernel-layout.ts';
import { type LineRecord, MAX_LINE, newRecord } from './record.ts';
import { MAX_SPLIT } from './split.ts';

const { STARTS, ENDS, FLOATS, INTEGERS, REPORT, COLUMNS, TEXT, KEY, HEAP } = MEMORY;
const [FLOAT, INTEGER, PLACE] = [FLOAT_SLOT, INTEGER_SLOT, REPORT_OFFSET];
/** The kernel reads and writes 16 bytes at a time, up to this many bytes beyond the end. */
const SLACK = 64;

/** The part of the WebAssembly interface that is used here; it is the same in Node and in browsers. */
interface Instance {
  exports: {
    memory: { buffer: ArrayBuffer };
    read(start: number, end: number): number;
    feed(start: number, end: number): number;
    begin(object: number, minTime: number, maxTime: number, longestLine: number): void;
    run(at: number, filled: number, line: number): number;
    hasRoom(length: number): number;
    clearRows(firstContext: number, rows: number): void;
    internContext(length: number): number;
    putRepeatedKey(which: number, length: number): void;
    contextCount(): number;
    takesConnection(length: number): number;
  };
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => Instance;
};

/** Memory of one column, laid out as in src/parquet/column.ts: values, presence bits, and state (bytes, rows, absent). */
export interface KernelColumn {
  bytes: Uint8Array;
  present: Uint8Array;
  state: Int32Array;
}

/** Result of a run: lines (all of them rows), failures, rows outside the window, first and last time (infinite without lines). */
export interface RunResult {
  lines: number;
  failures: number;
  dropped: number;
  firstTime: number;
  lastTime: number;
}

/** Interface of a line reader for `load`: the kernel, or src/load/worker/plain-reader.ts, which does without it. */
export type LineReader = { [Name in keyof Kernel]: Kernel[Name] };

export class Kernel {
  /** Lines are put here before they are read. Holds a line of the greatest length and a chunk of 1 MiB. */
  readonly text: Uint8Array;
  /** The record that read filled last; its spans are positions in `text`. */
  readonly record: LineRecord;
  /** Input of internContext and putRepeated. */
  readonly key: DataView;
  /** Returns the position of the next line feed in text[start, end), -1 without one. */
  readonly feed: (start: number, end: number) => number;
  readonly #code: Instance['exports'];
  readonly #floats: Float64Array;
  readonly #integers: Int32Array;
  readonly #report: Int32Array;
  readonly #times: Float64Array;
  #columns = 0;
  #heap = HEAP;

  /** Takes another compiled kernel than that of kernel-code.ts, for tests. */
  constructor(code: Uint8Array = Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0))) {
    this.#code = new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
    const { buffer } = this.#code.memory;
    this.text = new Uint8Array(buffer, TEXT, MAX_LINE + (1 << 20) + SLACK).subarray(0, -SLACK);
    this.record = newRecord();
    this.record.spans.start = new Int32Array(buffer, STARTS, MAX_SPLIT);
    this.record.spans.end = new Int32Array(buffer, ENDS, MAX_SPLIT);
    this.key = new DataView(buffer, KEY, MAX_LINE + SLACK);
    this.#floats = new Float64Array(buffer, FLOATS, 7);
    this.#integers = new Int32Array(buffer, INTEGERS, 8);
    this.#report = new Int32Array(buffer, REPORT, 8);
    this.#times = new Float64Array(buffer, REPORT + PLACE.FIRST_TIME, 2);
    this.feed = this.#code.feed;
  }

  /** Reads text[start, end) into `record` and returns true. Returns false for a line that is not plain: call readRecord then. */
  read(start: number, end: number): boolean {
    if (this.#code.read(start, end) === 0) return false;
    this.fillRecord(end);
    return true;
  }

  /** Fills `record` from the line that was read last, which ends at `end`. */
  fillRecord(end: number): void {
    const { record } = this;
    const floats = this.#floats;
    const integers = this.#integers;
    record.spans.count = integers[INTEGER.field_count]!;
    record.spans.tail = end;
    record.spans.mask = 0;
    record.extra = 0;
    record.time = floats[FLOAT.time]!;
    record.request_creation_time = floats[FLOAT.request_creation_time]!;
    record.seconds[0] = floats[FLOAT.seconds]!;
    record.seconds[1] = floats[FLOAT.seconds + 1]!;
    record.seconds[2] = floats[FLOAT.seconds + 2]!;
    record.received_bytes = floats[FLOAT.received_bytes]!;
    record.sent_bytes = floats[FLOAT.sent_bytes]!;
    record.clientIpEnd = integers[INTEGER.client_end]!;
    record.clientPort = integers[INTEGER.client_port]!;
    record.targetIpEnd = integers[INTEGER.target_end]!;
    record.targetPort = integers[INTEGER.target_port]!;
    record.elb_status_code = integers[INTEGER.elb_status_code]!;
    record.target_status_code = integers[INTEGER.target_status_code]!;
    record.matched_rule_priority = integers[INTEGER.matched_rule_priority]!;
  }

  /**
   * Returns the next column of a row, with room for `bytes` of values and for `rows` rows. `isBounded` means that the row
   * count does not limit the bytes, so hasRoom must check them. Columns come in the order of kernel-layout.ts: first the
   * texts of repeated columns, then the columns of alb_row.
   */
  column(bytes: number, rows: number, isBounded: boolean): KernelColumn {
    const { buffer } = this.#code.memory;
    const take = (size: number) => {
      const at = this.#heap;
      this.#heap += (size + SLACK + 15) & ~15;
      if (this.#heap > buffer.byteLength) throw new Error('the columns exceed the memory of the kernel');
      return at;
    };
    const data = take(bytes);
    const bits = (rows >> 3) + 8;
    const present = take(bits);
    const at = COLUMNS + this.#columns++ * COLUMN_BYTES;
    new Int32Array(buffer, at, 6).set([0, 0, 0, data, present, isBounded ? bytes : 0]);
    return {
      bytes: new Uint8Array(buffer, data, bytes),
      present: new Uint8Array(buffer, present, bits),
      state: new Int32Array(buffer, at, 3),
    };
  }

  /** Declares the columns empty. Contexts are numbered from `firstContext` on; `rows` is the row limit. */
  clearRows(firstContext: number, rows: number): void {
    this.#code.clearRows(firstContext, rows);
  }

  /** Returns whether all columns have room for a line of this length. The caller must then append the line. */
  hasRoom(length: number): boolean {
    return this.#code.hasRoom(length) !== 0;
  }

  /** Returns the number of the context whose key is the first `length` bytes of `key`. A new key gets the old count. */
  internContext(length: number): number {
    return this.#code.internContext(length);
  }

  /** Appends the first `length` bytes of `key` to a repeated column, given by its number in kernel/row.ts. */
  putRepeated(which: number, length: number): void {
    this.#code.putRepeatedKey(which, length);
  }

  /** Returns whether the first `length` bytes of `key`, the id of a connection, are written as a text of the dictionary. */
  takesConnection(length: number): boolean {
    return this.#code.takesConnection(length) !== 0;
  }

  get contextCount(): number {
    return this.#code.contextCount();
  }

  /** Sets the object of the next lines and the wanted times (microseconds). */
  begin(objectId: number, from: number, to: number): void {
    this.#code.begin(objectId, from, to, MAX_LINE);
  }

  /** Reads and appends the whole lines of text[at, filled). `line` is the number of lines before. Returns a STOP. */
  run(at: number, filled: number, line: number): number {
    return this.#code.run(at, filled, line);
  }

  /** Where run must go on. `start` and `end` (its line feed) delimit the current line; `number` is a new context's. */
  get next(): number {
    return this.#report[PLACE.NEXT >> 2]!;
  }

  get start(): number {
    return this.#report[PLACE.START >> 2]!;
  }

  get end(): number {
    return this.#report[PLACE.END >> 2]!;
  }

  get number(): number {
    return this.#report[PLACE.NUMBER >> 2]!;
  }

  /** Result of the last run. */
  get done(): RunResult {
    const report = this.#report;
    const times = this.#times;
    return {
      lines: report[PLACE.LINES >> 2]!,
      failures: report[PLACE.FAILURES >> 2]!,
      dropped: report[PLACE.DROPPED >> 2]!,
      firstTime: times[0]!,
      lastTime: times[1]!,
    };
  }
}
