/** What one Kubernetes Pod object says, field names as Kubernetes spells them in the API, before any of it becomes facts. */

import { parseIp, parsePort } from './address.ts';
import type { Micros } from './fact.ts';
import { asArray, asInteger, asObject, asObjects, asText } from './json-value.ts';
import { type Interval, later, parseTime, SECOND } from './moment.ts';
import { quote } from './rejection.ts';

/** Where the pod answers. A pod with two IPs (dual stack) answers at both. */
export interface PodAddress {
  ip: string | null;
  port: number | null;
}

/** A container that ended: as its present state, or as the state before its last restart. */
export interface Termination {
  container: string;
  moment: Interval;
  exit_code: number | null;
  reason: string | null;
  present: boolean;
}

export interface PodObject {
  uid: string | null;
  namespace: string | null;
  name: string;
  resourceVersion: string | null;
  addresses: PodAddress[];
  node: string | null;
  owner_kind: string | null;
  owner_name: string | null;
  termination_grace_period_seconds: number | null;
  pre_stop_seconds: number | null;
  created: Interval | null;
  /** When the Ready condition became true, if it is true. */
  ready: Interval | null;
  /** deletionTimestamp and deletionGracePeriodSeconds as printed: the former lies a grace period after the request. */
  deletion: { timestamp: Interval; grace: number | null } | null;
  terminations: Termination[];
  /** phase Succeeded or Failed: its containers are gone for good, deleted or not. */
  terminal: boolean;
  /** A finalizer keeps the object after its last delete. */
  held: boolean;
  /** Reason of the DisruptionTarget condition: who wanted the pod gone. */
  disruption: string | null;
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
  const grace = asInteger(metadata.deletionGracePeriodSeconds);
  const terminations = readTerminations(status, containers);
  return {
    uid: asText(metadata.uid),
    namespace: asText(metadata.namespace),
    name,
    resourceVersion: asText(metadata.resourceVersion),
    addresses: readAddresses(spec, status, containers),
    node: asText(spec.nodeName),
    owner_kind: asText(owner?.kind),
    owner_name: asText(owner?.name),
    termination_grace_period_seconds: asInteger(spec.terminationGracePeriodSeconds),
    pre_stop_seconds: longestPreStop(containers),
    created: stamp(metadata.creationTimestamp),
    ready: stamp(ready?.lastTransitionTime),
    deletion: deletion && { timestamp: deletion, grace },
    terminations,
    terminal: status.phase === 'Succeeded' || status.phase === 'Failed',
    held: asArray(metadata.finalizers).length > 0,
    disruption: asText(disruption?.reason),
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

/** Containers that run as long as the pod does: the regular ones, and the init containers that are sidecars. */
function servingContainers(spec: Record<string, unknown>): Record<string, unknown>[] {
  const sidecars = asObjects(spec.initContainers).filter((container) => container.restartPolicy === 'Always');
  return [...asObjects(spec.containers), ...sidecars];
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
  const texts = [asText(status.podIP), ...asObjects(status.podIPs).map((entry) => asText(entry.ip))];
  const ips = new Set(texts.flatMap((text) => (text === null ? [] : (parseIp(text) ?? []))));
  if (spec.hostNetwork !== true) return [...ips].map((ip) => ({ ip, port: null }));
  const declared = containers.flatMap((container) => asObjects(container.ports));
  const ports = new Set(declared.flatMap((port) => parsePort(port.containerPort) ?? []));
  return [...ips].flatMap((ip) => [...ports].map((port) => ({ ip, port })));
}

function readTerminations(status: Record<string, unknown>, serving: Record<string, unknown>[]): Termination[] {
  const names = new Set(serving.map((container) => asText(container.name)));
  const sidecars = asObjects(status.initContainerStatuses).filter((container) => names.has(asText(container.name)));
  return [...asObjects(status.containerStatuses), ...sidecars].flatMap((container) =>
    [true, false].flatMap((present): Termination[] => {
      const terminated = asObject(asObject(present ? container.state : container.lastState)?.terminated);
      const moment = stamp(terminated?.finishedAt);
      // A null finishedAt (ContainerStatusUnknown) says nothing of when.
      if (!terminated || !moment) return [];
      return [
        {
          container: asText(container.name) ?? '',
          moment,
          exit_code: asInteger(terminated.exitCode),
          reason: asText(terminated.reason),
          present,
        },
      ];
    }),
  );
}

const SLEEP = /(?:^|[\s;&|(/])sleep\s+(\d{1,6}(?:\.\d{1,6})?)([smhd]?)(?![\w.])/g;
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function longestPreStop(containers: Record<string, unknown>[]): number | null {
  const seconds = containers.flatMap((container) => {
    const preStop = asObject(asObject(container.lifecycle)?.preStop);
    const native = asInteger(asObject(preStop?.sleep)?.seconds);
    const words = asArray(asObject(preStop?.exec)?.command).filter((word) => typeof word === 'string');
    const slept = [...words.join(' ').matchAll(SLEEP)].map(
      ([, count, unit]) => Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 1),
    );
    return native === null ? slept : [native, ...slept];
  });
  return seconds.reduce<number | null>(later, null);
}
