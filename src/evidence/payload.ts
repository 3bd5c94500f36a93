/**
 * Defines where unwrapping stops: at records and documents that a reader takes, known by the outline of their JSON, and at lines of
 * text that begin like one. A new kind is a line here; the unwrapper knows none of them.
 */
import { logOfFields } from '../alb/delivered.ts';
import { isControllerOutline } from './controller-line.ts';
import { isEcsDescriptionOutline, isEcsEventOutline } from './ecs/outline.ts';
import { isFlatTargets } from './flat-target.ts';
import { isInstanceAnswerOutline } from './instance/instance-answer.ts';
import { isInstanceEventOutline } from './instance/outline.ts';
import { type Outline, outlineOf } from './json-outline.ts';
import { kubernetesKind } from './kubernetes-kind.ts';
import { logStart } from './log-start.ts';
import { isHandlerOutline } from './node/handler-line.ts';
import { isKarpenterOutline } from './node/karpenter-line.ts';
import { textLogStart } from './text-log.ts';
import type { Payload } from './unwrap/entry.ts';

/** A record of the audit log; some exporters leave out its version. */
const isAuditOutline = (outline: Outline): boolean =>
  outline.has('auditID') &&
  (outline.get('apiVersion')?.startsWith('audit.k8s.io/') === true || (outline.has('stage') && outline.has('verb')));

/**
 * A record of a trail, also as Security Lake keeps it (OCSF), and of its Insights. S3 says its own events in the same shape: its
 * eventSource is `aws:s3`.
 */
export const isCloudTrailOutline = (outline: Outline, at = ''): boolean =>
  outline.get(`${at}eventType`) === 'AwsCloudTrailInsight' ||
  isSecurityLakeOutline(outline, at) ||
  (outline.has(`${at}eventName`) && isService(outline.get(`${at}eventSource`))) ||
  (outline.has(`${at}eventname`) && isService(outline.get(`${at}eventsource`)));

const isService = (source: string | null | undefined): boolean => source?.endsWith('.amazonaws.com') === true;

const isSecurityLakeOutline = (outline: Outline, at = ''): boolean =>
  outline.get(`${at}metadata.product.name`) === 'CloudTrail' && isService(outline.get(`${at}api.service.name`));

/** A record of a load balancer's log that CloudWatch delivers as JSON. */
const isDeliveredOutline = (outline: Outline): boolean => logOfFields((name) => outline.has(name))?.hasTime === true;

export const isTargetHealthOutline = (outline: Outline): boolean =>
  outline.has('TargetHealthDescriptions') || outline.has('[].TargetHealth');

/** Loki answers in the same shape, with streams. */
export const isPrometheusOutline = (outline: Outline): boolean =>
  (outline.has('metric.__name__') && outline.has('timestamps')) ||
  ['data.', ''].some((at) => {
    const type = outline.get(`${at}resultType`);
    return type !== undefined && type !== 'streams' && (at !== '' || outline.has('result'));
  });

export function isSettingsOutline(outline: Outline): boolean {
  if (outline.has('TargetGroups[].TargetGroupArn') || outline.has('LoadBalancers[].LoadBalancerArn')) return true;
  const key = outline.get('Attributes[].Key') ?? '';
  return outline.has('Attributes[].Value') && /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/.test(key);
}

export const isProbeOutline = (outline: Outline): boolean => outline.has('probe.traceId');

/** Things that come one by one, in lines or as elements of whatever array. */
const RECORDS: readonly ((outline: Outline) => boolean)[] = [
  isAuditOutline,
  isControllerOutline,
  isCloudTrailOutline,
  isDeliveredOutline,
  isProbeOutline,
  isInstanceEventOutline,
  isKarpenterOutline,
  isHandlerOutline,
  isEcsEventOutline,
];

/** Answers and listings, which are one thing with all that is in them; also as a bare array. */
const DOCUMENTS: readonly ((outline: Outline) => boolean)[] = [
  isTargetHealthOutline,
  isPrometheusOutline,
  isSettingsOutline,
  isInstanceAnswerOutline,
  isEcsDescriptionOutline,
  // A record, which more levels tell.
  (outline) => isSecurityLakeOutline(outline),
  (outline) => !outline.has('items[].auditID') && !outline.has('[].auditID') && isKubernetes(outline),
];

/** Objects of other kinds too: what they hold is theirs, and nothing that was logged. */
function isKubernetes(outline: Outline): boolean {
  // Its records are Events by their kind.
  for (const [path, value] of outline)
    if (path.endsWith('apiVersion') && value?.startsWith('audit.k8s.io/')) return false;
  const found = kubernetesKind(outline);
  return found !== null && (found.kind !== null || (outline.has('apiVersion') && outline.has('metadata')));
}

/** All that is read, for the unwrapper. */
export const PAYLOAD: Payload = {
  isValue(value) {
    // Most of what comes is a record, and two levels tell it.
    const top = Array.isArray(value) ? null : outlineOf(value, 2);
    if (top && RECORDS.some((is) => is(top))) return true;
    if (isFlatTargets(value)) return true;
    const outline = outlineOf(value);
    return DOCUMENTS.some((is) => is(outline));
  },
  startIn(line) {
    const log = logStart(line);
    return log === -1 ? textLogStart(line) : log;
  },
};
