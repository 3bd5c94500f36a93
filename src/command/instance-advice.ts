/** The part of `advise` about targets that are machines. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BoundValue } from '../query/parameter.ts';
import { type InstanceRow, instanceAdviceText } from '../report/instance-advice.ts';
import type { Style } from '../report/style.ts';
import { selectAll } from '../store/select.ts';

/** Failures at machines that went away, by their group. The view is only read where a machine is known. */
const FAILURES = `
  select target_kind, workload, target_group_arn, count(*) as failures, count(distinct target_name) as machines,
    max(seconds_after_deletion) as last_routed_seconds, max(deregistration_delay_seconds) as deregistration_delay_seconds,
    string_agg(distinct deleted_reason, ', ' order by deleted_reason) as reasons
  from verdict
  where target_kind in ('instance', 'node_port') and cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed', 'node_lost')
    and ($workload is null or workload = $workload) and $namespace is null
  group by target_kind, workload, target_group_arn
  order by failures desc, target_group_arn, workload`;

/** Returns the advice for each group of machines that requests failed at, empty without any. */
export async function instanceAdvice(
  connection: DuckDBConnection,
  asked: Readonly<Record<string, BoundValue>>,
  style: Style,
): Promise<string> {
  const [known] = await selectAll(connection, "select count(*) as n from lives where target_kind = 'instance'", {});
  if (Number(known!.n) === 0) return '';
  const rows = (await selectAll(connection, FAILURES, asked)) as unknown as InstanceRow[];
  return rows.map((row) => instanceAdviceText(row, style.strong)).join('\n');
}
