/** Separates an incident into the things that happened: rollouts, lost nodes, crashes, networks. Each has one cause and one fix. */
import type { Cause, Pattern } from '../query/word.ts';
import type { Advice, Failure, Happening, RolloutSpan } from './incident.ts';
import { isNextIncident } from './incident-pause.ts';
import { kindWord } from './kind.ts';
import { lookup } from './lookup.ts';
import { causeSentence, countCauses, fixSentence } from './sentence.ts';
import { count } from './text.ts';

/** A name for failures of each cause that no rollout explains. */
const TITLES: Readonly<Record<Cause, string>> = {
  draining_target: 'Targets chosen while they were going away',
  deregistered_alive: 'Living targets taken out of the group',
  killed_in_flight: 'Requests cut off by the end of their target',
  drain_delay_elapsed: 'Requests cut off by the deregistration delay',
  container_restart: 'Containers that died and were restarted',
  not_ready_target: 'Targets chosen before they were ready',
  node_lost: 'A node was lost',
  no_healthy_target: 'No target to choose',
  healthy_target: 'Failures of living targets',
  no_evidence: 'Not explained: no evidence of these targets',
};

const PATTERN_TITLES: Readonly<Record<Pattern, string>> = {
  keep_alive_race: 'Connections that living targets closed (keep-alive)',
  one_balancer_node: 'One node of the balancer could not reach the targets',
  zone: 'Targets of one availability zone',
  new_targets_only: 'Only new targets failed',
  one_target: 'One living target failed',
  slow_application: 'The application did not answer in time',
  unreachable: 'Living targets could not be reached',
};

/** Causes of a target's end. They belong together, because one rollout makes all three. */
const ENDINGS: readonly string[] = ['draining_target', 'killed_in_flight', 'drain_delay_elapsed'];

/** Paths that are named for each. */
const PATHS = 3;

/** Returns the failures that belong together wherever and whenever they were. */
function familyOf({ rollout, cause, mechanism, pattern, workload }: Failure): string {
  if (rollout !== null) return `rollout\0${rollout}`;
  if (cause === null) return `mechanism\0${mechanism}`;
  return ENDINGS.includes(cause) ? `ending\0${workload}` : `cause\0${cause}\0${pattern}`;
}

/** Returns what happened, worst first, and numbers each failure with its place there. `failures` are in the order of time. */
export function happeningsOf(
  failures: readonly Failure[],
  rollouts: readonly RolloutSpan[],
  advice: readonly Advice[],
): Happening[] {
  const groups: Failure[][] = [];
  const open = new Map<string, { failures: Failure[]; ended: number }>();
  for (const failure of failures) {
    const family = familyOf(failure);
    const last = open.get(family);
    const begins = failure.routed ?? failure.failed;
    // A rollout is one, however long it pauses.
    if (last && (failure.rollout !== null || !isNextIncident(last.ended, begins))) {
      last.failures.push(failure);
      last.ended = Math.max(last.ended, failure.failed);
    } else {
      const next = { failures: [failure], ended: failure.failed };
      groups.push(next.failures);
      open.set(family, next);
    }
  }
  groups.sort((a, b) => b.length - a.length);
  const fixed = new Map<string, number>();
  return groups.map((group, i) => {
    for (const failure of group) failure.happening = i + 1;
    return happeningOf(group, i + 1, rollouts, advice, fixed);
  });
}

function happeningOf(
  failures: readonly Failure[],
  number: number,
  rollouts: readonly RolloutSpan[],
  advice: readonly Advice[],
  fixed: Map<string, number>,
): Happening {
  const causes = countCauses(failures);
  const first = failures[0]!;
  const span = first.rollout === null ? undefined : rollouts.find(({ rollout }) => rollout === first.rollout);
  const isEnding = first.rollout !== null || ENDINGS.includes(first.cause ?? '');
  const own = isEnding ? advice.find((one) => one.advised !== null && isOf(one, span, failures)) : undefined;
  // Advice is for a workload: its second rollout only refers to the first.
  const before = own === undefined ? undefined : fixed.get(own.workload);
  if (own !== undefined && before === undefined) fixed.set(own.workload, number);
  return {
    title: titleOf(failures, span),
    word: causes[0]!.cause,
    sentence: causeSentence(failures),
    fix: own === undefined ? fixSentence(failures) : before === undefined ? own.sentence : `The same as for ${before}.`,
    failures: failures.length,
    causes,
    paths: pathsOf(failures),
    targets: new Set(failures.flatMap(({ target, pod }) => (target === null ? [] : [`${target} ${pod}`]))).size,
    from: first.routed ?? first.failed,
    to: failures.reduce((most, { failed }) => Math.max(most, failed), 0),
    rollout: first.rollout,
  };
}

/** Returns whether advice is for the workload of these failures. */
const isOf = ({ workload }: Advice, span: RolloutSpan | undefined, failures: readonly Failure[]): boolean =>
  span !== undefined
    ? workload === span.deployment
    : failures.some((one) => one.workload !== null && workload.endsWith(`/${one.workload}`));

function pathsOf(failures: readonly Failure[]): { path: string; failures: number }[] {
  const counts = new Map<string, number>();
  for (const { path } of failures) if (path !== null) counts.set(path, (counts.get(path) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, PATHS)
    .map(([path, n]) => ({ path, failures: n }));
}

function titleOf(failures: readonly Failure[], span: RolloutSpan | undefined): string {
  const first = failures[0]!;
  if (first.rollout !== null) {
    if (span === undefined) return `Rollout ${first.rollout}`;
    const targets = count(span.pods, kindWord(first.kind));
    return span.kind === 'rollout' && span.to_workload !== null
      ? `Rollout of ${span.deployment} to ${span.to_workload}`
      : `End of ${targets} of ${span.deployment}, without a new version`;
  }
  const { cause } = first;
  if (cause === null) return `Answered by the balancer: ${first.mechanism}`;
  if (cause === 'node_lost') {
    const nodes = new Set(failures.flatMap(({ node }) => node ?? []));
    if (nodes.size > 1) return `${nodes.size} nodes were lost`;
    const [only] = nodes;
    if (only !== undefined) return `Node ${only} was lost`;
  }
  const byPattern = cause === 'no_evidence' ? undefined : lookup(PATTERN_TITLES, first.pattern);
  return byPattern ?? lookup(TITLES, cause) ?? cause;
}
