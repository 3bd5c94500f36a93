/** Audit records of the Kubernetes API server, out of whatever they were exported in. */

import type { Rejection } from './fact.ts';
import { splitJson } from './json-stream.ts';
import { asArray, asObject, asObjects, asText } from './json-value.ts';
import { logLines } from './log-line.ts';
import { type Interval, parseTime } from './moment.ts';
import { printValue, quote, reject } from './rejection.ts';

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
  for (const { line, value, raw, error } of entriesOf(text)) {
    if (error !== null) {
      rejected.push(reject(line, error, raw()));
      continue;
    }
    const object = asObject(value);
    if (!object || asText(object.auditID) === null || !isAudit(object)) {
      // The other logs of a control plane come in the same export.
      others++;
      continue;
    }
    const record = readRecord(object, line);
    if (typeof record === 'string') rejected.push(reject(line, record, raw()));
    else records.push(record);
  }
  return { records, rejected, others };
}

interface Entry {
  line: number;
  value: unknown;
  raw(): string;
  error: string | null;
}

const isAudit = (object: Record<string, unknown>): boolean =>
  object.apiVersion === undefined || asText(object.apiVersion)?.startsWith('audit.k8s.io/') === true;

function* entriesOf(text: string): Generator<Entry> {
  if (!/^\s*[{[]/.test(text.replace(/^\uFEFF/, ''))) {
    // `<time> <record>` is what CloudWatch Logs exports to S3, `aws logs tail` puts a word more between.
    for (const { line, text: own } of logLines(text)) yield parse(line, own);
    return;
  }
  for (const piece of splitJson(text)) {
    const { line, elementLines } = piece;
    if (piece.error !== null) {
      yield { line, value: null, raw: () => piece.text, error: piece.error };
      continue;
    }
    const list = listIn(piece.value);
    for (const [index, element] of (list ?? [piece.value]).entries()) {
      const at = list && elementLines.length === list.length ? elementLines[index]! : line;
      const message = list ? messageOf(element) : (asText(asObject(piece.value)?.message) ?? null);
      yield message === null
        ? { line: at, value: element, raw: () => printValue(element), error: null }
        : parse(at, message);
    }
  }
}

/** The elements of an EventList, of an answer or a batch of CloudWatch Logs, of a query of Logs Insights. */
function listIn(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value;
  const object = asObject(value) ?? {};
  const list = object.items ?? object.events ?? object.logEvents ?? object.results;
  return Array.isArray(list) ? list : null;
}

function messageOf(element: unknown): string | null {
  const fields = asObjects(element);
  const field = fields.find((one) => one.field === '@message');
  return asText(asObject(element)?.message) ?? asText(field?.value);
}

/** Lines that are no JSON are of other logs; one that begins like a record was cut. */
function parse(line: number, text: string): Entry {
  const own = text.trim();
  try {
    return { line, value: JSON.parse(own), raw: () => own, error: null };
  } catch {
    const cut = own.startsWith('{') && own.includes('"auditID"');
    return { line, value: null, raw: () => own, error: cut ? 'bad_json: the record is cut or damaged' : null };
  }
}

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
