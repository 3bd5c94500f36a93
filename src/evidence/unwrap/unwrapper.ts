/**
 * Takes lines and records out of what people and programs wrap them into, by its shape and to any depth that occurs: JSON of
 * shippers, stores and consoles, tables, prefixes of runtimes and of grep, quotations, lines in several parts. It knows
 * wrappers only; `Payload` says which records are searched for. Long because its parts call each other: a line holds a value,
 * a value holds strings, and a string holds lines.
 */
import type { Interval } from '../moment.ts';
import { fromPython, mayBePython } from '../python-text.ts';
import { BracketScan, firstArray, parsed, saveCut } from './bracket.ts';
import { CsvLines } from './csv.ts';
import {
  cut,
  entryAt,
  type FoundLines,
  found,
  join,
  marked,
  NONE,
  type Part,
  PartHold,
  type Payload,
  type Place,
} from './entry.ts';
import { alloyEvent } from './exported-event.ts';
import {
  cleanLine,
  isBracketed,
  isEscaped,
  isPrefix,
  isRule,
  isTail,
  likePrefix,
  MAX_PREFIX,
  openers,
  quoteStart,
  stampOf,
  stringAt,
  withoutEnd,
  withoutTail,
} from './prefix.ts';
import { rubyMembers } from './ruby.ts';
import { findInValue } from './value.ts';
import { YamlEntry } from './yaml-entry.ts';

/** Strings in one another. Each costs twice the backslashes of the one around it, so nothing real comes near. */
const MAX_DEPTH = 12;

/** Characters of one value that goes over several lines; a longer one is read line by line. */
const MAX_VALUE = 128 << 20;

/** A value that is not closed yet. */
interface Collected {
  scan: BracketScan;
  lines: { text: string; line: number }[];
  /** Where the value begins in the first of them. */
  parts: string[];
  length: number;
  prefix: RegExp | null;
  takenAt: Interval | null;
}

export class Unwrapper {
  readonly #payload: Payload;
  readonly #place: Place;
  /** Of a text in a string: all its lines are the line of the string. */
  readonly #isInner: boolean;
  #collected: Collected | null = null;
  #csv: CsvLines | null = null;
  #yaml: YamlEntry | null = null;
  #isFirst = true;
  /** The line that comes is the last one and no line feed ends it: it may be cut inside a string. */
  isCut = false;

  constructor(payload: Payload, place: Place | null = null) {
    this.#payload = payload;
    this.#isInner = place !== null;
    this.#place = place ?? {
      line: 1,
      lines: [],
      takenAt: null,
      near: null,
      writtenAt: null,
      depth: 0,
      hold: new PartHold(),
      part: null,
      isTorn: false,
    };
  }

  /** Takes the next line, without its line feed. Returns what is complete by then. */
  next(raw: string, number: number): FoundLines {
    const line = this.#isInner ? this.#place.line : number;
    const text = cleanLine(raw);
    if (this.#yaml?.take(text, raw, line)) return NONE;
    const before = this.#endYaml();
    const isFree = !this.#isInner && this.#collected === null && this.#csv === null;
    this.#yaml = isFree ? YamlEntry.begin(text, raw, line) : null;
    if (this.#yaml) return before;
    return before === NONE ? this.#next(text, raw, line) : join([before, this.#next(text, raw, line)]);
  }

  /** The next line, where it is no part of an entry in YAML. */
  #next(text: string, raw: string, line: number): FoundLines {
    if (this.#collected) return this.#collect(text, line);
    if (text.trim() === '' && !this.#csv?.rest()) return NONE;
    if (this.#csv) return this.#csvRecord(raw, line);
    if (!this.#isInner && isRule(text)) return NONE;
    if (this.#isFirst && CsvLines.isHint(text)) return NONE;
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#csv = CsvLines.below(text);
      if (this.#csv) return NONE;
    }
    return this.#line(text, line, true);
  }

  /** Returns what was not complete. `torn` takes half values too: to tell what a text is whose first part is known. */
  end(torn = false): FoundLines {
    const all: FoundLines[] = [this.#endYaml()];
    const record = this.#csv?.rest();
    if (record) all.push(torn ? this.#line(record.text.replaceAll('""', '"'), record.line, false) : cut(record));
    if (this.#collected) all.push(this.#saved(this.#collected, torn));
    this.#collected = null;
    this.#csv = null;
    if (!this.#isInner) for (const part of this.#place.hold.rest()) all.push(cut(part));
    return all.every((one) => one === NONE) ? NONE : join(all);
  }

  /** The entry in YAML that was begun, or its lines if they are no YAML. */
  #endYaml(): FoundLines {
    const held = this.#yaml;
    if (held === null) return NONE;
    this.#yaml = null;
    const entry = held.whole();
    if (entry) return this.#whole(entry.value, JSON.stringify(entry.value), this.#at(entry.line), []);
    return join(held.lines.map(({ raw, line }) => this.#next(cleanLine(raw), raw, line)));
  }

  #csvRecord(text: string, line: number): FoundLines {
    const record = this.#csv!.next(text, line);
    if (record === null) return NONE;
    if (record.row === null) return this.#line(cleanLine(record.text), record.line, false);
    const found = this.#value(record.row, this.#at(record.line), null);
    return found.entries.length > 0 ? found : this.#other(record.text, this.#at(record.line));
  }

  /** One line that is no part of a value begun before. `mayCollect`: a value may be begun in it. */
  #line(text: string, line: number, mayCollect: boolean): FoundLines {
    return this.#read(text.trimStart(), this.#at(line), mayCollect, '', text);
  }

  /** `before` is what was taken off the line, `whole` the line itself. */
  #read(text: string, place: Place, mayCollect: boolean, before: string, whole: string): FoundLines {
    // Times before times, a thousand of them: no prefix is as long, and each would be a call deeper.
    if (before.length > MAX_PREFIX) return this.#other(text, place);
    const json = this.#json(text, 0, place, mayCollect, before, whole);
    if (json) return json;
    const stamp = stampOf(text);
    const event = text.includes('eventRV=')
      ? alloyEvent(text, place.takenAt ?? place.writtenAt ?? stamp?.takenAt ?? null)
      : null;
    if (event) return found({ ...entryAt(place), text: JSON.stringify(event), isPayload: true });
    if (stamp && stamp.part !== null) {
      const { rest, part, stream } = stamp;
      const behind = { ...place, takenAt: place.takenAt ?? stamp.takenAt };
      return this.#part(rest, behind, { stream: `text ${stream}`, isLast: part === 'F' }, (text, place) =>
        this.#read(text.trimStart(), place, mayCollect, whole.slice(0, whole.length - rest.length), whole),
      );
    }
    const record = rubyMembers(text);
    if (record) {
      const inside = this.#value(record, place, null);
      if (inside.entries.length > 0 || inside.carried) return inside;
    }
    const isString = text.startsWith('"') || isEscaped(text);
    if (isString) {
      const quoted = this.#quoted(text, place);
      if (quoted) return quoted;
    }
    // A payload of text may begin with a time itself.
    const start = this.#payload.startIn(text);
    if (start >= 0 && isPrefix(text.slice(0, start))) {
      const takenAt = place.takenAt ?? (stamp && start > 0 ? stamp.takenAt : null);
      const own = withoutEnd(text.slice(start).trimEnd(), text[start - 1]);
      return found({ ...entryAt(place), text: own, takenAt, isPayload: true });
    }
    if (stamp && stamp.rest !== text) {
      const { rest } = stamp;
      const behind = { ...place, takenAt: place.takenAt ?? stamp.takenAt };
      if (rest.trim() === '') return NONE;
      return this.#read(rest.trimStart(), behind, mayCollect, whole.slice(0, whole.length - rest.length), whole);
    }
    for (const at of openers(text)) {
      if (at === 0) continue;
      const json = this.#json(text, at, place, mayCollect, whole.slice(0, whole.length - text.length + at), whole);
      if (json) return json;
    }
    // A second try would be one for each string in a string: thousands.
    const quoted = isString ? null : this.#quoted(text, place);
    if (quoted) return quoted;
    // Behind a name that `--prefix` or stern prints, a line of JSON that was cut.
    const opener = /^(?:\S{1,253}\s+){0,3}(?=\{)/.exec(text);
    if (opener) return this.#other(text.slice(opener[0].length), place);
    // Where nothing was taken off, blanks before it may mean something.
    return this.#other(before === '' && text === whole.trimStart() ? whole : text, place);
  }

  /** The value that begins at `at`, and those behind it; null when there is none. */
  #json(text: string, at: number, place: Place, mayCollect: boolean, before: string, whole: string): FoundLines | null {
    const all: FoundLines[] = [];
    let from = at;
    // The common case: the line is one value.
    if (at === 0 && text.startsWith('{') && text.endsWith('}')) {
      const value = parsed(text);
      if (value !== undefined) return this.#whole(value, text, place, []);
    }
    for (;;) {
      const opener = text.charCodeAt(from);
      if (opener !== 123 && opener !== 91) break;
      const scan = new BracketScan();
      const end = scan.push(text, from, place.line);
      if (end === -1) {
        const isPlain = scan.broken || (scan.inString && !this.isCut) || !mayCollect || (at === 0 && isBracketed(text));
        if (isPlain) break;
        this.#begin(scan, text.slice(from), place, before, whole);
        return join(all);
      }
      const own = text.slice(from, end);
      const value = parsed(own);
      if (value === undefined) break;
      all.push(this.#whole(value, own, place, scan.elementLines));
      from = end;
      while (from < text.length && /[\s,]/.test(text[from]!)) from++;
    }
    if (all.length === 0) return null;
    if (!isTail(text.slice(from))) {
      // Labels before a line, or a word behind the last of many values.
      if (!all.some(({ found }) => found)) return null;
      all.push(this.#other(text.slice(from), place));
    }
    return join(all);
  }

  /** A whole value of JSON, which may be of no wrapper. */
  #whole(value: unknown, text: string, place: Place, lines: readonly number[]): FoundLines {
    const found = this.#value(value, { ...place, lines }, text);
    return found.entries.length > 0 || found.carried ? found : this.#other(text, place);
  }

  #value(value: unknown, place: Place, text: string | null): FoundLines {
    return findInValue(value, place, this.#payload, (inner, at) => this.#inner(inner, at), text);
  }

  /** A string in a wrapper. */
  #inner(text: string, place: Place): FoundLines {
    const { part } = place;
    if (part !== null) {
      // A part that follows is no part of that in which it stands.
      return this.#part(text, { ...place, part: null }, part, (whole, at) => this.#inner(whole, at));
    }
    // A function of AWS prints what boto3 answered. A time of its own zone is left as it is.
    const python = mayBePython(text) && !/^\s*[{[]\s*"/.test(text) ? fromPython(text, 0) : null;
    const own = (python === null || python.isLocal ? text : python.text).trim();
    if (own === '') return { ...NONE, carried: true };
    if (place.depth >= MAX_DEPTH) return this.#other(own, place);
    const inner = new Unwrapper(this.#payload, { ...place, depth: place.depth + 1, lines: [] });
    const all: FoundLines[] = [];
    const lines = own.split('\n');
    for (const [index, line] of lines.entries()) {
      inner.isCut = place.isTorn && index === lines.length - 1;
      const found = inner.next(line, place.line);
      if (found !== NONE) all.push(found);
    }
    const rest = inner.end(place.isTorn);
    if (rest !== NONE) all.push(rest);
    const found = join(all);
    return { ...found, carried: true };
  }

  #part(text: string, place: Place, part: Part, read: (text: string, place: Place) => FoundLines): FoundLines {
    const whole = place.hold.next(text, place.line, part);
    return whole === null ? { ...NONE, carried: true } : read(whole.text, { ...place, line: whole.line });
  }

  /** A line that is a string of JSON, as jq prints it without -r, or that a cell of a table held; a prefix may come before. */
  #quoted(text: string, place: Place): FoundLines | null {
    const from = isEscaped(text) ? 0 : quoteStart(text);
    const own = from === -1 ? null : stringAt(withoutTail(text.slice(from), ' \t\r\n,|'));
    if (own === null || own.length < 3) return null;
    const value = parsed(own);
    const inner =
      typeof value === 'string' ? value : own.includes('""') ? own.slice(1, -1).replaceAll('""', '"') : null;
    const read = inner === null ? NONE : this.#inner(inner, place);
    // Else it is a word in quotes, or a value of YAML.
    return read.found || (read.carried && read.entries.length === 0) ? read : null;
  }

  #begin(scan: BracketScan, text: string, place: Place, before: string, whole: string): void {
    this.#collected = {
      scan,
      lines: [{ text: whole, line: place.line }],
      parts: [text],
      length: text.length,
      prefix: before.trim() === '' ? null : likePrefix(before),
      takenAt: place.takenAt,
    };
  }

  #collect(text: string, line: number): FoundLines {
    const held = this.#collected!;
    const match = held.prefix?.exec(text);
    const body = held.prefix === null ? text : match ? text.slice(match[0].length) : null;
    if (body !== null && (body.trim() === '' || isRule(body))) return NONE;
    const opens = body !== null && /^\s*[{[]/.test(body) && !held.scan.mayOpen;
    if (body === null || opens || held.length > MAX_VALUE) return this.#giveUp(text, line);
    const end = held.scan.push(body, 0, line);
    if (held.scan.broken || (held.scan.inString && !this.isCut)) return this.#giveUp(text, line);
    held.parts.push(end === -1 ? body : body.slice(0, end));
    held.lines.push({ text, line });
    held.length += body.length;
    if (end === -1) return NONE;
    const own = held.parts.join('\n');
    const value = parsed(own);
    if (value === undefined) {
      held.lines.pop();
      return this.#giveUp(text, line, true);
    }
    this.#collected = null;
    const found = this.#whole(value, own, this.#at(held.lines[0]!.line, held.takenAt), held.scan.elementLines);
    const rest = body.slice(end);
    return isTail(rest) ? found : join([found, this.#line(rest.replace(/^[\s,]+/, ''), line, true)]);
  }

  /** The text that was begun is no value: its lines are read one by one, then the present one. */
  #giveUp(text: string, line: number, isPlain = false): FoundLines {
    const { lines } = this.#collected!;
    this.#collected = null;
    const broken = lines.map((one) => this.#marked(one));
    return join(text.trim() === '' ? broken : [...broken, this.#line(text, line, !isPlain)]);
  }

  /** A line of a broken value: its whole parts, or the line as a broken one. */
  #marked({ text, line }: { text: string; line: number }): FoundLines {
    const found = this.#line(text, line, false);
    return found.found ? found : marked(found);
  }

  /** The whole parts of a value whose end is missing. */
  #saved(held: Collected, torn: boolean): FoundLines {
    const text = held.parts.join('\n');
    const [first] = held.lines;
    const place = { ...this.#at(first!.line, held.takenAt), isTorn: torn };
    if (this.#isInner && !torn) return this.#other(text, place);
    const left = saveCut(text, torn);
    const lines = held.scan.elementLines;
    const found = left
      ? this.#value(left.value, { ...place, lines: lines.slice(0, firstArray(left.value).length) }, null)
      : NONE;
    if (torn) return found;
    // With nothing to save, what is on a line of its own may still be whole.
    if (!left && held.lines.length > 1) return join(held.lines.map((one) => this.#marked(one)));
    const rest = left ? text.slice(left.rest) : text;
    return join([found, cut({ text: rest, line: left ? (lines.at(-1) ?? place.line) : place.line })]);
  }

  #at(line: number, takenAt: Interval | null = null): Place {
    return { ...this.#place, line, takenAt: this.#place.takenAt ?? takenAt };
  }

  #other(text: string, place: Place): FoundLines {
    return { entries: [{ ...entryAt(place), text: text.trimEnd() }], found: false, carried: false };
  }
}
