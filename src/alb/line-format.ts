/**
 * Describes and reads the formats that Elastic Load Balancing delivers beside access logs, as tables of fields. A field may
 * be quoted or bare. A line may have more fields than are known, or fewer where AWS added some later.
 */
import { countTail, newSpans, type Spans, split } from './split.ts';
import { INVALID, isAbsent, isMinusOne, lastColon, readInteger, readSeconds, readTime } from './value.ts';

/** How the text of a field is read. `-` means absent for all types; `-1` also does for `seconds`. */
export type LineFieldType = 'text' | 'time' | 'seconds' | 'integer' | 'endpoint';

export interface LineField {
  /** AWS spelling. */
  name: string;
  type: LineFieldType;
  /** Columns that hold the field: an endpoint has two (address and port); a time may fill several. */
  columns: readonly string[];
  description: string;
  /** A line without this field is rejected. */
  required?: boolean;
  /** The only values that the field may have. */
  values?: readonly string[];
}

export interface LineFormat {
  /** The ledger's kind for objects of this format. */
  kind: string;
  /** The table of its rows. */
  table: string;
  /** The smallest number of fields that a line ever had. */
  minFields: number;
  fields: readonly LineField[];
}

/** Marks an absent number: the log says `-`, or the line has too few fields. */
export const NOTHING = -2;

/** One line, read and checked. The object is reused for all lines. */
export interface FormattedLine {
  spans: Spans;
  /** By field: microseconds, seconds, the integer or the port; NOTHING for absent values and for text. */
  numbers: Float64Array;
  /** By field: where the address of an endpoint ends. */
  addressEnds: Int32Array;
  /** Fields after the last known one. A single `-` is a field that AWS has not released yet. */
  extra: number;
}

export function newFormattedLine(format: LineFormat): FormattedLine {
  const { length } = format.fields;
  return { spans: newSpans(), numbers: new Float64Array(length), addressEnds: new Int32Array(length), extra: 0 };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Longer lines are rejected. Known lines of these formats are far shorter. */
const MAX_FORMATTED_LINE = 1 << 20;

/**
 * Reads bytes[start, end), a line without its line feed; `view` is over the same memory. Returns null, or why the line is
 * rejected: `empty_line`, `line_too_long`, `unbalanced_quote`, `too_few_fields`, `invalid_utf8`, `target_not_ip` or
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
