/** Prints describe-target-health polls, in the envelope that adds the time and the group. */
import { formatTime, fromSeconds } from '../../time/time.ts';
import type { Health } from '../health.ts';
import type { Scenario } from '../scenario.ts';
import type { Registration, World } from '../world.ts';
import { groupArnOf, targetIdOf } from './identity.ts';

const DRAINING = {
  State: 'draining',
  Reason: 'Target.DeregistrationInProgress',
  Description: 'Target deregistration is in progress',
};

/** Prints one answer a line, one every `pollSeconds`. */
export function printTargetHealth(scenario: Scenario, world: World, health: Health, pollSeconds: number): string {
  const times: number[] = [];
  for (let time = world.starts; time <= world.captured; time += fromSeconds(pollSeconds)) times.push(time);
  return printAnswers(scenario, world, health, times);
}

/** Prints one answer from long after the incident. */
export const printTargetSnapshot = (scenario: Scenario, world: World, health: Health): string =>
  printAnswers(scenario, world, health, [world.snapshot]);

function printAnswers(scenario: Scenario, world: World, health: Health, times: readonly number[]): string {
  const groups = [...new Set(world.registrations.map(({ group }) => group))].sort((a, b) => a - b);
  const lines: string[] = [];
  for (const time of times) for (const group of groups) lines.push(printAnswer(scenario, world, health, time, group));
  return lines.map((line) => `${line}\n`).join('');
}

function printAnswer(scenario: Scenario, world: World, health: Health, time: number, group: number): string {
  // For a target that was registered again while draining, the answer shows the new registration.
  const last = new Map<string, Registration>();
  for (const registration of world.registrations) {
    if (registration.registered <= time && registration.group === group) last.set(registration.address, registration);
  }
  const descriptions = [...last.values()].flatMap((registration) => {
    const state = stateOf(registration, time, scenario, health);
    if (state === null) return [];
    const { pod, port } = registration;
    return [
      {
        Target: { Id: targetIdOf(pod, scenario), Port: port, AvailabilityZone: pod.worker.zone },
        HealthCheckPort: String(port),
        TargetHealth: state,
      },
    ];
  });
  const targetGroupArn = groupArnOf(scenario, group);
  return JSON.stringify({ capturedAt: formatTime(time), targetGroupArn, TargetHealthDescriptions: descriptions });
}

/** Returns the state of an instance that the balancer found not to be running. */
function stateOfEnded(drainingFrom: number | null, time: number, scenario: Scenario): Record<string, string> | null {
  if (drainingFrom === null || time < drainingFrom) {
    const Description = 'Target is in the stopped or terminated state';
    return { State: 'unused', Reason: 'Target.InvalidState', Description };
  }
  return time >= drainingFrom + fromSeconds(scenario.deregistrationDelaySeconds) ? null : DRAINING;
}

/** Returns the state; null if the group does not have the target. */
function stateOf(
  registration: Registration,
  time: number,
  scenario: Scenario,
  health: Health,
): Record<string, string> | null {
  const { deregistered, invalid, drainingFrom } = registration;
  if (invalid !== null && time >= invalid) return stateOfEnded(drainingFrom, time, scenario);
  if (deregistered !== null && time >= deregistered) {
    if (time >= deregistered + fromSeconds(scenario.deregistrationDelaySeconds)) return null;
    return DRAINING;
  }
  const changes = health.changes
    .get(registration)!
    .flatMap((node) => node.findLast((change) => change.time <= time) ?? []);
  if (changes.some(({ healthy }) => healthy)) return { State: 'healthy' };
  if (changes.length > 0) {
    return { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' };
  }
  return {
    State: 'initial',
    Reason: 'Elb.InitialHealthChecking',
    Description: 'Initial health checks in progress',
  };
}
