/**
 * Puts each JSON object on a line of its own: Firehose writes records one behind the other, with nothing between them. Bytes
 * between objects stay as they are, so lines that hold one object pass unchanged.
 */
const LINE_FEED = 0x0a;
const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];

export class RecordBreaks {
  readonly #next: { push(chunk: Uint8Array): void; end(damaged: boolean): void };
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** An object ended on this line, and no line feed came yet. */
  #ended = false;

  constructor(next: { push(chunk: Uint8Array): void; end(damaged: boolean): void }) {
    this.#next = next;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === LINE_FEED) {
        // A line feed is escaped within a string: whatever was open is damaged, and the next line begins anew.
        this.#depth = 0;
        this.#inString = this.#escaped = this.#ended = false;
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === CLOSE) this.#ended = --this.#depth === 0;
      else if (byte === OPEN && this.#depth++ === 0 && this.#ended) {
        if (at > from) this.#next.push(chunk.subarray(from, at));
        this.#next.push(Uint8Array.of(LINE_FEED));
        from = at;
        this.#ended = false;
      }
    }
    this.#next.push(from === 0 ? chunk : chunk.subarray(from));
  }

  end(damaged: boolean): void {
    this.#next.end(damaged);
  }
}
