/**
 * The fast way to read a line: kernel/line.ts as WebAssembly. It reads nearly every line of a log and leaves the rest, and
 * every refusal, to record.ts; what it reads, it reads the same (a test compares the two over broken lines by the thousand).
 */
import { KERNEL } from './kernel-code.ts';
import { type LineRecord, MAX_LINE, newRecord } from './record.ts';
import { MAX_SPLIT } from './split.ts';

/** Addresses in the kernel's memory; kernel/line.ts has the same. */
const [STARTS, ENDS, FLOATS, INTEGERS, TEXT] = [1024, 1280, 1536, 1600, 4096];
/** The kernel looks at 16 bytes at a time, up to so many beyond the text. */
const SLACK = 64;

/** The part of the WebAssembly interface that is used: the same in Node and in browsers. */
interface Instance {
  exports: {
    memory: { buffer: ArrayBuffer };
    read(start: number, end: number): number;
    feed(start: number, end: number): number;
  };
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => Instance;
};

export class Kernel {
  /** The text to read from: lines are put here. Holds a line of the greatest length and a chunk of 1 MiB. */
  readonly text: Uint8Array;
  /** What read filled last; its spans are positions in `text`. */
  readonly record: LineRecord;
  private readonly floats: Float64Array;
  private readonly integers: Int32Array;
  /** Returns where the next line feed of text[start, end) is, -1 when there is none. */
  readonly feed: (start: number, end: number) => number;
  private readonly readLine: (start: number, end: number) => number;

  constructor() {
    const code = Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0));
    const { memory, read, feed } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
    const { buffer } = memory;
    this.text = new Uint8Array(buffer, TEXT, MAX_LINE + (1 << 20) + SLACK).subarray(0, -SLACK);
    this.record = newRecord();
    this.record.spans.start = new Int32Array(buffer, STARTS, MAX_SPLIT);
    this.record.spans.end = new Int32Array(buffer, ENDS, MAX_SPLIT);
    this.floats = new Float64Array(buffer, FLOATS, 7);
    this.integers = new Int32Array(buffer, INTEGERS, 8);
    this.readLine = read;
    this.feed = feed;
  }

  /** Reads text[start, end) into `record` and returns true; false when the line is not plain and readRecord is to be asked. */
  read(start: number, end: number): boolean {
    if (this.readLine(start, end) === 0) return false;
    const { record, floats, integers } = this;
    record.spans.count = integers[0]!;
    record.spans.tail = end;
    record.spans.mask = 0;
    record.extra = 0;
    record.time = floats[0]!;
    record.request_creation_time = floats[1]!;
    record.seconds[0] = floats[2]!;
    record.seconds[1] = floats[3]!;
    record.seconds[2] = floats[4]!;
    record.received_bytes = floats[5]!;
    record.sent_bytes = floats[6]!;
    record.clientIpEnd = integers[1]!;
    record.clientPort = integers[2]!;
    record.targetIpEnd = integers[3]!;
    record.targetPort = integers[4]!;
    record.elb_status_code = integers[5]!;
    record.target_status_code = integers[6]!;
    record.matched_rule_priority = integers[7]!;
    return true;
  }
}
