/** Reads one Kubernetes Pod object, with the API's field names. pod-life.ts derives facts from it. */
import { type Micros, SECOND } from '../time/time.ts';
import { parseIp, parsePort } from './address.ts';
import { asArray, asObject, asObjects, asSeconds, asText } from './json-value.ts';
import { type Interval, later, parseTime } from './moment.ts';
import {
  countRestarts,
  listImages,
  longestPreStop,
  readFirstStart,
  readStarts,
  readTerminations,
  servingContainers,
  type Termination,
} from './pod-container.ts';
import { quote } from './rejection.ts';

/** Where the pod answers. A pod with two IPs (dual stack) answers at both. */
export interface PodAddress {
  ip: string | null;
  port: number | null;
}

/** A condition that changed, and when it last did. */
export interface Transition {
  moment: Interval;
  /** Detail that its type or reason adds. */
  detail: string | null;
}

export interface PodObject {
  uid: string | null;
  namespace: string | null;
  name: string;
  resourceVersion: string | null;
  addresses: PodAddress[];
  node: string | null;
  /** Addresses of that node, a comma list; null where they are not shown, or are those of this pod alone (Fargate). */
  host_ip: string | null;
  /** When the kubelet of that node took the pod. */
  accepted: Interval | null;
  owner_kind: string | null;
  owner_name: string | null;
  termination_grace_period_seconds: number | null;
  pre_stop_seconds: number | null;
  created: Interval | null;
  /** When the Ready condition became true, if it is true. */
  ready: Interval | null;
  /** When it became false, if it is false and was true before. */
  unready: Transition | null;
  /** It is not ready, and has never been. */
  waiting: boolean;
  /** Readiness gates of the AWS Load Balancer Controller that are true: it saw the target healthy. */
  targetHealthy: Transition[];
  /** Images of the containers, a comma list. */
  images: string | null;
  /** deletionTimestamp and deletionGracePeriodSeconds as printed: the former lies a grace period after the request. */
  deletion: { timestamp: Interval; grace: number | null } | null;
  terminations: Termination[];
  /** When the first of its containers started, unless one was started again since. */
  started: Interval | null;
  /** Restarts of all containers so far; null where the status shows none. */
  restart_count: number | null;
  /** phase Succeeded or Failed: its containers are gone for good, deleted or not. */
  terminal: boolean;
  /** A finalizer keeps the object after its last delete. */
  held: boolean;
  /** The DisruptionTarget condition, with its reason: who wanted the pod gone. */
  disruption: { reason: string | null; message: string | null; moment: Interval | null } | null;
  /** The latest time in the object that lies in its past: it was seen no earlier than this. */
  latestKnown: Micros | null;
}

/** Returns what the object says, or a reason (snake_case code, then ": detail") why it is no pod that can be used. */
export function readPodObject(pod: Record<string, unknown>): PodObject | string {
  const metadata = asObject(pod.metadata) ?? {};
  const spec = asObject(pod.spec) ?? {};
  const status = asObject(pod.status) ?? {};
  const name = asText(metadata.name);
  if (name === null) return 'missing_name: metadata.name';
  if (metadata.deletionTimestamp != null && stamp(metadata.deletionTimestamp) === null) {
    return `bad_time: metadata.deletionTimestamp: ${quote(metadata.deletionTimestamp)}`;
  }
  const owners = asObjects(metadata.ownerReferences);
  const owner = owners.find((reference) => reference.controller === true);
  const conditions = asObjects(status.conditions);
  const ready = conditions.find((condition) => condition.type === 'Ready' && condition.status === 'True');
  const disruption = conditions.find(
    (condition) => condition.type === 'DisruptionTarget' && condition.status === 'True',
  );
  const containers = servingContainers(spec);
  const deletion = stamp(metadata.deletionTimestamp);
  const grace = asSeconds(metadata.deletionGracePeriodSeconds);
  const terminations = readTerminations(status, containers);
  const unready = readUnready(conditions, status);
  return {
    uid: asText(metadata.uid),
    namespace: asText(metadata.namespace),
    name,
    resourceVersion: asText(metadata.resourceVersion),
    addresses: readAddresses(spec, status, containers),
    node: asText(spec.nodeName),
    host_ip: readHost(spec, status),
    accepted: stamp(status.startTime),
    owner_kind: asText(owner?.kind),
    owner_name: asText(owner?.name),
    termination_grace_period_seconds: asSeconds(spec.terminationGracePeriodSeconds),
    pre_stop_seconds: longestPreStop(containers),
    created: stamp(metadata.creationTimestamp),
    ready: stamp(ready?.lastTransitionTime),
    unready,
    waiting:
      unready === null &&
      conditions.some((condition) => condition.type === 'Ready' && condition.status === 'False') &&
      asObjects(status.containerStatuses).every((container) => container.restartCount === 0),
    targetHealthy: conditions.flatMap((condition) => readGate(condition) ?? []),
    images: listImages(containers),
    deletion: deletion && { timestamp: deletion, grace },
    terminations,
    started: readFirstStart(status),
    restart_count: countRestarts(status),
    terminal: status.phase === 'Succeeded' || status.phase === 'Failed',
    held: asArray(metadata.finalizers).length > 0,
    disruption: disruption
      ? {
          reason: asText(disruption.reason),
          message: asText(disruption.message),
          moment: stamp(disruption.lastTransitionTime),
        }
      : null,
    latestKnown: [
      stamp(metadata.creationTimestamp),
      stamp(status.startTime),
      ...conditions.map((condition) => stamp(condition.lastTransitionTime)),
      ...asObjects(metadata.managedFields).map((entry) => stamp(entry.time)),
      ...asObjects(status.containerStatuses).map((container) =>
        stamp(asObject(asObject(container.state)?.running)?.startedAt),
      ),
      ...terminations.map((termination) => termination.moment),
      deletion && grace !== null ? { earliest: deletion.earliest - grace * SECOND, latest: deletion.latest } : null,
    ].reduce<Micros | null>((known, moment) => later(known, moment?.earliest ?? null), null),
  };
}

function stamp(value: unknown): Interval | null {
  return typeof value === 'string' ? parseTime(value, 0) : null;
}

/**
 * The condition begins false, and keeps the time of that beginning, which is before any container starts, until it
 * becomes true. So a time after a start says that it was true in between.
 */
function readUnready(conditions: Record<string, unknown>[], status: Record<string, unknown>): Transition | null {
  const condition = conditions.find((one) => one.type === 'Ready' && one.status === 'False');
  const moment = stamp(condition?.lastTransitionTime);
  if (!condition || !moment) return null;
  const started = readStarts(status).some((start) => start.latest < moment.earliest);
  return started ? { moment, detail: asText(condition.reason) ?? nodeReason(conditions) } : null;
}

/**
 * The kubelet gives a reason whenever it makes a pod unready, and first calls the containers unready. Without either, the
 * control plane did it, because the kubelet of that node was not heard of any more.
 */
const nodeReason = (conditions: Record<string, unknown>[]): string | null =>
  conditions.some(({ type, status }) => type === 'ContainersReady' && status === 'True') ? 'NodeNotReady' : null;

/** Readiness gates as versions 2 and 1 of the controller name them; what follows is the TargetGroupBinding or the ingress. */
const GATE = /^target-health\.(?:elbv2\.k8s\.aws|alb\.ingress\.k8s\.aws)\/./;

function readGate(condition: Record<string, unknown>): Transition | null {
  const type = asText(condition.type);
  const moment = stamp(condition.lastTransitionTime);
  return type !== null && GATE.test(type) && condition.status === 'True' && moment ? { moment, detail: type } : null;
}

function readIps(status: Record<string, unknown>, own: 'podIP' | 'hostIP', all: 'podIPs' | 'hostIPs'): Set<string> {
  const texts = [asText(status[own]), ...asObjects(status[all]).map((entry) => asText(entry.ip))];
  return new Set(texts.flatMap((text) => (text === null ? [] : (parseIp(text) ?? []))));
}

/** A pod of Fargate has the address of its node, which nothing else runs on: there it is the pod's. */
function readHost(spec: Record<string, unknown>, status: Record<string, unknown>): string | null {
  const ips = readIps(status, 'hostIP', 'hostIPs');
  const own = readIps(status, 'podIP', 'podIPs');
  const isShared = spec.hostNetwork === true || [...ips].every((ip) => !own.has(ip));
  return ips.size > 0 && isShared ? [...ips].join(',') : null;
}

/**
 * Pods on the host network share the IP of their node, so their facts name the ports that they declare (there the
 * container port is the port that is bound); without one they are no evidence for that IP. For other pods the object
 * does not say which port is registered.
 */
function readAddresses(
  spec: Record<string, unknown>,
  status: Record<string, unknown>,
  containers: Record<string, unknown>[],
): PodAddress[] {
  const ips = readIps(status, 'podIP', 'podIPs');
  if (spec.hostNetwork !== true) return [...ips].map((ip) => ({ ip, port: null }));
  const declared = containers.flatMap((container) => asObjects(container.ports));
  const ports = new Set(declared.flatMap((port) => parsePort(port.containerPort) ?? []));
  return [...ips].flatMap((ip) => [...ports].map((port) => ({ ip, port })));
}
