/** Reads a log line as a typed object: the convenient form for tests, tools and small inputs. */
import { FIELDS } from './field.ts';
import { ABSENT, AT, type LineRecord, newRecord, readRecord } from './record.ts';

/** Column name to value. Times are microseconds since the epoch, absent is null, text is as logged. */
export interface AlbRow {
  /** Number of fields in the line, unknown ones included. */
  field_count: number;
  /** Everything after the last known field, as logged; null without such fields. */
  extra: string | null;
  [column: string]: string | number | null;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const record = newRecord();

/**
 * Reads bytes[start, end), one line without its line feed (a carriage return before it is dropped).
 * Returns the row, or `{ reason }` with the code that rejected_line.reason has for it.
 */
export function readRow(bytes: Uint8Array, start = 0, end = bytes.length): AlbRow | { reason: string } {
  const last = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
  const nul = bytes.indexOf(0, start);
  if (nul >= 0 && nul < last) return { reason: 'nul_byte' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reason = readRecord(bytes, view, start, last, record);
  return reason === null ? rowOf(bytes, last, record) : { reason };
}

export const isRejected = (row: AlbRow | { reason: string }): row is { reason: string } => !('field_count' in row);

function rowOf(bytes: Uint8Array, lineEnd: number, from: LineRecord): AlbRow {
  const { spans } = from;
  const text = (start: number, end: number) => utf8.decode(bytes.subarray(start, end));
  const number = (value: number) => (value === ABSENT ? null : value);
  const row: AlbRow = { field_count: spans.count + from.extra, extra: null };
  if (from.extra > 0) row.extra = text(spans.tail, lineEnd);
  FIELDS.forEach((field, i) => {
    const raw = i < spans.count ? text(spans.start[i]!, spans.end[i]!) : '-';
    for (const column of field.columns) row[column] = raw === '-' ? null : raw;
  });
  row.time = from.time;
  row.request_creation_time = number(from.request_creation_time);
  row.client_port = number(from.clientPort);
  row.target_port = number(from.targetPort);
  if (row.client_port !== null) row.client_ip = text(spans.start[AT['client:port']!]!, from.clientIpEnd);
  if (row.target_port !== null) row.target_ip = text(spans.start[AT['target:port']!]!, from.targetIpEnd);
  for (const name of ['elb_status_code', 'target_status_code', 'received_bytes', 'sent_bytes'] as const)
    row[name] = number(from[name]);
  row.matched_rule_priority = number(from.matched_rule_priority);
  ['request_processing_time', 'target_processing_time', 'response_processing_time'].forEach((name, i) => {
    row[name] = number(from.seconds[i]!);
  });
  return { ...row, ...splitRequest(row.request_line as string | null) };
}

/**
 * Splits a request line. Drops trailing blanks. The method ends at the first blank. The protocol is the last word when it is
 * `-` or opens with `HTTP/`. The rest is the URL, which may hold blanks (classification SpaceInUri). `-` means absent.
 */
export function splitRequest(line: string | null): {
  request_method: string | null;
  request_url: string | null;
  request_protocol: string | null;
} {
  const match = line === null ? null : REQUEST.exec(line);
  const part = (text: string | undefined) => (text === undefined || text === '' || text === '-' ? null : text);
  return { request_method: part(match?.[1]), request_url: part(match?.[2]), request_protocol: part(match?.[3]) };
}

/** alb_log splits in the same way (src/store/schema.ts). */
const REQUEST = /^([^ ]*) ?(.*?)(?: (HTTP\/[^ ]*|-))? *$/s;
