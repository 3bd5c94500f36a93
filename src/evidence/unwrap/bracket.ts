/** Finds where a JSON value ends while its text comes in parts, and saves what is whole of one that was cut. */

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** The brackets of one value, followed from part to part. */
export class BracketScan {
  readonly #open: number[] = [];
  #inString = false;
  #escaped = false;
  #last = 0;
  #arrays = 0;
  /** The text cannot be JSON. */
  broken = false;
  /** Line of each object that is an element of an outermost array. */
  readonly elementLines: number[] = [];

  /** Takes text[from, ...) of one line. Returns the offset behind the value, or -1 while it is open or broken. */
  push(text: string, from: number, line: number): number {
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#inString = false;
        else if (code === NEWLINE) break;
        continue;
      }
      if (code <= 32 || code === 0xfeff) continue;
      if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        if (code === OPEN_OBJECT && this.#arrays === 1 && this.#open.at(-1) === OPEN_ARRAY)
          this.elementLines.push(line);
        if (code === OPEN_ARRAY) this.#arrays++;
        this.#open.push(code);
      } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (this.#open.pop() !== code - 2) {
          this.broken = true;
          return -1;
        }
        if (code === CLOSE_ARRAY) this.#arrays--;
        if (this.#open.length === 0) return at + 1;
      }
      this.#last = code;
    }
    return -1;
  }

  /** The text ends inside a string: no line of JSON does, but what is cut may. */
  get inString(): boolean {
    return this.#inString;
  }

  /** Whether a bracket may open here: behind a colon, or as an element. Else what comes is another value. */
  get mayOpen(): boolean {
    if (this.#last === COLON) return true;
    return this.#open.at(-1) === OPEN_ARRAY && (this.#last === OPEN_ARRAY || this.#last === COMMA);
  }
}

/** Brackets in one another that are followed in what was cut. */
const MAX_SAVED = 200;

/**
 * Returns the value that is left of a text which was cut inside of it, and where the rest begins; null when nothing is.
 * By default only whole elements of arrays are left, so that no reported element is half of what it was; `torn` takes
 * all there is.
 */
export function saveCut(text: string, torn = false): { value: unknown; rest: number } | null {
  const open: number[] = [];
  let inString = false;
  let good = -1;
  let closers = '';
  const note = (at: number) => {
    good = at;
    closers = closersOf(open);
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(code);
      if (open.length > MAX_SAVED) return null;
      if (torn) note(at + 1);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      if (torn || (code === CLOSE_OBJECT && open.at(-1) === OPEN_ARRAY)) note(at + 1);
    } else if (torn && code === COMMA) note(at);
  }
  if (torn && inString) {
    const value = parsed(`${text.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '')}"${closersOf(open)}`);
    if (value !== undefined) return { value, rest: text.length };
  }
  const value = good === -1 ? undefined : parsed(text.slice(0, good) + closers);
  return value === undefined ? null : { value, rest: good };
}

const closersOf = (open: readonly number[]): string =>
  open
    .map((code) => (code === OPEN_OBJECT ? '}' : ']'))
    .reverse()
    .join('');

/** Returns the value of a text, or undefined when it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the outermost array of a value that comes first; an empty one when there is none. */
export function firstArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  for (const held of Object.values(value)) {
    const array = firstArray(held);
    if (array.length > 0) return array;
  }
  return [];
}
