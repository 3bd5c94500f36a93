/**
 * Reads and checks one access log line without copying it: numbers are typed, texts are spans of the line. One record is
 * reused for all lines. The batch writer of `load` and `readRow` both use it, so a line has one meaning.
 */
import { FIELDS, MIN_FIELDS } from './field.ts';
import { countTail, newSpans, type Spans, split } from './split.ts';
import { isAbsent, isMinusOne, lastColon, readInteger, readSeconds, readTime } from './value.ts';

/** Marks an absent number: the log says `-` (or -1 for seconds), or the line has too few fields. */
export const ABSENT = -2;

/** Longer lines are rejected: ALB cuts headers at 64 KB, and an escaped byte takes four. */
export const MAX_LINE = 1 << 20;

/** Lines with more fields are rejected: log readers and the store count fields in 16 bits, and no known line comes near. */
export const MAX_FIELDS = 32_767;

/** Positions (from 0) of the fields that are read as more than text. */
export const AT = Object.fromEntries(FIELDS.map((field, i) => [field.name, i])) as Record<string, number>;
const at = (name: string): number => AT[name]!;
const [TIME, CLIENT, TARGET, RPT] = [at('time'), at('client:port'), at('target:port'), at('request_processing_time')];
const [ELB_STATUS, RECEIVED, TRACE_ID] = [at('elb_status_code'), at('received_bytes'), at('trace_id')];
const [PRIORITY, CREATION] = [at('matched_rule_priority'), at('request_creation_time')];
const CONN_TRACE_ID = at('conn_trace_id');

export interface LineRecord {
  spans: Spans;
  /** Microseconds since the epoch. */
  time: number;
  request_creation_time: number;
  /** End of the address in the client:port span; the port, or both ABSENT. */
  clientIpEnd: number;
  clientPort: number;
  targetIpEnd: number;
  targetPort: number;
  /** Seconds: request, target, response processing time. */
  seconds: Float64Array;
  elb_status_code: number;
  target_status_code: number;
  received_bytes: number;
  sent_bytes: number;
  matched_rule_priority: number;
  /** Fields after the last known one. */
  extra: number;
}

export function newRecord(): LineRecord {
  return {
    spans: newSpans(),
    time: 0,
    request_creation_time: 0,
    clientIpEnd: 0,
    clientPort: 0,
    targetIpEnd: 0,
    targetPort: 0,
    seconds: new Float64Array(3),
    elb_status_code: 0,
    target_status_code: 0,
    received_bytes: 0,
    sent_bytes: 0,
    matched_rule_priority: 0,
    extra: 0,
  };
}

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const bad = (position: number): string => `bad_${FIELDS[position]!.name}`;

/**
 * Reads bytes[start, end), a line without its line feed, into `record`; `view` is over the same memory. Returns null, or why the line is rejected:
 * `empty_line`, `line_too_long`, `unbalanced_quote`, `too_few_fields`, `too_many_fields`, `invalid_utf8` or `bad_<AWS field name>`.
 * The caller must reject NUL bytes (`nul_byte`): searching a chunk once is cheaper than searching each line here.
 */
export function readRecord(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  record: LineRecord,
): string | null {
  if (start === end) return 'empty_line';
  if (end - start > MAX_LINE) return 'line_too_long';
  const { spans } = record;
  if (!split(bytes, view, start, end, FIELDS.length, spans)) return 'unbalanced_quote';
  if (spans.count < MIN_FIELDS) return 'too_few_fields';
  record.extra = 0;
  if (spans.tail < end) {
    record.extra = countTail(bytes, view, spans.tail, end, spans);
    if (record.extra < 0) return 'unbalanced_quote';
    if (spans.count + record.extra > MAX_FIELDS) return 'too_many_fields';
  }
  if (spans.mask !== 0) {
    try {
      strictUtf8.decode(bytes.subarray(start, end));
    } catch {
      return 'invalid_utf8';
    }
  }
  return readNumbers(bytes, record);
}

function readNumbers(bytes: Uint8Array, record: LineRecord): string | null {
  const { start, end, count } = record.spans;

  record.time = readTime(bytes, start[TIME]!, end[TIME]!);
  if (!(record.time >= 0)) return bad(TIME);

  record.clientPort = record.targetPort = ABSENT;
  for (let field = CLIENT; field <= TARGET; field++) {
    if (isAbsent(bytes, start[field]!, end[field]!)) continue;
    const colon = lastColon(bytes, start[field]!, end[field]!);
    const port = colon > start[field]! ? readInteger(bytes, colon + 1, end[field]!) : Number.NaN;
    if (!(port <= 65535)) return bad(field);
    // Some tools print an IPv6 address in brackets. The brackets do not belong to the address.
    const inBrackets = bytes[start[field]!] === OPEN_BRACKET && bytes[colon - 1] === CLOSE_BRACKET;
    if (inBrackets) start[field]!++;
    const addressEnd = inBrackets ? colon - 1 : colon;
    if (field === CLIENT) {
      record.clientIpEnd = addressEnd;
      record.clientPort = port;
    } else {
      record.targetIpEnd = addressEnd;
      record.targetPort = port;
    }
  }

  for (let i = 0; i < 3; i++) {
    const from = start[RPT + i]!;
    const to = end[RPT + i]!;
    if (bytes[from] === 0x2d) {
      if (!isAbsent(bytes, from, to) && !isMinusOne(bytes, from, to)) return bad(RPT + i);
      record.seconds[i] = ABSENT;
    } else {
      const seconds = readSeconds(bytes, from, to);
      if (!(seconds >= 0)) return bad(RPT + i);
      record.seconds[i] = seconds;
    }
  }

  for (let i = 0; i < 4; i++) {
    const position = i < 2 ? ELB_STATUS + i : RECEIVED + i - 2;
    const from = start[position]!;
    const to = end[position]!;
    const value = isAbsent(bytes, from, to) ? ABSENT : readInteger(bytes, from, to);
    if (!(value <= (i < 2 ? 999 : Number.MAX_SAFE_INTEGER))) return bad(position);
    if (i === 0) record.elb_status_code = value;
    else if (i === 1) record.target_status_code = value;
    else if (i === 2) record.received_bytes = value;
    else record.sent_bytes = value;
  }

  record.matched_rule_priority = ABSENT;
  if (count > PRIORITY && !isAbsent(bytes, start[PRIORITY]!, end[PRIORITY]!)) {
    const from = start[PRIORITY]!;
    const to = end[PRIORITY]!;
    const value = isMinusOne(bytes, from, to) ? -1 : readInteger(bytes, from, to);
    if (!(value <= 2147483647)) return bad(PRIORITY);
    record.matched_rule_priority = value;
  }

  record.request_creation_time = ABSENT;
  if (count > CREATION && !isAbsent(bytes, start[CREATION]!, end[CREATION]!)) {
    record.request_creation_time = readTime(bytes, start[CREATION]!, end[CREATION]!);
    if (!(record.request_creation_time >= 0)) return bad(CREATION);
  }
  return null;
}

export { CONN_TRACE_ID, TRACE_ID };
