/** Makes new tasks. */
import { SECOND } from '../../time/time.ts';
import { beginPod } from '../pod-begin.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, TaskContainer } from '../world.ts';

/** Another service on the same instances. */
export const OTHER_SERVICE = {
  service: 'exporter',
  deployment: 'ecs-svc/4444444444444444444',
  definition: 'exporter:3',
};

type Beginning = Pick<Pod, 'worker' | 'ip' | 'created'> & {
  port: number;
  service: string;
  deployment: string;
  definition: string;
};

/** Returns a new task, which has its place from the beginning. */
export function beginTask(scenario: Scenario, beginning: Beginning, random: Random): Pod {
  const { service, deployment, definition, port, worker, ip, created } = beginning;
  const { name, taskNetwork, sidecar } = scenario;
  const pod = beginPod(
    {
      replicaSet: definition,
      app: service,
      ownerKind: 'ReplicaSet',
      port,
      isHostNetwork: taskNetwork === 'bridge',
      isTarget: service === name,
      slot: null,
      created,
      worker,
      ip,
    },
    null,
    random,
  );
  pod.name = random.hex(32);
  pod.task = {
    service,
    deployment,
    definition,
    pending: created,
    activating: null,
    way: null,
    stopping: null,
    stopCode: '',
    stoppedReason: '',
    ownEnd: null,
    executionStopped: null,
    containers: [newContainer(service, true), ...(sidecar === 'none' ? [] : [newContainer('telemetry', false)])],
  };
  return pod;
}

const newContainer = (name: string, serves: boolean): TaskContainer => {
  return { name, serves, exited: null, exitCode: null, reason: null };
};

/** The task has run ever since its creation. */
export function runForLong(pod: Pod): void {
  const { created } = pod;
  const task = pod.task!;
  task.pending = created + 4 * SECOND;
  task.activating = created + 20 * SECOND;
  pod.networked = task.pending;
  pod.started = created + 21 * SECOND;
  pod.listens = created + 24 * SECOND;
  pod.ready = pod.listens;
}
