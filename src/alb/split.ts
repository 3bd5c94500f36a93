/**
 * Splits one log line into its fields without making strings. Fields are separated by one blank; a field that opens with
 * a double quote ends at the next quote that no backslash precedes (ALB writes a quote inside a field as `\x22`, Classic
 * ELB as `\"`), and a blank or the end of the line must follow it. Quoted and bare are accepted for every field.
 */

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Most fields that are split; further fields stay in the tail. No known line comes near. */
export const MAX_SPLIT = 64;

/** Result of split, reused from line to line. */
export interface Spans {
  /** Fields found; at most `limit`. */
  count: number;
  /** Start and end of field i, quotes left out. */
  start: Int32Array;
  end: Int32Array;
  /** Start of the first field after `limit`, quote included; the line's end without such a field. */
  tail: number;
  /** The high bits of the fields' bytes, or-ed: 0 means ASCII. */
  mask: number;
}

export function newSpans(): Spans {
  return { count: 0, start: new Int32Array(MAX_SPLIT), end: new Int32Array(MAX_SPLIT), tail: 0, mask: 0 };
}

/** Tests four bytes at once: subtracting this from a word borrows in every byte that is zero. */
const ONES = 0x01010101;
const HIGHS = 0x80808080 | 0;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;

/**
 * Fills `spans` with the first `limit` fields of bytes[start, end) and returns true; false for a quote that is not closed
 * properly. `view` is over the same memory as `bytes`.
 */
export function split(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  limit: number,
  spans: Spans,
): boolean {
  const starts = spans.start;
  const ends = spans.end;
  const lastWord = end - 4;
  let mask = 0;
  let count = 0;
  let i = start;
  while (i < end && count < limit) {
    if (bytes[i] === QUOTE) {
      const from = ++i;
      for (;;) {
        while (i <= lastWord) {
          const word = view.getInt32(i, true);
          const zeroed = word ^ QUOTES;
          if (((zeroed - ONES) & ~zeroed & HIGHS) !== 0) break;
          mask |= word;
          i += 4;
        }
        while (i < end && bytes[i] !== QUOTE) mask |= bytes[i++]!;
        if (i >= end) return false;
        if (bytes[i - 1] !== BACKSLASH) break;
        i++;
      }
      starts[count] = from;
      ends[count++] = i++;
      if (i < end && bytes[i] !== SPACE) return false;
      i++;
    } else {
      starts[count] = i;
      while (i <= lastWord) {
        const word = view.getInt32(i, true);
        const zeroed = word ^ SPACES;
        if (((zeroed - ONES) & ~zeroed & HIGHS) !== 0) break;
        mask |= word;
        i += 4;
      }
      while (i < end && bytes[i] !== SPACE) mask |= bytes[i++]!;
      ends[count++] = i++;
    }
  }
  spans.count = count;
  spans.tail = Math.min(i, end);
  spans.mask = mask & HIGHS;
  return true;
}

/** Returns how many fields the tail bytes[start, end) holds, and updates `spans.mask`; -1 for a quote that is not closed. */
export function countTail(bytes: Uint8Array, view: DataView, start: number, end: number, spans: Spans): number {
  let count = 0;
  let at = start;
  const rest = newSpans();
  while (at < end) {
    if (!split(bytes, view, at, end, MAX_SPLIT, rest)) return -1;
    count += rest.count;
    spans.mask |= rest.mask;
    at = rest.tail;
  }
  return count;
}
