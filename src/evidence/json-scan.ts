/** Finds where one JSON value ends, in text that may come in parts. */

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;
export const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
export const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Looks for the end of one value; goes on where it stopped when more text has come. */
export class Scan {
  /** Offset after the value, or where it went wrong. */
  at: number;
  closed = false;
  why = '';
  /** First offset inside the value where a line opens a bracket in its first column. */
  crossed: number | null = null;
  /** Where the objects that are elements of outermost arrays begin and end. */
  elements: number[] = [];
  ends: number[] = [];
  readonly #open: number[] = [];
  #start: number;
  #arrays = 0;
  #inString = false;
  #done = false;

  constructor(start: number) {
    this.#start = start;
    this.at = start;
  }

  get start(): number {
    return this.#start;
  }

  /** The text was cut at its front, or put behind other text. */
  move(by: number): void {
    this.#start += by;
    this.at += by;
    if (this.crossed !== null) this.crossed += by;
    if (by !== 0) {
      this.elements = this.elements.map((at) => at + by);
      this.ends = this.ends.map((at) => at + by);
    }
  }

  /** Returns whether the value ended, well or not; else it goes on in text that is not here yet. */
  run(text: string, strict: boolean, ended: boolean): boolean {
    if (this.#done) return true;
    for (let at = this.at; at < text.length; at++) {
      if (this.#inString) {
        at = this.#string(text, at, ended);
        if (this.#done) return true;
        if (this.#inString) return ended ? this.#stop(text.length, 'bad_json: the text ends inside a value') : false;
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        if (at > this.#start && text.charCodeAt(at - 1) === NEWLINE) {
          this.crossed ??= at;
          if (strict) return this.#stop(at, 'bad_json: cut short by the next value');
        }
        if (code === OPEN_OBJECT && this.#arrays === 1 && this.#open.at(-1) === OPEN_ARRAY) this.elements.push(at);
        if (code === OPEN_ARRAY) this.#arrays++;
        this.#open.push(code);
      } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (this.#open.pop() !== code - 2) return this.#stop(at + 1, 'bad_json: brackets do not match');
        if (code === CLOSE_ARRAY) this.#arrays--;
        if (this.#open.length === 0) {
          this.closed = true;
          return this.#stop(at + 1, '');
        }
        if (code === CLOSE_OBJECT && this.#arrays === 1 && this.#open.at(-1) === OPEN_ARRAY) this.ends.push(at + 1);
      }
    }
    this.at = text.length;
    return ended ? this.#stop(text.length, 'bad_json: the text ends inside a value') : false;
  }

  /** Goes on inside a string; returns where its end is, or stays in it when the text ends before. */
  #string(text: string, from: number, ended: boolean): number {
    let at = from;
    for (; at < text.length; at++) {
      const inner = text.charCodeAt(at);
      if (inner === QUOTE) {
        this.#inString = false;
        return at;
      }
      if (inner === NEWLINE) {
        this.#stop(at, 'bad_json: a string is not closed');
        return at;
      }
      if (inner !== BACKSLASH) continue;
      // The next character decides whether a line ends here.
      if (at + 1 === text.length && !ended) break;
      if (text.charCodeAt(at + 1) !== NEWLINE) at++;
    }
    this.at = at;
    return at;
  }

  #stop(at: number, why: string): true {
    this.at = at;
    this.why = why;
    this.#done = true;
    return true;
  }
}
