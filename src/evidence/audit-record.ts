/** Audit records of the Kubernetes API server, out of whatever they were exported in. */
import { asArray, asObject, asText } from './json-value.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote } from './rejection.ts';
import { parsed } from './unwrap/bracket.ts';
import type { Unwrapped } from './unwrap/entry.ts';

/** One call, as far as evidence needs it. */
export interface AuditRecord {
  line: number;
  auditID: string | null;
  stage: string | null;
  verb: string;
  resource: string;
  subresource: string | null;
  namespace: string | null;
  name: string | null;
  /** User of the request, with the impersonating user if there is one. */
  actor: string | null;
  /** Name of the node, if its kubelet asked. */
  node: string | null;
  /** HTTP status, null where the record holds none. */
  code: number | null;
  dryRun: boolean;
  /** From when the request came to when it was answered. */
  moment: Interval;
  requestObject: Record<string, unknown> | null;
  responseObject: Record<string, unknown> | null;
}

/** Returns the audit record that this entry is, a reason why it cannot be used, or null where it is a line of another log. */
export function readAuditEntry({ line, text, error }: Unwrapped): AuditRecord | string | null {
  const object = error === null ? asObject(parsed(text)) : null;
  if (object && asText(object.auditID) !== null && isAudit(object)) return readRecord(object, line);
  if (error !== null) return error;
  if (text.startsWith('{') && text.includes('"auditID"') && !object) return 'bad_json: the record is cut or damaged';
  // The other logs of a control plane come in the same export.
  return null;
}

const isAudit = (object: Record<string, unknown>): boolean =>
  object.apiVersion === undefined || asText(object.apiVersion)?.startsWith('audit.k8s.io/') === true;

function readRecord(object: Record<string, unknown>, line: number): AuditRecord | string {
  const received = stamp(object.requestReceivedTimestamp);
  const answered = stamp(object.stageTimestamp) ?? stamp(object.timestamp) ?? received;
  if (!received || !answered) return `bad_time: requestReceivedTimestamp: ${quote(object.requestReceivedTimestamp)}`;
  const reference = asObject(object.objectRef) ?? {};
  const user = asText(asObject(object.user)?.username);
  const impersonated = asText(asObject(object.impersonatedUser)?.username);
  const requestObject = asObject(object.requestObject);
  const code = asObject(object.responseStatus)?.code;
  const options = asObject(requestObject?.deleteOptions);
  return {
    line,
    auditID: asText(object.auditID),
    stage: asText(object.stage),
    verb: asText(object.verb) ?? '',
    resource: asText(reference.resource) ?? '',
    subresource: asText(reference.subresource),
    namespace: asText(reference.namespace),
    name: asText(reference.name),
    actor: impersonated !== null && user !== null ? `${impersonated} (by ${user})` : user,
    node: /^system:node:(.+)$/.exec(user ?? '')?.[1] ?? null,
    code: typeof code === 'number' ? code : null,
    dryRun:
      /[?&]dryRun=All\b/.test(asText(object.requestURI) ?? '') ||
      [...asArray(requestObject?.dryRun), ...asArray(options?.dryRun)].includes('All'),
    moment: { earliest: received.earliest, latest: Math.max(received.latest, answered.latest) },
    requestObject: slim(requestObject),
    responseObject: slim(asObject(object.responseObject)),
  };
}

/** Members of a pod that say nothing of its life, and are most of its text. */
const HEAVY: ReadonlySet<string> = new Set([
  ...['annotations', 'labels', 'fieldsV1', 'volumes', 'affinity', 'tolerations', 'topologySpreadConstraints'],
  ...[
    'env',
    'envFrom',
    'volumeMounts',
    'resources',
    'livenessProbe',
    'readinessProbe',
    'startupProbe',
    'securityContext',
  ],
]);

/** Takes the heavy members off a body, which is kept until all of the log is read. */
function slim<T>(value: T): T {
  if (Array.isArray(value)) for (const element of value) slim(element);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, held] of Object.entries(value)) {
      if (HEAVY.has(name)) delete (value as Record<string, unknown>)[name];
      else slim(held);
    }
  }
  return value;
}

function stamp(value: unknown): Interval | null {
  return typeof value === 'string' ? parseTime(value, 0) : null;
}
