/** Simulates CodeDeploy in place: one instance after another leaves the target group, gets a new version, and comes back. */
import { fromSeconds } from '../../time/time.ts';
import type { Controller } from '../controller.ts';
import type { Queue } from '../queue.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Deployment, Pod } from '../world.ts';

interface Site {
  scenario: Scenario;
  queue: Queue;
  random: Random;
  controller: Controller;
}

export function deployInPlace(pods: readonly Pod[], site: Site): void {
  const [pod, ...rest] = pods;
  if (pod === undefined) return;
  const next = () => deployInPlace(rest, site);
  if (pod.machine!.endedFrom === null) deployOne(pod, site, next);
  else next();
}

/** Blocks the traffic, stops the application when its target is drained, starts the next one, and allows the traffic again. */
function deployOne(pod: Pod, { scenario, queue, random, controller }: Site, next: () => void): void {
  const blocking = queue.now;
  const asked = blocking + fromSeconds(random.between(0.3, 1.2));
  const blocked = asked + fromSeconds(scenario.deregistrationDelaySeconds + random.between(1, 6));
  const killed = blocked + fromSeconds(random.between(0.5, 2));
  const started = killed + fromSeconds(random.between(3, 10));
  const listens = started + fromSeconds(random.duration(scenario.startSeconds));
  const allowing = listens + fromSeconds(random.between(1, 4));
  const deployment: Deployment = { blocking, blocked, stopped: killed, started, allowing, allowed: null };
  pod.machine!.deployments.push(deployment);
  queue.at(asked, () => controller.deregister(pod, 'codedeploy'));
  queue.at(killed, () => {
    pod.restarts.push({ killed, started, listens, ready: listens, reason: 'Error', exitCode: 143 });
  });
  queue.at(allowing, () => {
    if (pod.deleted !== null) {
      next();
      return;
    }
    const at = queue.now;
    controller.register(pod, at);
    const call = { asked: at, time: at, answered: at, ip: pod.ip, group: 0, pod, actor: 'codedeploy' } as const;
    controller.calls.push({ ...call, action: 'RegisterTargets' });
    const healthy = at + fromSeconds(scenario.healthCheckSeconds + random.between(2, 8));
    deployment.allowed = healthy;
    queue.at(healthy, next);
  });
}
