/** Runs a whole simulation: first the cluster, then the requests to it. */
import { runCluster } from './cluster.ts';
import { runService } from './ecs/service.ts';
import type { Exchange } from './exchange.ts';
import { type Answerer, checkHealth, type Health } from './health.ts';
import { runGroup } from './instance/group.ts';
import { NodeProxy } from './proxy.ts';
import { Random } from './random.ts';
import { type Holders, holderAt, holdersOf } from './reach.ts';
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
  const world = worldOf(scenario, seed);
  const holders = holdersOf(world.pods);
  const proxy = scenario.targets === 'node_ports' ? new NodeProxy(scenario, world, new Random(seed, 'proxy')) : null;
  const health = checkHealth(scenario, world, answererOf(scenario, holders, proxy), new Random(seed, 'health'));
  return {
    scenario,
    seed,
    world,
    holders,
    health,
    exchanges: sendTraffic(scenario, seed, world, holders, health, proxy),
  };
}

function worldOf(scenario: Scenario, seed: number): World {
  if (scenario.targets === 'tasks') return runService(scenario, seed);
  return scenario.targets === 'instances' ? runGroup(scenario, seed) : runCluster(scenario, seed);
}

/** Health checks make a new connection each time, so a node chooses a pod for each. */
const answererOf =
  (scenario: Scenario, holders: Holders, proxy: NodeProxy | null): Answerer =>
  ({ address, pod }, time) => {
    if (proxy === null) return { pod: holderAt(holders, address, time), hop: null };
    const hop = { worker: pod.worker, refuses: scenario.trafficPolicy === 'Cluster' };
    return { pod: proxy.pick(pod.worker, time), hop };
  };
