/** Every kind of evidence has a rank of trust, by which two sources that contradict each other with equal precision are settled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvidenceKind } from '../../src/evidence/fact.ts';
import { insert, memoryDatabase } from './memory.ts';

/** Ranks of queries/view/known/11-life_time.sql; 1 is trusted most, 8 is any other source. The compiler asks for a new kind. */
const RANKS: Record<EvidenceKind, number> = {
  kubernetes_audit_log: 1,
  kubectl_pods_json: 2,
  kubernetes_events_json: 3,
  instance_events_json: 3,
  ecs_event_json: 3,
  endpointslices_json: 4,
  prometheus_json: 5,
  kubectl_pods_table: 6,
  probe_transcript: 6,
  pods_csv: 7,
  target_health_json: 8,
  probe_result_json: 8,
  lb_controller_log: 8,
  cloudtrail_json: 8,
  aws_settings_json: 8,
  nodes_json: 8,
  karpenter_log: 8,
  autoscaler_log: 8,
  termination_handler_log: 8,
  instances_json: 8,
  ecs_description_json: 8,
  kubernetes_manifest: 8,
};

test('every kind of evidence has the rank that is stated here', async () => {
  const connection = await memoryDatabase();
  const kinds = Object.keys(RANKS);
  await insert(
    connection,
    'log_object',
    kinds.map((kind, i) => ({ object_id: i + 1, uri: `file:///${kind}`, kind })),
  );
  const fact = {
    line: 1,
    event: 'deleted',
    namespace: 'shop',
    latest: '2026-11-03T10:00:00Z',
    earliest: '2026-11-03T10:00:00Z',
  };
  await insert(
    connection,
    'pod_fact',
    kinds.map((kind, i) => ({ ...fact, object_id: i + 1, name: kind, uid: `uid-${i}`, ip: `10.0.0.${i + 1}` })),
  );
  const rows = await connection.runAndReadAll('select name, trust from life_time');
  const ranks = Object.fromEntries(rows.getRows().map(([name, trust]) => [String(name), Number(trust)]));
  assert.deepEqual(ranks, RANKS);
});
