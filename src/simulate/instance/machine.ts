/** Makes instances of an Auto Scaling group, and plans how one shuts down. */
import { fromSeconds, SECOND } from '../../time/time.ts';
import { beginPod } from '../pod-begin.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Machine, Pod, Worker } from '../world.ts';

/** SIGKILL, by its exit code. */
const KILLED = 137;

type Beginning = Pick<Pod, 'created' | 'ip'> & { zone: string; version: number };

/** Returns a new instance: a machine of its own, with the application on it. */
export function beginInstance(scenario: Scenario, { created, ip, zone, version }: Beginning, random: Random): Pod {
  const worker: Worker = {
    name: `ip-${ip.replaceAll('.', '-')}.eu-central-1.compute.internal`,
    instanceId: `i-0${random.hex(16)}`,
    leaving: null,
    zone,
    hostIp: ip,
    lost: null,
    clock: 0,
    notReady: null,
  };
  const { name, port } = scenario;
  const pod = beginPod(
    {
      replicaSet: `${name}:${version}`,
      app: name,
      ownerKind: 'ReplicaSet',
      port,
      isHostNetwork: false,
      isTarget: true,
      slot: null,
      created,
      worker,
      ip,
    },
    null,
    random,
  );
  pod.name = worker.instanceId;
  pod.machine = newMachine(version, created);
  return pod;
}

const newMachine = (version: number, running: number): Machine => ({
  version,
  running,
  inService: null,
  rebalance: null,
  warned: null,
  hook: null,
  shuttingDown: null,
  shutDownBy: null,
  endedFrom: null,
  deployments: [],
});

/** The instance has served ever since it was launched. */
export function serveForLong(pod: Pod): void {
  const { created } = pod;
  const machine = pod.machine!;
  machine.running = created + 12 * SECOND;
  machine.inService = created + 31 * SECOND;
  pod.networked = created;
  pod.started = created + 35 * SECOND;
  pod.listens = created + 45 * SECOND;
  pod.ready = pod.listens;
}

/** EC2 shuts the instance down: its system stops the application, then the network, and then it is terminated. */
export function shutDown(
  pod: Pod,
  time: number,
  by: NonNullable<Machine['shutDownBy']>,
  scenario: Scenario,
  random: Random,
): void {
  const machine = pod.machine!;
  machine.shuttingDown = time;
  machine.shutDownBy = by;
  machine.endedFrom ??= time;
  const { sigterm, exitSeconds, terminationGracePeriodSeconds } = scenario;
  pod.terminated = time + fromSeconds(random.between(0.4, 2));
  const killed = pod.terminated + fromSeconds(terminationGracePeriodSeconds);
  const exits = sigterm === 'ignore' ? killed : pod.terminated + fromSeconds(random.duration(exitSeconds));
  pod.exited = Math.min(exits, killed);
  pod.exitCode = exits >= killed ? KILLED : sigterm === 'drain' ? 0 : 143;
  pod.closed = sigterm === 'drain' ? Math.min(pod.terminated, pod.exited) : pod.exited;
  pod.silent = pod.exited + fromSeconds(random.between(0.3, 3));
  pod.gone = pod.silent + fromSeconds(random.between(10, 40));
}
