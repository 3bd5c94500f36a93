/** Writes the answer in words: what failed, where, and what would have prevented it. One sentence each. */
import { share } from '../number/share.ts';
import type { Cause, Pattern } from '../query/word.ts';
import { SECOND_MS } from '../time/time.ts';
import { spanText, type Zone } from '../time/zone.ts';
import type { Failure } from './incident.ts';
import { endingWord, kindWord } from './kind.ts';
import { lookup } from './lookup.ts';
import { count, duration } from './text.ts';

/** For each cause: its description in a sentence about several requests, and its prevention. */
const SENTENCES: Readonly<Record<Cause, readonly [what: string, fix: string]>> = {
  draining_target: [
    'were sent to targets that were already going away',
    'Keep pods serving after their deletion: a preStop sleep that outlasts late routing, and a terminationGracePeriodSeconds above it.',
  ],
  deregistered_alive: [
    'were sent to targets that had been deregistered but lived on',
    'Look at what took the targets out: readiness probes, labels, bindings, another controller, a person.',
  ],
  killed_in_flight: [
    'were running when their {kind} began to terminate',
    'Let the application finish its requests on SIGTERM, within a terminationGracePeriodSeconds above the longest request plus preStop.',
  ],
  drain_delay_elapsed: [
    'were cut off when the deregistration delay ended',
    'Raise deregistration_delay.timeout_seconds above the longest request.',
  ],
  container_restart: [
    'met a container that died and was restarted, without a deletion',
    'Look at the exit code and reason of the container: memory limits, crashes and liveness probes end it, not the rollout.',
  ],
  not_ready_target: [
    'were sent to {kind}s that were not ready yet',
    'Use pod readiness gates, so that a pod counts as ready only when the balancer sees it healthy.',
  ],
  node_lost: [
    'were sent to {kind}s of a node that was lost',
    'Look at the node: nothing in the rollout would have prevented it.',
  ],
  no_healthy_target: [
    'found a target group without a registered target',
    'Keep at least one target registered: check maxUnavailable, the readiness of the new pods, and the scale-in.',
  ],
  healthy_target: [
    'failed at {kind}s that were running and not ending: the deployment did not cause this',
    'Look at security groups, the node, the accept queue and the keep-alive timeout of the application.',
  ],
  no_evidence: [
    'cannot be settled: no evidence covers their target at that time',
    'Load more evidence: draintrace evidence names the source that would settle most of them.',
  ],
};

/** Sentences on prevention where the target is a task of ECS: there is no preStop. */
const TASK_FIXES: Readonly<Partial<Record<Cause, string>>> = {
  draining_target:
    'Set a deregistration delay above late routing plus the longest request, and keep serving after SIGTERM.',
  killed_in_flight:
    'Let the application finish its requests on SIGTERM, within a stopTimeout and a deregistration delay above the longest request.',
  container_restart:
    'Look at the exit code and reason of the container: memory limits, crashes and health checks end it, not the rollout.',
  not_ready_target: 'Let the health check of the target group fail until the application serves.',
  no_healthy_target:
    'Keep at least one target registered: check minimumHealthyPercent, the start of the new tasks, and the scale-in.',
};

/** Sentences on prevention where the target is an instance or a node: nothing that runs on it delays its end. */
const MACHINE_FIXES: Readonly<Partial<Record<Cause, string>>> = {
  draining_target:
    'Whatever removes the {kind} must wait until its target is drained: attach the target group to the Auto Scaling group, or give it a lifecycle hook as long as the deregistration delay.',
  killed_in_flight:
    'Whatever removes the {kind} must wait until its target is drained, and set the deregistration delay above the longest request.',
  container_restart: 'Look at what restarted the application on the {kind}: memory, crashes, its own deployments.',
  not_ready_target: 'Let the health check of the target group fail until the application serves.',
  node_lost: 'Find out why the {kind} was lost: nothing in a deployment would have prevented it.',
  no_healthy_target:
    'Keep at least one target registered: check the minimum size of the group, its health checks, and the scale-in.',
  deregistered_alive: 'Look at what took the targets out: health checks, a controller, a person.',
};

/** Sentences on prevention where nothing tells what the targets are. */
const UNKNOWN_FIXES: Readonly<Partial<Record<Cause, string>>> = {
  draining_target:
    'Keep targets serving after they begin to end, until late routing is over: draintrace advise says how long, once it knows what they are.',
  killed_in_flight: 'Let the application finish its requests when it is told to end.',
};

/** By target_kind; a pod has those of SENTENCES. */
const FIXES: Readonly<Record<string, Readonly<Partial<Record<Cause, string>>>>> = {
  ecs_task: TASK_FIXES,
  instance: MACHINE_FIXES,
  node_port: MACHINE_FIXES,
  unknown: UNKNOWN_FIXES,
};

const wordsOf = (cause: string): readonly [what: string, fix: string] | undefined => lookup(SENTENCES, cause);

/** Returns causes (or mechanisms, for failures without cause) by number of failures, most first. */
export function countCauses(failures: readonly Failure[]): { cause: string; failures: number }[] {
  const counts = new Map<string, number>();
  for (const { cause, mechanism } of failures) {
    const word = cause ?? mechanism;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([cause, n]) => ({ cause, failures: n })).sort((a, b) => b.failures - a.failures);
}

/**
 * `42 requests failed within 3 min 20 s, from 2026-03-10 14:00:21 to 14:03:41 UTC.` For several incidents it gives their
 * number instead, because the total time would mislead.
 */
export function headline(failures: readonly Failure[], episodes: number, zone: Zone): string {
  if (failures.length === 0) return 'No request failed that the balancer should have answered.';
  const from = failures.reduce((least, { failed, routed }) => Math.min(least, routed ?? failed), Number.MAX_VALUE);
  const to = failures.reduce((most, { failed }) => Math.max(most, failed), 0);
  const span = spanText(from, to, zone);
  const lasted = duration(Math.max(1, Math.round((to - from) / SECOND_MS)));
  const how = episodes > 1 ? `in ${episodes} incidents` : `within ${lasted}`;
  return `${count(failures.length, 'request')} failed ${how}, ${span.includes(' to ') ? 'from' : 'at'} ${span}.`;
}

/** Names the leading cause, its share and its pods. */
export function causeSentence(failures: readonly Failure[]): string {
  const [leading, ...others] = countCauses(failures);
  if (!leading) return 'There is no cause.';
  const own = failures.filter(({ cause, mechanism }) => (cause ?? mechanism) === leading.cause);
  const kind = own[0]!.kind;
  const what =
    wordsOf(leading.cause)?.[0].replaceAll('{kind}', kindWord(kind)) ??
    `were answered by the balancer itself (${leading.cause})`;
  const part =
    others.length === 0 && failures.length === 1
      ? 'It was one request; such requests'
      : `${own.length} of ${failures.length} (${share(own.length, failures.length)})`;
  const workloads = [...new Set(own.flatMap(({ workload }) => workload ?? []))];
  const whose =
    workloads.length > 0 ? ` of ${workloads.slice(0, 3).join(', ')}${workloads.length > 3 ? ', …' : ''}` : '';
  const late = own.reduce((most, one) => Math.max(most, one.seconds_after_deletion ?? -1), -1);
  const reach =
    late >= 0 && leading.cause === 'draining_target' ? `, up to ${duration(late)} after the ${endingWord(kind)}` : '';
  const ambiguous = own.filter(({ confidence }) => confidence === 'ambiguous').length;
  const doubt = ambiguous > 0 ? `; ${ambiguous} of these are ambiguous` : '';
  return `${part} ${what} (${leading.cause})${whose}${reach}${doubt}.`;
}

/** Says where to look by the pattern of failures that no target's end explains. */
const PATTERN_FIXES: Readonly<Record<Pattern, string>> = {
  keep_alive_race: "Set the application's keep-alive timeout above the idle timeout of the balancer.",
  one_balancer_node: "Look at the network of the balancer node's subnet: only that node had them.",
  zone: 'Look at the availability zone: only its targets had them.',
  new_targets_only: 'Look at the start of the application and at the health check: only new targets had them.',
  one_target: 'Look at that target: others of its group answered.',
  slow_application: 'Look at what the application was doing: it did not answer within the idle timeout.',
  unreachable: 'Look at security groups, network ACLs and the accept queue: living targets took no connection.',
};

/** Says where to look where targets took no connection, and no evidence tells whether they lived. */
const UNREACHABLE_FIX =
  'Find out whether the targets lived. If they ended: why they were still chosen. If not: security groups, network ACLs, accept queues.';

/** Returns the pattern of at least half of `whole` failures: one of a few says nothing of the rest. */
export function commonPattern(counts: ReadonlyMap<string, number>, whole: number): string | null {
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most && most[1] * 2 >= whole ? most[0] : null;
}

/** Says what prevents failures of a cause (or mechanism, without a cause), or where to look. */
export function fixFor(cause: string, kind: string | null, pattern: string | null = null): string {
  if (cause === 'no_evidence' && pattern === 'unreachable') return UNREACHABLE_FIX;
  const byPattern = lookup(PATTERN_FIXES, pattern);
  if (byPattern) return byPattern;
  const own = lookup<string | undefined>(lookup(FIXES, kind ?? 'unknown') ?? {}, cause)?.replaceAll(
    '{kind}',
    kindWord(kind),
  );
  return own ?? wordsOf(cause)?.[1] ?? 'See docs/verdicts.md for what this mechanism means.';
}

/** Says what comes first where targets are deregistered long after their end began: no sleep of theirs is long enough for that. */
export function lateFix(kind: string | null, seconds: number): string {
  const who =
    kind === 'pod' ? 'Fix the controller first: it deregistered' : 'Fix the deregistration first: it came for';
  const plural = `${kindWord(kind)}s`;
  return `${who} ${plural} up to ${duration(seconds)} after their ${endingWord(kind)}, and until then the balancer chooses them.`;
}

/** Says what prevents the leading cause, when no advice could be computed. */
export function fixSentence(failures: readonly Failure[]): string {
  const leading = countCauses(failures)[0];
  if (!leading) return 'There is nothing to do.';
  const own = failures.filter(({ cause, mechanism }) => (cause ?? mechanism) === leading.cause);
  const patterns = new Map<string, number>();
  for (const { pattern } of own) if (pattern !== null) patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  return fixFor(leading.cause, own[0]?.kind ?? null, commonPattern(patterns, own.length));
}
