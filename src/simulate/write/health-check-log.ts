/** Prints ALB health check logs: ten fields, one object for each node and five minutes, beside the access logs. */
import { formatTime, SECOND } from '../../time/time.ts';
import type { Health } from '../health.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';
import type { AccessLog } from './access-log.ts';
import { Objects } from './access-log.ts';
import type { OutFile } from './file.ts';
import { balancerIdOf, targetGroupNameOf } from './identity.ts';

/** Returns the objects. */
export function healthCheckFiles(scenario: Scenario, world: World, health: Health, log: AccessLog): OutFile[] {
  const objects = new Objects();
  for (const { albNode, time, latency, ip, port, group, passed, reason } of health.checks) {
    const line = [
      'http',
      formatTime(time),
      (latency / SECOND).toFixed(9),
      `${ip}:${port}`,
      targetGroupNameOf(scenario, group),
      passed ? 'PASS' : 'FAIL',
      passed ? 200 : '-',
      reason ?? '-',
      balancerIdOf(scenario),
      world.albNodes[albNode],
    ].join(' ');
    objects.add(log.key(albNode, time, 'health_check_log_'), time, line);
  }
  return [...objects.texts()].map(([path, text]) => ({ path, text }));
}
