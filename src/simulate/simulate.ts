/** The whole of a simulation: the cluster's story first, then the requests that met it. */

import { runCluster } from './cluster.ts';
import type { Exchange } from './exchange.ts';
import { checkHealth, type Health } from './health.ts';
import { Random } from './random.ts';
import { type Holders, holdersOf } from './reach.ts';
import type { Scenario } from './scenario.ts';
import { sendTraffic } from './traffic.ts';
import type { World } from './world.ts';

export interface Simulation {
  scenario: Scenario;
  seed: number;
  world: World;
  holders: Holders;
  health: Health;
  /** Every request in the order in which they arrived; to be walked once. */
  exchanges: Iterable<Exchange>;
}

/** Returns what a scenario comes to. The same scenario and seed come to the same. */
export function simulate(scenario: Scenario, seed: number): Simulation {
  const world = runCluster(scenario, seed);
  const holders = holdersOf(world.pods);
  const health = checkHealth(scenario, world, holders, new Random(seed, 'health'));
  return { scenario, seed, world, holders, health, exchanges: sendTraffic(scenario, seed, world, holders, health) };
}
