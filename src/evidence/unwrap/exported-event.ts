/** Puts Events of Kubernetes together again that OpenTelemetry's receiver of Events, Metricbeat and Grafana's Alloy took apart. */
import { formatTime } from '../../time/time.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { rowOf, timeOf, unpacked } from './carrier.ts';

/** Returns the Events in an object, as the API has them; null for an object of another shape. */
export function exportedEvents(value: Record<string, unknown>): Record<string, unknown>[] | null {
  const beat = fromMetricbeat(value);
  if (beat !== null) return [beat];
  const kept = fromLoki(value);
  if (kept !== null) return kept;
  const groups = asObjects(value.resourceLogs);
  const records = groups.flatMap((group) => {
    const about = attributesOf(asObject(group.resource)?.attributes);
    const scopes = asObjects(group.scopeLogs).flatMap((scope) => asObjects(scope.logRecords));
    return scopes.map((record) => fromReceiver(about, record));
  });
  return records.length > 0 && records.every((record) => record !== null) ? records : null;
}

function attributesOf(attributes: unknown): Record<string, unknown> {
  const row = Array.isArray(attributes) ? rowOf(attributes) : null;
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, held]) => [name, unpacked(held)]));
}

function fromReceiver(about: Record<string, unknown>, record: Record<string, unknown>): Record<string, unknown> | null {
  const said = attributesOf(record.attributes);
  const name = asText(about['k8s.object.name']);
  if (name === null || asText(said['k8s.event.reason']) === null) return null;
  const namespace = asText(said['k8s.namespace.name']);
  // Go prints the zone twice.
  const start = asText(said['k8s.event.start_time'])?.replace(/ [A-Z]{3,5}$/, '');
  const last = printedTime(record.timeUnixNano);
  return {
    kind: 'Event',
    metadata: { name: said['k8s.event.name'], uid: said['k8s.event.uid'], namespace },
    involvedObject: {
      kind: about['k8s.object.kind'],
      name,
      namespace,
      uid: about['k8s.object.uid'],
      fieldPath: about['k8s.object.fieldpath'],
    },
    reason: said['k8s.event.reason'],
    message: unpacked(record.body),
    type: record.severityText,
    firstTimestamp: start ?? last,
    lastTimestamp: last,
    source: { host: about['k8s.node.name'] },
  };
}

function fromMetricbeat(value: Record<string, unknown>): Record<string, unknown> | null {
  const event = asObject(asObject(value.kubernetes)?.event);
  const involved = asObject(event?.involved_object);
  if (!event || !involved) return null;
  const metadata = asObject(event.metadata);
  const times = asObject(event.timestamp);
  return {
    kind: 'Event',
    metadata: { name: metadata?.name, uid: metadata?.uid, namespace: metadata?.namespace },
    involvedObject: {
      kind: involved.kind,
      name: involved.name,
      uid: involved.uid,
      namespace: involved.namespace ?? metadata?.namespace,
    },
    reason: event.reason,
    message: event.message,
    type: event.type,
    firstTimestamp: times?.first_occurrence ?? asObject(metadata?.timestamp)?.created,
    lastTimestamp: times?.last_occurrence,
    source: event.source,
  };
}

/** The time of an Event; the API keeps most to the second, which a store fills up with zeros. */
function printedTime(said: unknown): string | undefined {
  const at = timeOf(said);
  return at === null ? undefined : formatTime(at.earliest).replace(/\.0+Z$/, 'Z');
}

/** Lines of `loki.source.kubernetes_events` in a stream of Loki's answer, or one line as Grafana and logcli export it. */
function fromLoki(value: Record<string, unknown>): Record<string, unknown>[] | null {
  const labels = asObject(value.stream) ?? asObject(value.labels);
  if (labels === null) return null;
  const lines: unknown[] = Array.isArray(value.values) ? value.values : [[value.timestamp, value.line]];
  const events = lines.map((pair) => {
    const [time, line] = Array.isArray(pair) ? pair : [];
    return typeof line === 'string' ? fromAlloy(line, printedTime(time) ?? asText(time), labels) : null;
  });
  return events.length > 0 && events.every((event) => event !== null) ? events : null;
}

function fromAlloy(line: string, time: string | null, labels: Record<string, unknown>): Record<string, unknown> | null {
  if (!line.includes('eventRV') || time === null) return null;
  const said = line.startsWith('{') ? objectOf(line) : logfmtOf(line);
  const name = asText(said?.name);
  if (!said || name === null || asText(said.reason) === null) return null;
  const namespace = asText(labels.namespace);
  return {
    kind: 'Event',
    metadata: { namespace },
    involvedObject: { kind: said.kind, name, namespace },
    reason: said.reason,
    message: said.msg,
    type: said.type,
    lastTimestamp: time,
    source: { component: said.sourcecomponent, host: said.sourcehost },
  };
}

/** Characters in which a line of Alloy has its members, without the message. */
const MAX_ALLOY = 4096;

/** Returns the Event in a line of Alloy that stands outside of Loki's JSON, behind its labels or not; null for any other line. */
export function alloyEvent(line: string, at: Interval | null): Record<string, unknown> | null {
  // Each place that looks like the beginning is looked at up to the end.
  const start = line.slice(0, MAX_ALLOY).search(/(?<=^|[\s"])name=\S+ kind=\S+ .*\beventRV=/);
  if (start === -1) return null;
  const namespace = /\bnamespace="([^"]*)"/.exec(line.slice(0, start))?.[1];
  const event = fromAlloy(line.slice(start), 'unknown', { namespace });
  const time = at === null ? undefined : formatTime(at.earliest).replace(/\.0+Z$/, 'Z');
  return event && { ...event, lastTimestamp: time };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return null;
  }
}

/** The members of a line of logfmt. */
function logfmtOf(line: string): Record<string, unknown> {
  const members: Record<string, unknown> = Object.create(null);
  for (const [, name, quoted, plain] of line.matchAll(/([\w.]+)=(?:("(?:[^"\\]|\\.)*")|(\S*))/g)) {
    members[name!] = quoted === undefined ? plain : (asText(objectOf(`{"a":${quoted}}`)?.a) ?? quoted.slice(1, -1));
  }
  return members;
}
