/**
 * Events of Kubernetes, of both API versions (core/v1 and events.k8s.io/v1) and as exporters write them. They name pods
 * and nodes; an address stands only in the message of a probe that failed.
 */
import { parseIp, parsePort } from './address.ts';
import type { Capture, Occurrence } from './capture.ts';
import { type Moment, type NodeFact, type PodEvent, type PodFact, UNSAID, UNSAID_NODE } from './fact.ts';
import { asObject, asObjects, asText } from './json-value.ts';
import { type Interval, parseTime } from './moment.ts';
import { nodeEvent, removedNode } from './node/node-event.ts';
import { quote } from './rejection.ts';

/** An Event, whatever its version calls the parts. */
interface KubernetesEvent {
  line: number;
  object: Record<string, unknown>;
  kind: string;
  name: string;
  reason: string;
  message: string | null;
  warning: boolean;
  component: string | null;
  container: string | null;
  first: Interval;
  last: Interval;
}

/** Complaints that are not of type Warning. */
const WARNINGS: ReadonlySet<string> = new Set([
  'BackOff',
  'Descheduled',
  'Evicted',
  'Preempted',
  'Preempting',
  'TaintManagerEviction',
  'Unhealthy',
]);

export class EventCapture implements Capture {
  readonly #facts = new Map<string, PodFact | NodeFact>();
  /** Starts of each container, and the kills after which it was to be started again. */
  readonly #starts = new Map<string, Interval[]>();
  readonly #kills: { key: string; fact: PodFact }[] = [];
  #records = 0;

  interrupted(): void {}
  alive(): void {}
  listed(): void {}

  take(value: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const event = readEvent(value, at.line);
    if (typeof event === 'string') return event;
    this.#records++;
    if (event.kind === 'Pod') this.#takePodEvent(event);
    else if (event.kind === 'Node') this.#takeNodeEvent(event);
    else if (event.kind === 'ConfigMap') this.#takeRemoval(event);
    else this.#takeOwnerEvent(event);
    return { key: asText(asObject(value.metadata)?.uid) ?? `${event.name} ${event.reason} ${event.first.earliest}` };
  }

  #takePodEvent(event: KubernetesEvent): void {
    const { reason, message, first } = event;
    const by = { earliest: null, latest: first.latest };
    const both = first.earliest === event.last.earliest ? [first] : [first, event.last];
    if (reason === 'Killing') {
      if (/failed \w+ probe|will be (?:restarted|killed and re-?created)|definition changed/i.test(message ?? '')) {
        for (const moment of both) this.#noteKill(event, moment);
      } else for (const moment of both) this.#say(event, 'stopping', moment);
    } else if (reason === 'Started' || reason === 'Created') {
      for (const moment of both) this.#say(event, 'seen', moment);
      if (reason === 'Started') this.#noteStarts(event, both);
    } else if (reason === 'Scheduled') {
      const node = / to (\S+)$/.exec(message ?? '')?.[1] ?? null;
      this.#say(event, 'created', by, { node });
    } else {
      // The scheduler says so after it has deleted the pod.
      if (reason === 'Preempted') this.#say(event, 'deleted', by);
      const more = reason === 'Unhealthy' ? probedAddress(message) : {};
      if (event.warning || WARNINGS.has(reason)) for (const moment of both) this.#say(event, 'warned', moment, more);
    }
  }

  #takeNodeEvent(event: KubernetesEvent): void {
    const { first, last } = event;
    const say = (what: NodeFact['event'], { earliest, latest }: Moment, reason: string) => {
      const { line, name: node, message: detail } = event;
      const fact: NodeFact = {
        ...UNSAID_NODE,
        kind: 'node',
        line,
        event: what,
        earliest,
        latest,
        node,
        reason,
        // A sighting with words of its own is one of a node that may be going (queries/view/known/09-instance_fact.sql).
        detail: what === 'seen' ? null : detail,
      };
      this.#add(`node ${what} ${node} ${earliest} ${latest}`, fact);
    };
    const said = nodeEvent(event.reason, event.message);
    if (said === null) return;
    const { event: what, bound, reason } = said;
    if (bound === 'by') say(what, { earliest: null, latest: first.latest }, reason);
    else if (bound === 'since') say(what, { earliest: first.earliest, latest: null }, reason);
    else for (const moment of first.earliest === last.earliest ? [first] : [first, last]) say(what, moment, reason);
  }

  /** The cluster autoscaler keeps a ConfigMap, and says there what it removed. */
  #takeRemoval({ line, reason, message, last: { latest } }: KubernetesEvent): void {
    const node = removedNode(reason, message);
    if (node === null) return;
    const said = {
      event: 'deregistering',
      earliest: null,
      latest,
      node,
      reason: 'scale-down',
      detail: message,
    } as const;
    this.#add(`node removed ${node} ${latest}`, { ...UNSAID_NODE, kind: 'node', line, ...said });
  }

  /** Events that controllers write about themselves name the pod in words, after the call has ended. */
  #takeOwnerEvent(event: KubernetesEvent): void {
    const what =
      event.reason === 'SuccessfulCreate' ? 'created' : event.reason === 'SuccessfulDelete' ? 'deleted' : null;
    const name = /(?:Created pod: |Deleted pod: |create Pod |delete Pod )([a-z0-9][a-z0-9.-]*)/.exec(
      event.message ?? '',
    );
    if (what === null || !name) return;
    // Of several that were rolled into one Event the words are those of the last.
    const owner = { name: name[1]!, uid: null, owner_kind: event.kind, owner_name: event.name, container: null };
    this.#say(event, what, { earliest: null, latest: event.last.latest }, { ...owner, actor: event.component });
  }

  #noteKill(event: KubernetesEvent, moment: Interval): void {
    this.#say(event, 'warned', moment);
    const fact = podFact(event, 'restarted', { earliest: moment.earliest, latest: null });
    this.#kills.push({ key: containerKey(fact), fact });
  }

  #noteStarts(event: KubernetesEvent, moments: Interval[]): void {
    const key = containerKey(podFact(event, 'seen', event.first));
    this.#starts.set(key, [...(this.#starts.get(key) ?? []), ...moments]);
  }

  #say(event: KubernetesEvent, what: PodEvent, moment: Moment, more: Partial<PodFact> = {}): void {
    const fact = { ...podFact(event, what, moment), ...more };
    const { earliest, latest, container, reason } = fact;
    this.#add(`${fact.uid} ${fact.namespace}/${fact.name} ${what} ${earliest} ${latest} ${container} ${reason}`, fact);
  }

  /** A watch and an exporter tell of the same Event again and again. */
  #add(key: string, fact: PodFact | NodeFact): void {
    if (!this.#facts.has(key)) this.#facts.set(key, fact);
  }

  finish(): { records: number; facts: (PodFact | NodeFact)[]; notes: string[] } {
    // The container ended after the kubelet said that it would kill it, and before it was started again.
    for (const { key, fact } of this.#kills) {
      const starts = (this.#starts.get(key) ?? []).filter((start) => start.latest > fact.earliest!);
      const latest = starts.reduce<number | null>(
        (least, start) => Math.min(least ?? start.latest, start.latest),
        null,
      );
      this.#add(`restarted ${key} ${fact.earliest}`, { ...fact, latest });
    }
    return { records: this.#records, facts: [...this.#facts.values()], notes: [] };
  }
}

/** The kubelet asks the pod's own address, unless the probe names another host; a loopback address identifies no pod. */
const PROBED = /probe failed: (?:Get "?https?:\/\/|dial tcp )\[?([0-9a-f.:]+?)\]?:(\d+)(?:[/:?"]|$)/;

/** Returns whom a failed probe asked. On the host network the port is all that distinguishes a pod from its neighbours. */
function probedAddress(message: string | null): { ip?: string; port?: number } {
  const [, host, digits] = PROBED.exec(message ?? '') ?? [];
  const [ip, port] = [parseIp(host ?? ''), parsePort(Number(digits))];
  return ip === null || port === null || /^(?:127\.|0\.0\.0\.0$|::1?$)/.test(ip) ? {} : { ip, port };
}

const containerKey = (fact: PodFact): string => `${fact.uid} ${fact.namespace}/${fact.name} ${fact.container}`;

function podFact(event: KubernetesEvent, what: PodEvent, { earliest, latest }: Moment): PodFact {
  const { line, object, name, reason, message: detail, container } = event;
  const owner = asObjects(object.ownerReferences).find((reference) => reference.controller === true);
  return {
    ...UNSAID,
    kind: 'pod',
    line,
    event: what,
    earliest,
    latest,
    uid: asText(object.uid),
    namespace: asText(object.namespace),
    name,
    owner_kind: asText(owner?.kind),
    owner_name: asText(owner?.name),
    container,
    reason,
    detail,
  };
}

function readEvent(value: Record<string, unknown>, line: number): KubernetesEvent | string {
  if (asText(value.apiVersion)?.startsWith('audit.k8s.io/'))
    return 'audit_event: load audit logs as a file of their own';
  const object = asObject(value.involvedObject) ?? asObject(value.regarding);
  const name = asText(object?.name);
  const reason = asText(value.reason);
  if (!object || name === null) return 'missing_name: involvedObject.name';
  if (reason === null) return 'missing_reason';
  const times = readTimes(value);
  if (typeof times === 'string') return times;
  const message = asText(value.message) ?? asText(value.note);
  const source = asObject(value.source) ?? asObject(value.deprecatedSource);
  return {
    line,
    object,
    kind: asText(object.kind) ?? 'Pod',
    name,
    reason,
    message,
    warning: value.type === 'Warning',
    component: asText(value.reportingComponent) ?? asText(value.reportingController) ?? asText(source?.component),
    container: readContainer(asText(object.fieldPath), message),
    ...times,
  };
}

function readContainer(fieldPath: string | null, message: string | null): string | null {
  const named =
    /^spec\.\w*ontainers\{(.+)\}$/.exec(fieldPath ?? '') ?? /\b[Cc]ontainer ([a-z0-9][a-z0-9-]*)/.exec(message ?? '');
  return named?.[1] ?? null;
}

/**
 * First and last time of an Event that may have been repeated: eventTime and series of the new kind, else the old pair.
 * An exporter may print a time that is not set as that of the year 1.
 */
function readTimes(value: Record<string, unknown>): { first: Interval; last: Interval } | string {
  const said = [
    value.eventTime,
    value.firstTimestamp ?? value.deprecatedFirstTimestamp,
    value.lastTimestamp ?? value.deprecatedLastTimestamp,
    asObject(value.series)?.lastObservedTime,
    asObject(value.metadata)?.creationTimestamp,
  ].map((time) => (typeof time === 'string' && time !== '' && !time.startsWith('0001-') ? time : null));
  const times = said.map((time) => (time === null ? null : parseTime(time, 0)));
  const bad = said.findIndex((time, index) => time !== null && times[index] === null);
  // The API prints all in UTC; a store that leaves out the zone may print those of its user.
  const local = said.find((time) => time !== null && !/(?:[Zz]|[+-]\d\d:?\d\d)$/.test(time.trim()));
  if (bad === -1 && local !== undefined) return `bad_time: ${quote(local)} has no zone`;
  if (bad !== -1) return `bad_time: ${quote(said[bad])}`;
  const [eventTime, first, last, observed, created] = times;
  const from = eventTime ?? first ?? last ?? created;
  if (!from) return 'no_time: neither eventTime nor firstTimestamp';
  const until = observed ?? last ?? from;
  return { first: from, last: until.earliest < from.earliest ? from : until };
}
