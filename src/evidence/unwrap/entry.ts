/** Types of unwrapping: its input and its result. */
import type { Interval } from '../moment.ts';

/** One thing out of its wrappers. */
export interface Unwrapped {
  /** 1-based line of the text on which it, or what wraps it, begins. */
  line: number;
  text: string;
  /** When the runtime took it from the program, which is no earlier than it was written; null where nothing says so. */
  takenAt: Interval | null;
  /** When it was written, about, as a wrapper says: good for a year. */
  near: Interval | null;
  /** When it was written, as a wrapper says with a zone or by a number: what an answer without a time was true at. */
  writtenAt: Interval | null;
  /** Whether it is what was looked for; else it is a line of something else, as far in as could be had. */
  isPayload: boolean;
  /** Why it cannot be used, where its wrapper is damaged: a snake_case code, then ": detail". */
  error: string | null;
}

/** The records that are searched for. They alone tell an unwrapper where to stop. */
export interface Payload {
  /** Whether a JSON object, or an array that is one thing, is a payload. */
  isValue(value: object): boolean;
  /** Where in a line of text a payload begins that is no JSON; -1 when none does. */
  startIn(line: string): number;
}

/** Where a value or a string stands. */
export interface Place {
  line: number;
  /** Lines of the elements of the outermost array. */
  lines: readonly number[];
  takenAt: Interval | null;
  near: Interval | null;
  writtenAt: Interval | null;
  /** How many strings it is in. */
  depth: number;
  hold: PartHold;
  /** The wrapper says that its line is a part, or the last one. */
  part: Part | null;
  /** The string that it stands in was cut. */
  isTorn: boolean;
}

export interface FoundLines {
  entries: Unwrapped[];
  /** A payload is among them. */
  found: boolean;
  /** They were carried by a member that holds lines, or are held until the rest of a line comes. */
  carried: boolean;
}

/** Reads a string that holds a line, or several. */
export type Inner = (text: string, place: Place) => FoundLines;

export const NONE: FoundLines = { entries: [], found: false, carried: false };

/** Returns what several finds hold together. */
export function join(all: readonly FoundLines[]): FoundLines {
  if (all.length === 0) return NONE;
  if (all.length === 1) return all[0]!;
  const entries: Unwrapped[] = [];
  for (const one of all) for (const entry of one.entries) entries.push(entry);
  return { entries, found: all.some(({ found }) => found), carried: all.some(({ carried }) => carried) };
}

/** Returns an entry that stands at a place, to be filled. */
export const entryAt = ({ line, takenAt, near, writtenAt }: Place): Unwrapped => ({
  line,
  text: '',
  takenAt,
  near,
  writtenAt,
  isPayload: false,
  error: null,
});

/** One payload. */
export const found = (entry: Unwrapped): FoundLines => ({ entries: [entry], found: true, carried: true });

const CUT = 'bad_json: the text ends inside a value';

/** The rest of a value that was cut. */
export const cut = ({ text, line }: { text: string; line: number }): FoundLines => ({
  entries: [{ line, text, takenAt: null, near: null, writtenAt: null, isPayload: false, error: CUT }],
  found: false,
  carried: false,
});

/** Lines of a broken value. */
export const marked = (one: FoundLines): FoundLines => ({
  ...one,
  entries: one.entries.map((entry) => ({ ...entry, error: entry.error ?? 'bad_json: a value that is not closed' })),
});

/** A line that the container runtime cut into parts. */
export interface Part {
  stream: string;
  isLast: boolean | null;
}

/** A line longer than this cannot be put together: what comes is read as it stands. */
const MAX_LINE = 64 << 20;

/** Docker cuts lines at 16 KiB, and says so by the line feed that is missing. */
const DOCKER_PART = 8000;

/** Parts that wait for the rest of their line, by stream. */
export class PartHold {
  readonly #parts = new Map<string, { line: number; parts: string[]; length: number }>();

  /** Returns what a shipper's object says of its line being a part; null when it says nothing. */
  partOf(value: Record<string, unknown>): Part | null {
    const mark = value._p ?? value.logtag ?? value.partial_message;
    const isDocker = mark === undefined && typeof value.log === 'string' && typeof value.stream === 'string';
    if (mark === undefined && !isDocker) return null;
    const pod = typeof value.kubernetes === 'object' ? JSON.stringify(value.kubernetes) : '';
    const stream = `${value.stream ?? ''} ${value.partial_id ?? ''} ${pod}`;
    if (isDocker) {
      const log = value.log as string;
      // Whether a short one without a line feed is the last of some parts, or a whole line, depends on the parts that are held.
      return { stream, isLast: log.endsWith('\n') ? true : log.length >= DOCKER_PART ? false : null };
    }
    return { stream, isLast: mark === 'true' || mark === true ? value.partial_last === 'true' : mark !== 'P' };
  }

  /** Takes a part. Returns the whole line that it ends, with the line of its first part, or null when it goes on. */
  next(text: string, line: number, { stream, isLast }: Part): { text: string; line: number } | null {
    const held = this.#parts.get(stream);
    if (isLast !== false) {
      if (!held) return { text, line };
      this.#parts.delete(stream);
      return { text: `${held.parts.join('')}${text}`, line: held.line };
    }
    const parts = held ?? { line, parts: [], length: 0 };
    parts.parts.push(text);
    parts.length += text.length;
    this.#parts.set(stream, parts);
    if (parts.length < MAX_LINE) return null;
    this.#parts.delete(stream);
    return { text: parts.parts.join(''), line: parts.line };
  }

  /** Lines whose last part never came. */
  *rest(): Generator<{ text: string; line: number }> {
    for (const { line, parts } of this.#parts.values()) yield { line, text: parts.join('') };
    this.#parts.clear();
  }
}
