/** Compares facts with the simulated pod that they describe. */
import type { PodFact } from '../../src/evidence/fact.ts';
import type { Pod } from '../../src/simulate/world.ts';

export const SECOND = 1_000_000;

/** Returns every time at which the event happened to the pod. */
function timesOf(fact: PodFact, pod: Pod): (number | null)[] {
  const { restarts, flaps, sidecar } = pod;
  switch (fact.event) {
    case 'created':
      return [pod.created];
    case 'started':
      return [pod.started];
    case 'ready':
      return [pod.ready, ...restarts.map(({ ready }) => ready), ...flaps.map(({ until }) => until)];
    case 'deleted':
      return [pod.deleted];
    case 'stopping':
      return [pod.stopping];
    case 'finished':
      return [pod.exited, sidecar?.exited ?? null];
    case 'restarted':
      return [...restarts, ...(sidecar?.restarts ?? [])].map(({ killed }) => killed);
    case 'gone':
      return [pod.gone];
    case 'grace_end':
      return [pod.deleted === null ? null : pod.deleted + pod.graceSeconds * SECOND];
    default:
      return [];
  }
}

/** Describes the error of a fact, null for a true fact. */
export function wrongIn(fact: PodFact, pod: Pod): string | null {
  const earliest = fact.earliest ?? -Infinity;
  const latest = fact.latest ?? Infinity;
  const said = `${fact.event} ${earliest}..${latest}`;
  if (fact.ip !== null && fact.ip !== pod.ip) return `${said}: address ${fact.ip}, not ${pod.ip}`;
  if (fact.event === 'seen') {
    const until = pod.deleted ?? Infinity;
    return latest >= pod.created && earliest <= until ? null : `${said}: lived ${pod.created}..${until}`;
  }
  if (fact.event === 'waiting') {
    const until = pod.ready ?? Infinity;
    return latest >= pod.created && earliest <= until ? null : `${said}: waited ${pod.created}..${until}`;
  }
  if (fact.event === 'warned' || fact.event === 'unready') return null;
  const times = timesOf(fact, pod).filter((time) => time !== null);
  return times.some((time) => earliest <= time && time <= latest) ? null : `${said}: happened at ${times.join(', ')}`;
}
