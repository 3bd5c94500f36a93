/** Returns the facts that one record of a task states: an event of its state, or describe-tasks. One that is STOPPED tells all of it. */
import { SECOND } from '../../time/time.ts';
import { type Fact, type Moment, type PodEvent, type PodFact, UNSAID } from '../fact.ts';
import { asInteger, asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { addressesOf, hostPorts } from './address.ts';
import { clusterOf, familyAndRevision, lastPart, OWNER_KIND } from './name.ts';
import { goingAt, type Way, wayOf, whyOf } from './stop.ts';
import { isWholeSecond, readEcsTime } from './time.ts';

/** When the record was made, and where it stands. */
export interface TaskRecord {
  line: number;
  /** The task was so at this time, where `updatedAt` does not say more. */
  recorded: Interval | null;
}

const KEYS = ['createdAt', 'startedAt', 'stoppingAt', 'executionStoppedAt', 'stoppedAt', 'updatedAt'] as const;

type Times = Readonly<Record<(typeof KEYS)[number], Interval | null>>;

/** stopCode of a way, also where the record leaves it out. */
const REASON: Readonly<Partial<Record<Way, string>>> = {
  planned: 'ServiceSchedulerInitiated',
  'own end': 'EssentialContainerExited',
  'host lost': 'HostTerminated',
};

/** A task serves no request before RUNNING. */
const BEGINNING: ReadonlySet<string> = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING']);
/** From these on no container runs. */
const OVER: ReadonlySet<string> = new Set(['DEPROVISIONING', 'STOPPED', 'DELETED']);

/** SIGKILL, after stopTimeout, ends all containers that are left at the same time. */
const KILLED = 137;

/** Returns the facts of a task, or why the record cannot be used. */
export function readTask(task: Record<string, unknown>, { line, recorded }: TaskRecord): Fact[] | string {
  const arn = asText(task.taskArn);
  if (arn === null) return 'missing_arn: taskArn';
  const times = readTimes(task);
  if (typeof times === 'string') return times;
  const at = times.updatedAt ?? recorded;
  const status = asText(task.lastStatus) ?? '';
  const isGoing = asText(task.desiredStatus) === 'STOPPED' || times.stoppingAt !== null || OVER.has(status);
  const addresses = addressesOf(task);
  const identity = identify(task, arn);
  const fact = (event: PodEvent, moment: Moment, more: Partial<PodFact> = {}): PodFact => ({
    ...identity,
    ...addresses[0]!,
    line,
    event,
    earliest: moment.earliest,
    latest: moment.latest,
    ...more,
  });
  const facts: Fact[] = [];
  // The deployment that started it: one may start the same version again.
  if (times.createdAt) facts.push(fact('created', times.createdAt, { actor: asText(task.startedBy) }));
  if (times.startedAt) {
    facts.push(fact('started', times.startedAt), fact('ready', times.startedAt, { restart_count: 0 }));
  }
  if (!isGoing && at !== null) {
    const isBeginning = BEGINNING.has(status);
    facts.push(fact(isBeginning ? 'waiting' : 'seen', at, isBeginning ? {} : { restart_count: 0 }));
  }
  if (isGoing) {
    const way = wayOf(task);
    const executionStopped = endOf(task, times);
    const going = goingAt(way, { stopping: times.stoppingAt, executionStopped, recorded: at });
    if (going !== null) {
      const reason = REASON[way] ?? asText(task.stopCode) ?? asText(task.stoppedReason);
      const actor = way === 'planned' ? 'the service scheduler of ECS' : null;
      facts.push(fact('deleted', going, { reason, actor, detail: whyOf(way, task) }));
    }
    if (status === 'STOPPING' && at !== null) facts.push(fact('stopping', { earliest: null, latest: at.latest }));
    if (OVER.has(status)) facts.push(...endings(task, { way, times, executionStopped, at, fact }));
    if (way === 'host lost') facts.push(...hostLost(identity, line, times.stoppingAt ?? at));
  }
  // Other names of it: a second address, the other ports of its instance.
  const [first] = facts;
  if (first?.kind === 'pod') for (const address of addresses.slice(1)) facts.push({ ...first, ...address });
  return facts;
}

function readTimes(task: Record<string, unknown>): Times | string {
  const entries = KEYS.map((key) => [key, readEcsTime(task, key)] as const);
  const bad = entries.find(([, time]) => typeof time === 'string');
  if (bad) return bad[1] as string;
  return Object.fromEntries(entries) as Times;
}

/** A whole second is one, unless the platform is known to print milliseconds. */
function endOf(task: Record<string, unknown>, { executionStoppedAt }: Times): Interval | null {
  if (executionStoppedAt === null || !isWholeSecond(task.executionStoppedAt)) return executionStoppedAt;
  return { earliest: executionStoppedAt.earliest, latest: executionStoppedAt.earliest + SECOND - 1 };
}

function identify(task: Record<string, unknown>, arn: string): Omit<PodFact, 'line' | 'event' | 'earliest' | 'latest'> {
  const cluster = asText(task.clusterArn);
  const instance = asText(task.containerInstanceArn);
  const definition = asText(task.taskDefinitionArn);
  const service = /^service:(.+)$/.exec(asText(task.group) ?? '')?.[1] ?? null;
  const images = asObjects(task.containers)
    .map(({ image }) => asText(image))
    .filter((image) => image !== null);
  return {
    ...UNSAID,
    kind: 'pod',
    target_kind: 'ecs_task',
    version: definition === null ? null : familyAndRevision(definition),
    uid: arn,
    namespace: cluster === null ? clusterOf(arn) : lastPart(cluster),
    name: lastPart(arn),
    node: instance === null ? null : lastPart(instance),
    zone: asText(task.availabilityZone),
    owner_kind: service === null ? null : OWNER_KIND,
    owner_name: service,
    images: images.length === 0 ? null : [...new Set(images)].sort().join(','),
  };
}

interface Ending {
  way: Way;
  times: Times;
  executionStopped: Interval | null;
  at: Interval | null;
  fact(event: PodEvent, moment: Moment, more?: Partial<PodFact>): PodFact;
}

/**
 * The ends of its containers, and of the task. executionStoppedAt is when the last container ended: which one that was is
 * known of a single container, and of those that were killed when stopTimeout was over.
 */
function endings(task: Record<string, unknown>, { way, times, executionStopped, at, fact }: Ending): PodFact[] {
  const containers = asObjects(task.containers);
  const latest = executionStopped?.latest ?? times.stoppedAt?.latest ?? at?.latest ?? null;
  const facts: PodFact[] = [];
  // The ends of containers on a lost instance were not observed.
  const begun = way === 'host lost' ? null : (times.stoppingAt?.earliest ?? null);
  const earliest = begun === null ? null : Math.min(way === 'own end' ? begun - 2 * SECOND : begun, latest ?? begun);
  const ports = containers.map(hostPorts);
  for (const [index, container] of containers.entries()) {
    const exit_code = asInteger(container.exitCode);
    const isLast =
      executionStopped !== null && (containers.length === 1 || (exit_code === KILLED && way !== 'own end'));
    const moment = isLast ? executionStopped : { earliest, latest };
    if (moment.earliest === null && moment.latest === null) continue;
    const others = ports.filter((_, other) => other !== index).flat();
    const declared = ports.some((own) => own.length > 0)
      ? { container_ports: ports[index]!.join(','), other_ports: others.join(',') }
      : {};
    const said = { container: asText(container.name) ?? '', exit_code, reason: asText(container.reason) };
    facts.push(fact('finished', moment, { ...said, ...declared }));
  }
  if (containers.length === 0 && executionStopped !== null) facts.push(fact('finished', executionStopped));
  if (times.stoppedAt && way !== 'host lost') facts.push(fact('gone', times.stoppedAt));
  else if (asText(task.lastStatus) !== 'DEPROVISIONING' && (times.stoppedAt ?? at) !== null)
    facts.push(fact('gone', { earliest: null, latest: (times.stoppedAt ?? at)!.latest }));
  return facts;
}

function hostLost(identity: Pick<PodFact, 'node' | 'zone'>, line: number, at: Interval | null): Fact[] {
  if (identity.node === null || at === null) return [];
  const { node, zone } = identity;
  const said = { instance_id: null, ip: null, group_name: null, reason: 'terminated', detail: null };
  return [{ kind: 'node', line, event: 'gone', earliest: null, latest: at.latest, node, zone, ...said }];
}
