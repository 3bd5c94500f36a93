/** Audit records of the Kubernetes API server, out of whatever they were exported in. */

import type { Rejection } from './fact.ts';
import { asArray, asObject, asText } from './json-value.ts';
import { type Interval, parseTime } from './moment.ts';
import { PAYLOAD } from './payload.ts';
import { quote, reject } from './rejection.ts';
import { parsed } from './unwrap/bracket.ts';
import { unwrap } from './unwrap/unwrap.ts';

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
  /** Who asked, with who asked for them where somebody was impersonated. */
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

/** Returns the records of the text in order, what is none as rejections, and how many lines were of other logs. */
export function readAuditRecords(text: string): { records: AuditRecord[]; rejected: Rejection[]; others: number } {
  const records: AuditRecord[] = [];
  const rejected: Rejection[] = [];
  let others = 0;
  for (const { line, text: own, error } of unwrap(text, PAYLOAD)) {
    const object = error === null ? asObject(parsed(own)) : null;
    if (object && asText(object.auditID) !== null && isAudit(object)) {
      const record = readRecord(object, line);
      if (typeof record === 'string') rejected.push(reject(line, record, own));
      else records.push(record);
    } else if (error !== null || (own.startsWith('{') && own.includes('"auditID"') && !object)) {
      rejected.push(reject(line, error ?? 'bad_json: the record is cut or damaged', own));
    } else {
      // The other logs of a control plane come in the same export.
      others++;
    }
  }
  return { records, rejected, others };
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
    requestObject,
    responseObject: asObject(object.responseObject),
  };
}

function stamp(value: unknown): Interval | null {
  return typeof value === 'string' ? parseTime(value, 0) : null;
}
