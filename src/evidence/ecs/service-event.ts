/**
 * The messages of a service: the only record after the fact of when its targets were deregistered, but for CloudTrail. They
 * tell how many targets, not which: those of the tasks that the scheduler had just stopped.
 */
import { MILLISECOND, MINUTE, SECOND } from '../../time/time.ts';
import { type PodFact, UNSAID } from '../fact.ts';
import { asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { clusterOf, OWNER_KIND, taskArn } from './name.ts';
import { goingAt } from './stop.ts';
import { readEcsTime } from './time.ts';

/** A service as describe-services shows it. */
export interface ServiceName {
  arn: string;
  name: string;
  line: number;
}

interface Batch {
  at: Interval;
  tasks: string[];
  /** When targets were deregistered that may be those of the tasks. */
  deregistered: Interval[];
  /** Target groups whose message is known to be about this batch. */
  settled: Set<string>;
}

const STOPPED = /has stopped \d+ running tasks?:/;
const DEREGISTERED = /deregistered (\d+) targets? in \(target-group ([^)]*)\)/;
const UNHEALTHY = /\(task ([0-9a-f-]{32,36})\).* is unhealthy in /;
const TASK = /\(task ([0-9a-f-]{32,36})\)/g;

/** A batch is deregistered within this of its stop: ten seconds as a rule. */
const BATCH = MINUTE;

/** The message is written when the call has answered: with its own millisecond that is a second. */
const CALL = SECOND - MILLISECOND;

/** Returns what the messages say of the service's tasks, and the messages whose time cannot be read. */
export function readServiceEvents(
  events: unknown,
  service: ServiceName,
): { facts: PodFact[]; bad: { reason: string; value: unknown }[] } {
  const bad: { reason: string; value: unknown }[] = [];
  const facts: PodFact[] = [];
  const said: { at: Interval; message: string }[] = [];
  for (const value of asObjects(events)) {
    const at = readEcsTime(value, 'createdAt');
    const message = asText(value.message);
    if (message === null) continue;
    if (at === null || typeof at === 'string') bad.push({ reason: at ?? 'missing_time: createdAt', value });
    else said.push({ at, message });
  }
  said.sort((a, b) => a.at.earliest - b.at.earliest);
  const batches: Batch[] = [];
  for (const { at, message } of said) {
    const tasks = [...message.matchAll(TASK)].map(([, id]) => id!);
    if (STOPPED.test(message)) batches.push({ at, tasks, deregistered: [], settled: new Set() });
    const unhealthy = UNHEALTHY.exec(message)?.[1];
    if (unhealthy !== undefined) {
      facts.push(...factOf(service, unhealthy, { event: 'warned', ...at, reason: 'Unhealthy', detail: message }));
    }
    const deregistered = DEREGISTERED.exec(message);
    if (deregistered) deregister(batches, at, Number(deregistered[1]), deregistered[2]!);
  }
  for (const batch of batches) {
    const first = batch.deregistered[0];
    const moment = first
      ? { earliest: first.earliest - CALL, latest: batch.deregistered.at(-1)!.latest }
      : goingAt('planned', { stopping: batch.at, executionStopped: null, recorded: null })!;
    for (const task of batch.tasks) {
      facts.push(
        ...factOf(service, task, {
          event: 'deleted',
          ...moment,
          reason: 'ServiceSchedulerInitiated',
          actor: 'the service scheduler of ECS',
        }),
      );
    }
  }
  return { facts, bad };
}

/**
 * Gives a deregistration to the batch that it is about: the oldest one that waits for it, if that has as many tasks, or all
 * that wait, if these have; else to each of them, because the order of their targets is unknown.
 */
function deregister(batches: readonly Batch[], at: Interval, count: number, group: string): void {
  const waiting = batches.filter((batch) => at.earliest - batch.at.latest <= BATCH && !batch.settled.has(group));
  const all = waiting.reduce((sum, { tasks }) => sum + tasks.length, 0);
  const isFirst = waiting[0]?.tasks.length === count;
  for (const batch of isFirst ? waiting.slice(0, 1) : waiting) {
    batch.deregistered.push(at);
    if (isFirst || all === count) batch.settled.add(group);
  }
}

type Said = Pick<PodFact, 'event' | 'earliest' | 'latest' | 'reason'> & Partial<PodFact>;

/** None where the ARN of the service is of the old form: it does not hold the cluster, which the ARN of the task needs. */
function factOf({ arn, name, line }: ServiceName, task: string, said: Said): PodFact[] {
  const uid = taskArn(arn, task);
  if (uid === null) return [];
  const owner = { owner_kind: OWNER_KIND, owner_name: name, namespace: clusterOf(arn) };
  return [{ ...UNSAID, kind: 'pod', target_kind: 'ecs_task', line, uid, name: task, ...owner, ...said }];
}
