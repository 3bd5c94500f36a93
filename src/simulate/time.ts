/** Times of the simulated world: microseconds since the epoch, as integers. */

export const SECOND = 1_000_000;
export const MILLISECOND = 1000;

/** Seconds as whole microseconds. */
export const micros = (seconds: number): number => Math.round(seconds * SECOND);

/** `2026-04-14T09:00:12.345678Z` */
export function isoMicros(time: number): string {
  const millis = Math.floor(time / 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(time - millis * 1000).padStart(3, '0')}Z`;
}

/** `2026-04-14T09:00:12Z`, cut, as Kubernetes prints times. */
export const isoSeconds = (time: number): string => `${new Date(Math.floor(time / 1000)).toISOString().slice(0, 19)}Z`;
