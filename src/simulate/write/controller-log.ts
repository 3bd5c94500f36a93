/** The log of the AWS Load Balancer Controller: JSON lines, a call to the API in two of them. */
import type { Scenario } from '../scenario.ts';
import { isoSeconds, SECOND } from '../time.ts';
import type { World } from '../world.ts';
import { groupArnOf, idOf } from './identity.ts';

const MESSAGE = {
  RegisterTargets: ['registering targets', 'registered targets'],
  DeregisterTargets: ['deRegistering targets', 'deRegistered targets'],
} as const;

/** Prints the log. Lines of what came after the call name its targets only in the later form, as v2.13 brought them. */
export function printControllerLog(scenario: Scenario, world: World): string {
  const arn = groupArnOf(scenario);
  const isLater = scenario.controllerLog === 'seconds';
  const stamp = (time: number) => (isLater ? isoSeconds(time) : time / SECOND);
  const lines: { time: number; value: unknown }[] = [];
  for (const call of world.calls) {
    const [before, after] = MESSAGE[call.action];
    const target = { AvailabilityZone: call.pod.worker.zone, Id: call.ip, Port: scenario.port };
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
    // What else such a log holds.
    if (i % 3 !== 0 || pod.ready === null || pod.ready < world.starts) continue;
    const reconcileID = `${idOf(pod.uid, 8)}-1d2c-4b5a-9f8e-7d6c5b4a3f2e`;
    const msg = 'successfully deployed model';
    lines.push({ time: pod.ready, value: { level: 'info', ts: stamp(pod.ready), msg, reconcileID } });
  }
  return lines
    .sort((a, b) => a.time - b.time)
    .map(({ value }) => `${JSON.stringify(value)}\n`)
    .join('');
}
