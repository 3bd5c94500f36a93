/** Times of the simulated world: microseconds since the epoch, as integers. */

export const SECOND = 1_000_000;
export const MILLISECOND = 1000;

/** Converts seconds to whole microseconds. */
export const micros = (seconds: number): number => Math.round(seconds * SECOND);

/** The last printed second: times come in order, and printing a date is slow. */
let lastSecond = Number.NaN;
let lastText = '';

/** Formats as `2026-04-14T09:00:12.345678Z`. */
export function isoMicros(time: number): string {
  const second = Math.floor(time / SECOND);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, 20);
  }
  return `${lastText}${String(time - second * SECOND).padStart(6, '0')}Z`;
}

/** Formats as `2026-04-14T09:00:12Z`, rounded down, as Kubernetes prints times. */
export const isoSeconds = (time: number): string => `${new Date(Math.floor(time / 1000)).toISOString().slice(0, 19)}Z`;
