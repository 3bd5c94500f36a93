/**
 * Objects as Python prints them: answers of boto3, objects of the Kubernetes client, in lines of logs or by themselves. They become
 * JSON in the same lines, so that what reads JSON reads them.
 */

/** The beginning of a dict, within some lists and dicts or not; a thousand brackets are none. */
const OPENER = /[{[]\s{0,200}(?:[{[(]\s{0,200}){0,20}u?'(?:[^'\\\n]|\\.){0,80}'\s*:/g;

/** Brackets in one another that are followed. */
const MAX_NESTED = 200;

const WORDS: Readonly<Record<string, string>> = {
  None: 'null',
  True: 'true',
  False: 'false',
  nan: 'null',
  inf: 'null',
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

export interface PythonText {
  text: string;
  /** A time is in the zone of the machine that printed it, which it does not say. */
  isLocal: boolean;
}

/** Returns whether a text may hold an object that Python printed: a quick look. */
export const mayBePython = (text: string): boolean => /[{[(,]\s*u?'/.test(text);

/** Returns a text whose Python objects are JSON, null where it holds none. Times without a zone are `timezoneMinutes` east of UTC. */
export function fromPython(text: string, timezoneMinutes: number): PythonText | null {
  const parts: string[] = [];
  let copied = 0;
  let isLocal = false;
  OPENER.lastIndex = 0;
  for (let match = OPENER.exec(text); match !== null; match = OPENER.exec(text)) {
    const literal = new Literal(text, match.index, timezoneMinutes);
    const isWhole = literal.run();
    if (isWhole) {
      parts.push(text.slice(copied, match.index), literal.out.join(''));
      copied = literal.at;
      isLocal ||= literal.isLocal;
    }
    // Broken text is not read again, so that the time is linear.
    OPENER.lastIndex = Math.max(literal.at, match.index + 1);
  }
  return parts.length === 0 ? null : { text: parts.join('') + text.slice(copied), isLocal };
}

/** One object, from its first bracket on. */
class Literal {
  readonly out: string[] = [];
  readonly #open: string[] = [];
  at: number;
  isLocal = false;

  constructor(
    readonly text: string,
    start: number,
    readonly timezoneMinutes: number,
  ) {
    this.at = start;
  }

  /** Returns whether it is one, or was one up to the end of the text. */
  run(): boolean {
    do {
      if (!this.#token()) return false;
    } while (this.#open.length > 0 && this.at < this.text.length);
    return true;
  }

  #token(): boolean {
    const { text, at } = this;
    const character = text[at]!;
    if (/[\s,:]/.test(character)) return this.#emit(character, at + 1);
    if (character in CLOSING) {
      this.#open.push(CLOSING[character]!);
      return this.#open.length <= MAX_NESTED && this.#emit(character === '(' ? '[' : character, at + 1);
    }
    if (character === '}' || character === ']' || character === ')') {
      if (this.#open.pop() !== character) return false;
      // Python allows a comma behind the last element, of a tuple of one it prints it.
      for (let last = this.out.length - 1; last >= 0 && /^[\s,]*$/.test(this.out[last]!); last--) {
        if (this.out[last] === ',') this.out[last] = '';
      }
      return this.#emit(character === ')' ? ']' : character, at + 1);
    }
    if (this.#stringStart(at) !== -1) return this.#string();
    if (character === '<') return this.#raw(text.indexOf('>', at) + 1);
    return this.#word();
  }

  /** Puts a part of JSON in the place of the text up to `next`, and as many lines. */
  #emit(part: string, next: number): boolean {
    const own = this.text.slice(this.at, next);
    const isSame = part === own || !own.includes('\n');
    this.out.push(isSame ? part : part + '\n'.repeat(own.split('\n').length - 1));
    this.at = next;
    return true;
  }

  /** Text that no value of JSON stands for, as a string. */
  #raw(end: number): boolean {
    if (end <= this.at) return false;
    return this.#emit(JSON.stringify(this.text.slice(this.at, end)), end);
  }

  /** Where the quote of a string that begins here is, -1 where none does. */
  #stringStart(at: number): number {
    const start = /[uUbBrR]/.test(this.text[at] ?? '') ? at + 1 : at;
    const quote = this.text[start];
    return quote === "'" || quote === '"' ? start : -1;
  }

  /** A string, and those behind it: pprint breaks a long one. */
  #string(): boolean {
    const values: string[] = [];
    let lines = '';
    for (let start = this.#stringStart(this.at); start !== -1; start = this.#stringStart(this.at)) {
      const value = this.#unquoted(start);
      if (value === null) return false;
      values.push(value);
      const blank = /\s*/y;
      blank.lastIndex = this.at;
      const between = blank.exec(this.text)![0];
      if (this.#stringStart(this.at + between.length) === -1) break;
      lines += '\n'.repeat(between.split('\n').length - 1);
      this.at += between.length;
    }
    this.out.push(JSON.stringify(values.join('')) + lines);
    return true;
  }

  /** The string whose quote is at `start`; null where it does not end on its line. */
  #unquoted(start: number): string | null {
    const { text } = this;
    const quote = text[start]!;
    const parts: string[] = [];
    let at = start + 1;
    for (;;) {
      const from = at;
      while (at < text.length && text[at] !== quote && text[at] !== '\\' && text[at] !== '\n') at++;
      parts.push(text.slice(from, at));
      if (at >= text.length || text[at] === '\n') {
        // The beginning of a file may end anywhere.
        this.at = Math.min(at, text.length);
        return at >= text.length ? parts.join('') : null;
      }
      if (text[at] === quote) break;
      const code = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(text.slice(at, at + 10));
      if (code) {
        const point = Number.parseInt(code[1] ?? code[2] ?? code[3]!, 16);
        parts.push(point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point));
        at += code[0].length;
      } else {
        const escaped = text[at + 1] ?? '';
        if (escaped === '\n') {
          this.at = at + 1;
          return null;
        }
        parts.push(ESCAPES[escaped] ?? escaped);
        at += 2;
      }
    }
    this.at = at + 1;
    return parts.join('');
  }

  /** A number, a name, or a call. */
  #word(): boolean {
    const word = /[\w.+-]{1,100}/y;
    word.lastIndex = this.at;
    const own = word.exec(this.text)?.[0];
    if (own === undefined) return false;
    const end = this.at + own.length;
    if (this.text[end] === '(') return this.#call(own, end);
    const number = own.replace(/L$/, '');
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(number)) return this.#emit(number, end);
    const value = WORDS[own.replace(/^[+-]/, '')];
    return value === undefined ? end >= this.text.length && this.#emit('null', end) : this.#emit(value, end);
  }

  #call(name: string, open: number): boolean {
    const end = closingOf(this.text, open);
    if (end === -1) return this.text.length - open < MAX_CALL && this.#emit('null', this.text.length);
    if (!/^(?:datetime\.)?datetime$/.test(name)) return this.#raw(end);
    const time = this.#time(this.text.slice(open + 1, end - 1));
    return time === null ? this.#raw(end) : this.#emit(JSON.stringify(time), end);
  }

  /** The arguments of a time as RFC 3339; null where its zone is unknown. */
  #time(inside: string): string | null {
    const match = /^\s*([\d\s,]+?),?\s*(?:tzinfo=([\s\S]*))?$/.exec(inside.replace(/, fold=1/, ''));
    if (!match) return null;
    const [year, month, day, hour = 0, minute = 0, second = 0, micros = 0] = match[1]!.split(',').map(Number);
    if (year === undefined || month === undefined || day === undefined) return null;
    const zone = match[2] === undefined ? null : offsetOf(match[2]);
    if (zone === 'unknown') return null;
    if (zone === null) this.isLocal = true;
    const two = (number: number) => String(number).padStart(2, '0');
    const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/000$/, '')}`;
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
    return `${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${printed(zone ?? this.timezoneMinutes)}`;
  }
}

/** Characters between the parentheses of a call. */
const MAX_CALL = 1000;

/** Returns where the call ends whose parenthesis is at `open`, -1 where it does not. */
function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length && at < open + MAX_CALL; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return at + 1;
  }
  return -1;
}

/** Minutes east of UTC; null is the zone of the machine. */
function offsetOf(zone: string): number | null | 'unknown' {
  const own = zone.trim().replace(/,$/, '');
  if (
    /^(?:(?:\w+\.)*(?:tzutc\(\)|utc|UTC)|<UTC>|TzInfo\((?:UTC|0)\)|(?:\w+\.)*ZoneInfo\(key='(?:Etc\/)?UTC'\))$/.test(
      own,
    )
  )
    return 0;
  if (/^(?:\w+\.)*tzlocal\(\)$/.test(own)) return null;
  const delta = /^(?:datetime\.)?timezone\((?:datetime\.)?timedelta\((?:days=(-?\d+))?(?:, )?(?:seconds=(\d+))?\)/.exec(
    own,
  );
  const seconds = /^(?:\w+\.)*tzoffset\((?:None|'[^']*'), (-?\d+)\)$/.exec(own)?.[1];
  if (delta) return Number(delta[1] ?? 0) * 1440 + Number(delta[2] ?? 0) / 60;
  return seconds === undefined ? 'unknown' : Number(seconds) / 60;
}

const printed = (minutes: number): string => {
  const own = Math.abs(Math.round(minutes));
  const two = (number: number) => String(number).padStart(2, '0');
  return minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(own / 60))}:${two(own % 60)}`;
};
