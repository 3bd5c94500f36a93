/** How a pod ends: the kubelet's side of a deletion, worked out at the moment of the deletion. */
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { micros } from './time.ts';
import type { Pod } from './world.ts';

/** preStop may overrun the grace by so much, once. */
const OVERRUN_SECONDS = 2;

/**
 * Plans the end of a pod that is deleted at `now`: the kubelet takes note, runs preStop, sends SIGTERM; the process does
 * with it what it does, or is killed when the grace is over. The grace counts from the deletion and preStop is part of it.
 */
export function endPod(pod: Pod, now: number, by: string, scenario: Scenario, random: Random): void {
  const grace = scenario.terminationGracePeriodSeconds;
  pod.deleted = now;
  pod.deletedBy = by;
  pod.graceSeconds = grace;
  pod.stopping = now + micros(random.duration(scenario.kubeletSeconds));
  const graceEnds = pod.stopping + micros(grace);
  const isOverrun = scenario.preStopSeconds >= grace;
  pod.terminated = isOverrun ? graceEnds : pod.stopping + micros(scenario.preStopSeconds);
  const killed = isOverrun ? graceEnds + micros(OVERRUN_SECONDS) : graceEnds;
  const exits = scenario.sigterm === 'ignore' ? killed : pod.terminated + micros(random.duration(scenario.exitSeconds));
  pod.exited = Math.min(exits, killed);
  pod.exitCode = exits >= killed ? 137 : scenario.sigterm === 'drain' ? 0 : 143;
  pod.closed = scenario.sigterm === 'drain' ? Math.min(pod.terminated, pod.exited) : pod.exited;
  pod.silent = pod.exited + micros(random.duration(scenario.sandboxSeconds));
  pod.gone = pod.silent + micros(random.between(0.1, 0.9));
}
