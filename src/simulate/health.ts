/** Simulates health checks: each load balancer node checks each known target and counts the results. */
import { fromSeconds, MILLISECOND, SECOND } from '../time/time.ts';
import type { Random } from './random.ts';
import { type Hop, isClosing, reach } from './reach.ts';
import type { Scenario } from './scenario.ts';
import type { Pod, Registration, World } from './world.ts';

/** Timeout of a check. */
const TIMEOUT_SECONDS = 5;

export interface SimulatedCheck {
  albNode: number;
  /** Start of the check. */
  time: number;
  latency: number;
  ip: string;
  port: number;
  group: number;
  passed: boolean;
  reason: 'TimedOut' | 'ConnectionReset' | null;
}

/** A change in a node's opinion of a target. */
export interface HealthChange {
  time: number;
  healthy: boolean;
}

export interface Health {
  checks: SimulatedCheck[];
  /** By registration, then by node. The first change is when the target became healthy. */
  changes: Map<Registration, HealthChange[][]>;
}

/** Finds who answers at a target, and the machine in between where there is one. */
export type Answerer = (registration: Registration, time: number) => { pod: Pod | null; hop: Hop | null };

/** Returns all checks with their results. */
export function checkHealth(scenario: Scenario, world: World, answerer: Answerer, random: Random): Health {
  const health: Health = { checks: [], changes: new Map() };
  for (const registration of world.registrations) {
    const perNode = world.albNodes.map((_, albNode) => {
      const checks = checksOf(registration, albNode, scenario, world, answerer, random);
      for (const check of checks) health.checks.push(check);
      return changesOf(checks, registration.known[albNode]!, registration.registered < world.starts, scenario);
    });
    health.changes.set(registration, perNode);
  }
  health.checks.sort((a, b) => a.time - b.time);
  return health;
}

function checksOf(
  registration: Registration,
  albNode: number,
  scenario: Scenario,
  world: World,
  answerer: Answerer,
  random: Random,
): SimulatedCheck[] {
  const interval = fromSeconds(scenario.healthCheckSeconds);
  const known = registration.known[albNode]!;
  const until = Math.min(registration.dropped[albNode] ?? Number.POSITIVE_INFINITY, world.captured);
  const checks: SimulatedCheck[] = [];
  // A new target is checked at once; an older target may be anywhere in its interval.
  const first = known >= world.starts ? known + fromSeconds(0.05) : world.starts + Math.floor(interval * random.unit());
  for (let time = first; time < until; time += interval) {
    const { pod, hop } = answerer(registration, time);
    const met = reach(world, pod, albNode, time, hop);
    // A readiness probe speaks for a pod; of an instance there is only this check.
    const isClosed = pod?.machine != null && isClosing(pod, time);
    const passed = met === 'open' && !isClosed;
    checks.push({
      albNode,
      time,
      latency: met === 'silent' ? TIMEOUT_SECONDS * SECOND + 731 : MILLISECOND + random.integer(4 * MILLISECOND),
      ip: registration.ip,
      port: registration.port,
      group: registration.group,
      passed,
      reason: passed ? null : met === 'silent' ? 'TimedOut' : 'ConnectionReset',
    });
  }
  return checks;
}

function changesOf(
  checks: readonly SimulatedCheck[],
  known: number,
  isOld: boolean,
  scenario: Scenario,
): HealthChange[] {
  const changes: HealthChange[] = isOld ? [{ time: known, healthy: true }] : [];
  let healthy = isOld;
  let isNew = !isOld;
  let row = 0;
  for (const check of checks) {
    row = check.passed === healthy ? 0 : row + 1;
    // One passed check makes a new target healthy.
    const enough = check.passed ? (isNew ? 1 : scenario.healthyThreshold) : scenario.unhealthyThreshold;
    if (row < enough) continue;
    if (check.passed) isNew = false;
    healthy = check.passed;
    row = 0;
    changes.push({ time: check.time + check.latency, healthy });
  }
  return changes;
}
