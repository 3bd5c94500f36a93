/** Zones in which people read and type times. Data formats stay UTC. Pure. */
import { HOUR_MS, MINUTE, MINUTE_MS, type Micros, SECOND_MS, toMillis } from './time.ts';
import { parseOffset } from './typed.ts';

export interface Zone {
  /** As it was typed, for notes. */
  name: string;
  /** Minutes east of UTC at a time in milliseconds since the epoch. */
  offsetAt(milliseconds: number): number;
}

export const UTC: Zone = { name: 'UTC', offsetAt: () => 0 };

/** Returns the zone of an offset (`+08:00`) or of a name (`Asia/Shanghai`), null for anything else. */
export function parseZone(text: string): Zone | null {
  const name = text.trim();
  const fixed = parseOffset(name);
  if (fixed !== null) return fixed === 0 ? UTC : { name, offsetAt: () => fixed };
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: name, hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    return { name, offsetAt: (milliseconds) => offsetOf(format, milliseconds) };
  } catch {
    return null;
  }
}

function offsetOf(format: Intl.DateTimeFormat, milliseconds: number): number {
  const part = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
  return Math.round((wall - Math.floor(milliseconds / SECOND_MS) * SECOND_MS) / MINUTE_MS);
}

/** Returns the time (microseconds) at which clocks in the zone show `wall`, which is a time as if the zone were UTC. */
export function fromWall(wall: Micros, zone: Zone): Micros {
  // The offset depends on the time itself, so the second look is at nearly the right one.
  const guess = wall - zone.offsetAt(toMillis(wall)) * MINUTE;
  return wall - zone.offsetAt(toMillis(guess)) * MINUTE;
}

/** A time as people read it. */
export interface WallTime {
  /** `2026-03-10`. */
  day: string;
  /** `14:00:15.125`. */
  clock: string;
  /** `UTC`, or the offset at that time: `+08:00`. */
  offset: string;
}

/** Some days before the last date of JavaScript, so that every zone has it. */
const LAST_DATE = 8.63e15;

const UNREADABLE: WallTime = { day: '????-??-??', clock: '??:??:??.???', offset: 'UTC' };

/** Returns a time (ISO 8601, or milliseconds since the epoch) as clocks in the zone show it. */
export function wallTime(time: string | number, zone: Zone): WallTime {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time);
  // A database may come from somebody else, and hold a time that no calendar has.
  if (!(Math.abs(milliseconds) <= LAST_DATE)) return UNREADABLE;
  const minutes = zone.offsetAt(milliseconds);
  const iso = new Date(milliseconds + minutes * MINUTE_MS).toISOString();
  return { day: iso.slice(0, 10), clock: iso.slice(11, 23), offset: zone === UTC ? 'UTC' : offsetText(minutes) };
}

const HOUR_MINUTES = HOUR_MS / MINUTE_MS;
const two = (number: number): string => String(number).padStart(2, '0');

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / HOUR_MINUTES))}:${two(size % HOUR_MINUTES)}`;
}

/** `2026-03-10 14:00:15 UTC`. `digits` adds decimals of a second. */
export function timeText(time: string | number, zone: Zone, digits = 0): string {
  const { day, clock, offset } = wallTime(time, zone);
  return `${day} ${clock.slice(0, digits === 0 ? 8 : 9 + digits)} ${offset}`;
}

/** A time in a sentence of queries/view. The name of a rollout ends in one too, and stays as it is. */
const IN_SENTENCE = /(?<![@\w])\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;

/** Returns a sentence with its times to the second, as clocks in the zone show them. */
export const timesIn = (sentence: string, zone: Zone): string =>
  sentence.replace(IN_SENTENCE, (time) => (Number.isNaN(Date.parse(time)) ? time : timeText(time, zone)));

/**
 * `2026-03-10 14:00:15 to 14:02:20 UTC`: both ends to the second, each with its day and offset unless they are the same.
 * Within one second it is one time.
 */
export function spanText(first: string | number, last: string | number, zone: Zone): string {
  const [from, to] = [wallTime(first, zone), wallTime(last, zone)];
  const second = ({ clock }: WallTime): string => clock.slice(0, 8);
  if (from.day === to.day && second(from) === second(to) && from.offset === to.offset) return timeText(first, zone);
  const begin = `${from.day} ${second(from)}${from.offset === to.offset ? '' : ` ${from.offset}`}`;
  return `${begin} to ${from.day === to.day ? '' : `${to.day} `}${second(to)} ${to.offset}`;
}
