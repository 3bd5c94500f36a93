/** Prints pods as `kubectl get pods -o json --watch --output-watch-events` does. */
import { formatTime, fromSeconds } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, Span, World } from '../world.ts';
import { podObject } from './pod-object.ts';

/** A change of a pod's object, and when the watcher received it. */
export interface PodWatchEvent {
  time: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  pod: Pod;
}

/** Returns the events of a watch over the whole capture: first the existing pods, then every change. */
function watchPods(world: World): PodWatchEvent[] {
  const { starts, captured } = world;
  const events: PodWatchEvent[] = [];
  for (const pod of world.pods) {
    if ((pod.gone !== null && pod.gone < starts) || pod.created > captured) continue;
    const isOld = pod.created < starts;
    const last = pod.gone === null || pod.gone > captured ? null : pod.gone;
    events.push({ time: isOld ? starts : pod.created, type: 'ADDED', pod });
    for (const time of changesOf(pod)) {
      if (time > starts && time <= captured) events.push({ time, type: 'MODIFIED', pod });
    }
    // The kubelet's own delete, with grace 0, comes just before.
    if (last !== null) {
      events.push({ time: last, type: 'MODIFIED', pod }, { time: last, type: 'DELETED', pod });
    }
  }
  return events.sort((a, b) => a.time - b.time);
}

function changesOf(pod: Pod): number[] {
  const times = [
    pod.ip === '' ? null : pod.networked,
    pod.started,
    pod.ready,
    pod.deleted,
    pod.exited,
    pod.worker.notReady,
    pod.sidecar?.exited ?? null,
  ];
  for (const { killed, started, ready } of pod.restarts) times.push(killed, started, ready);
  for (const { from, until } of pod.flaps) times.push(from, until);
  for (const { killed, started } of pod.sidecar?.restarts ?? []) times.push(killed, started);
  const isSeen = (time: number | null): time is number =>
    time !== null && Number.isFinite(time) && time > pod.created && (pod.gone === null || time < pod.gone);
  return [...new Set(times.filter(isSeen))].sort((a, b) => a - b);
}

/** Returns the events of a watch with a broken connection: after the gap it lists the pods that exist then. */
function withGap(events: readonly PodWatchEvent[], world: World, gap: Span): PodWatchEvent[] {
  const isThere = (pod: Pod) => pod.created <= gap.until && (pod.gone === null || pod.gone > gap.until);
  const listed = world.pods.filter(isThere).map((pod): PodWatchEvent => ({ time: gap.until, type: 'ADDED', pod }));
  return [...events.filter(({ time }) => time < gap.from), ...listed, ...events.filter(({ time }) => time > gap.until)];
}

/** Returns the events of a watch, with the scenario's gap. */
function watched(scenario: Scenario, world: World): PodWatchEvent[] {
  const events = watchPods(world);
  if (scenario.watchGapSeconds === 0) return events;
  const from = world.starts + fromSeconds(scenario.watchGapAt);
  const until = Math.min(from + fromSeconds(scenario.watchGapSeconds), world.captured);
  return from >= until ? events : withGap(events, world, { from, until });
}

/** Prints the stream. */
export function printWatch(scenario: Scenario, world: World): string {
  return watched(scenario, world)
    .map(({ time, type, pod }, i) => {
      const object = podObject(scenario, pod, time, 880_000 + 7 * i);
      return `${JSON.stringify({ type, object }, null, 2)}\n`;
    })
    .join('');
}

/** Prints the stream as `draintrace watch` writes it, with the arrival time of each event. */
export function formatTimedWatch(scenario: Scenario, world: World): string {
  return watched(scenario, world)
    .map(({ time, type, pod }, i) => {
      const object = podObject(scenario, pod, time, 880_000 + 7 * i);
      // An event arrives after some milliseconds.
      return `${JSON.stringify({ capturedAt: formatTime(time + fromSeconds(0.02)), type, object })}\n`;
    })
    .join('');
}

/** Prints `kubectl get pods -o json` long after the incident. */
export function printPodSnapshot(scenario: Scenario, world: World): string {
  const { snapshot } = world;
  const items = world.pods
    .filter((pod) => pod.created <= snapshot && (pod.gone === null || pod.gone > snapshot))
    .map((pod, i) => podObject(scenario, pod, snapshot, 990_000 + i));
  const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
  return `${JSON.stringify(list, null, 4)}\n`;
}
