/** Reads messages about objects of S3, whatever way they took to the queue: direct, through a topic of SNS, through EventBridge. */
import { decodedKey } from '../source/inventory.ts';
import { fromMillis, type Micros } from '../time/time.ts';

/** An object that was written. */
export interface WrittenObject {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  /** When it was written. */
  time: Micros | null;
}

/** Objects of a message, and the number of its events that are of another kind: tests, removals. */
export interface Events {
  objects: WrittenObject[];
  others: number;
}

const BUCKET = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
type Fields = Record<string, unknown>;

/** Returns the events of a message; null for a message that S3 did not send. */
export function eventsOf(body: string, isWrapped = false): Events | null {
  const message = fieldsIn(body);
  if (message === null) return null;
  if (Array.isArray(message.Records)) return recordsOf(message.Records);
  if (message.Event === 's3:TestEvent') return { objects: [], others: 1 };
  if (message.source === 'aws.s3') return bridgedOf(message);
  const { Type, Message } = message;
  return Type === 'Notification' && typeof Message === 'string' && !isWrapped ? eventsOf(Message, true) : null;
}

function recordsOf(records: readonly unknown[]): Events | null {
  const events: Events = { objects: [], others: 0 };
  for (const record of records) {
    const { eventName, eventTime, s3 } = fieldsOf(record);
    if (typeof eventName !== 'string' || s3 === undefined) return null;
    if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) {
      events.others++;
      continue;
    }
    const { key, size, eTag } = fieldsOf(fieldsOf(s3).object);
    const plain = typeof key === 'string' ? decodedKey(key) : null;
    const written = writtenOf(fieldsOf(s3).bucket, plain, size, eTag, eventTime);
    if (written === null) return null;
    events.objects.push(written);
  }
  return events;
}

/** An event of EventBridge has the key as it is. */
function bridgedOf({ 'detail-type': type, detail, time }: Fields): Events | null {
  if (type !== 'Object Created') return { objects: [], others: 1 };
  const { bucket, object } = fieldsOf(detail);
  const { key, size, etag } = fieldsOf(object);
  const written = writtenOf(bucket, key, size, etag, time);
  return written === null ? null : { objects: [written], others: 0 };
}

function writtenOf(bucket: unknown, key: unknown, size: unknown, etag: unknown, time: unknown): WrittenObject | null {
  const { name } = fieldsOf(bucket);
  if (typeof name !== 'string' || !BUCKET.test(name) || typeof key !== 'string' || key === '') return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || typeof etag !== 'string') return null;
  const millis = Date.parse(String(time));
  const at = Number.isNaN(millis) ? null : fromMillis(millis);
  return { bucket: name, key, size, etag: etag.replaceAll('"', ''), time: at };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

function fieldsIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}
