/** Which reader reads which kind of evidence. */
import { readAuditLog } from './audit-log.ts';
import { readAwsSettings } from './aws-setting.ts';
import { readCloudTrail } from './cloudtrail.ts';
import { readControllerLog } from './controller-log.ts';
import { readEcs } from './ecs/read.ts';
import type { EvidenceKind, Reading, ReadingContext } from './fact.ts';
import { readInstanceAnswers } from './instance/instance-answer.ts';
import { readInstanceEvents } from './instance/instance-event.ts';
import { readKubectlPodsTable } from './kubectl-pods-table.ts';
import { readKubernetesJson } from './kubernetes-json.ts';
import { readManifest } from './manifest.ts';
import { readAutoscalerLog } from './node/autoscaler-log.ts';
import { readHandlerLog } from './node/handler-log.ts';
import { readKarpenterLog } from './node/karpenter-log.ts';
import { readPodsCsv } from './pods-csv.ts';
import { readProbeResult } from './probe-result.ts';
import { readProbeTranscript } from './probe-transcript.ts';
import { readPrometheus } from './prometheus.ts';
import { fromPython, mayBePython } from './python-text.ts';
import { recognise } from './recognise.ts';
import { readTargetHealth } from './target-health.ts';
import { putBack, takeOut } from './wrapped.ts';

/** A reader takes the whole text of an object. It never throws: what it cannot read it rejects. */
export type EvidenceReader = (text: string, context: ReadingContext) => Reading;

const READERS: Readonly<Record<EvidenceKind, EvidenceReader>> = {
  kubectl_pods_json: readKubernetesJson,
  kubernetes_events_json: readKubernetesJson,
  endpointslices_json: readKubernetesJson,
  kubernetes_audit_log: readAuditLog,
  kubectl_pods_table: readKubectlPodsTable,
  prometheus_json: readPrometheus,
  pods_csv: readPodsCsv,
  target_health_json: readTargetHealth,
  probe_transcript: readProbeTranscript,
  probe_result_json: readProbeResult,
  lb_controller_log: readControllerLog,
  cloudtrail_json: readCloudTrail,
  aws_settings_json: readAwsSettings,
  ecs_event_json: readEcs,
  ecs_description_json: readEcs,
  kubernetes_manifest: readManifest,
  nodes_json: readKubernetesJson,
  karpenter_log: readKarpenterLog,
  autoscaler_log: readAutoscalerLog,
  termination_handler_log: readHandlerLog,
  instance_events_json: readInstanceEvents,
  instances_json: readInstanceAnswers,
};

/** These take their records out of wrappers line by line, for what is wrapped and what is not comes mixed. */
const UNWRAPPING: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'kubernetes_audit_log',
  'lb_controller_log',
  'cloudtrail_json',
  'karpenter_log',
  'autoscaler_log',
  'termination_handler_log',
  'instance_events_json',
  'ecs_event_json',
  'ecs_description_json',
]);

const HEAD = 1 << 16;

/** Returns what an object of this kind says. Records that cannot be understood come back as rejections. */
export function readEvidence(kind: EvidenceKind, text: string, context: ReadingContext): Reading {
  const read = READERS[kind];
  const head = text.slice(0, HEAD);
  const isUnwrapping = UNWRAPPING.has(kind);
  const seen = isUnwrapping && !mayBePython(head) ? null : recognise(head, context.name);
  const python = seen?.isPython ? fromPython(text, context.timezoneMinutes) : null;
  const own = python?.text ?? text;
  const reading = isUnwrapping || !seen?.isWrapped ? read(own, context) : readInside(read, own, context);
  return python?.isLocal ? { ...reading, notes: [...reading.notes, LOCAL] } : reading;
}

const LOCAL = 'Python printed times of its own zone (tzlocal): they were read at --timezone.';

function readInside(read: EvidenceReader, text: string, context: ReadingContext): Reading {
  const inner = takeOut(text);
  return putBack(read(inner.text, context), inner.lines, text.split('\n').length);
}
