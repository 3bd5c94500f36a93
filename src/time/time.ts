/** Units of time, their conversions and their printed forms. Times are microseconds since the epoch, UTC. Pure. */

/** Microseconds: a time since the epoch, or a duration. */
export type Micros = number;

export const MILLISECOND: Micros = 1_000;
export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

/** Milliseconds, for clocks and timers of JavaScript. */
export const SECOND_MS = SECOND / MILLISECOND;
export const MINUTE_MS = MINUTE / MILLISECOND;
export const HOUR_MS = HOUR / MILLISECOND;
export const DAY_MS = DAY / MILLISECOND;

/** Seconds, for settings that AWS and Kubernetes count in seconds. */
export const MINUTE_SECONDS = MINUTE / SECOND;
export const HOUR_SECONDS = HOUR / SECOND;
export const DAY_SECONDS = DAY / SECOND;

/** Later times are not exact: a double holds integers up to 2^53, which is in the year 2255. */
export const LAST_YEAR = 2199;
/** First time that is too late to read. */
export const END_OF_TIME: Micros = Date.UTC(LAST_YEAR + 1, 0, 1) * MILLISECOND;

/** Converts milliseconds, as Date and Date.parse return them. */
export const fromMillis = (milliseconds: number): Micros => milliseconds * MILLISECOND;
export const toMillis = (time: Micros): number => time / MILLISECOND;
/** Converts nanoseconds, as Node counts the times of files; rounds down. */
export const fromNanos = (nanoseconds: bigint): Micros => Number(nanoseconds / 1000n);
/** Converts seconds to whole microseconds. */
export const fromSeconds = (seconds: number): Micros => Math.round(seconds * SECOND);
export const toSeconds = (time: Micros): number => time / SECOND;

/** Returns the number of the UTC day, counted from the epoch. */
export const dayNumber = (time: Micros): number => Math.floor(time / DAY);

/** The last printed second: times come in order, and printing a date is slow. */
let lastSecond = Number.NaN;
let lastText = '';

/** Formats as `2026-04-14T09:00:12.345678Z`, as access logs print times. */
export function formatTime(time: Micros): string {
  const second = Math.floor(time / SECOND);
  if (second !== lastSecond) {
    lastText = new Date(second * SECOND_MS).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return `${lastText}${String(time - second * SECOND).padStart(6, '0')}Z`;
}

/** Formats as `formatTime`, also times after 2255, which a double cannot hold exactly. */
export function formatExact(time: bigint): string {
  const second = time / BigInt(SECOND);
  const text = new Date(Number(second) * SECOND_MS).toISOString().slice(0, -4);
  return `${text}${String(time % BigInt(SECOND)).padStart(6, '0')}Z`;
}

/** Formats as `2026-04-14T09:00:12.345Z`. */
export const formatMillis = (time: Micros): string => new Date(Math.floor(toMillis(time))).toISOString();

/** Formats as `2026-04-14T09:00:12Z`, rounded down, as Kubernetes prints times. */
export const formatSeconds = (time: Micros): string => `${formatMillis(time).slice(0, -5)}Z`;

/** Formats as `2026-04-14T09:00:12.345Z`, without the fraction where it is zero. */
export const formatShort = (time: Micros): string => formatMillis(time).replace('.000Z', 'Z');

/** Formats the UTC day as `2026-04-14`. */
export const formatDay = (time: Micros): string => formatMillis(time).slice(0, 10);
