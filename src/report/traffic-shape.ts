/**
 * Says in one sentence an incident what its traffic looks like, how surely, and which source would prove it:
 *
 *     looks like a rollout of 8 targets between 09:01 and 09:05 (likely: 41 of 43 failures fit); load pods and Events
 *     (kubectl get pods,events -A -o json) to name the pods
 */
import type { Proof, TrafficShape } from '../query/word.ts';
import { UTC, wallTime, type Zone } from '../time/zone.ts';
import { lookup } from './lookup.ts';
import { count, wrap } from './text.ts';

/** A row of queries/traffic-shapes.sql. */
export interface ShapeRow {
  target_group_arn: string;
  first_failure: string;
  last_failure: string;
  failures: number;
  shape: string | null;
  fitting: number | null;
  targets: number | null;
  began_at: string | null;
  ended_at: string | null;
  target_kind: string | null;
  proof: string | null;
}

/** Words for one target of each kind, as far as the traffic tells. */
const WORDS: Readonly<Record<string, string>> = {
  pod: 'pod',
  ecs_task: 'ECS task',
  instance: 'instance',
  node_port: 'node',
};

/** Purpose of the proof where the targets went, where they stayed, or where there were none. */
type Ending = 'went' | 'stayed' | 'none';

const PHRASES: Readonly<Record<TrafficShape, readonly [phrase: (targets: number) => string, ending: Ending]>> = {
  rollout: [(n) => `a rollout of ${count(n, 'target')}`, 'went'],
  replaced_targets: [(n) => `${count(n, 'target')} replaced while others stayed,`, 'went'],
  scale_in: [(n) => `a scale-in: ${count(n, 'target')} left and none came,`, 'went'],
  silent_targets: [
    (n) => `a lost or removed machine, or a hung process: ${count(n, 'target')} fell silent at once`,
    'went',
  ],
  empty_group: [() => 'a target group without a target', 'none'],
  keep_alive_race: [(n) => `keep-alive races at ${count(n, 'target')}`, 'stayed'],
  one_balancer_node: [(n) => `trouble of one balancer node, which did not reach ${count(n, 'target')}`, 'stayed'],
  all_unreachable: [
    (n) => `a blocked network or full accept queues: connect timeouts of all ${count(n, 'target')}`,
    'stayed',
  ],
  new_targets_only: [(n) => `trouble of a new version: only ${count(n, 'new target')} failed`, 'stayed'],
  slow_application: [(n) => `a slow application: ${count(n, 'target')} did not answer in time`, 'stayed'],
  one_target: [() => 'trouble of one target alone', 'stayed'],
};

const WENT_FIX =
  'Keep targets serving after they begin to end. Load the evidence named below: then draintrace advise says how long.';

/** Says what to do about shapes that know more than the pattern of single failures: whether silent targets went or stayed. */
const FIXES: Readonly<Partial<Record<TrafficShape, string>>> = {
  rollout: WENT_FIX,
  replaced_targets: WENT_FIX,
  scale_in: WENT_FIX,
  silent_targets: 'Look at the machine and the process of those targets: was it lost, removed or hung?',
  all_unreachable: 'Look at security groups, network ACLs and the accept queue: none of the targets took a connection.',
};

/** Names the source of each proof, with its command. */
const COMMANDS: Readonly<Record<Proof, string>> = {
  'pods and Events': 'pods and Events (kubectl get pods,events -A -o json)',
  'nodes and Events': 'nodes and Events (kubectl get nodes,events -A -o json)',
  'events of ECS': 'events of ECS, or aws ecs describe-tasks within the hour,',
  'scaling activities': 'aws autoscaling describe-scaling-activities',
  CloudTrail: 'CloudTrail (RegisterTargets and DeregisterTargets)',
};

const minute = (time: string, zone: Zone): string => wallTime(time, zone).clock.slice(0, 5);

function purpose(ending: Ending, kind: string | null, proof: string): string {
  const words = lookup(WORDS, kind);
  if (ending === 'none') return 'to see who took the last one out';
  // CloudTrail names no pod and no task.
  if (words === undefined || proof === 'CloudTrail') return 'to date what was deregistered';
  return ending === 'went' ? `to name the ${words}s` : `to see that the ${words}s lived on`;
}

/** Returns the sentence, null for an incident without a shape. */
export function shapeSentence(row: ShapeRow, zone: Zone = UTC): string | null {
  const known = lookup(PHRASES, row.shape);
  const { began_at: from, ended_at: to, proof } = row;
  if (!known || from === null || to === null || proof === null) return null;
  const [phrase, ending] = known;
  const [begin, end] = [minute(from, zone), minute(to, zone)];
  const when = begin === end ? `at ${begin}` : `between ${begin} and ${end}`;
  const fit = `likely: ${row.fitting} of ${count(row.failures, 'failure')} ${row.failures === 1 ? 'fits' : 'fit'}`;
  const load = lookup(COMMANDS, proof) ?? COMMANDS.CloudTrail;
  return `looks like ${phrase(row.targets ?? 0)} ${when} (${fit}); load ${load} ${purpose(ending, row.target_kind, proof)}`;
}

/** An incident that evidence does not explain. */
export interface Unproven {
  /** ARN. */
  targetGroup: string;
  first: string;
  last: string;
}

/** Most incidents to describe. */
const SHOWN = 3;
const WIDTH = 80;

/** Returns the shapes of incidents that evidence does not explain. */
const unexplained = (shapes: readonly ShapeRow[], unproven: readonly Unproven[]): readonly ShapeRow[] =>
  shapes.filter((row) =>
    unproven.some(
      ({ targetGroup, first, last }) =>
        targetGroup === row.target_group_arn && first <= row.last_failure && last >= row.first_failure,
    ),
  );

/**
 * Returns what to do about the shape of at least half of the failures that evidence does not explain; null if these have no
 * such shape, or one that agrees with the patterns of single failures.
 */
export function shapeFix(shapes: readonly ShapeRow[], unproven: readonly Unproven[]): string | null {
  const failures = new Map<string, number>();
  let all = 0;
  for (const row of unexplained(shapes, unproven)) {
    all += row.failures;
    const fix = lookup(FIXES, row.shape);
    if (fix) failures.set(fix, (failures.get(fix) ?? 0) + row.failures);
  }
  const [most] = [...failures].sort((a, b) => b[1] - a[1]);
  return most && most[1] * 2 >= all ? most[0] : null;
}

/** Returns the lines on those incidents of `shapes` that evidence does not explain. */
export function shapeLines(shapes: readonly ShapeRow[], unproven: readonly Unproven[], zone: Zone = UTC): string[] {
  const sentences = unexplained(shapes, unproven).flatMap((row) => shapeSentence(row, zone) ?? []);
  const more = sentences.length - SHOWN;
  const lines = sentences.slice(0, SHOWN);
  if (more > 0) lines.push(`and ${count(more, 'more incident')}: draintrace query traffic-shapes`);
  return lines.flatMap((line) => wrap(line, WIDTH, '     '));
}
