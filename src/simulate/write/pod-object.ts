/** Prints a pod as the API server shows it: times in whole seconds, rounded down, by the clock of the machine that set them. */
import { formatSeconds, fromSeconds } from '../../time/time.ts';
import { readySince, unreadyAt } from '../pod-state.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod } from '../world.ts';
import { idOf } from './identity.ts';

/** Returns the object of a pod at a time. */
export function podObject(scenario: Scenario, pod: Pod, time: number, version: number): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(scenario, pod, time, version),
    spec: specOf(scenario, pod),
    status: statusOf(scenario, pod, time),
  };
}

const isBy = (moment: number | null, time: number): moment is number => moment !== null && moment <= time;

/** Prints a time set by the API server. */
const serverTime = (scenario: Scenario, time: number): string =>
  formatSeconds(time + fromSeconds(scenario.apiClockSeconds));

/** Prints a time set by the kubelet. */
const nodeTime = (pod: Pod, time: number): string => formatSeconds(time + pod.worker.clock);

function metadataOf(scenario: Scenario, pod: Pod, time: number, version: number): unknown {
  const isGone = isBy(pod.gone, time);
  const grace = isGone ? 0 : pod.graceSeconds;
  const hash = pod.ownerKind === 'ReplicaSet' ? pod.replicaSet.slice(pod.app.length + 1) : null;
  return {
    creationTimestamp: serverTime(scenario, pod.created),
    // The kubelet's final delete replaces the deletion time by its own time, as in API servers since 1.33.
    ...(isBy(pod.deleted, time)
      ? {
          deletionGracePeriodSeconds: grace,
          deletionTimestamp: serverTime(scenario, (isGone ? pod.gone! : pod.deleted) + fromSeconds(grace)),
        }
      : {}),
    labels: { app: pod.app, ...(hash === null ? {} : { 'pod-template-hash': hash }) },
    name: pod.name,
    namespace: scenario.namespace,
    ownerReferences: [
      {
        apiVersion: pod.ownerKind === 'Job' ? 'batch/v1' : 'apps/v1',
        blockOwnerDeletion: true,
        controller: true,
        kind: pod.ownerKind,
        name: pod.replicaSet,
        uid: `${idOf(pod.replicaSet, 8)}-0000-4000-a000-000000000000`,
      },
    ],
    resourceVersion: String(version),
    uid: pod.uid,
  };
}

function specOf(scenario: Scenario, pod: Pod): unknown {
  const { preStopSeconds } = scenario;
  const port = { containerPort: pod.port, ...(pod.isHostNetwork ? { hostPort: pod.port } : {}), protocol: 'TCP' };
  const application = {
    name: pod.app,
    image: `registry.${scenario.name}.example/${pod.app}:2026.04`,
    ...(pod.port === null ? {} : { ports: [port] }),
    ...(preStopSeconds > 0 && pod.isTarget ? { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } } : {}),
  };
  const sidecar = pod.sidecar && { name: pod.sidecar.name, image: `registry.example/${pod.sidecar.name}:1.9` };
  return {
    containers: [application, ...(sidecar ? [sidecar] : [])],
    ...(pod.isHostNetwork ? { hostNetwork: true } : {}),
    ...(pod.ip !== '' ? { nodeName: pod.worker.name } : {}),
    restartPolicy: pod.ownerKind === 'Job' ? 'Never' : 'Always',
    terminationGracePeriodSeconds: scenario.terminationGracePeriodSeconds,
  };
}

function statusOf(scenario: Scenario, pod: Pod, time: number): unknown {
  const restart = pod.restarts.findLast(({ killed }) => killed <= time);
  const isDown = restart !== undefined && restart.started > time;
  const isNetworked = pod.ip !== '' && isBy(pod.networked, time);
  const ready = readiness(scenario, pod, time);
  const isRunning = isBy(pod.started, time) && isNetworked;
  const isComplete = pod.ownerKind === 'Job' && isBy(pod.exited, time);
  const { sidecar } = pod;
  const isSidecarReady = isRunning && sidecarRuns(pod, time);
  return {
    phase: isComplete ? 'Succeeded' : isRunning ? 'Running' : 'Pending',
    conditions: [...(pod.isEvicted && isBy(pod.deleted, time) ? [disruption(scenario, pod)] : []), ...ready.conditions],
    ...(isNetworked
      ? {
          hostIP: pod.worker.hostIp,
          podIP: pod.ip,
          podIPs: [{ ip: pod.ip }],
          startTime: nodeTime(pod, pod.networked),
        }
      : {}),
    containerStatuses: [
      {
        name: pod.app,
        ready: ready.areContainersReady,
        restartCount: pod.restarts.filter(({ started }) => started <= time).length,
        ...containerState(pod, time, isDown),
      },
      ...(sidecar
        ? [
            {
              name: sidecar.name,
              ready: isSidecarReady,
              restartCount: sidecar.restarts.filter(({ started }) => started <= time).length,
              ...sidecarState(pod, time),
            },
          ]
        : []),
    ],
  };
}

/**
 * Returns the conditions Ready and ContainersReady. The control plane makes the pods of a lost node unready; what the kubelet last
 * said of the containers stays.
 */
function readiness(
  scenario: Scenario,
  pod: Pod,
  time: number,
): { areContainersReady: boolean; conditions: readonly unknown[] } {
  const span = unreadyAt(pod, time);
  const since = readySince(pod, time);
  const lost = isBy(pod.worker.notReady, time) ? pod.worker.notReady : null;
  const unready = isBy(pod.exited, time) ? pod.exited : since !== null && span ? span.from : null;
  const areContainersReady = since !== null && unready === null;
  const of = (type: string, isTrue: boolean, at: string) => ({
    type,
    status: isTrue ? 'True' : 'False',
    ...(areContainersReady ? {} : { reason: 'ContainersNotReady' }),
    lastTransitionTime: at,
  });
  const changed = unready ?? since;
  const at = changed === null ? serverTime(scenario, pod.created) : nodeTime(pod, changed);
  const isLost = areContainersReady && lost !== null;
  return {
    areContainersReady,
    conditions: [
      of('Ready', areContainersReady && !isLost, isLost ? serverTime(scenario, lost) : at),
      of('ContainersReady', areContainersReady, at),
    ],
  };
}

const disruption = (scenario: Scenario, pod: Pod): unknown => ({
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
  lastTransitionTime: serverTime(scenario, pod.deleted!),
});

interface ContainerState {
  state: unknown;
  lastState: unknown;
}

function containerState(pod: Pod, time: number, isDown: boolean): ContainerState {
  const ended = pod.restarts.filter(({ killed }) => killed <= time);
  const last = ended.at(-1);
  const startOf = (i: number) => (i === 0 ? pod.started : pod.restarts[i - 1]!.started);
  const terminatedBy = (i: number) => {
    const { exitCode, reason, killed } = ended[i]!;
    return terminated(pod, exitCode, reason, startOf(i), killed);
  };
  if (last && isDown) {
    return { state: terminatedBy(ended.length - 1), lastState: ended.length > 1 ? terminatedBy(ended.length - 2) : {} };
  }
  if (pod.exited !== null && pod.exited <= time) {
    const { exitCode, exited } = pod;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    return {
      state: terminated(pod, exitCode, reason, startOf(ended.length), exited),
      lastState: last ? terminatedBy(ended.length - 1) : {},
    };
  }
  if (pod.ip === '' || pod.started > time) {
    return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: {} };
  }
  return {
    state: { running: { startedAt: nodeTime(pod, last ? last.started : pod.started) } },
    lastState: last ? terminatedBy(ended.length - 1) : {},
  };
}

function terminated(pod: Pod, exitCode: number, reason: string, started: number, finished: number): unknown {
  const startedAt = nodeTime(pod, started);
  return { terminated: { exitCode, reason, startedAt, finishedAt: nodeTime(pod, finished) } };
}

function sidecarRuns(pod: Pod, time: number): boolean {
  const { exited, restarts } = pod.sidecar ?? { exited: null, restarts: [] };
  return !isBy(exited, time) && !restarts.some(({ killed, started }) => killed <= time && time < started);
}

function sidecarState(pod: Pod, time: number): ContainerState {
  const { exited, restarts } = pod.sidecar!;
  const ended = restarts.filter(({ killed }) => killed <= time);
  const last = ended.at(-1);
  const lastStarted = ended.length > 1 ? ended.at(-2)!.started : pod.started;
  const ending = last ? terminated(pod, last.exitCode, last.reason, lastStarted, last.killed) : {};
  if (isBy(exited, time)) {
    return { state: terminated(pod, 0, 'Completed', last?.started ?? pod.started, exited), lastState: ending };
  }
  if (last && last.started > time) return { state: ending, lastState: {} };
  if (pod.ip === '' || pod.started > time) {
    return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: {} };
  }
  return { state: { running: { startedAt: nodeTime(pod, last?.started ?? pod.started) } }, lastState: ending };
}
