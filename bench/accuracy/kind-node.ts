/** Defines the kinds of incidents of node ports: nodes that go, and pods that roll out behind nodes that stay. */
import type { Random } from '../../src/simulate/random.ts';
import type { PlannedEvent, Scenario } from '../../src/simulate/scenario.ts';
import { few, type Kind, later, one, spread, whole } from './kind.ts';

const nodes =
  (
    incident: (random: Random) => Omit<PlannedEvent, 'at'>,
    more: (random: Random) => Partial<Scenario> = () => ({}),
  ): Kind =>
  (random) => ({
    targets: 'node_ports',
    durationSeconds: whole(random, 250, 300),
    trafficPolicy: one(random, ['Cluster', 'Local'] as const),
    nodePort: whole(random, 30_000, 32_767),
    proxySeconds: spread(random, 0.5, 2.5),
    workerNodes: whole(random, 4, 6),
    replicas: whole(random, 6, 9),
    requestsPerSecond: random.between(10, 18),
    incidents: [later(random, incident(random))],
    ...more(random),
  });

export const NODE_KINDS: Readonly<Record<string, Kind>> = {
  'node/autoscaler': nodes(
    () => ({ do: 'node_leave', by: 'cluster-autoscaler' }),
    () => ({ trafficPolicy: 'Cluster' }),
  ),
  'node/autoscaler-local': nodes(
    () => ({ do: 'node_leave', by: 'cluster-autoscaler' }),
    () => ({ trafficPolicy: 'Local' }),
  ),
  'node/karpenter': nodes(() => ({ do: 'node_leave', by: 'karpenter' })),
  'node/karpenter-slow-balancer': nodes(
    () => ({ do: 'node_leave', by: 'karpenter' }),
    (random) => ({ propagationSeconds: random.between(12, 22), terminationGracePeriodSeconds: 5 }),
  ),
  'node/spot': nodes(() => ({ do: 'node_leave', by: 'spot' })),
  'node/lost': nodes(() => ({ do: 'node_loss' })),
  'node/rollout': nodes(
    () => ({ do: 'rollout' }),
    () => ({ trafficPolicy: 'Cluster' }),
  ),
  'node/rollout-local': nodes(
    () => ({ do: 'rollout' }),
    () => ({ trafficPolicy: 'Local' }),
  ),
  'node/recreate': nodes(
    () => ({ do: 'rollout' }),
    () => ({ strategy: 'Recreate' }),
  ),
  'node/exits-at-once': nodes(
    () => ({ do: 'rollout' }),
    (random) => ({
      sigterm: 'serve',
      exitSeconds: 0.05,
      longRequestShare: 0.02,
      longRequestSeconds: { median: random.between(10, 30), p99: 55 },
    }),
  ),
  'node/crash': nodes((random) => ({ do: 'crash', pods: few(random), seconds: random.between(3, 10) })),
  'node/slow-application': nodes(
    () => ({ do: 'scale', replicas: 9 }),
    () => ({ hangShare: 0.004 }),
  ),
};
