/** Prepares the advice for the report: the numbers of queries/advice.sql with their curve, and a sentence. */
import type { AdviceRow } from './advice-row.ts';
import { isControllerLate } from './advised.ts';
import { ecsSentence, isEcs } from './ecs-advice.ts';
import type { Advice } from './incident.ts';
import { count, duration } from './text.ts';

/** Rows that belong to a workload by namespace, deployment and target group. */
export type OfWorkload = Readonly<Record<string, unknown>>;

const belongs = (row: AdviceRow, other: OfWorkload): boolean =>
  other.namespace === row.namespace &&
  other.deployment === row.deployment &&
  other.target_group_arn === row.target_group_arn;

/** Returns the advice of each workload, in the order of `rows`. */
export function incidentAdvice(
  rows: readonly AdviceRow[],
  curve: readonly OfWorkload[],
  late: readonly OfWorkload[],
): Advice[] {
  return rows.map((row) => ({
    workload: [row.namespace, row.deployment].filter((part) => part !== null).join('/'),
    curve: curve
      .filter((point) => belongs(row, point))
      .map((point) => ({ seconds: Number(point.seconds), failures: Number(point.failures_left) })),
    late: late
      .filter((one) => belongs(row, one))
      .map((one) => ({ second: Number(one.second), answered: Number(one.answered), failed: Number(one.failed) })),
    // A task has no sleep that could be marked on the curve.
    today: isEcs(row) ? null : row.pre_stop_seconds,
    advised: isEcs(row) ? null : row.advised_pre_stop_seconds,
    sentence: isEcs(row) ? ecsSentence(row) : sentenceOf(row),
  }));
}

function sentenceOf(row: AdviceRow): string {
  const name = [row.namespace, row.deployment].filter((part) => part !== null).join('/');
  const rests = `${count(row.late_requests, 'request')} to ${count(row.pods, 'terminating pod')}`;
  const chosen = `${name}: the balancer chose a pod up to ${duration(row.last_routed_seconds)} after its deletion`;
  const late = isControllerLate(row)
    ? `${duration(row.controller_seconds)} of that are the controller's, which deregistered ` +
      `${row.late_deregistered_pods} of ${count(row.deregistered_pods, 'pod')} late: cure it there first`
    : null;
  const preStop = row.advised_pre_stop_seconds;
  if (preStop === null) {
    return `${chosen}${late === null ? '' : ` (${late})`}, but ${rests} are too few to advise a number.`;
  }
  const delay = row.advised_deregistration_delay_seconds ?? row.needed_deregistration_delay_seconds;
  const settings =
    `a preStop sleep of ${preStop} s, ` +
    `terminationGracePeriodSeconds of at least ${row.advised_termination_grace_period_seconds}` +
    (delay === null ? '' : ` and a deregistration delay of at least ${delay} s`);
  if (late !== null) {
    return `${chosen}; ${late}. Until then ${settings} are the least, and promise nothing; it rests on ${rests}.`;
  }
  return `${name}: ${settings} would have prevented ${count(row.late_failures, 'failure')}; it rests on ${rests}.`;
}
