/**
 * Tells what an object is from how it begins: by content, so that a renamed or unpacked file is still what it is. Long because
 * each form is a step here, and their order matters.
 */
import {
  type AlbLog,
  type DeliveredForm,
  type DeliveredKind,
  deliveredKind,
  logOfFields,
  logOfNames,
  w3cFields,
} from '../alb/delivered.ts';
import { isControllerOutline } from './controller-line.ts';
import { isEcsDescriptionOutline, isEcsEventOutline } from './ecs/outline.ts';
import type { EvidenceKind } from './fact.ts';
import { isFlatJson, isTargetText } from './flat-target.ts';
import { isInstanceAnswerOutline } from './instance/instance-answer.ts';
import { isInstanceEventOutline } from './instance/outline.ts';
import { type Outline, outlineJson } from './json-outline.ts';
import { isDescribedPod } from './kubectl-describe.ts';
import { isPodRow } from './kubectl-pods-table.ts';
import { kubernetesKind } from './kubernetes-kind.ts';
import { hasWrapperLine, isTar, type LineLogKind, lineLog } from './log-start.ts';
import { isHandlerOutline } from './node/handler-line.ts';
import { isKarpenterOutline } from './node/karpenter-line.ts';
import { otherColumns, otherExport } from './other-export.ts';
import { otherJson, otherLog } from './other-log.ts';
import {
  isCloudTrailOutline,
  isProbeOutline,
  isPrometheusOutline,
  isSettingsOutline,
  isTargetHealthOutline,
  PAYLOAD,
} from './payload.ts';
import { POD_COLUMNS } from './pods-csv.ts';
import { isMark } from './probe-round.ts';
import { fromPython, mayBePython } from './python-text.ts';
import { quote } from './rejection.ts';
import { TEXT_LOGS, textLog } from './text-log.ts';
import { POWERSHELL_CUT, unreadForm } from './unread-form.ts';
import { CsvLines } from './unwrap/csv.ts';
import { unwrap } from './unwrap/unwrap.ts';
import { yamlOutlines } from './yaml-stream.ts';

export type LogKind = LineLogKind | DeliveredKind;

export type RecognisedKind = LogKind | 'alb_test_file' | 'empty' | EvidenceKind | 'unread_evidence' | 'unknown';

export interface Recognised {
  /** `unread_evidence` is evidence in a form that is not read, `looksLike` then says which form is. */
  kind: RecognisedKind;
  /** Its look in a noun phrase for people: "NLB access log", "JSON of some other shape (keys a, b)". */
  looksLike: string;
  /** Its records stand in something else: JSON of a shipper, behind a prefix, in a quotation. */
  isWrapped: boolean;
  /** Python printed it. */
  isPython?: true;
}

/** A kind without how it stands there. */
type Named = Omit<Recognised, 'isWrapped' | 'isPython'>;

/** An audit record as it stands, or as a string inside the JSON of an export. */
const AUDIT = /"apiVersion\\?":\s*\\?"audit\.k8s\.io\/v1/;

/** Damage rarely reaches further than this into an object. */
const LINES = 50;

/** Lines in which a described pod with many labels is recognised. */
const DESCRIBED = 250;

/** Key of an ALB access log, as delivered; only asked when the content leaves it open. */
const ALB_NAME = /_elasticloadbalancing_.*_app\..*\.log(?:\.gz)?$/;

/**
 * Returns the kind of an object. `head` is the first part of its inflated text (64 KiB are plenty), cut anywhere;
 * `name` its base name, which only decides where the content could be either.
 */
export function recognise(head: string, name: string): Recognised {
  const text = head.replace(/^\uFEFF/, '');
  // Its files stand in it as they are, but for a header before each first line.
  if (isTar(text)) {
    return { ...unknown('a tar archive: unpack it with tar -xf, and load the folder'), isWrapped: false };
  }
  if (text.startsWith('PK\x03\x04')) return { ...unknown('a zip archive'), isWrapped: false };
  const plain = recognisePlain(text, name);
  if (plain.kind !== 'unknown') return { ...plain, isWrapped: hasWrapperLine(text) };
  // JSON never begins so, and what its strings hold is escaped once more.
  const first = PYTHON.test(text) ? recognisePython(text, name) : null;
  if (first) return first;
  const entries = unwrap(text, PAYLOAD, true);
  const payloads = entries.filter(({ isPayload }) => isPayload);
  for (const one of [payloads, entries]) {
    const inner = recognisePlain(one.map((entry) => entry.text).join('\n'), name);
    if (inner.kind !== 'unknown' && inner.kind !== 'empty') return { ...inner, isWrapped: true };
  }
  return recognisePython(text, name) ?? { ...plain, isWrapped: false };
}

/** How a text begins that Python printed. */
const PYTHON = /^\s*[{[(][\s{[(]{0,20}u?'[^'\n]{1,80}'\s*:/;

function recognisePython(text: string, name: string): Recognised | null {
  const python = mayBePython(text) ? fromPython(text, 0) : null;
  const printed = python && recognise(python.text, name);
  return printed && printed.kind !== 'unknown' ? { ...printed, isWrapped: true, isPython: true } : null;
}

/** As `recognise`, of what is in no wrapper. */
function recognisePlain(text: string, name: string): Named {
  if (text.trim() === '') return { kind: 'empty', looksLike: 'an empty object' };
  if (text.startsWith('Enable AccessLog for ELB: ')) {
    return { kind: 'alb_test_file', looksLike: 'the test file that AWS writes when logging is switched on' };
  }
  const lines = text.split(/\r?\n/, LINES);
  for (const line of lines) {
    const log = lineLog(line);
    if (log) return { kind: log.kind, looksLike: log.looksLike };
  }
  // Before all that looks into lines: what a client sent stands in them.
  const delivered = recogniseDelivered(lines);
  if (delivered) return delivered;
  if (text.split(/\r?\n/).some((line) => isMark(line) && line.includes('starts kube pod'))) {
    return { kind: 'probe_transcript', looksLike: 'transcript of the probe script' };
  }
  if (lines.some(isPodRow)) return { kind: 'kubectl_pods_table', looksLike: 'table of kubectl get pods' };
  if (isTargetText(lines)) return TARGET_HEALTH;
  const more = /^Name: +\S/m.test(text) ? text.split(/\r?\n/, DESCRIBED) : [];
  if (more.some((_, at) => isDescribedPod(more, at))) {
    return { kind: 'kubectl_pods_table', looksLike: 'pod as kubectl describe prints it' };
  }
  const unread = unreadForm(lines);
  if (unread !== null) return { kind: 'unread_evidence', looksLike: unread };
  // `[pod/name/container] ` is a prefix.
  if (/^\s*(?:\{|\[(?!\w[^\]"{]*\]))/.test(text)) return recogniseJson(text);
  const log = textLog(text);
  if (log) return log;
  // A warning of kubectl or aws may come before the JSON.
  const opener = text.search(/\n(?:\{|\[(?!\w[^\]"{]*\]))/);
  const later = opener === -1 ? null : recogniseJson(text.slice(opener));
  if (later && later.kind !== 'unknown') return later;
  const yaml = recogniseYaml(text);
  if (yaml && yaml.kind !== 'unknown') return yaml;
  const csv = recogniseCsv(lines);
  if (csv && csv.kind !== 'unknown') return csv;
  if (ALB_NAME.test(name) && !/^(?:conn_log|health_check_log)_/.test(name)) {
    if (lines.some((line) => line.includes(' app/') || line.includes('"app/'))) {
      return { kind: 'alb_access_log', looksLike: 'ALB access log, damaged' };
    }
  }
  const isChosen = lines.some((line) => CHOSEN_FIELDS.test(line) && CLOCK.test(line));
  const other = isChosen ? SOME_FIELDS : otherLog(lines);
  return (other === null ? (yaml ?? csv) : null) ?? unknown(other ?? describe(text, lines));
}

const TARGET_HEALTH: Named = { kind: 'target_health_json', looksLike: 'answer of describe-target-health' };

const AUDIT_LOG: Named = { kind: 'kubernetes_audit_log', looksLike: 'audit log of Kubernetes' };

const LOG_NOUN: Readonly<Record<AlbLog, string>> = {
  alb_access_log: 'ALB access log',
  alb_connection_log: 'ALB connection log',
  alb_health_check_log: 'ALB health check log',
};

/** Logs as CloudWatch delivers them. */
function recogniseDelivered(lines: readonly string[]): Named | null {
  // A table with a header is one of records, whatever its first record looks like.
  const isTable = CsvLines.below(lines[0] ?? '') !== null;
  for (const line of isTable ? [] : lines) {
    const names = w3cFields(line);
    const log = names && logOfNames(names);
    if (log) return delivered(log, 'w3c');
    const plain = recognisePlainDelivery(line);
    if (plain) return plain;
  }
  const record = lines.find((line) => line.trim() !== '') ?? '';
  const outline = /^\s*\{/.test(record) ? outlineJson(record) : null;
  const log = outline && logOfFields((name) => outline.has(name));
  return log?.hasTime ? delivered(log, 'json') : null;
}

const FORM_WORDS: Readonly<Record<DeliveredForm, string>> = {
  json: 'in JSON',
  w3c: 'as W3C extended log',
  plain: 'in plain text with tabs',
};

function delivered({ log, hasTime }: { log: AlbLog; hasTime: boolean }, form: DeliveredForm): Named {
  const noun = `${LOG_NOUN[log]} ${FORM_WORDS[form]}`;
  if (hasTime) return { kind: deliveredKind(log, form), looksLike: noun };
  return unknown(`${noun} without its field time: add time to the record fields of the delivery`);
}

/** Delimiters that a delivery in plain text may have; what a client sent may hold all but the tab. */
const DELIMITERS = ['\t', ',', '|', ';'] as const;

/** A line whose fields are those of the classic line, with another delimiter between them. */
function recognisePlainDelivery(line: string): Named | null {
  const head = line.slice(0, 1000);
  for (const delimiter of DELIMITERS) {
    const log = head.split(delimiter, 8).length === 8 ? lineLog(head.replaceAll(delimiter, ' ')) : null;
    if (log === null || !isAlbLog(log.kind)) continue;
    if (delimiter === '\t') return delivered({ log: log.kind, hasTime: true }, 'plain');
    return unknown(
      `${log.looksLike} in plain text with ${quote(delimiter)} between its fields: have it delivered with a blank or a tab, or as JSON`,
    );
  }
  return null;
}

const isAlbLog = (kind: string): kind is AlbLog => Object.hasOwn(LOG_NOUN, kind);

const SOME_FIELDS =
  'log of a load balancer in plain text that lacks fields of the classic line: have all fields delivered, or JSON';

/** Text with the id of a load balancer and a time in it, in some order that nothing tells. */
const CHOSEN_FIELDS = /(?:^|[\s"])app\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}(?:[\s"]|$)/;
const CLOCK = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/;

const unknown = (looksLike: string): Named => ({ kind: 'unknown', looksLike });

const POWERSHELL_KINDS: ReadonlySet<RecognisedKind> = new Set([
  'target_health_json',
  'ecs_description_json',
  'instances_json',
]);

function recogniseJson(text: string): Named {
  if (AUDIT.test(text) && text.includes('auditID')) return AUDIT_LOG;
  const outline = outlineJson(text);
  const exported = otherExport(outline);
  if (exported !== null) return unknown(exported);
  const known = kindOf(outline, text);
  // With the depth that it has by itself, ConvertTo-Json writes names of types in the place of what is in an object.
  const isCut = [...outline.values()].some((value) => value !== null && /^Amazon\.\w+\.Model\.\w+/.test(value));
  if (isCut && (known === null || POWERSHELL_KINDS.has(known.kind))) {
    return { kind: 'unread_evidence', looksLike: POWERSHELL_CUT };
  }
  if (known) return known;
  const other = otherJson(outline);
  if (other !== null) return unknown(other);
  const keys = [...outline.keys()].filter((path) => !/[.[]/.test(path)).slice(0, 5);
  return unknown(
    `JSON of some other shape (${keys.length === 0 ? 'no keys' : `keys ${keys.map(printable).join(', ')}`})`,
  );
}

/** Recognises by the outline, also kinds that are known and not loaded. */
function kindOf(outline: Outline, text: string): Named | null {
  if (isControllerOutline(outline) || isControllerLines(text)) return TEXT_LOGS.lb_controller_log;
  if (isTargetHealthOutline(outline) || isFlatJson(text)) return TARGET_HEALTH;
  const log = logOfFields((name) => outline.has(name));
  if (log !== null) return delivered(log, 'json');
  if (isSettingsOutline(outline)) {
    return { kind: 'aws_settings_json', looksLike: 'settings of target groups or load balancers' };
  }
  if (['', '[].'].some((at) => isEcsEventOutline(outline, at)))
    return { kind: 'ecs_event_json', looksLike: 'events of ECS' };
  if (isEcsDescriptionOutline(outline)) {
    return { kind: 'ecs_description_json', looksLike: 'answer of an `aws ecs describe-*` command' };
  }
  if (isProbeOutline(outline)) return { kind: 'probe_result_json', looksLike: 'results of draintrace probe' };
  if (isCloudTrail(outline)) return { kind: 'cloudtrail_json', looksLike: 'CloudTrail records' };
  if (['', '[].'].some((at) => isInstanceEventOutline(outline, at)))
    return { kind: 'instance_events_json', looksLike: 'events of EC2 and Auto Scaling' };
  if (isInstanceAnswerOutline(outline)) return { kind: 'instances_json', looksLike: 'instances as aws prints them' };
  if (isKarpenterOutline(outline)) return TEXT_LOGS.karpenter_log;
  if (isHandlerOutline(outline)) return TEXT_LOGS.termination_handler_log;
  if (isPrometheusOutline(outline)) return { kind: 'prometheus_json', looksLike: 'answer of the Prometheus HTTP API' };
  const kubernetes = kubernetesKind(outline);
  if (kubernetes?.kind) return kubernetes;
  return (
    kubernetes &&
    unknown(
      `Kubernetes JSON of kind ${quote(kubernetes.name)}, not pods: use kubectl get pods,nodes,services,endpointslices -A -o json`,
    )
  );
}

/** The first line that is the controller's may come behind many of others, whose first values are in the outline. */
function isControllerLines(text: string): boolean {
  return text.split('\n').some((line) => line.includes('"level"') && isControllerOutline(outlineJson(line)));
}

function isCloudTrail(outline: Outline): boolean {
  if (outline.has('Events[].CloudTrailEvent')) return true;
  return ['Records[].', '', '[].', 'detail.'].some((at) => isCloudTrailOutline(outline, at));
}

function recogniseYaml(text: string): Named | null {
  const found = yamlOutlines(text).map((outline) => kindOf(outline, ''));
  const known = found.filter((one) => one !== null && one.kind !== 'unknown');
  // Settings are read from whatever they stand beside.
  const named =
    known.find((one) => one?.kind === 'kubernetes_manifest') ?? known[0] ?? found.find((one) => one !== null);
  return named ? { ...named, looksLike: named.looksLike.replace(/\bJSON\b/, 'YAML') } : null;
}

function recogniseCsv(lines: string[]): Named | null {
  const header = lines.find((line) => line.trim() !== '') ?? '';
  const names = header.split(',').map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
  const other = otherColumns(names);
  if (other !== null) return unknown(other);
  const known = names.filter((name) => (POD_COLUMNS as readonly string[]).includes(name));
  if (names.includes('pod') && known.length >= 2) return { kind: 'pods_csv', looksLike: 'CSV of pods' };
  if (names.length < 3 || !names.every((name) => /^[\w .-]{1,40}$/.test(name))) return null;
  return unknown(`CSV with other columns (${names.slice(0, 5).map(printable).join(', ')})`);
}

/** How packed bytes begin after they were read as UTF-8: other bytes have become U+FFFD. */
const PACKED: readonly (readonly [magic: string, name: string])[] = [
  ['\x1f\uFFFD\b', 'gzip in gzip: unpack it once'],
  ['(\uFFFD/\uFFFD', 'zstd: unpack it'],
  ['BZh', 'bzip2: unpack it'],
  ['\uFFFD7zXZ', 'xz: unpack it'],
  ['7z\uFFFD\uFFFD', '7-Zip: unpack it'],
  ['\uFFFD\uFFFD', 'UTF-16, or bytes that are not text: save it as UTF-8'],
];

/** Names from the input as they may be shown on a terminal. */
const printable = (text: string): string => text.replace(/[^\x20-\x7E]/g, '?').slice(0, 40);

function describe(text: string, lines: string[]): string {
  const start = text.slice(0, 1000);
  if (start.startsWith('PAR1')) return 'Parquet';
  const packed = PACKED.find(([magic]) => start.startsWith(magic));
  if (packed) return packed[1];
  if (/[\x00-\x08\x0E-\x1F]/.test(start) || start.split('\uFFFD').length > 20) return 'binary data';
  if (start.includes('<DescribeTargetHealthResponse')) {
    return 'describe-target-health as XML: use aws elbv2 describe-target-health --output json';
  }
  if (/^\s*<(?:!doctype|html|\?xml|[A-Za-z])/i.test(start)) return 'HTML or XML';
  if (/^\s*NAME(?:SPACE)?\s.*\bSTATUS\b/.test(start)) return 'a kubectl table, not of pods';
  const first = lines.find((line) => line.trim() !== '') ?? '';
  return `text that begins ${quote(printable(first.trim()))}`;
}
