/** Parses times that people type on the command line. Pure. */
import { DAY, fromMillis, HOUR, LAST_YEAR, MILLISECOND, MINUTE, type Micros, SECOND } from './time.ts';

const UNITS: Readonly<Record<string, number>> = {
  w: 7 * DAY,
  d: DAY,
  h: HOUR,
  m: MINUTE,
  s: SECOND,
};

const RELATIVE = /^-?(?:\d{1,6}[wdhms])+$/;

/** A time of a clock on a wall. */
const CLOCK = /^(\d{2}):(\d{2})(?::(\d{2}))?$/;

/** Seconds or milliseconds since 1970, as programs log them. */
const EPOCH = /^(\d{10})(\d{3})?$/;

/** RFC 3339; the time, the seconds and the offset are optional, and a blank may stand for the T: as answers print times, `… 14:00:15 UTC`. */
const ABSOLUTE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?: ?([Zz]|UTC|[+-]\d{2}:?\d{2}))?)?$/;

/** Real offsets reach from -12:00 to +14:00. More than 18 hours is a typing error. */
const MAX_OFFSET = 18 * 60;

/**
 * Parses a time and returns microseconds: `2023-01-07T17:22:52+08:00`; UTC without an offset, unless `fromWall` converts what a
 * clock on a wall shows; midnight without a time; `now`;
 * a duration before `now` as in `-2h`, `90m`, `-1d12h`; `today` and `yesterday`; `14:00`, which is the latest that has been; or seconds
 * since 1970. Digits below the microsecond are cut off.
 * Returns null for anything else, for days that do not exist, and for years outside 1970 to 2199.
 */
export function parseTypedTime(
  text: string,
  now: Micros,
  fromWall: (wall: Micros) => Micros = (wall) => wall,
): Micros | null {
  const trimmed = text.trim();
  if (trimmed.toLowerCase() === 'now') return now;
  if (RELATIVE.test(trimmed)) return before(trimmed, now);
  const epoch = EPOCH.exec(trimmed);
  if (epoch) {
    const time = Number(epoch[1]) * SECOND + Number(epoch[2] ?? 0) * MILLISECOND;
    return time < fromMillis(Date.UTC(LAST_YEAR + 1, 0)) ? time : null;
  }
  const clock = /^(?:today|yesterday)$/i.test(trimmed) ? ['', '0', '0'] : CLOCK.exec(trimmed);
  if (clock) {
    const [hour, minute, second] = [1, 2, 3].map((i) => Number(clock[i] ?? 0));
    if (hour! > 23 || minute! > 59 || second! > 59) return null;
    const latest = latestAt(hour! * HOUR + minute! * MINUTE + second! * SECOND, now, fromWall);
    return /^y/i.test(trimmed) ? latestAt(0, latest - 1, fromWall) : latest;
  }
  const match = ABSOLUTE.exec(trimmed);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  if (year! < 1970 || year! > LAST_YEAR || hour! > 23 || minute! > 59 || second! > 59) return null;
  const midnight = new Date(Date.UTC(year!, month! - 1, day!));
  if (midnight.getUTCMonth() !== month! - 1 || midnight.getUTCDate() !== day) return null;
  const offset = parseOffset(match[8] ?? 'Z');
  if (offset === null) return null;
  const fraction = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
  const time =
    fromMillis(midnight.getTime()) + hour! * HOUR + (minute! - offset) * MINUTE + second! * SECOND + fraction;
  return match[8] === undefined ? fromWall(time) : time;
}

/** Returns the latest time, not after `now`, at which a clock on a wall shows `sinceMidnight`. */
function latestAt(sinceMidnight: Micros, now: Micros, fromWall: (wall: Micros) => Micros): Micros {
  // Zones reach a day ahead of UTC and a day behind it.
  for (let midnight = Math.floor(now / DAY) * DAY + DAY; ; midnight -= DAY) {
    const time = fromWall(midnight + sinceMidnight);
    if (time <= now) return time;
  }
}

function before(text: string, now: Micros): Micros | null {
  let time = now;
  for (const [, count, unit] of text.matchAll(/(\d+)([wdhms])/g)) time -= Number(count) * UNITS[unit!]!;
  return time >= 0 ? time : null;
}

/**
 * Returns an offset east of UTC in minutes: `+08:00`, `+0800`, `+08`, `-03:30`, `Z` or `UTC`. Returns null for anything
 * else. Names of zones are not supported, because their offset changes with the date.
 */
export function parseOffset(text: string): number | null {
  const trimmed = text.trim();
  if (/^(?:z|utc)$/i.test(trimmed)) return 0;
  const match = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(trimmed);
  if (!match) return null;
  const minutes = Number(match[3] ?? 0);
  const total = Number(match[2]) * 60 + minutes;
  if (minutes > 59 || total > MAX_OFFSET) return null;
  return match[1] === '-' && total > 0 ? -total : total;
}
