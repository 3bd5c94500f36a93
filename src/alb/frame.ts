/** Cuts a stream of bytes into lines, wherever the chunks end. Nothing is copied but the line that a chunk border cuts. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What is kept of a line that is longer than `maxLine`. */
export const KEPT_OF_LONG_LINE = 1 << 16;

export interface LineVisitor {
  /** A line bytes[start, end) without its line feed or carriage return. The bytes are only lent. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** A new array will be lent from: the place to make a view of it. */
  lend(bytes: Uint8Array): void;
  /** The last line, where damage may have cut it. */
  cutLine(bytes: Uint8Array): void;
  /** A line of `length` bytes, too long to be held: its first bytes. */
  longLine(first: Uint8Array, length: number): void;
}

export class LineFramer {
  private rest: Uint8Array;
  private restLength = 0;
  /** Length of the line being skipped because it is too long; 0 when none is. */
  private skipped = 0;
  private readonly visitor: LineVisitor;
  private readonly maxLine: number;

  constructor(visitor: LineVisitor, maxLine: number) {
    this.visitor = visitor;
    this.maxLine = maxLine;
    this.rest = new Uint8Array(4096);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.restLength > 0 || this.skipped > 0) {
      const end = chunk.indexOf(LINE_FEED);
      this.hold(chunk, 0, end < 0 ? chunk.length : end);
      if (end < 0) return;
      this.flush();
      start = end + 1;
    }
    this.visitor.lend(chunk);
    for (let end = chunk.indexOf(LINE_FEED, start); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      if (end - start > this.maxLine) {
        this.visitor.longLine(chunk.slice(start, start + KEPT_OF_LONG_LINE), end - start);
      } else {
        this.visitor.line(chunk, start, end > start && chunk[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
      }
      start = end + 1;
    }
    if (start < chunk.length) this.hold(chunk, start, chunk.length);
  }

  /** The last line, where no line feed ends it; of damaged text it is not known to be whole. */
  end(damaged: boolean): void {
    if (damaged && this.restLength > 0 && this.skipped === 0) {
      this.visitor.cutLine(this.rest.subarray(0, this.restLength));
      this.restLength = 0;
    } else if (this.restLength > 0 || this.skipped > 0) this.flush();
  }

  private hold(chunk: Uint8Array, start: number, end: number): void {
    if (this.skipped > 0) {
      this.skipped += end - start;
      return;
    }
    const length = this.restLength + end - start;
    if (length > this.rest.length) {
      const grown = new Uint8Array(Math.min(Math.max(length, this.rest.length * 2), this.maxLine + chunk.length));
      grown.set(this.rest.subarray(0, this.restLength));
      this.rest = grown;
    }
    this.rest.set(chunk.subarray(start, end), this.restLength);
    this.restLength = length;
    if (length > this.maxLine) {
      this.skipped = length;
      this.restLength = Math.min(length, KEPT_OF_LONG_LINE);
    }
  }

  private flush(): void {
    const length = this.restLength;
    this.restLength = 0;
    if (this.skipped > 0) {
      const skipped = this.skipped;
      this.skipped = 0;
      this.visitor.longLine(this.rest.slice(0, length), skipped);
      return;
    }
    this.visitor.lend(this.rest);
    const cut = length > 0 && this.rest[length - 1] === CARRIAGE_RETURN ? 1 : 0;
    this.visitor.line(this.rest, 0, length - cut);
  }
}
