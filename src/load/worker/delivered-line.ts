/** Lines of a log in another form: each is turned into the classic line and goes the way of all lines. */
import { type AlbLog, DELIVERED, type DeliveredKind, lineOfJson, NamedLines } from '../../alb/delivered.ts';
import type { LineHandler } from '../../alb/frame.ts';
import { newFormattedLine, readFormatted } from '../../alb/line-format.ts';
import { newRecord, readRecord } from '../../alb/record.ts';
import { LOG_FORMATS } from '../log-format.ts';

type Check = (line: Uint8Array, view: DataView) => string | null;

/** Returns what says why a classic line is no row. */
function checkOf(log: AlbLog): Check {
  const format = LOG_FORMATS.find(({ kind }) => kind === log);
  if (format === undefined) {
    const record = newRecord();
    return (line, view) => readRecord(line, view, 0, line.length, record);
  }
  const read = newFormattedLine(format);
  return (line, view) => readFormatted(format, line, view, 0, line.length, read);
}

/**
 * Wraps a handler of classic lines. What is no row is refused with the bytes that it had, not with those it was turned into.
 * `place` is where `inner` takes its lines from.
 */
export function visitDelivered(kind: DeliveredKind, inner: LineHandler, place: Uint8Array): LineHandler {
  const { log, form } = DELIVERED[kind];
  const check = checkOf(log);
  const named = new NamedLines(log, form === 'plain');
  const utf8 = new TextDecoder();
  const encoder = new TextEncoder();
  const { run: _, ...each } = inner;
  return {
    ...each,
    lend() {},
    line(bytes, start, end) {
      const raw = bytes.subarray(start, end);
      const text = utf8.decode(raw);
      const found = form !== 'json' ? named.next(text) : text === '' ? { reason: 'empty_line' } : lineOfJson(text, log);
      if (found === null) return;
      if ('reason' in found) {
        inner.refuse(found.reason, raw);
        return;
      }
      const line = encoder.encode(found.line);
      const reason = check(line, new DataView(line.buffer));
      if (reason !== null) {
        inner.refuse(reason, raw);
        return;
      }
      place.set(line);
      inner.lend(place.subarray(0, line.length));
      inner.line(place, 0, line.length);
    },
  };
}
