/**
 * The elements of a long JSON array, each parsed when it is asked for: a listing of a whole cluster takes ten times as much
 * memory parsed as it takes as text.
 */

/** Items of a listing: an array, or text while the list is too long to parse at once. */
export type List = Iterable<unknown> & { readonly length: number };

export const isList = (value: unknown): value is List => Array.isArray(value) || value instanceof LongList;

/** Where listings hold their objects, whichever way they are written; a long array elsewhere is the value of a field. */
const KEYS: ReadonlySet<string> = new Set(['items', 'pods', 'endpointSlices', 'events', 'nodes', 'object']);

/** Stands in for the list while the value around it is parsed; no value of a listing opens with NUL. */
const MARK = '\u0000long list';

/** Characters of the list that are let go together. */
const SEGMENT = 4 << 20;

interface Segment {
  text: string;
  /** Where each element begins and ends. */
  bounds: number[];
}

export class LongList implements Iterable<unknown> {
  readonly length: number;
  readonly #segments: (Segment | null)[];

  private constructor(text: string, starts: readonly number[], ends: readonly number[]) {
    this.length = starts.length;
    this.#segments = segmentsOf(text, starts, ends);
  }

  /** Yields the elements, once: what was yielded is let go, so that what is made of it takes its place. */
  *[Symbol.iterator](): Generator<unknown> {
    for (let i = 0; i < this.#segments.length; i++) {
      const segment = this.#segments[i];
      if (!segment) throw new Error('a long list is read twice');
      this.#segments[i] = null;
      for (let k = 0; k < segment.bounds.length; k += 2) {
        yield JSON.parse(segment.text.slice(segment.bounds[k]!, segment.bounds[k + 1]!));
      }
    }
  }

  /**
   * Parses text[start, end) with a LongList in place of its array of these elements. Returns null where they are not all of
   * one array of objects, or that is no listing; throws SyntaxError where one of them, or what is around them, is no JSON.
   */
  static parse(
    text: string,
    start: number,
    end: number,
    starts: readonly number[],
    ends: readonly number[],
  ): { value: unknown } | null {
    if (starts.length === 0 || starts.length !== ends.length) return null;
    for (let i = 1; i < starts.length; i++) {
      if (!/^\s*,\s*$/.test(text.slice(ends[i - 1]!, starts[i]!))) return null;
    }
    const before = text.slice(start, starts[0]!);
    const after = text.slice(ends.at(-1)!, end);
    if (!/\[\s*$/.test(before) || !/^\s*\]/.test(after)) return null;
    const frame: unknown = JSON.parse(`${before}${JSON.stringify(MARK)}${after}`);
    if (put(frame, null) === null) return null;
    // Every element must be JSON before any of them counts, as in a value that is parsed at once.
    for (let i = 0; i < starts.length; i++) JSON.parse(text.slice(starts[i]!, ends[i]!));
    return { value: put(frame, new LongList(text, starts, ends)) };
  }
}

function segmentsOf(text: string, starts: readonly number[], ends: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  for (let first = 0; first < starts.length; ) {
    const from = starts[first]!;
    let next = first + 1;
    while (next < starts.length && ends[next]! - from <= SEGMENT) next++;
    const bounds: number[] = [];
    for (let i = first; i < next; i++) bounds.push(starts[i]! - from, ends[i]! - from);
    segments.push({ text: copyOf(text.slice(from, ends[next - 1]!)), bounds });
    first = next;
  }
  return segments;
}

/** A slice holds all of the text that it is of. */
export const copyOf = (slice: string): string => JSON.parse(JSON.stringify(slice));

/** Returns the frame with the list in place of the array that holds the mark; null where that is no listing. */
function put(frame: unknown, list: LongList | null): unknown {
  if (Array.isArray(frame)) return frame[0] === MARK ? (list ?? frame) : null;
  if (typeof frame !== 'object' || frame === null) return null;
  for (const [key, value] of Object.entries(frame)) {
    const inner = KEYS.has(key) ? put(value, list) : null;
    if (inner !== null) return { ...frame, [key]: inner };
  }
  return null;
}
