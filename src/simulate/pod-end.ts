/** Plans the end of a pod: the kubelet's steps, computed when the pod is deleted. */
import { fromSeconds } from '../time/time.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Pod } from './world.ts';

/** preStop may exceed the grace period by this much, once. */
const OVERRUN_SECONDS = 2;
/** After a deletion with grace 0 the API object disappears at once; the containers are killed within this time. */
const FORCED_SECONDS = 2;

/** Who requested a deletion, and how. */
export interface Deletion {
  by: string;
  how: 'delete' | 'evict' | 'force';
}

/**
 * Plans the end of a pod that is deleted at `now`. The kubelet notices, runs preStop and sends SIGTERM. The process reacts as
 * the scenario says, or is killed after the grace period, which starts at the deletion and includes preStop.
 */
export function endPod(pod: Pod, now: number, { by, how }: Deletion, scenario: Scenario, random: Random): void {
  const grace = how === 'force' ? 0 : scenario.terminationGracePeriodSeconds;
  pod.deleted = now;
  pod.deletedBy = by;
  pod.isEvicted = how === 'evict';
  pod.graceSeconds = grace;
  pod.stopping = now + fromSeconds(random.duration(scenario.kubeletSeconds));
  const graceEnds = pod.stopping + fromSeconds(how === 'force' ? random.between(0.2, FORCED_SECONDS) : grace);
  const isOverrun = how !== 'force' && scenario.preStopSeconds >= grace;
  pod.terminated =
    isOverrun || how === 'force' ? graceEnds : pod.stopping + fromSeconds(Math.min(scenario.preStopSeconds, grace));
  const killed = isOverrun ? graceEnds + fromSeconds(OVERRUN_SECONDS) : graceEnds;
  const exits =
    scenario.sigterm === 'ignore' ? killed : pod.terminated + fromSeconds(random.duration(scenario.exitSeconds));
  pod.exited = Math.min(exits, killed);
  pod.exitCode = exits >= killed ? 137 : scenario.sigterm === 'drain' ? 0 : 143;
  pod.closed = scenario.sigterm === 'drain' ? Math.min(pod.terminated, pod.exited) : pod.exited;
  endRestart(pod, now);
  const last = endSidecar(pod, Math.max(killed, pod.exited), scenario, random);
  pod.silent = last + fromSeconds(random.duration(scenario.sandboxSeconds));
  pod.gone =
    how === 'force' ? now + fromSeconds(random.between(0.02, 0.1)) : pod.silent + fromSeconds(random.between(0.1, 0.9));
}

/** Returns when the last container of the pod ends. */
function endSidecar(pod: Pod, killed: number, scenario: Scenario, random: Random): number {
  const { sidecar, exited, terminated } = pod;
  if (!sidecar) return exited!;
  const apart = fromSeconds(random.duration(scenario.sidecarSeconds));
  sidecar.exited =
    scenario.sidecar === 'first'
      ? Math.max(Math.min(terminated! + fromSeconds(0.1), exited!), exited! - apart)
      : Math.min(exited! + apart, killed);
  return Math.max(exited!, sidecar.exited);
}

/** A container that is down when its pod is deleted does not restart. */
function endRestart(pod: Pod, now: number): void {
  const last = pod.restarts.at(-1);
  for (const flap of pod.flaps) if (flap.until > now) flap.until = Number.POSITIVE_INFINITY;
  if (!last || last.started <= now) return;
  last.started = Number.POSITIVE_INFINITY;
  last.listens = Number.POSITIVE_INFINITY;
  last.ready = Number.POSITIVE_INFINITY;
  pod.exited = pod.stopping;
  pod.closed = pod.stopping;
}
