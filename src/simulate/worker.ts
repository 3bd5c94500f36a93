/** The machines of a simulated world. */
import { fromSeconds } from '../time/time.ts';
import type { Scenario } from './scenario.ts';
import type { Worker } from './world.ts';

/** Returns the machines of a scenario, one zone after the other. */
export const workersOf = ({ workerNodes, podNetwork, nodeClockSeconds }: Scenario): Worker[] =>
  Array.from({ length: workerNodes }, (_, i) => ({
    name: `ip-10-${podNetwork}-${i}-10.eu-central-1.compute.internal`,
    instanceId: `i-0${hex(podNetwork, 4)}${hex(i, 2)}9d3b5f7a1c`,
    zone: `eu-central-1${'abc'[i % 3]}`,
    hostIp: `10.${podNetwork}.${i}.10`,
    lost: null,
    notReady: null,
    leaving: null,
    // The clocks of two machines always differ a little.
    clock: fromSeconds(nodeClockSeconds * (1 - 0.05 * (i % 3))),
  }));

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
