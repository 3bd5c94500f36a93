/**
 * Splits one log line into its fields without making strings. Fields are separated by one blank; a field that opens with
 * a double quote ends at the next quote that no backslash precedes (ALB writes a quote inside a field as `\x22`, Classic
 * ELB as `\"`), and a blank or the end of the line must follow it. Quoted and bare are accepted for every field.
 */

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Most fields that are split; what follows stays in the tail. Far above any known width. */
export const MAX_SPLIT = 64;

/** Result of split, reused from line to line. */
export interface Spans {
  /** Fields found; at most `limit`. */
  count: number;
  /** Start and end of field i, quotes left out. */
  start: Int32Array;
  end: Int32Array;
  /** Where the first field after `limit` begins, quote included; equal to the line's end when there is none. */
  tail: number;
  /** All bytes of the line or-ed: below 0x80 means ASCII. */
  mask: number;
}

export function newSpans(): Spans {
  return { count: 0, start: new Int32Array(MAX_SPLIT), end: new Int32Array(MAX_SPLIT), tail: 0, mask: 0 };
}

/** Fills `spans` with the first `limit` fields of bytes[start, end) and returns true; false when a quote is not closed properly. */
export function split(bytes: Uint8Array, start: number, end: number, limit: number, spans: Spans): boolean {
  const starts = spans.start;
  const ends = spans.end;
  let mask = 0;
  let count = 0;
  let i = start;
  while (i < end && count < limit) {
    if (bytes[i] === QUOTE) {
      const from = ++i;
      for (;;) {
        if (i >= end) return false;
        const byte = bytes[i]!;
        mask |= byte;
        if (byte === QUOTE && bytes[i - 1] !== BACKSLASH) break;
        i++;
      }
      starts[count] = from;
      ends[count++] = i++;
      if (i < end && bytes[i] !== SPACE) return false;
      i++;
    } else {
      starts[count] = i;
      while (i < end) {
        const byte = bytes[i]!;
        if (byte === SPACE) break;
        mask |= byte;
        i++;
      }
      ends[count++] = i++;
    }
  }
  spans.count = count;
  spans.tail = Math.min(i, end);
  spans.mask = mask;
  return true;
}

/** Returns how many fields the tail bytes[start, end) holds, and their or-ed bytes in `spans.mask` on top; -1 for a quote not closed. */
export function countTail(bytes: Uint8Array, start: number, end: number, spans: Spans): number {
  const { mask, tail } = spans;
  let count = 0;
  let at = start;
  const rest = { count: 0, start: new Int32Array(MAX_SPLIT), end: new Int32Array(MAX_SPLIT), tail: 0, mask: 0 };
  let seen = mask;
  while (at < end) {
    if (!split(bytes, at, end, MAX_SPLIT, rest)) return -1;
    count += rest.count;
    seen |= rest.mask;
    at = rest.tail;
  }
  spans.mask = seen;
  spans.tail = tail;
  return count;
}
