/**
 * The line reader without WebAssembly: DRAINTRACE_KERNEL=off. It leaves every line to record.ts, and appends nothing itself. Slower
 * than the kernel, and with the same rows; it shows whether a fault lies in the kernel, and runs where WebAssembly may not.
 */
import type { KernelColumn, LineReader, RunResult } from '../../alb/kernel.ts';
import { CONNECTIONS_TRIED, REPEATED, rowColumns, STOP } from '../../alb/kernel-layout.ts';
import { MAX_LINE, newRecord } from '../../alb/record.ts';
import { Interner } from '../../parquet/intern.ts';

/** Room for a line of the greatest length, a chunk of 1 MiB, and bytes that are read ahead. */
const TEXT_BYTES = MAX_LINE + (1 << 20) + 64;
const LINE_FEED = 0x0a;
/** Numbers of repeated texts have 16 bits. */
const MOST_TEXTS = 65_536;
/** A line of this many more bytes has room too, as in the kernel. */
const MORE = 64;
const [LENGTH, ROWS] = [0, 1];
/** Positions of the repeated columns among all: their texts come first. */
const REPEATED_COLUMNS = REPEATED.map((name) => REPEATED.length + rowColumns().findIndex((one) => one.name === name));

export class PlainReader implements LineReader {
  readonly text = new Uint8Array(TEXT_BYTES).subarray(0, -64);
  readonly record = newRecord();
  readonly key = new DataView(new ArrayBuffer(MAX_LINE + 64));
  next = 0;
  start = 0;
  end = 0;
  readonly number = 0;
  readonly done: RunResult = {
    ...{ lines: 0, failures: 0, dropped: 0 },
    firstTime: Number.POSITIVE_INFINITY,
    lastTime: Number.NEGATIVE_INFINITY,
  };
  readonly #columns: (KernelColumn & { view: DataView; isBounded: boolean })[] = [];
  readonly #contexts = new Interner();
  readonly #texts = REPEATED.map(() => new Interner());
  #repeats = 0;

  readonly feed = (start: number, end: number): number => {
    const at = this.text.indexOf(LINE_FEED, start);
    return at < end ? at : -1;
  };

  read(): boolean {
    return false;
  }

  fillRecord(): void {}

  column(bytes: number, rows: number, isBounded: boolean): KernelColumn {
    const values = new Uint8Array(bytes);
    const column = {
      ...{ bytes: values, present: new Uint8Array((rows >> 3) + 8), state: new Int32Array(3) },
      ...{ view: new DataView(values.buffer), isBounded },
    };
    this.#columns.push(column);
    return column;
  }

  clearRows(): void {
    this.#contexts.clear();
    for (const texts of this.#texts) texts.clear();
    this.#repeats = 0;
  }

  hasRoom(length: number): boolean {
    const hasBytes = this.#columns.every(
      ({ bytes, state, isBounded }) => !isBounded || bytes.length - state[LENGTH]! >= length + MORE,
    );
    return hasBytes && this.#texts.every(({ size }) => size < MOST_TEXTS);
  }

  get contextCount(): number {
    return this.#contexts.size;
  }

  internContext(length: number): number {
    return this.#contexts.number(this.key, 0, length);
  }

  takesConnection(length: number): boolean {
    const texts = this.#texts[REPEATED.indexOf('conn_trace_text')]!;
    if (texts.find(this.key, 0, length) === texts.size) return texts.size < CONNECTIONS_TRIED + (this.#repeats >> 1);
    this.#repeats++;
    return true;
  }

  putRepeated(which: number, length: number): void {
    const texts = this.#texts[which]!;
    const known = texts.size;
    const number = texts.number(this.key, 0, length);
    if (number === known) {
      const { bytes, view, at } = this.#take(which, length + 4);
      view.setInt32(at, length, true);
      bytes.set(new Uint8Array(this.key.buffer, 0, length), at + 4);
    }
    const { view, at } = this.#take(REPEATED_COLUMNS[which]!, 2);
    view.setUint16(at, number, true);
  }

  /** Counts a row of a column and returns the place of its value. */
  #take(which: number, size: number): { bytes: Uint8Array; view: DataView; at: number } {
    const { bytes, view, present, state } = this.#columns[which]!;
    const [at, row] = [state[LENGTH]!, state[ROWS]!];
    state[LENGTH] = at + size;
    state[ROWS] = row + 1;
    present[row >> 3]! |= 1 << (row & 7);
    return { bytes, view, at };
  }

  begin(): void {}

  run(at: number, filled: number): number {
    this.next = at;
    const end = this.feed(at, filled);
    if (end < 0) return STOP.done;
    this.start = at;
    this.end = end;
    return STOP.other;
  }
}

/** Returns whether the environment switches the kernel off: DRAINTRACE_KERNEL=off. */
export function isKernelOff(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.DRAINTRACE_KERNEL === 'off';
}
