/** Runs a whole simulation: first the cluster, then the requests to it. */

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
  /** Every request in the order of arrival. Can be iterated once. */
  exchanges: Iterable<Exchange>;
}

/** Simulates a scenario. The same scenario and seed give the same result. */
export function simulate(scenario: Scenario, seed: number): Simulation {
  const world = runCluster(scenario, seed);
  const holders = holdersOf(world.pods);
  const health = checkHealth(scenario, world, holders, new Random(seed, 'health'));
  return { scenario, seed, world, holders, health, exchanges: sendTraffic(scenario, seed, world, holders, health) };
}
