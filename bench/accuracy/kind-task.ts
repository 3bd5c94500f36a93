/** Defines the kinds of incidents of services of ECS. */
import type { Random } from '../../src/simulate/random.ts';
import type { PlannedEvent, Scenario } from '../../src/simulate/scenario.ts';
import { few, type Kind, later, one, spread, whole } from './kind.ts';

const tasks =
  (
    incident: (random: Random) => Omit<PlannedEvent, 'at'>,
    more: (random: Random) => Partial<Scenario> = () => ({}),
  ): Kind =>
  (random) => ({
    targets: 'tasks',
    durationSeconds: whole(random, 250, 300),
    propagationSeconds: spread(random, 4, 12, 2),
    deregistrationDelaySeconds: one(random, [2, 5, 5, 10, 30]),
    terminationGracePeriodSeconds: one(random, [10, 30, 30, 60]),
    startSeconds: spread(random, 1, 6),
    workerNodes: 3,
    addressesPerNode: 30,
    requestsPerSecond: random.between(10, 18),
    nodeClockSeconds: random.between(-0.05, 0.05),
    incidents: [later(random, incident(random))],
    ...more(random),
  });

const rolling = (more: (random: Random) => Partial<Scenario> = () => ({})): Kind =>
  tasks(() => ({ do: 'rollout' }), more);

const onInstances = (random: Random): Partial<Scenario> => ({
  taskNetwork: 'bridge',
  workerNodes: 4,
  replicas: whole(random, 5, 9),
  otherService: true,
});

export const TASK_KINDS: Readonly<Record<string, Kind>> = {
  'ecs/rolling': rolling(),
  'ecs/delay-of-seconds': rolling((random) => ({
    deregistrationDelaySeconds: whole(random, 0, 3),
    sigterm: one(random, ['drain', 'serve'] as const),
    exitSeconds: random.between(0.05, 0.5),
  })),
  'ecs/delay-below-requests': rolling((random) => ({
    deregistrationDelaySeconds: whole(random, 8, 20),
    longRequestShare: 0.06,
    longRequestSeconds: { median: 15, p99: 50 },
  })),
  'ecs/killed-after-timeout': rolling((random) => ({
    sigterm: 'ignore',
    terminationGracePeriodSeconds: whole(random, 5, 20),
  })),
  'ecs/errors-after-sigterm': rolling((random) => ({ sigterm: 'error', exitSeconds: random.between(3, 15) })),
  'ecs/few-addresses': rolling(() => ({
    addressesPerNode: 4,
    replicas: 6,
    ipCooldownSeconds: 0,
    deregistrationDelaySeconds: 5,
  })),
  'ecs/none-healthy': rolling(() => ({ minimumHealthyPercent: 0, maximumPercent: 100, replicas: 3 })),
  'ecs/forced-deployment': tasks(() => ({ do: 'force_deployment' })),
  'ecs/blue-green': rolling((random) => ({ deployment: 'BLUE_GREEN', bakeSeconds: whole(random, 0, 30) })),
  'ecs/scale-in': tasks(
    () => ({ do: 'scale', replicas: 4 }),
    () => ({ replicas: 9 }),
  ),
  'ecs/spot': tasks((random) => ({ do: 'stop_task', by: 'spot', pods: few(random) })),
  'ecs/stopped-by-hand': tasks((random) => ({ do: 'stop_task', by: 'person', pods: few(random) })),
  'ecs/out-of-memory': tasks((random) => ({ do: 'essential_end', end: 'out of memory', pods: few(random) })),
  'ecs/exit': tasks((random) => ({ do: 'essential_end', end: 'exit', pods: few(random) })),
  'ecs/sidecar-ends': tasks(
    (random) => ({ do: 'essential_end', end: 'sidecar', pods: few(random) }),
    () => ({ sidecar: 'last' }),
  ),
  'ecs/overloaded': tasks((random) => ({ do: 'flap', stall: 'silent', pods: 1, seconds: random.between(15, 40) })),
  'ecs/bridge': rolling(onInstances),
  'ecs/bridge-delay-of-seconds': rolling((random) => ({
    ...onInstances(random),
    deregistrationDelaySeconds: whole(random, 0, 4),
  })),
  'ecs/host-lost': tasks(() => ({ do: 'node_loss' }), onInstances),
};
