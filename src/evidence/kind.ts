/** The kinds of evidence, for those that read none: the readers are many, and a load of logs alone needs none of them. */
import type { EvidenceKind } from './fact.ts';

const KINDS: Readonly<Record<EvidenceKind, true>> = {
  kubectl_pods_json: true,
  kubernetes_events_json: true,
  endpointslices_json: true,
  kubernetes_audit_log: true,
  kubectl_pods_table: true,
  prometheus_json: true,
  pods_csv: true,
  target_health_json: true,
  probe_transcript: true,
  probe_result_json: true,
  lb_controller_log: true,
  cloudtrail_json: true,
  aws_settings_json: true,
  nodes_json: true,
  karpenter_log: true,
  autoscaler_log: true,
  termination_handler_log: true,
  instance_events_json: true,
  instances_json: true,
  ecs_event_json: true,
  ecs_description_json: true,
  kubernetes_manifest: true,
};

export const EVIDENCE_KINDS = Object.keys(KINDS) as readonly EvidenceKind[];

/** Returns whether a recognised kind is evidence, which `readEvidence` can read. */
export function isEvidenceKind(kind: string): kind is EvidenceKind {
  return Object.hasOwn(KINDS, kind);
}
