/** Readiness of a pod over its life. */
import type { Pod, Span } from './world.ts';

/** Times in which a pod that had been ready was not: its container was away, or its probe failed. */
export const unreadySpans = (pod: Pod): Span[] =>
  [...pod.restarts.map(({ killed, ready }) => ({ from: killed, until: ready })), ...pod.flaps].sort(
    (a, b) => a.from - b.from,
  );

/** The time in which it is not ready at this moment, though it had been; null where it is. */
export const unreadyAt = (pod: Pod, time: number): Span | null =>
  unreadySpans(pod).find(({ from, until }) => from <= time && time < until) ?? null;

/** When it last became ready, null where it never was. */
export function readySince(pod: Pod, time: number): number | null {
  if (pod.ready === null || pod.ready > time) return null;
  return unreadySpans(pod).reduce((last, { until }) => (until <= time ? Math.max(last, until) : last), pod.ready);
}

/** When its last container ended, null where it runs. */
export const endedAt = ({ exited, sidecar }: Pod): number | null =>
  exited === null ? null : Math.max(exited, sidecar?.exited ?? exited);
