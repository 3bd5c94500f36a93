/** Printed times to intervals: what a text says of a time is as wide as the digits it prints. */
import { fromMillis, HOUR, LAST_YEAR, MILLISECOND, MINUTE, type Micros, SECOND } from '../time/time.ts';

/** A time known to lie in `[earliest, latest]`, both ends known and included: `[s, s + 1 s)` is written s to s + 999,999. */
export interface Interval {
  earliest: Micros;
  latest: Micros;
}

/** RFC 3339, with a blank allowed for the T and the zone allowed to be missing. */
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? ?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;

/**
 * Returns the interval that a printed time stands for: whole seconds are a second wide, n digits of fraction 10^-n s,
 * six or more digits one microsecond. A time without a zone is read at `timezoneMinutes` east of UTC.
 * Returns null for anything else, for days that do not exist, and for years outside 1970 to 2199 (the range that stays
 * well inside the integers of a double).
 */
export function parseTime(text: string, timezoneMinutes: number): Interval | null {
  const match = TIME.exec(text.trim());
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1970 || year > LAST_YEAR || hour > 23 || minute > 59 || second > 60) return null;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return null;
  const offset = offsetMinutes(match, timezoneMinutes);
  if (offset === null) return null;
  const fraction = match[7] ?? '';
  const digits = Math.min(fraction.length, 6);
  const start =
    fromMillis(midnight.getTime()) +
    hour * HOUR +
    (minute - offset) * MINUTE +
    second * SECOND +
    Number(fraction.padEnd(6, '0').slice(0, 6));
  return { earliest: start, latest: start + 10 ** (6 - digits) - 1 };
}

function offsetMinutes(match: RegExpExecArray, timezoneMinutes: number): number | null {
  if (match[8]) return 0;
  if (!match[9]) return timezoneMinutes;
  const hours = Number(match[10]);
  const minutes = Number(match[11]);
  if (hours > 23 || minutes > 59) return null;
  return (match[9] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** Returns the interval of a time that is known to the millisecond, from milliseconds since the epoch. */
export function millisecondOf(milliseconds: number): Interval {
  const earliest = fromMillis(milliseconds);
  return { earliest, latest: earliest + MILLISECOND - 1 };
}

/** Returns what two intervals of the same event have in common, or null when they contradict each other. */
export function intersect(a: Interval, b: Interval): Interval | null {
  const earliest = Math.max(a.earliest, b.earliest);
  const latest = Math.min(a.latest, b.latest);
  return earliest <= latest ? { earliest, latest } : null;
}

/** Returns the later of two times of which either may be unknown. */
export function later(a: Micros | null, b: Micros | null): Micros | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
