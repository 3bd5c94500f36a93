/**
 * Splits concatenated JSON values: what `kubectl get -o json -w` and a poller's log print, one object after the other
 * with nothing but white space between them, each on one line or on many.
 *
 * A value ends where its brackets close. Where that goes wrong (a capture that was cut, a message of another program in
 * between) the text up to the next line that opens a value in its first column is given up, and reading goes on there.
 */

/** One top-level object or array, or a stretch of text that is none. */
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

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Yields the values of the text in order, and what lies between them and is no value as pieces with an error.
 * Time is linear in the text, whatever it holds: after the first value that ran into another one, every line that
 * opens a value in its first column counts as a new value, so that no stretch is scanned more than twice.
 */
export function* splitJson(text: string, firstLine = 1): Generator<JsonPiece> {
  let line = firstLine;
  let newline = text.indexOf('\n');
  /** Offsets must not go back from call to call. */
  const lineOf = (offset: number): number => {
    for (; newline !== -1 && newline < offset; newline = text.indexOf('\n', newline + 1)) line++;
    return line;
  };
  let strict = false;
  let position = 0;
  for (;;) {
    position = skipBlank(text, position);
    if (position >= text.length) return;
    const startLine = lineOf(position);
    const code = text.charCodeAt(position);
    if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) {
      const end = nextOpener(text, position);
      yield broken(startLine, text.slice(position, end), 'not_json');
      position = end;
      continue;
    }
    const scan = scanValue(text, position, strict);
    const parsed = scan.closed ? parse(text.slice(position, scan.end)) : { error: scan.why };
    if (parsed.error === null) {
      const elementLines = scan.elements.map(lineOf);
      yield { line: startLine, text: text.slice(position, scan.end), value: parsed.value, error: null, elementLines };
      position = scan.end;
      continue;
    }
    // A value that swallowed the start of another one, or that was cut there.
    if (scan.crossed !== null) strict = true;
    const end = scan.crossed ?? (scan.closed ? scan.end : nextOpener(text, Math.max(scan.end - 1, position)));
    yield broken(startLine, text.slice(position, end), parsed.error);
    position = end;
  }
}

interface Scan {
  closed: boolean;
  /** Offset after the value, or where it went wrong. */
  end: number;
  why: string;
  /** First offset inside the value where a line opens a bracket in its first column. */
  crossed: number | null;
  elements: number[];
}

function scanValue(text: string, start: number, strict: boolean): Scan {
  const open: number[] = [];
  const elements: number[] = [];
  let arrays = 0;
  let crossed: number | null = null;
  const stop = (end: number, why: string): Scan => ({ closed: false, end, why, crossed, elements });
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < text.length; at++) {
        const inner = text.charCodeAt(at);
        if (inner === QUOTE) break;
        if (inner === BACKSLASH && text.charCodeAt(at + 1) !== NEWLINE) at++;
        else if (inner === NEWLINE) return stop(at, 'bad_json: a string is not closed');
      }
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (at > start && text.charCodeAt(at - 1) === NEWLINE) {
        crossed ??= at;
        if (strict) return stop(at, 'bad_json: cut short by the next value');
      }
      if (code === OPEN_OBJECT && arrays === 1 && open.at(-1) === OPEN_ARRAY) elements.push(at);
      if (code === OPEN_ARRAY) arrays++;
      open.push(code);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (open.pop() !== code - 2) return stop(at + 1, 'bad_json: brackets do not match');
      if (code === CLOSE_ARRAY) arrays--;
      if (open.length === 0) return { closed: true, end: at + 1, why: '', crossed, elements };
    }
  }
  return stop(text.length, 'bad_json: the text ends inside a value');
}

function parse(text: string): { value?: unknown; error: string | null } {
  try {
    return { value: JSON.parse(text), error: null };
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

function nextOpener(text: string, from: number): number {
  const opener = /\n[{[]/g;
  opener.lastIndex = from;
  const match = opener.exec(text);
  return match ? match.index + 1 : text.length;
}
