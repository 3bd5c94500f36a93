/** Computes the readiness of a pod over its life. */
import type { Pod, Span } from './world.ts';

/** Returns the times in which the pod lost readiness: its container was down, or its probe failed. */
export const unreadySpans = (pod: Pod): Span[] =>
  [...pod.restarts.map(({ killed, ready }) => ({ from: killed, until: ready })), ...pod.flaps].sort(
    (a, b) => a.from - b.from,
  );

/** Returns the time span of lost readiness at this moment; null if readiness is not lost. */
export const unreadyAt = (pod: Pod, time: number): Span | null =>
  unreadySpans(pod).find(({ from, until }) => from <= time && time < until) ?? null;

/** Returns when the pod last became ready, null if it never was. */
export function readySince(pod: Pod, time: number): number | null {
  if (pod.ready === null || pod.ready > time) return null;
  return unreadySpans(pod).reduce((last, { until }) => (until <= time ? Math.max(last, until) : last), pod.ready);
}

/** Returns when its last container ended, null while one runs. */
export const endedAt = ({ exited, sidecar }: Pod): number | null =>
  exited === null ? null : Math.max(exited, sidecar?.exited ?? exited);
