/** Cuts a stream of bytes into lines, wherever the chunks end. Each line is lent as a whole from one buffer. */
import type { LineReader } from './kernel.ts';

const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

/** Bytes that are kept of a line longer than `maxLine`. */
export const KEPT_OF_LONG_LINE = 1 << 16;

export interface LineHandler {
  /** A line bytes[start, end) without its line feed or carriage return. The bytes are only lent. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** Optional: handles all whole lines of bytes[0, filled) at once and returns where the rest begins. */
  run?(bytes: Uint8Array, filled: number): number;
  /** Announces a new buffer that lines will be lent from, so that the line handler can make a view of it. */
  lend(bytes: Uint8Array): void;
  /** A line that is known to be no row, with the reason. */
  refuse(reason: string, bytes: Uint8Array): void;
  /** The last line of damaged text, which may be incomplete. */
  cutLine(bytes: Uint8Array): void;
  /** A line of `length` bytes that is too long to keep, with its first bytes. */
  longLine(first: Uint8Array, length: number): void;
}

export class LineFramer {
  /** Bytes of the unfinished line at the buffer's start. */
  #used = 0;
  /** Length so far of the too long line that is being skipped; 0 outside such lines. */
  #skipped = 0;
  readonly #handler: LineHandler;
  readonly #maxLine: number;
  readonly #buffer: Uint8Array;

  readonly #feed: (start: number, end: number) => number;

  /** Lends lines from the text of `kernel`, which must hold more than a line of `maxLine` bytes. */
  constructor(handler: LineHandler, maxLine: number, kernel: Pick<LineReader, 'text' | 'feed'>) {
    this.#handler = handler;
    this.#maxLine = maxLine;
    this.#buffer = kernel.text;
    this.#feed = kernel.feed;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skipped > 0) {
        at = this.#skip(chunk, at);
        continue;
      }
      const piece = chunk.subarray(at, at + this.#buffer.length - this.#used);
      at += piece.length;
      this.#take(piece);
    }
  }

  /** Ends the last line where no line feed ends it. In damaged text that line may be incomplete. */
  end(damaged: boolean): void {
    const used = this.#used;
    const handler = this.#handler;
    const buffer = this.#buffer;
    this.#used = 0;
    if (this.#skipped > 0) this.#endLong();
    else if (used > 0 && damaged) handler.cutLine(buffer.subarray(0, used));
    else if (used > 0) {
      handler.lend(buffer.subarray(0, used));
      handler.line(buffer, 0, buffer[used - 1] === CARRIAGE_RETURN ? used - 1 : used);
    }
  }

  #take(piece: Uint8Array): void {
    const buffer = this.#buffer;
    const handler = this.#handler;
    const maxLine = this.#maxLine;
    buffer.set(piece, this.#used);
    const filled = this.#used + piece.length;
    let start = 0;
    const lent = buffer.subarray(0, filled);
    let end = this.#feed(this.#used, filled);
    if (end >= 0) handler.lend(lent);
    if (end >= 0 && handler.run) {
      start = handler.run(lent, filled);
      end = -1;
    }
    for (; end >= 0; end = this.#feed(start, filled)) {
      if (end - start > maxLine) handler.longLine(lent.slice(start, start + KEPT_OF_LONG_LINE), end - start);
      else handler.line(lent, start, end > start && lent[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
      start = end + 1;
    }
    this.#used = filled - start;
    if (start > 0) buffer.copyWithin(0, start, filled);
    if (this.#used > maxLine) this.#skipped = this.#used;
  }

  /** Skips more of a too long line, whose first bytes stay in the buffer. Returns where to go on. */
  #skip(chunk: Uint8Array, at: number): number {
    const end = chunk.indexOf(LINE_FEED, at);
    this.#skipped += (end < 0 ? chunk.length : end) - at;
    if (end < 0) return chunk.length;
    this.#endLong();
    return end + 1;
  }

  #endLong(): void {
    const skipped = this.#skipped;
    this.#skipped = this.#used = 0;
    this.#handler.longLine(this.#buffer.slice(0, Math.min(skipped, KEPT_OF_LONG_LINE)), skipped);
  }
}
