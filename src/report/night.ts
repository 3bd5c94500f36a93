/** Summarises a day for `nightly` and compares it with earlier days. Pure, so every output form can use it. */
import { share } from '../number/share.ts';
import { DAY_MS, SECOND_MS } from '../time/time.ts';
import type { BriefAnswer } from './answer.ts';
import { emptyMessage, type RunMessage } from './message.ts';
import { Gauges } from './open-metrics.ts';
import { count, duration, markdownCell } from './text.ts';

/** One row of day-summary, with the workloads that failed. Days are `YYYY-MM-DD`, UTC. */
export interface Day {
  day: string;
  requests: number;
  failures: number;
  /** Failures by cause, and `unsettled`. */
  causes: Readonly<Record<string, number>>;
  late_p99_seconds: number | null;
  late_max_seconds: number | null;
  workloads: readonly { workload: string; failures: number }[];
}

export interface Night {
  day: Day;
  /** Limits that the day broke. */
  broken: readonly { limit: string; most: number; found: number }[];
  /** One sentence each. */
  changes: readonly string[];
  /** The answer in three lines. Requests count by their routing here, and by their answer in `day`. */
  answer: BriefAnswer | null;
}

/** The tail of a day is worse if it is this many times the usual one, and at least a second longer. */
const WORSE = 1.5;
/** The unsettled share is worse if it has grown by this much of all failures. */
const UNSETTLED = 0.1;

const found = (day: Day, limit: string): number => (limit === 'failures' ? day.failures : (day.causes[limit] ?? 0));

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.floor((sorted.length - 1) / 2)]!;
}

const unsettledShare = (day: Day): number => (day.failures === 0 ? 0 : (day.causes.unsettled ?? 0) / day.failures);

/** Returns the broken limits of a day and its differences from the days `before`, which may be in any order. */
export function judgeNight(
  day: Day,
  before: readonly Day[],
  limits: Readonly<Record<string, number>>,
  answer: BriefAnswer | null = null,
): Night {
  const broken = Object.entries(limits)
    .map(([limit, most]) => ({ limit, most, found: found(day, limit) }))
    .filter(({ most, found: n }) => n > most);
  const changes: string[] = [];
  if (before.length > 0) {
    const known = new Set(before.flatMap(({ workloads }) => workloads.map(({ workload }) => workload)));
    for (const { workload, failures } of day.workloads) {
      if (!known.has(workload)) changes.push(`${workload} fails for the first time (${count(failures, 'failure')}).`);
    }
    const usual = median(before.flatMap(({ late_p99_seconds }) => late_p99_seconds ?? []));
    const tail = day.late_p99_seconds;
    if (usual !== null && tail !== null && tail > usual * WORSE && tail > usual + 1) {
      changes.push(`Targets that go away are chosen for ${duration(tail)} (99%), where ${duration(usual)} was usual.`);
    }
    const usualShare = median(before.filter(({ failures }) => failures > 0).map(unsettledShare));
    if (usualShare !== null && unsettledShare(day) > usualShare + UNSETTLED) {
      changes.push(
        `${share(unsettledShare(day), 1)} of the failures are not settled, where ${share(usualShare, 1)} was usual.`,
      );
    }
  }
  return { day, broken, changes, answer };
}

/** Returns a few lines of Markdown for a chat. */
export function nightMarkdown({ day, broken, changes, answer }: Night): string {
  const causes = Object.entries(day.causes)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([cause, n]) => `${n} ${markdownCell(cause)}`);
  const lines = [
    `**${day.day}: ${answer?.why ? markdownCell(answer.what) : `${count(day.failures, 'failure')} in ${count(day.requests, 'request')}`}**`,
    ...(causes.length > 0 && !answer?.why ? [`- ${causes.join(', ')}`] : []),
    ...(answer?.why ? [`- why: ${markdownCell(answer.why)}`] : []),
    ...(answer?.fix ? [`- fix: ${markdownCell(answer.fix)}`] : []),
    ...broken.map(
      ({ limit, most, found: n }) => `- limit broken: ${markdownCell(limit)} is ${n}, at most ${most} was asked for`,
    ),
    ...changes.slice(0, 10).map((change) => `- ${markdownCell(change)}`),
    ...(changes.length > 10 ? [`- and ${count(changes.length - 10, 'more change')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the message about a day. `isPartial`: a source could not be read, so the day may have more. */
export function nightMessage(
  { day, broken, changes, answer }: Night,
  exitCode: number,
  isPartial: boolean,
): RunMessage {
  const what = answer?.why ? answer.what : `${count(day.failures, 'failure')} in ${count(day.requests, 'request')}`;
  const found = broken.length > 0 ? 'limit_broken' : day.failures > 0 || changes.length > 0 ? 'failures' : 'passed';
  return {
    ...emptyMessage('nightly', `${day.day}: ${what}`),
    outcome: isPartial ? 'incomplete' : found,
    exit_code: exitCode,
    from: `${day.day}T00:00:00Z`,
    to: new Date(Date.parse(`${day.day}T00:00:00Z`) + DAY_MS).toISOString().replace('.000', ''),
    requests: day.requests,
    failures: day.failures,
    causes: Object.entries(day.causes)
      .filter(([, n]) => n > 0)
      .sort((a, b) => b[1] - a[1])
      .map(([cause, failures]) => ({ cause, failures })),
    why: answer?.why ?? null,
    fix: answer?.fix ?? null,
    limits: broken,
    notes: [...(isPartial ? ['A source could not be read completely: a retry may find more.'] : []), ...changes],
  };
}

/**
 * Returns OpenMetrics text of one night for node_exporter's textfile collector: gauges of the last day. A night that did not
 * run is visible in draintrace_night_finished_timestamp_seconds.
 */
export function nightMetrics({ day, broken }: Night, finishedSeconds: number): string {
  return new Gauges('draintrace_night')
    .add('requests', 'Requests of the day.', day.requests)
    .add('failures', 'Failures of the day, made by the balancer.', day.failures)
    .add(
      'failures_by_cause',
      'Failures of the day by cause; unsettled are those without a settled one.',
      Object.entries(day.causes).map(([cause, n]) => [{ cause }, n] as const),
    )
    .add(
      'late_routing_p99_seconds',
      'How long after its deletion a target was still chosen, 99% of requests.',
      day.late_p99_seconds,
    )
    .add(
      'late_routing_max_seconds',
      'How long after its deletion a target was still chosen, at most.',
      day.late_max_seconds,
    )
    .add('limits_broken', 'Limits that the day breaks.', broken.length)
    .add('day_timestamp_seconds', 'Start of the day, UTC.', Date.parse(`${day.day}T00:00:00Z`) / SECOND_MS)
    .add('finished_timestamp_seconds', 'When the night was finished.', finishedSeconds)
    .toString();
}
