/** Prints the log of the AWS Load Balancer Controller: JSON lines, two for each API call. */
import { formatSeconds, formatTime, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Call, World } from '../world.ts';
import { groupArnOf, idOf, targetIdOf } from './identity.ts';

const MESSAGE = {
  RegisterTargets: ['registering targets', 'registered targets'],
  DeregisterTargets: ['deRegistering targets', 'deRegistered targets'],
} as const;

/** Prints the log of version 1, which reports a call before it is made and never its end. */
function printFirstVersion(scenario: Scenario, world: World): string {
  const arn = groupArnOf(scenario);
  return callsOf(world)
    .sort((a, b) => a.asked - b.asked)
    .map(({ asked, action, pod }) => {
      const time = formatTime(asked + world.workers[0]!.clock);
      const at = `${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 26)}`;
      const what = action === 'RegisterTargets' ? 'Adding targets to' : 'Removing targets from';
      return `I${at}       1 targets.go:88] ${scenario.namespace}/${scenario.name}: ${what} ${arn}: ${targetIdOf(pod, scenario)}:${pod.port ?? scenario.port}\n`;
    })
    .join('');
}

/** The log omits a person's calls with the AWS command line. */
const callsOf = (world: World): Call[] =>
  world.calls.filter(({ actor, asked }) => actor === 'controller' && asked <= world.captured);

/** Prints the log. The line after a call names its targets only in the later form, introduced by v2.13. */
export function printControllerLog(scenario: Scenario, world: World): string {
  if (scenario.controllerLog === 'v1') return printFirstVersion(scenario, world);
  const arn = groupArnOf(scenario);
  const clock = world.workers[0]!.clock;
  const isLater = scenario.controllerLog === 'seconds';
  const stamp = (time: number) => (isLater ? formatSeconds(time + clock) : (time + clock) / SECOND);
  const lines: { time: number; value: unknown }[] = [];
  const calls = callsOf(world);
  // One that was asked for nothing about targets says nothing of them.
  if (calls.length === 0) return '';
  for (const call of calls) {
    const [before, after] = MESSAGE[call.action];
    const target = {
      AvailabilityZone: call.pod.worker.zone,
      Id: targetIdOf(call.pod, scenario),
      Port: call.pod.port ?? scenario.port,
    };
    const logger = isLater ? { logger: 'controllers.targetGroupBinding' } : {};
    lines.push({
      time: call.asked,
      value: { level: 'info', ts: stamp(call.asked), ...logger, msg: before, arn, targets: [target] },
    });
    lines.push({
      time: call.answered,
      value: {
        level: 'info',
        ts: stamp(call.answered),
        ...logger,
        msg: after,
        arn,
        ...(isLater ? { targets: [target] } : {}),
      },
    });
  }
  for (const [i, pod] of world.pods.entries()) {
    // Other lines that such a log holds.
    if (i % 3 !== 0 || pod.ready === null || pod.ready < world.starts || pod.ready > world.captured) continue;
    const reconcileID = `${idOf(pod.uid, 8)}-1d2c-4b5a-9f8e-7d6c5b4a3f2e`;
    const msg = 'successfully deployed model';
    lines.push({ time: pod.ready, value: { level: 'info', ts: stamp(pod.ready), msg, reconcileID } });
  }
  return lines
    .sort((a, b) => a.time - b.time)
    .map(({ value }) => `${JSON.stringify(value)}\n`)
    .join('');
}
