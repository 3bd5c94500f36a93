/** Defines the kinds of incidents of instances of an Auto Scaling group. */
import type { Random } from '../../src/simulate/random.ts';
import type { PlannedEvent, Scenario } from '../../src/simulate/scenario.ts';
import { few, type Kind, later, one, spread, whole } from './kind.ts';

const instances =
  (
    incident: (random: Random) => Omit<PlannedEvent, 'at'>,
    more: (random: Random) => Partial<Scenario> = () => ({}),
  ): Kind =>
  (random) => ({
    targets: 'instances',
    durationSeconds: whole(random, 280, 340),
    deregistrationDelaySeconds: one(random, [5, 10, 20, 30]),
    terminationGracePeriodSeconds: one(random, [5, 10, 90]),
    bootSeconds: spread(random, 8, 20, 2),
    startSeconds: spread(random, 1, 6),
    replicas: whole(random, 4, 7),
    addressesPerNode: 60,
    requestsPerSecond: random.between(10, 18),
    hookSeconds: one(random, [0, 0, 10, 30]),
    elbHealthCheck: true,
    incidents: [later(random, incident(random))],
    ...more(random),
  });

const refresh = (more: (random: Random) => Partial<Scenario> = () => ({})): Kind =>
  instances(() => ({ do: 'rollout' }), more);

/** Nodes of the balancer that act on a call long after it was answered, and a group that does not wait for them. */
const slowBalancer = (random: Random): Partial<Scenario> => ({
  propagationSeconds: random.between(10, 18),
  propagationTailShare: 0.5,
  propagationTailSeconds: random.between(25, 40),
  deregistrationDelaySeconds: whole(random, 1, 5),
  hookSeconds: 0,
});

export const INSTANCE_KINDS: Readonly<Record<string, Kind>> = {
  'asg/refresh': refresh(),
  'asg/refresh-launch-first': refresh(() => ({ minimumHealthyPercent: 100, maximumPercent: 150 })),
  'asg/refresh-terminate-first': refresh(() => ({ minimumHealthyPercent: 50, maximumPercent: 100 })),
  'asg/refresh-short-delay': refresh(slowBalancer),
  'asg/refresh-short-delay-serves': refresh((random) => ({
    ...slowBalancer(random),
    sigterm: 'serve',
    exitSeconds: random.between(0.1, 1),
  })),
  'asg/refresh-long-requests': refresh((random) => ({
    deregistrationDelaySeconds: whole(random, 8, 20),
    longRequestShare: 0.06,
    longRequestSeconds: { median: 15, p99: 50 },
  })),
  'asg/scale-in': instances(
    () => ({ do: 'scale', replicas: 3 }),
    () => ({ replicas: 7 }),
  ),
  'asg/scale-in-short-delay': instances(
    () => ({ do: 'scale', replicas: 3 }),
    (random) => ({
      replicas: 7,
      deregistrationDelaySeconds: whole(random, 0, 3),
      propagationSeconds: random.between(6, 10),
    }),
  ),
  'asg/scale-in-with-hook': instances(
    () => ({ do: 'scale', replicas: 4 }),
    (random) => ({
      replicas: 8,
      hookSeconds: whole(random, 20, 60),
      longRequestShare: 0.05,
      longRequestSeconds: { median: 15, p99: 50 },
    }),
  ),
  'asg/spot': instances((random) => ({ do: 'terminate_instance', by: 'spot', pods: few(random) })),
  'asg/spot-rebalance': instances(
    (random) => ({ do: 'terminate_instance', by: 'spot', pods: few(random) }),
    (random) => ({ capacityRebalance: true, ...slowBalancer(random) }),
  ),
  'asg/terminated-by-hand': instances((random) => ({ do: 'terminate_instance', by: 'person', pods: few(random) })),
  'asg/terminated-by-hand-serves': instances(
    (random) => ({ do: 'terminate_instance', by: 'person', pods: few(random) }),
    (random) => ({ sigterm: 'serve', exitSeconds: random.between(2, 8), terminationGracePeriodSeconds: 90 }),
  ),
  'asg/unhealthy-down': instances(() => ({ do: 'break_application', pods: 1 })),
  'asg/unhealthy-closes': instances(() => ({ do: 'break_application', stall: 'closed', pods: 1 })),
  'asg/unhealthy-hangs': instances(
    () => ({ do: 'break_application', stall: 'silent', pods: 1 }),
    () => ({ healthCheckSeconds: 5 }),
  ),
  'asg/application-crash': instances((random) => ({ do: 'crash', pods: few(random), seconds: random.between(3, 12) })),
  'asg/host-lost': instances(
    () => ({ do: 'node_loss' }),
    () => ({ elbHealthCheck: false }),
  ),
  'asg/host-lost-unhealthy': instances(
    () => ({ do: 'node_loss' }),
    () => ({ healthCheckSeconds: 5 }),
  ),
  'asg/overloaded': instances((random) => ({ do: 'flap', stall: 'silent', pods: 1, seconds: random.between(15, 40) })),
  'asg/slow-application': instances(
    () => ({ do: 'scale', replicas: 8 }),
    () => ({ hangShare: 0.004 }),
  ),
  'asg/deploy-in-place': instances(
    () => ({ do: 'deploy_in_place' }),
    (random) => ({ replicas: 4, deregistrationDelaySeconds: whole(random, 5, 15), healthCheckSeconds: 5 }),
  ),
  'asg/deploy-in-place-short-delay': instances(
    () => ({ do: 'deploy_in_place' }),
    (random) => ({ ...slowBalancer(random), replicas: 4, healthCheckSeconds: 5 }),
  ),
  'asg/refresh-single': refresh((random) => ({
    replicas: whole(random, 1, 2),
    minimumHealthyPercent: 0,
    maximumPercent: 100,
    healthCheckSeconds: 5,
    requestsPerSecond: 6,
  })),
};
