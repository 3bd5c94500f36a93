/** Pods as `kubectl get pods -o json --watch --output-watch-events` shows them: every time a whole second, cut. */
import type { Scenario } from '../scenario.ts';
import { isoSeconds, micros } from '../time.ts';
import type { Pod, World } from '../world.ts';
import { idOf } from './identity.ts';

/** A change of a pod's object and when the watcher got it. */
export interface PodEvent {
  time: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  pod: Pod;
}

/** Returns what a watch from the start to the end of the capture gets: first what is there, then every change. */
export function watchPods(world: World): PodEvent[] {
  const { starts, captured } = world;
  const events: PodEvent[] = [];
  for (const pod of world.pods) {
    if (pod.gone !== null && pod.gone < starts) continue;
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
  ];
  for (const { killed, started, ready } of pod.restarts) times.push(killed, started, ready);
  const isSeen = (time: number | null): time is number =>
    time !== null && time > pod.created && (pod.gone === null || time < pod.gone);
  return [...new Set(times.filter(isSeen))].sort((a, b) => a - b);
}

/** Prints the stream. */
export function printWatch(scenario: Scenario, world: World): string {
  return watchPods(world)
    .map(({ time, type, pod }, i) => {
      const object = podObject(scenario, pod, time, 880_000 + 7 * i);
      return `${JSON.stringify({ type, object }, null, 2)}\n`;
    })
    .join('');
}

/** Returns the object of a pod as it is at a time. */
export function podObject(scenario: Scenario, pod: Pod, time: number, version: number): unknown {
  const has = (moment: number | null): moment is number => moment !== null && moment <= time;
  const isGone = has(pod.gone);
  const grace = isGone ? 0 : pod.graceSeconds;
  const restart = pod.restarts.findLast(({ killed }) => killed <= time);
  const isDown = restart !== undefined && restart.started > time;
  const isNetworked = pod.ip !== '' && has(pod.networked);
  const notReadySince = has(pod.exited)
    ? pod.exited
    : has(pod.worker.notReady)
      ? pod.worker.notReady
      : restart && restart.ready > time
        ? restart.killed
        : null;
  const readySince = restart && restart.ready <= time ? restart.ready : pod.ready;
  const isReady = has(readySince) && notReadySince === null;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      creationTimestamp: isoSeconds(pod.created),
      // The kubelet's last delete moves the time to when it was made, as API servers since 1.33 do.
      ...(has(pod.deleted)
        ? {
            deletionGracePeriodSeconds: grace,
            deletionTimestamp: isoSeconds((isGone ? pod.gone! : pod.deleted) + micros(grace)),
          }
        : {}),
      labels: { app: scenario.name, 'pod-template-hash': pod.replicaSet.slice(scenario.name.length + 1) },
      name: pod.name,
      namespace: scenario.namespace,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          blockOwnerDeletion: true,
          controller: true,
          kind: 'ReplicaSet',
          name: pod.replicaSet,
          uid: `${idOf(pod.replicaSet, 8)}-0000-4000-a000-000000000000`,
        },
      ],
      resourceVersion: String(version),
      uid: pod.uid,
    },
    spec: {
      containers: [container(scenario)],
      ...(isNetworked || pod.ip !== '' ? { nodeName: pod.worker.name } : {}),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: scenario.terminationGracePeriodSeconds,
    },
    status: {
      phase: has(pod.started) && isNetworked ? 'Running' : 'Pending',
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          lastTransitionTime: isoSeconds(isReady ? readySince! : (notReadySince ?? pod.created)),
        },
      ],
      ...(isNetworked
        ? { hostIP: pod.worker.hostIp, podIP: pod.ip, podIPs: [{ ip: pod.ip }], startTime: isoSeconds(pod.networked) }
        : {}),
      containerStatuses: [
        {
          name: scenario.name,
          ready: isReady,
          restartCount: pod.restarts.filter(({ started }) => started <= time).length,
          ...containerState(pod, time, isDown),
        },
      ],
    },
  };
}

function container(scenario: Scenario): unknown {
  const { name, port, preStopSeconds } = scenario;
  return {
    name,
    image: `registry.${name}.example/${name}:2026.04`,
    ports: [{ containerPort: port, protocol: 'TCP' }],
    ...(preStopSeconds > 0 ? { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } } : {}),
  };
}

function containerState(pod: Pod, time: number, isDown: boolean): { state: unknown; lastState: unknown } {
  const ended = pod.restarts.filter(({ killed }) => killed <= time);
  const last = ended.at(-1);
  const startOf = (i: number) => (i === 0 ? pod.started : pod.restarts[i - 1]!.started);
  const terminatedBy = (i: number) => {
    const { exitCode, reason, killed } = ended[i]!;
    return {
      terminated: { exitCode, reason, startedAt: isoSeconds(startOf(i)), finishedAt: isoSeconds(killed) },
    };
  };
  if (pod.exited !== null && pod.exited <= time) {
    const { exitCode, exited } = pod;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const startedAt = isoSeconds(startOf(ended.length));
    return {
      state: { terminated: { exitCode, reason, startedAt, finishedAt: isoSeconds(exited) } },
      lastState: last ? terminatedBy(ended.length - 1) : {},
    };
  }
  if (last && isDown) {
    return { state: terminatedBy(ended.length - 1), lastState: ended.length > 1 ? terminatedBy(ended.length - 2) : {} };
  }
  if (pod.ip === '' || pod.started > time) {
    return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: {} };
  }
  return {
    state: { running: { startedAt: isoSeconds(last ? last.started : pod.started) } },
    lastState: last ? terminatedBy(ended.length - 1) : {},
  };
}
