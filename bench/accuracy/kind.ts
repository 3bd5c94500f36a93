/** Defines the kinds of incidents. Everything outside a kind's story is random, so no two incidents share their times. */
import type { Duration, Random } from '../../src/simulate/random.ts';
import type { PlannedEvent, Scenario } from '../../src/simulate/scenario.ts';

export type Kind = (random: Random) => Partial<Scenario>;

/** Returns one of the values. */
export const one = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)]!;

export const whole = (random: Random, from: number, to: number): number => Math.round(random.between(from, to));

/** Returns a duration with a random median, and a 99th percentile of `times` the median. */
export const spread = (random: Random, from: number, to: number, times = 4): Duration => {
  const median = random.between(from, to);
  return { median, p99: median * random.between(1.5, times) };
};

/** Draws the settings that every incident needs: another load balancer, controller and application each time. */
export function drawn(random: Random): Partial<Scenario> {
  const scrapeSeconds = one(random, [15, 30, 30, 60]);
  return {
    durationSeconds: whole(random, 330, 420),
    requestsPerSecond: random.between(14, 28),
    latencySeconds: { median: random.between(0.01, 0.12), p99: random.between(0.3, 1.5) },
    longRequestShare: random.between(0.002, 0.02),
    longRequestSeconds: { median: random.between(2, 7), p99: random.between(9, 25) },
    errorShare: 0.0005,
    hangShare: random.chance(0.3) ? 0.0004 : 0,
    clientCloseShare: 0.0006,
    albNodes: whole(random, 2, 4),
    propagationSeconds: spread(random, 1.5, 6),
    deregistrationDelaySeconds: one(random, [30, 60, 90, 120, 300, 300]),
    healthCheckSeconds: one(random, [5, 10, 15, 30]),
    healthyThreshold: whole(random, 2, 4),
    unhealthyThreshold: whole(random, 2, 3),
    endpointSeconds: spread(random, 0.05, 0.4),
    controllerSeconds: spread(random, 0.2, 1.5),
    workerNodes: whole(random, 3, 5),
    replicas: whole(random, 4, 9),
    maxSurge: whole(random, 1, 3),
    scheduleSeconds: spread(random, 0.5, 2.5),
    startSeconds: spread(random, 1, 6),
    readySeconds: spread(random, 1, 6),
    terminationGracePeriodSeconds: whole(random, 20, 60),
    kubeletSeconds: spread(random, 0.05, 0.5),
    sigterm: one(random, ['drain', 'drain', 'serve', 'ignore'] as const),
    exitSeconds: spread(random, 0.2, 4),
    sandboxSeconds: spread(random, 0.2, 1.5),
    ipCooldownSeconds: one(random, [0, 30, 30]),
    addressesPerNode: whole(random, 10, 18),
    port: one(random, [80, 3000, 8000, 8080, 9000]),
    controllerLog: one(random, ['epoch', 'seconds'] as const),
    pollSeconds: one(random, [1, 2, 5, 10]),
    scrapeSeconds,
    apiClockSeconds: random.between(-0.3, 0.3),
    nodeClockSeconds: random.between(-0.3, 0.3),
    snapshotSeconds: random.between(150, 330),
  };
}

/** Schedules an incident some time after the start. */
export const later = (random: Random, incident: Omit<PlannedEvent, 'at'>, from = 50, to = 110): PlannedEvent => ({
  at: random.between(from, to),
  ...incident,
});

const rolloutWith =
  (more: (random: Random) => Partial<Scenario>): Kind =>
  (random) => ({ incidents: [later(random, { do: 'rollout' })], ...more(random) });

const incidentOf =
  (
    incident: (random: Random) => Omit<PlannedEvent, 'at'>,
    more: (random: Random) => Partial<Scenario> = () => ({}),
  ): Kind =>
  (random) => ({
    incidents: [
      later(random, incident(random)),
      ...(random.chance(0.4) ? [later(random, incident(random), 180, 240)] : []),
    ],
    ...more(random),
  });

/** Returns the number of pods or tasks of a small incident. */
export const few = (random: Random): number => whole(random, 1, 3);

export const KINDS: Readonly<Record<string, Kind>> = {
  // Rollouts, by the behaviour of the pods.
  rollout: rolloutWith(() => ({})),
  'rollout-and-back': (random) => ({
    incidents: [later(random, { do: 'rollout' }), later(random, { do: 'rollout' }, 200, 260)],
  }),
  'short-pre-stop': rolloutWith((random) => ({ preStopSeconds: whole(random, 2, 6) })),
  'exits-at-once': rolloutWith((random) => ({
    sigterm: 'serve',
    exitSeconds: 0.05,
    longRequestShare: 0.02,
    longRequestSeconds: { median: 40, p99: 59 },
    requestsPerSecond: random.between(14, 20),
  })),
  'errors-after-sigterm': rolloutWith((random) => ({ sigterm: 'error', exitSeconds: random.between(3, 15) })),
  'sidecar-answers': rolloutWith((random) => ({
    sidecar: 'last',
    sidecarAnswers: true,
    sidecarSeconds: spread(random, 3, 12),
  })),
  'sidecar-last': rolloutWith((random) => ({ sidecar: 'last', sidecarSeconds: spread(random, 3, 20) })),
  'sidecar-first': rolloutWith((random) => ({
    sidecar: 'first',
    sidecarSeconds: spread(random, 1, 4),
    sigterm: 'serve',
  })),
  recreate: rolloutWith(() => ({ strategy: 'Recreate' })),
  'readiness-gate': rolloutWith(() => ({ readinessGate: true })),
  'registered-unready': rolloutWith(() => ({ registersUnready: true })),
  'stateful-set': rolloutWith((random) => ({ workload: 'StatefulSet', replicas: whole(random, 3, 4) })),
  'host-network': rolloutWith(() => ({
    workload: 'DaemonSet',
    hostNetwork: true,
    hostNeighbour: true,
    workerNodes: 4,
    replicas: 4,
  })),
  'address-of-a-job': (random) => ({
    addressesPerNode: 5,
    workerNodes: 3,
    replicas: 5,
    maxSurge: 2,
    ipCooldownSeconds: whole(random, 0, 20),
    incidents: [
      later(random, { do: 'job', pods: 4, seconds: 20 }, 5, 20),
      later(random, { do: 'rollout' }, 90, 130),
      later(random, { do: 'rollout' }, 220, 250),
    ],
  }),
  'two-clusters': rolloutWith(() => ({ otherCluster: true })),

  // Rollouts, by the behaviour of the load balancer and the controller.
  'balancer-slow': rolloutWith((random) => ({ propagationSeconds: random.between(17, 22) })),
  'rare-tail': rolloutWith((random) => ({ propagationTailShare: random.between(0.02, 0.08) })),
  'controller-late': rolloutWith((random) => ({
    controllerSeconds: random.between(60, 75),
    preStopSeconds: whole(random, 45, 55),
    terminationGracePeriodSeconds: 90,
  })),
  'controller-stalled': (random) => {
    const at = random.between(60, 90);
    return {
      incidents: [
        { at: at - 3, do: 'controller_stall', seconds: random.between(30, 60) },
        { at, do: 'rollout' },
      ],
    };
  },
  'half-open': rolloutWith((random) => ({ controllerLog: 'v1', controllerSeconds: spread(random, 1, 30) })),
  'missed-deregistration': rolloutWith(() => ({ missedDeregistrationShare: 0.15 })),
  'delay-elapsed': rolloutWith((random) => ({
    deregistrationDelaySeconds: whole(random, 8, 20),
    preStopSeconds: 60,
    terminationGracePeriodSeconds: 90,
    longRequestShare: 0.1,
    longRequestSeconds: { median: 15, p99: 50 },
  })),
  'delay-300': rolloutWith((random) => ({ deregistrationDelaySeconds: 300, preStopSeconds: whole(random, 5, 25) })),

  // Single pods.
  crash: incidentOf((random) => ({ do: 'crash', pods: few(random), seconds: random.between(3, 15) })),
  liveness: incidentOf((random) => ({
    do: 'crash',
    pods: few(random),
    reason: 'Error',
    seconds: random.between(2, 8),
  })),
  'crash-loop': (random) => ({
    incidents: [
      later(random, { do: 'crash', pods: few(random), seconds: random.between(3, 8), times: whole(random, 2, 4) }),
    ],
  }),
  'crash-still-registered': incidentOf(
    (random) => ({ do: 'crash', pods: few(random), seconds: random.between(3, 15) }),
    () => ({ deregistersUnready: false }),
  ),
  'sidecar-crash': incidentOf(
    (random) => ({ do: 'sidecar_crash', pods: few(random), seconds: random.between(2, 10) }),
    () => ({
      sidecar: 'last',
      keepAliveSeconds: 5,
      keepAliveRaceSeconds: 0.25,
      requestsPerSecond: 6,
      durationSeconds: 600,
    }),
  ),
  'flap-silent': incidentOf((random) => ({
    do: 'flap',
    pods: few(random),
    seconds: random.between(15, 40),
    stall: 'silent',
  })),
  'flap-closed': incidentOf((random) => ({
    do: 'flap',
    pods: few(random),
    seconds: random.between(15, 40),
    stall: 'closed',
  })),
  'race-after-flap': incidentOf(
    (random) => ({ do: 'flap', pods: 2, seconds: random.between(10, 30) }),
    () => ({ keepAliveSeconds: 5, keepAliveRaceSeconds: 0.25, requestsPerSecond: 6, durationSeconds: 600 }),
  ),
  'taken-out-by-hand': incidentOf((random) => ({
    do: 'deregister',
    pods: few(random),
    seconds: random.between(40, 120),
    by: 'hand',
    blocks: true,
  })),
  'label-removed': incidentOf((random) => ({
    do: 'deregister',
    pods: few(random),
    seconds: random.between(40, 120),
    by: 'label',
    blocks: true,
  })),
  'force-deleted': incidentOf((random) => ({ do: 'delete_pod', pods: few(random), how: 'force' })),
  evicted: incidentOf((random) => ({ do: 'delete_pod', pods: few(random), how: 'evict' })),
  'scale-in': (random) => ({ replicas: 9, incidents: [later(random, { do: 'scale', replicas: 4 })] }),

  // Machines, networks and clocks.
  'node-loss': incidentOf(() => ({ do: 'node_loss' })),
  'zone-loss': (random) => ({ workerNodes: 6, replicas: 12, incidents: [later(random, { do: 'zone_loss' })] }),
  'security-group': incidentOf((random) => ({ do: 'security_group', seconds: random.between(4, 15) })),
  'one-balancer-node': incidentOf((random) => ({ do: 'security_group', seconds: random.between(20, 60), albNodes: 1 })),
  'slow-application': () => ({ hangShare: 0.004, incidents: [] }),
  'keep-alive-race': () => ({
    keepAliveSeconds: 5,
    keepAliveRaceSeconds: 0.25,
    requestsPerSecond: 5,
    durationSeconds: 700,
    incidents: [],
  }),
  'three-clocks': rolloutWith((random) => ({
    apiClockSeconds: random.between(-3, 3),
    nodeClockSeconds: random.between(-3, 3),
  })),
  'broken-watch': rolloutWith((random) => ({
    watchGapAt: random.between(60, 120),
    watchGapSeconds: random.between(10, 60),
  })),
};
