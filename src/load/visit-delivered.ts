/** Lines of an access log in another format: each is turned into the classic line and goes the way of all lines. */
import { lineOfJson, W3cLines } from '../alb/delivered.ts';
import type { LineVisitor } from '../alb/frame.ts';
import { newRecord, readRecord } from '../alb/record.ts';

/** Kinds of object that are access logs in another format than the classic one. */
export const DELIVERED = ['alb_access_json', 'alb_access_w3c'] as const;

export const isDelivered = (kind: string): kind is (typeof DELIVERED)[number] =>
  (DELIVERED as readonly string[]).includes(kind);

const record = newRecord();

/**
 * Wraps a visitor of classic lines. What is no row is refused with the bytes that it had, not with those it was turned into.
 * `place` is where `inner` takes its lines from.
 */
export function visitDelivered(kind: (typeof DELIVERED)[number], inner: LineVisitor, place: Uint8Array): LineVisitor {
  const w3c = new W3cLines();
  const utf8 = new TextDecoder();
  const encoder = new TextEncoder();
  const { run: _, ...each } = inner;
  return {
    ...each,
    lend() {},
    line(bytes, start, end) {
      const raw = bytes.subarray(start, end);
      const text = utf8.decode(raw);
      const found =
        kind === 'alb_access_w3c' ? w3c.next(text) : text === '' ? { reason: 'empty_line' } : lineOfJson(text);
      if (found === null) return;
      if ('reason' in found) {
        inner.refuse(found.reason, raw);
        return;
      }
      const line = encoder.encode(found.line);
      const view = new DataView(line.buffer);
      const reason = readRecord(line, view, 0, line.length, record);
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
