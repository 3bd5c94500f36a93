/** Worlds in which the advice is tested, each with another load balancer, controller and application. */
import { checkScenario } from '../../src/simulate/check.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';

/**
 * The required result of the advice. `few`: almost no failure is left (a rare draw may exceed every earlier one). `none`: no
 * failure is left. `controller`: the advice names the controller as the reason and recommends its cure.
 */
export type Pledge = 'few' | 'none' | 'controller';

export interface LoopWorld {
  scenario: Scenario;
  promise: Pledge;
}

/** Five rollouts in a row. */
const ROLLOUTS: Scenario['incidents'] = [20, 90, 160, 230, 300].map((at) => ({ at, do: 'rollout' }));

const PROPAGATIONS = [
  { median: 2.5, p99: 7 },
  { median: 4, p99: 10 },
  { median: 6, p99: 14 },
  { median: 9, p99: 18 },
];

const APPLICATIONS = [
  { sigterm: 'drain', exitSeconds: { median: 1.5, p99: 6 }, controllerSeconds: { median: 0.4, p99: 2 } },
  { sigterm: 'drain', exitSeconds: { median: 6, p99: 12 }, controllerSeconds: { median: 2, p99: 6 } },
  { sigterm: 'serve', exitSeconds: 0.3, controllerSeconds: { median: 2, p99: 6 } },
  { sigterm: 'serve', exitSeconds: { median: 1, p99: 3 }, controllerSeconds: { median: 0.4, p99: 2 } },
] as const;

/** Worlds with a trap for the advice. */
const TRAPS: readonly (Partial<Scenario> & { title: string; promise?: Pledge })[] = [
  { title: 'balancer slow', propagationSeconds: 20, promise: 'none' },
  { title: 'rare tail of 40 s', propagationTailShare: 0.06 },
  { title: 'controller 70 s late', controllerSeconds: 70, promise: 'controller' },
  { title: 'preStop set already, too short', preStopSeconds: 8 },
  { title: 'preStop set already, long enough', preStopSeconds: 45, promise: 'none' },
  {
    title: 'exits at once, requests of 59 s',
    sigterm: 'serve',
    exitSeconds: 0.05,
    longRequestShare: 0.01,
    longRequestSeconds: { median: 35, p99: 58 },
    terminationGracePeriodSeconds: 30,
  },
  { title: 'delay of 300 s in force', deregistrationDelaySeconds: 300 },
  {
    title: 'delay shorter than requests',
    deregistrationDelaySeconds: 10,
    longRequestShare: 0.01,
    longRequestSeconds: { median: 9, p99: 25 },
  },
  {
    title: 'delay over while preStop sleeps',
    deregistrationDelaySeconds: 12,
    preStopSeconds: 35,
    longRequestShare: 0.02,
    longRequestSeconds: { median: 12, p99: 30 },
  },
  { title: 'errors after SIGTERM', sigterm: 'error', exitSeconds: 6 },
  { title: 'sidecar outlives the application', sidecar: 'last' },
  { title: 'balancer slow, delay short', propagationSeconds: 18, deregistrationDelaySeconds: 5, promise: 'none' },
];

/** Returns all worlds. */
export function loopWorlds(): LoopWorld[] {
  const worlds: LoopWorld[] = [];
  const add = (more: Partial<Scenario>, promise: Pledge): void => {
    const number = worlds.length;
    const hour = String(8 + Math.floor(number / 28)).padStart(2, '0');
    const scenario = checkScenario({
      name: `loop-${number}`,
      namespace: `loop-ns-${number}`,
      podNetwork: number,
      startsAt: `2026-05-${String(1 + (number % 28)).padStart(2, '0')}T${hour}:00:00Z`,
      durationSeconds: 400,
      requestsPerSecond: 30,
      longRequestShare: 0.002,
      longRequestSeconds: { median: 2, p99: 6 },
      deregistrationDelaySeconds: 30,
      terminationGracePeriodSeconds: more.preStopSeconds ? more.preStopSeconds + 30 : 30,
      replicas: 6 + (number % 3) * 2,
      maxSurge: 4,
      addressesPerNode: 60,
      propagationSeconds: PROPAGATIONS[number % PROPAGATIONS.length],
      exitSeconds: { median: 1.5, p99: 6 },
      startSeconds: { median: 2, p99: 4 },
      readySeconds: { median: 2, p99: 4 },
      incidents: ROLLOUTS,
      ...more,
    });
    worlds.push({ scenario, promise });
  };
  for (const propagationSeconds of PROPAGATIONS) {
    for (const application of APPLICATIONS) add({ propagationSeconds, ...application }, 'few');
  }
  for (const { promise = 'few', ...trap } of TRAPS) add(trap, promise);
  return worlds;
}
