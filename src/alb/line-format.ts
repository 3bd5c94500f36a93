/**
 * The formats that Elastic Load Balancing delivers beside access logs, as tables of fields, and how a line of them is
 * read: quoted and bare fields alike, more fields than are known, fewer where AWS added some later.
 */
import { countTail, newSpans, type Spans, split } from './split.ts';
import { INVALID, isAbsent, isMinusOne, lastColon, readInteger, readSeconds, readTime } from './value.ts';

/** How the text of a field is read; `-` is absent in all of them, `-1` too in `seconds`. */
export type LineFieldType = 'text' | 'time' | 'seconds' | 'integer' | 'endpoint';

export interface LineField {
  /** AWS spelling. */
  name: string;
  type: LineFieldType;
  /** Columns that hold it: an endpoint has two, address and port; a time may be in several. */
  columns: readonly string[];
  description: string;
  /** A line without it is no row. */
  required?: boolean;
  /** The only values it may have. */
  values?: readonly string[];
}

export interface LineFormat {
  /** What the ledger calls an object of it. */
  kind: string;
  /** The table of its rows. */
  table: string;
  /** The fewest fields that a line ever had. */
  minFields: number;
  fields: readonly LineField[];
}

/** In the numbers of a line: the log says `-`, or the line is too narrow to have the field. */
export const NOTHING = -2;

/** One line, read and checked; reused from line to line. */
export interface FormattedLine {
  spans: Spans;
  /** By field: microseconds, seconds, the integer or the port; NOTHING where absent, and for text. */
  numbers: Float64Array;
  /** By field: where the address of an endpoint ends. */
  addressEnds: Int32Array;
  /** Fields after the last known one. A single `-` is one that AWS has not released yet. */
  extra: number;
}

export function newFormattedLine(format: LineFormat): FormattedLine {
  const { length } = format.fields;
  return { spans: newSpans(), numbers: new Float64Array(length), addressEnds: new Int32Array(length), extra: 0 };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Longer lines are rejected; what is known of these formats stays far below. */
export const MAX_FORMATTED_LINE = 1 << 20;

/**
 * Reads bytes[start, end), a line without its line feed; `view` is over the same memory. Returns null, or why it is no
 * row: `empty_line`, `line_too_long`, `unbalanced_quote`, `too_few_fields`, `invalid_utf8`, `target_not_ip` or
 * `bad_<AWS field name>`.
 */
export function readFormatted(
  format: LineFormat,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  line: FormattedLine,
): string | null {
  if (start === end) return 'empty_line';
  if (end - start > MAX_FORMATTED_LINE) return 'line_too_long';
  const { spans } = line;
  if (!split(bytes, view, start, end, format.fields.length, spans)) return 'unbalanced_quote';
  if (spans.count < format.minFields) return 'too_few_fields';
  line.extra = 0;
  if (spans.tail < end) {
    line.extra = countTail(bytes, view, spans.tail, end, spans);
    if (line.extra < 0) return 'unbalanced_quote';
  }
  if (spans.mask !== 0) {
    try {
      strictUtf8.decode(bytes.subarray(start, end));
    } catch {
      return 'invalid_utf8';
    }
  }
  for (let i = 0; i < format.fields.length; i++) {
    const reason = readField(format.fields[i]!, i, bytes, line);
    if (reason !== null) return reason;
  }
  return null;
}

function readField(field: LineField, i: number, bytes: Uint8Array, line: FormattedLine): string | null {
  const { spans, numbers } = line;
  const from = spans.start[i]!;
  const to = spans.end[i]!;
  numbers[i] = NOTHING;
  if (i >= spans.count || isAbsent(bytes, from, to)) return field.required ? `bad_${field.name}` : null;
  if (field.type === 'text') return isOneOf(field, bytes, from, to) ? null : `bad_${field.name}`;
  if (field.type === 'endpoint') {
    const colon = lastColon(bytes, from, to);
    const port = colon > from ? readInteger(bytes, colon + 1, to) : INVALID;
    // A function is named by its ARN: it has no address.
    if (startsWith(bytes, from, to, 'arn:')) return 'target_not_ip';
    if (!(port >= 1 && port <= 65535)) return `bad_${field.name}`;
    const inBrackets = bytes[from] === 0x5b && bytes[colon - 1] === 0x5d;
    if (inBrackets) spans.start[i]!++;
    line.addressEnds[i] = inBrackets ? colon - 1 : colon;
    numbers[i] = port;
    return null;
  }
  if (field.type === 'seconds' && isMinusOne(bytes, from, to)) return null;
  const read = field.type === 'time' ? readTime : field.type === 'seconds' ? readSeconds : readInteger;
  const value = read(bytes, from, to);
  if (!(value >= 0) || (field.type === 'integer' && value > 2147483647)) return `bad_${field.name}`;
  numbers[i] = value;
  return null;
}

function isOneOf({ values }: LineField, bytes: Uint8Array, from: number, to: number): boolean {
  return (
    values === undefined || values.some((value) => value.length === to - from && startsWith(bytes, from, to, value))
  );
}

function startsWith(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}
