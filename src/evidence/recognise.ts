/** Tells what an object is from how it begins: by content, so that a renamed or unpacked file is still what it is. */

import { isControllerLine } from './controller-line.ts';
import type { EvidenceKind } from './fact.ts';
import { outlineJson } from './json-outline.ts';
import { isPodTableHeader } from './kubectl-pods-table.ts';
import { kubernetesKind } from './kubernetes-kind.ts';
import { isManifestYaml } from './manifest.ts';
import { POD_COLUMNS } from './pods-csv.ts';
import { isMark } from './probe-round.ts';
import { quote } from './rejection.ts';

export type LogKind =
  | 'alb_access_log'
  | 'alb_access_json'
  | 'alb_access_w3c'
  | 'alb_connection_log'
  | 'alb_health_check_log'
  | 'nlb_log'
  | 'classic_elb_log';

export type RecognisedKind = LogKind | 'alb_test_file' | 'empty' | EvidenceKind | 'unknown';

export interface Recognised {
  kind: RecognisedKind;
  /** What it looks like, a noun phrase for people: "NLB access log", "JSON of some other shape (keys a, b)". */
  looksLike: string;
}

const TIME = String.raw`"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?"?`;
const ENDPOINT = String.raw`"?[\d.a-fA-F:]{2,45}:\d{1,5}"?`;

/** How a line of each log starts; at most one matches, so their order does not matter. */
const LOGS: readonly (readonly [LogKind, RegExp, string])[] = [
  ['alb_access_log', new RegExp(String.raw`^\s*"?[A-Za-z][\w.-]{0,19}"? ${TIME} "?app/`), 'ALB access log'],
  [
    'alb_connection_log',
    new RegExp(String.raw`^\s*${TIME} "?[\d.a-fA-F:]{2,45}"? "?\d{1,5}"? "?\d{1,5}"? `),
    'ALB connection log',
  ],
  [
    'alb_health_check_log',
    new RegExp(String.raw`^\s*"?[a-z][\w.-]{0,19}"? ${TIME} "?(?:-|-?[\d.]+)"? \S+ \S+ "?(?:PASS|FAIL)\b`),
    'ALB health check log',
  ],
  ['nlb_log', new RegExp(String.raw`^\s*(?:tls|tcp|udp|tcp_udp|quic) \d+\.\d+ ${TIME} `), 'NLB access log'],
  [
    'classic_elb_log',
    new RegExp(String.raw`^\s*${TIME} [A-Za-z0-9-]{1,32} ${ENDPOINT} `),
    'Classic Load Balancer access log',
  ],
];

/** An audit record as it stands, or as a string inside the JSON of an export. */
const AUDIT = /"apiVersion\\?":\s*\\?"audit\.k8s\.io\/v1/;

/** Damage rarely reaches further than this into an object. */
const LINES = 50;

/** Key of an ALB access log, as delivered; only asked when the content leaves it open. */
const ALB_NAME = /_elasticloadbalancing_.*_app\..*\.log(?:\.gz)?$/;

/**
 * Returns the kind of an object. `head` is the first part of its inflated text (64 KiB are plenty), cut anywhere;
 * `name` its base name, which only decides where the content could be either.
 */
export function recognise(head: string, name: string): Recognised {
  const text = head.replace(/^\uFEFF/, '');
  if (text.trim() === '') return { kind: 'empty', looksLike: 'an empty object' };
  if (text.startsWith('Enable AccessLog for ELB: ')) {
    return { kind: 'alb_test_file', looksLike: 'the test file that AWS writes when logging is switched on' };
  }
  const lines = text.split(/\r?\n/, LINES);
  for (const line of lines) {
    const log = LOGS.find(([, start]) => start.test(line.slice(0, 400)));
    if (log) return { kind: log[0], looksLike: log[2] };
  }
  // Before all that looks into lines: what a client sent stands in them.
  const delivered = recogniseDelivered(lines);
  if (delivered) return delivered;
  if (text.split(/\r?\n/).some((line) => isMark(line) && line.includes('starts kube pod'))) {
    return { kind: 'probe_transcript', looksLike: 'transcript of the probe script' };
  }
  if (text.split(/\r?\n/).some(isControllerLine)) {
    return { kind: 'lb_controller_log', looksLike: 'log of the AWS Load Balancer Controller' };
  }
  if (AUDIT.test(text) && text.includes('auditID')) {
    return { kind: 'kubernetes_audit_log', looksLike: 'audit log of Kubernetes' };
  }
  if (lines.some(isPodTableHeader)) return { kind: 'kubectl_pods_table', looksLike: 'table of kubectl get pods' };
  if (/^\s*[{[]/.test(text)) return recogniseJson(text);
  // A warning of kubectl or aws may come before the JSON.
  const opener = text.search(/\n[{[]/);
  const later = opener === -1 ? null : recogniseJson(text.slice(opener));
  if (later && later.kind !== 'unknown') return later;
  if (isManifestYaml(text)) return { kind: 'kubernetes_manifest', looksLike: 'manifests of Kubernetes' };
  const csv = recogniseCsv(lines);
  if (csv && csv.kind !== 'unknown') return csv;
  if (ALB_NAME.test(name) && !/^(?:conn_log|health_check_log)_/.test(name)) {
    if (lines.some((line) => line.includes(' app/') || line.includes('"app/'))) {
      return { kind: 'alb_access_log', looksLike: 'ALB access log, damaged' };
    }
  }
  return csv ?? unknown(describe(text, lines));
}

/** Access logs as CloudWatch delivers them. */
function recogniseDelivered(lines: readonly string[]): Recognised | null {
  if (lines.some((line) => /^#Fields:/i.test(line) && /\belb[_-]status[_-]code\b/.test(line))) {
    return { kind: 'alb_access_w3c', looksLike: 'ALB access log as W3C extended log' };
  }
  const record = lines.find((line) => line.trim() !== '') ?? '';
  const outline = /^\s*\{/.test(record) ? outlineJson(record) : null;
  return outline?.has('elb_status_code') && outline.has('time')
    ? { kind: 'alb_access_json', looksLike: 'ALB access log in JSON' }
    : null;
}

const unknown = (looksLike: string): Recognised => ({ kind: 'unknown', looksLike });

function recogniseJson(text: string): Recognised {
  const outline = outlineJson(text);
  if (outline.has('TargetHealthDescriptions') || outline.has('[].TargetHealth')) {
    return { kind: 'target_health_json', looksLike: 'answer of describe-target-health' };
  }
  if (outline.has('tls_handshake_latency') || (outline.has('target_group_id') && outline.has('reason_code'))) {
    return unknown('ALB connection or health check log in JSON: have it delivered to a bucket as text');
  }
  if (isAwsSettings(outline))
    return { kind: 'aws_settings_json', looksLike: 'settings of target groups or load balancers' };
  if (outline.has('probe.traceId')) {
    return { kind: 'probe_result_json', looksLike: 'results of draintrace probe' };
  }
  if (isCloudTrail(outline)) return { kind: 'cloudtrail_json', looksLike: 'CloudTrail records' };
  if (outline.has('data.resultType') || (outline.has('resultType') && outline.has('result'))) {
    return { kind: 'prometheus_json', looksLike: 'answer of the Prometheus HTTP API' };
  }
  const kubernetes = kubernetesKind(outline);
  if (kubernetes?.kind) return kubernetes;
  if (kubernetes) return unknown(`Kubernetes JSON of kind ${quote(kubernetes.name)}, not pods`);
  const keys = [...outline.keys()].filter((path) => !/[.[]/.test(path)).slice(0, 5);
  return unknown(
    `JSON of some other shape (${keys.length === 0 ? 'no keys' : `keys ${keys.map(printable).join(', ')}`})`,
  );
}

/** S3 says its own events in the same shape: its eventSource is `aws:s3`. */
function isCloudTrail(outline: Map<string, string | null>): boolean {
  if (outline.has('Events[].CloudTrailEvent')) return true;
  if ((outline.get('events[].message') ?? '').includes('\\"eventSource\\"')) return true;
  return ['Records[].', '', '[].', 'detail.'].some(
    (path) => outline.has(`${path}eventName`) && outline.get(`${path}eventSource`)?.endsWith('.amazonaws.com'),
  );
}

function isAwsSettings(outline: Map<string, string | null>): boolean {
  if (outline.has('TargetGroups[].TargetGroupArn') || outline.has('LoadBalancers[].LoadBalancerArn')) return true;
  const key = outline.get('Attributes[].Key') ?? '';
  return outline.has('Attributes[].Value') && /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/.test(key);
}

function recogniseCsv(lines: string[]): Recognised | null {
  const header = lines.find((line) => line.trim() !== '') ?? '';
  const names = header.split(',').map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
  const known = names.filter((name) => (POD_COLUMNS as readonly string[]).includes(name));
  if (names.includes('pod') && known.length >= 2) return { kind: 'pods_csv', looksLike: 'CSV of pods' };
  if (names.length < 3 || !names.every((name) => /^[\w .-]{1,40}$/.test(name))) return null;
  return unknown(`CSV with other columns (${names.slice(0, 5).map(printable).join(', ')})`);
}

/** How packed bytes begin once they were read as UTF-8: what is none has become U+FFFD. */
const PACKED: readonly (readonly [magic: string, name: string])[] = [
  ['\x1f\uFFFD\b', 'gzip in gzip: unpack it once'],
  ['(\uFFFD/\uFFFD', 'zstd: unpack it'],
  ['BZh', 'bzip2: unpack it'],
  ['\uFFFD7zXZ', 'xz: unpack it'],
  ['7z\uFFFD\uFFFD', '7-Zip: unpack it'],
  ['\uFFFD\uFFFD', 'UTF-16, or bytes that are no text: save it as UTF-8'],
];

/** Names from the input as they may be shown on a terminal. */
const printable = (text: string): string => text.replace(/[^\x20-\x7E]/g, '?').slice(0, 40);

function describe(text: string, lines: string[]): string {
  const start = text.slice(0, 1000);
  if (start.startsWith('PAR1')) return 'Parquet';
  const packed = PACKED.find(([magic]) => start.startsWith(magic));
  if (packed) return packed[1];
  if (start.startsWith('PK\x03\x04')) return 'a zip archive';
  if (/[\x00-\x08\x0E-\x1F]/.test(start) || start.split('\uFFFD').length > 20) return 'binary data';
  if (/^\s*<(?:!doctype|html|\?xml|[A-Za-z])/i.test(start)) return 'HTML or XML';
  if (/^\s*NAME(?:SPACE)?\s.*\bSTATUS\b/.test(start)) return 'a kubectl table, not of pods';
  const first = lines.find((line) => line.trim() !== '') ?? '';
  return `text that begins ${quote(printable(first.trim()))}`;
}
