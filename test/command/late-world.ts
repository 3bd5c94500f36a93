/** A database of pods that were routed to after their deletion, with numbers that can be checked by hand. */
import type { Values } from '../query/memory.ts';
import { makeDatabase } from './world.ts';

const START = Date.UTC(2026, 2, 1, 12) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);
const GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/api/1';

const DELAY = {
  object_id: 2,
  line: 1,
  scope: 'target_group',
  subject: GROUP,
  key: 'deregistration_delay.timeout_seconds',
};

/** Further events of the pods, in seconds after the deletion unless stated otherwise. */
interface More {
  /** When each target is deregistered. */
  deregistered?: number;
  /** Settings in force. */
  preStop?: number;
  grace?: number;
  delay?: number;
  /** When each pod ends. */
  ends?: number;
  /** Each pod cuts off one request that was routed 1 s before the deletion. */
  cut?: boolean;
}

/** Makes `pods` pods of two versions, each deleted at 100 s, gone at once, and routed to for `seconds` after that. */
export async function databaseOf(pods: number, seconds: readonly number[], more: More = {}): Promise<string> {
  const { preStop = null, grace = 30, ends = 0.1 } = more;
  const facts: Values[] = [];
  const rows: Values[] = [];
  const changes: Values[] = [];
  for (let i = 0; i < pods; i++) {
    const ip = `10.0.0.${i + 1}`;
    const pod = {
      object_id: 2,
      uid: `u${i}`,
      namespace: 'shop',
      name: `api-${i % 2 ? '6d5f8c7b9d' : '7cf849584f'}-aaaa${i}`,
      ip,
      owner_kind: 'ReplicaSet',
      owner_name: `api-${i % 2 ? '6d5f8c7b9d' : '7cf849584f'}`,
      termination_grace_period_seconds: grace,
      pre_stop_seconds: preStop,
    };
    for (const [event, second] of [
      ['created', 0],
      ['ready', 10],
      ['deleted', 100],
      ['finished', 100 + ends],
    ] as const) {
      facts.push({
        ...pod,
        line: facts.length + 1,
        event,
        earliest: at(second),
        latest: at(second),
        container: event === 'finished' ? 'web' : null,
      });
    }
    const row = (routed: number, elapsed: number, status: number, answered: boolean) =>
      rows.push({
        object_id: 1,
        line: rows.length + 1,
        type: 'https',
        request_creation_time: at(routed),
        time: at(routed + elapsed),
        elb: 'app/x/1',
        elb_status_code: status,
        target_status_code: answered ? status : null,
        target_ip: ip,
        target_port: 8080,
        target_group_arn: GROUP,
      });
    if (more.deregistered !== undefined) {
      const moment = at(100 + more.deregistered);
      changes.push({
        object_id: 2,
        line: changes.length + 1,
        event: 'deregistered',
        earliest: moment,
        latest: moment,
        target_group_arn: GROUP,
        target_ip: ip,
        target_port: 8080,
      });
    }
    row(50, i === 0 ? 4 : 0.5, 200, true);
    if (more.cut) {
      row(99, 1 + ends, 502, false);
      Object.assign(rows.at(-1)!, { request_processing_time: 0.001 });
    }
    for (const second of seconds) row(100 + second, 10.002, 504, false);
  }
  return makeDatabase({
    log_object: [{ object_id: 2, uri: 'file:///pods.json', kind: 'kubectl_pods_json', status: 'complete' }],
    pod_fact: facts,
    alb_log: rows,
    target_change: changes,
    setting: more.delay === undefined ? [] : [{ ...DELAY, value: String(more.delay) }],
  });
}
