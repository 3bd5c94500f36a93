/** Puts Events of Kubernetes together again that OpenTelemetry's receiver of Events and Metricbeat took apart. */
import { formatTime } from '../../time/time.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { rowOf, timeOf, unpacked } from './carrier.ts';

/** Returns the Events in an object, as the API has them; null for an object of another shape. */
export function exportedEvents(value: Record<string, unknown>): Record<string, unknown>[] | null {
  const beat = fromMetricbeat(value);
  if (beat !== null) return [beat];
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
  const at = timeOf(record.timeUnixNano);
  const last = at === null ? undefined : formatTime(at.earliest);
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
