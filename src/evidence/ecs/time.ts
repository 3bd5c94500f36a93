/** Times as ECS prints them: events, CLI 1 and CLI 2 spell the same millisecond differently. */
import { END_OF_TIME, fromMillis, MILLISECOND, SECOND_MS, toMillis } from '../../time/time.ts';
import { type Interval, parseTime } from '../moment.ts';
import { quote } from '../rejection.ts';

/** Epoch numbers above this count milliseconds, as action logs and exports do; those below count seconds. */
const MILLISECONDS_FROM = 1e11;

/** The text prints no fraction of a second, or one of zeros; an offset from UTC may follow. */
const WHOLE = /T\d{2}:\d{2}:\d{2}(?:\.0+)?(?:Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Returns the millisecond that a time of ECS stands for: an epoch number (CLI 1), or RFC 3339 with trailing zeros of the
 * fraction cut (events: `05:07:00.61Z` is 610 ms) or added (CLI 2), so that the digits tell nothing of the precision.
 * Returns null for an absent time, and a reason for an unreadable one.
 */
export function readEcsTime(object: Record<string, unknown>, key: string): Interval | string | null {
  const value = object[key] ?? null;
  if (value === null || value === '') return null;
  const start = typeof value === 'number' ? fromEpoch(value) : typeof value === 'string' ? fromText(value) : null;
  return start === null ? `bad_time: ${key}: ${quote(value)}` : { earliest: start, latest: start + MILLISECOND - 1 };
}

/** Whether a time is printed as a whole second. An agent of platform 1.3 knows the end of a container no better. */
export const isWholeSecond = (value: unknown): boolean =>
  typeof value === 'string' ? WHOLE.test(value.trim()) : Number.isInteger(value);

function fromEpoch(value: number): number | null {
  const milliseconds = Math.round(value >= MILLISECONDS_FROM ? value : value * SECOND_MS);
  return milliseconds >= 0 && milliseconds < toMillis(END_OF_TIME) ? fromMillis(milliseconds) : null;
}

function fromText(value: string): number | null {
  const moment = parseTime(value, 0);
  return moment === null ? null : Math.floor(moment.earliest / MILLISECOND) * MILLISECOND;
}
