/** Why a task stops, and when it began to go: ECS has several ways, and in each the load balancer hears of it at another time. */
import { SECOND } from '../../time/time.ts';
import type { Moment } from '../fact.ts';
import { asInteger, asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';

/** How a stop goes. */
export type Way =
  /** The scheduler deregisters the target first, and sends SIGTERM when it is drained. */
  | 'planned'
  /** An essential container ended; all that follows is ECS's answer to it. */
  | 'own end'
  /** Its instance was lost before ECS reported that. */
  | 'host lost'
  /** SIGTERM comes at once, the deregistration some seconds later: StopTask, Spot. */
  | 'at once'
  | 'unknown';

/** The scheduler deregisters a target between these after `stoppingAt`. */
const DEREGISTERED_FROM = 8 * SECOND;
const DEREGISTERED_UNTIL = 12 * SECOND;

/** ECS hears of a container that ended within this. */
const REPORT = 2 * SECOND;

const PLANNED =
  /^(?:Scaling activity initiated by|Task failed (?:ELB|container) health checks|Availability Zone rebalancing)/i;
const HOST = /^Host EC2 .*terminated/i;
const OWN_END = /^Essential container/i;
const AT_ONCE: ReadonlySet<string> = new Set([
  'UserInitiated',
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth',
  'TaskFailedToStart',
]);

/** Returns how a task stops, by its stopCode, and by the words of stoppedReason where that is absent. */
export function wayOf(task: Record<string, unknown>): Way {
  const code = asText(task.stopCode);
  const reason = asText(task.stoppedReason) ?? '';
  if (HOST.test(reason)) return 'host lost';
  if (code === 'ServiceSchedulerInitiated') return 'planned';
  if (code === 'EssentialContainerExited') return 'own end';
  if (code !== null && AT_ONCE.has(code)) return 'at once';
  if (PLANNED.test(reason)) return 'planned';
  if (OWN_END.test(reason)) return 'own end';
  return /spot|stopped by user/i.test(reason) ? 'at once' : 'unknown';
}

/** Known times of a stop. */
export interface StopTimes {
  stopping: Interval | null;
  executionStopped: Interval | null;
  /** When the record was made: it had begun to stop by then. */
  recorded: Interval | null;
}

/**
 * Returns when the task began to go for the load balancer, D of the verdicts: on the planned way its deregistration, which
 * `stoppingAt` bounds; else the order to stop, or the end of the container that was the reason. Null where no time is known.
 */
export function goingAt(way: Way, { stopping, executionStopped, recorded }: StopTimes): Moment | null {
  const begun = stopping ?? recorded;
  if (begun === null) return null;
  const from = stopping === null ? null : begun.earliest;
  const until = begun.latest;
  const ended = executionStopped;
  if (way === 'planned' || way === 'unknown') {
    const earliest = from === null ? null : from + (way === 'planned' ? DEREGISTERED_FROM : 0);
    const latest = until + DEREGISTERED_UNTIL;
    if (ended === null || ended.latest >= latest) return { earliest, latest };
    // Its container ended before the target can have been deregistered.
    return { earliest: from === null ? null : Math.min(earliest ?? from, ended.earliest), latest: ended.latest };
  }
  if (way === 'own end') {
    if (ended !== null && ended.earliest <= until)
      return { earliest: ended.earliest, latest: Math.min(ended.latest, until) };
    return { earliest: from === null ? null : from - REPORT, latest: until };
  }
  return { earliest: way === 'host lost' ? null : from, latest: until };
}

/** Returns why it stops in words: of its own end which container ended, and how; else what ECS says. */
export function whyOf(way: Way, task: Record<string, unknown>): string | null {
  const said = asText(task.stoppedReason);
  if (way !== 'own end') return said;
  const containers = asObjects(task.containers);
  const ended = containers.filter(
    ({ exitCode, reason }) => (asInteger(exitCode) ?? 0) !== 0 || asText(reason) !== null,
  );
  const culprit =
    ended.find(({ reason }) => asText(reason) !== null) ?? ended[0] ?? containers.find((one) => one.exitCode === 0);
  if (culprit === undefined) return said;
  const code = asInteger(culprit.exitCode);
  const parts = [
    `container ${asText(culprit.name) ?? '(unnamed)'}`,
    ...(code === null ? [] : [`exit code ${code}`]),
    ...(asText(culprit.reason) === null ? [] : [asText(culprit.reason)]),
  ];
  return parts.join(', ');
}
