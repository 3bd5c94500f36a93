/**
 * Splits concatenated JSON values: what `kubectl get -o json -w` and a poller's log print, one object after the other
 * with nothing but white space between them, each on one line or on many.
 *
 * A value ends where its brackets close. Where that goes wrong (a capture that was cut, a message of another program in
 * between) the text up to the next line that opens a value in its first column is given up, and reading goes on there.
 *
 * The text may come in parts, cut anywhere: only the value at hand is kept.
 */
import { OPEN_ARRAY, OPEN_OBJECT, Scan } from './json-scan.ts';
import { copyOf, LongList } from './long-list.ts';

/** One top-level object or array, or a stretch of other text. */
export interface JsonPiece {
  /** 1-based line where it starts. */
  line: number;
  text: string;
  value: unknown;
  /** Why `value` is missing: a snake_case code, then ": detail"; null for a good value. */
  error: string | null;
  /** Line of each object that is an element of an outermost array (the items of a List), in order. */
  elementLines: number[];
}

/** Bytes in memory of one value of a text that comes in parts: far above any listing, a fraction of the memory of `load`. */
const MAX_VALUE = 128 << 20;
/** Values above this are parsed element by element where only a long list makes them so large. */
const LONG_VALUE = 2 << 20;

/** One value is larger than the memory that is meant for it. */
export class ValueTooLarge extends Error {
  override name = 'ValueTooLarge';
}

/** Bytes that a character of this text takes in memory. */
export const widthOf = (text: string): 1 | 2 => (/[^\u0000-\u00ff]/.test(text) ? 2 : 1);

/** Yields the values of the whole text. */
export function* splitJson(text: string, firstLine = 1): Generator<JsonPiece> {
  const splitter = new JsonSplitter(false, firstLine);
  yield* splitter.push(text);
  yield* splitter.end();
}

/**
 * Yields the values in order, and what lies between them and is no value as pieces with an error. Time is linear in the
 * text, whatever it holds: after the first value that ran into another one, every line that opens a value in its first
 * column counts as a new value, so that no stretch is scanned more than twice.
 */
export class JsonSplitter {
  /** Text from the value at hand on, and parts that came since: joined when they are worth the copy. */
  #text = '';
  #parts: string[] = [];
  #waiting = 0;
  #ended = false;
  /** Where the next value may begin. */
  #position = 0;
  #scan: Scan | null = null;
  #strict = false;
  /** Bytes of a character: one that is not Latin makes two of every other. */
  #width = 1;
  /** Line of the offsets up to the next line feed that is not counted yet; -1 when the text has no more. */
  #line: number;
  #newline = -1;
  readonly #longLists: boolean;

  /** `longLists`: the outermost array of a large value is a LongList. */
  constructor(longLists: boolean, firstLine = 1) {
    this.#longLists = longLists;
    this.#line = firstLine;
  }

  /** Takes the next part and yields what is whole by then. Throws ValueTooLarge. */
  *push(text: string): Generator<JsonPiece> {
    this.#parts.push(text);
    this.#waiting += text.length;
    if (this.#width === 1) this.#width = widthOf(text);
    // Each join copies the value at hand: one for every quarter that it grows by.
    if (this.#waiting * 4 < this.#text.length) return;
    this.#join();
    yield* this.#pieces();
  }

  *end(): Generator<JsonPiece> {
    this.#ended = true;
    this.#join();
    yield* this.#pieces();
  }

  #join(): void {
    this.#cut(this.#text.slice(this.#position) + this.#parts.join(''));
    this.#parts = [];
    this.#waiting = 0;
  }

  /** Frees the memory of what was read. */
  #letGo(): void {
    this.#cut(copyOf(this.#text.slice(this.#position)));
  }

  /** Goes on in `text`, which is what is left and perhaps more. */
  #cut(text: string): void {
    this.#lineOf(this.#position);
    const counted = this.#newline === -1 ? this.#text.length : this.#newline;
    this.#text = text;
    this.#scan?.move(-this.#position);
    this.#newline = this.#text.indexOf('\n', counted - this.#position);
    this.#position = 0;
  }

  *#pieces(): Generator<JsonPiece> {
    for (;;) {
      const piece = this.#next();
      if (piece === null) return;
      yield piece;
    }
  }

  /** Returns the next piece; null when the text that is here ends before it does. */
  #next(): JsonPiece | null {
    const text = this.#text;
    if (this.#scan === null) {
      this.#position = skipBlank(text, this.#position);
      if (this.#position >= text.length) return null;
    }
    const start = this.#position;
    const code = text.charCodeAt(start);
    if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) return this.#giveUp(nextOpener(text, start), 'not_json');
    const scan = this.#scan ?? new Scan(start);
    this.#scan = null;
    if (!scan.run(text, this.#strict, this.#ended)) {
      if ((text.length - start) * this.#width < MAX_VALUE) {
        this.#scan = scan;
        return null;
      }
      if (scan.crossed === null)
        throw new ValueTooLarge(`one JSON value of more than ${MAX_VALUE >> 20} MiB; split it and load the parts`);
      scan.why = 'bad_json: cut short by the next value';
    }
    const parsed = scan.closed ? parse(text, scan, this.#longLists) : { error: scan.why };
    if (parsed.error === null) {
      const line = this.#lineOf(start);
      const elementLines = scan.elements.map((at) => this.#lineOf(at));
      this.#position = scan.at;
      let raw = text.slice(start, scan.at);
      if (parsed.isLong) {
        // The kept part of a rejected record is shorter.
        raw = copyOf(raw.slice(0, LONG_VALUE >> 4));
        this.#letGo();
      }
      return { line, text: raw, value: parsed.value, error: null, elementLines };
    }
    // A value that swallowed the start of another one, or that was cut there.
    if (scan.crossed !== null) this.#strict = true;
    const end = scan.crossed ?? (scan.closed ? scan.at : nextOpener(text, Math.max(scan.at - 1, start)));
    return this.#giveUp(end, parsed.error, scan);
  }

  /** Gives up the text to `end`, the next value or -1 for none yet; `scan` is of a value that is known to be broken. */
  #giveUp(end: number, error: string, scan: Scan | null = null): JsonPiece | null {
    if (end === -1 && !this.#ended) {
      if ((this.#text.length - this.#position) * this.#width < MAX_VALUE) {
        this.#scan = scan;
        return null;
      }
      throw new ValueTooLarge(`more than ${MAX_VALUE >> 20} MiB of text without a JSON value`);
    }
    const start = this.#position;
    this.#position = end === -1 ? this.#text.length : end;
    return broken(this.#lineOf(start), this.#text.slice(start, this.#position), error);
  }

  /** Offsets must not go back from call to call. */
  #lineOf(offset: number): number {
    for (; this.#newline !== -1 && this.#newline < offset; this.#line++) {
      this.#newline = this.#text.indexOf('\n', this.#newline + 1);
    }
    return this.#line;
  }
}

function parse(
  text: string,
  scan: Scan,
  longLists: boolean,
): { value?: unknown; isLong?: boolean; error: string | null } {
  const { start, at, elements, ends } = scan;
  try {
    const long = longLists && at - start > LONG_VALUE ? LongList.parse(text, start, at, elements, ends) : null;
    return { value: long ? long.value : JSON.parse(text.slice(start, at)), isLong: long !== null, error: null };
  } catch (error) {
    // The engine's message may quote the input at length: one line of it is enough to find the place.
    const message = error instanceof Error ? error.message : String(error);
    return { error: `bad_json: ${message.replace(/\s+/g, ' ').slice(0, 120)}` };
  }
}

function broken(line: number, text: string, error: string): JsonPiece {
  let end = text.length;
  while (end > 0 && isBlank(text, end - 1)) end--;
  return { line, text: text.slice(0, end), value: undefined, error, elementLines: [] };
}

/** JSON's own white space, and U+FEFF: a byte order mark, which may also sit between concatenated files. */
function isBlank(text: string, at: number): boolean {
  return ' \t\r\n\uFEFF'.includes(text.charAt(at));
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text, at)) at++;
  return at;
}

/** Returns where the next line opens a value in its first column, -1 where none does. */
function nextOpener(text: string, from: number): number {
  const opener = /\n[{[]/g;
  opener.lastIndex = from;
  const match = opener.exec(text);
  return match ? match.index + 1 : -1;
}
