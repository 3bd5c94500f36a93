/** Prints Events of the namespace as exporters store them: one v1 Event a line, times in whole seconds, no address. */
import { formatSeconds, fromSeconds, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, World } from '../world.ts';
import { idOf } from './identity.ts';

interface SimulatedEvent {
  time: number;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

/** Prints the Events until a time (default: the end of the capture), in the order of their creation. */
export function printEvents(scenario: Scenario, world: World, until = world.captured): string {
  const lines = world.pods.flatMap((pod) =>
    saidOf(scenario, pod)
      .filter(({ time }) => time >= world.starts && time <= until)
      .map((said) => ({ said, pod })),
  );
  return lines
    .sort((a, b) => a.said.time - b.said.time)
    .map(({ said, pod }, i) => `${JSON.stringify(eventOf(scenario, pod, said, i))}\n`)
    .join('');
}

function saidOf({ namespace, port, healthCheckSeconds }: Scenario, pod: Pod): SimulatedEvent[] {
  const { worker, app: name } = pod;
  const probe = `Get "http://${pod.ip}:${port}/healthz"`;
  const said: SimulatedEvent[] = [];
  const add = (
    time: number | null,
    type: SimulatedEvent['type'],
    reason: string,
    message: string,
    component = 'kubelet',
  ) => {
    if (time !== null && Number.isFinite(time)) said.push({ time, type, reason, message, component });
  };
  if (pod.ip === '') return said;
  const assigned = `Successfully assigned ${namespace}/${pod.name} to ${worker.name}`;
  add(pod.networked, 'Normal', 'Scheduled', assigned, 'default-scheduler');
  if (pod.deleted === null || pod.started < pod.deleted) {
    add(pod.started, 'Normal', 'Created', `Created container ${name}`);
    add(pod.started, 'Normal', 'Started', `Started container ${name}`);
  }
  for (const { killed, started, reason } of pod.restarts) {
    if (reason === 'Error') {
      add(killed - SECOND, 'Warning', 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 503');
      add(killed - SECOND, 'Normal', 'Killing', `Container ${name} failed liveness probe, will be restarted`);
    } else {
      add(killed + SECOND, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${pod.name}`);
    }
    add(started, 'Normal', 'Started', `Started container ${name}`);
  }
  for (const { from, until } of pod.flaps) {
    const message = `Readiness probe failed: ${probe}: context deadline exceeded`;
    for (const time of [from, from + 10 * SECOND]) if (time < until) add(time, 'Warning', 'Unhealthy', message);
  }
  for (const { killed, started } of pod.sidecar?.restarts ?? []) {
    const { name: container } = pod.sidecar!;
    add(killed + SECOND, 'Warning', 'BackOff', `Back-off restarting failed container ${container} in pod ${pod.name}`);
    add(started, 'Normal', 'Started', `Started container ${container}`);
  }
  if (worker.lost === null || (pod.stopping !== null && pod.stopping < worker.lost)) {
    add(pod.stopping, 'Normal', 'Killing', `Stopping container ${name}`);
    const isProbed =
      pod.closed !== null && pod.exited !== null && pod.exited - pod.closed > healthCheckSeconds * SECOND;
    if (isProbed)
      add(
        pod.closed! + SECOND,
        'Warning',
        'Unhealthy',
        `Readiness probe failed: ${probe}: dial tcp ${pod.ip}:${port}: connect: connection refused`,
      );
  }
  if (pod.deleted === null || (worker.notReady !== null && worker.notReady < pod.deleted)) {
    add(worker.notReady, 'Warning', 'NodeNotReady', 'Node is not ready', 'node-controller');
  }
  if (pod.isEvicted) add(pod.deleted, 'Normal', 'Evicted', 'Evicted pod', 'karpenter');
  if (pod.deletedBy === 'node-controller') {
    const message = `Marking for deletion Pod ${namespace}/${pod.name}`;
    add(pod.deleted, 'Normal', 'TaintManagerEviction', message, 'taint-eviction-controller');
  }
  return said;
}

function eventOf(scenario: Scenario, pod: Pod, said: SimulatedEvent, number: number): unknown {
  const { namespace } = scenario;
  const isOfContainer = ['Created', 'Started', 'Killing', 'Unhealthy', 'BackOff'].includes(said.reason);
  const clock = said.component === 'kubelet' ? pod.worker.clock : fromSeconds(scenario.apiClockSeconds);
  const stamp = formatSeconds(said.time + clock);
  const container = / container ([a-z][a-z0-9-]*)/.exec(said.message)?.[1] ?? pod.app;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${pod.name}.${idOf(`${pod.uid} ${number}`, 16)}`,
      namespace,
      uid: `${idOf(`event ${pod.uid} ${number}`, 8)}-6b1f-4c0e-8f4d-${idOf(`${number}`, 12)}`,
      creationTimestamp: stamp,
    },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: pod.name,
      namespace,
      uid: pod.uid,
      ...(isOfContainer ? { fieldPath: `spec.containers{${container}}` } : {}),
    },
    reason: said.reason,
    message: said.message,
    source: { component: said.component, ...(said.component === 'kubelet' ? { host: pod.worker.name } : {}) },
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    count: 1,
    type: said.type,
    eventTime: null,
    reportingComponent: said.component,
    reportingInstance: said.component === 'kubelet' ? pod.worker.name : '',
  };
}
