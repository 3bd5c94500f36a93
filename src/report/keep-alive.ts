/** Describes the idle timeout that keep-alive races reveal, in one sentence. Pure. */
import { count, printable } from './text.ts';

/** One row of queries/keep-alive-races.sql. */
export interface KeepAliveRow {
  target_group_arn: string | null;
  workload: string | null;
  failures: number;
  races_with_gap: number;
  agreeing_races: number;
  idle_timeout_seconds: number | null;
  balancer_idle_seconds: number | null;
}

/** Idle timeout of a load balancer with an unknown setting. */
const DEFAULT_IDLE_SECONDS = 60;

/** Returns one sentence for each application with a measured idle timeout. */
export function keepAliveSentences(rows: readonly KeepAliveRow[]): string[] {
  return rows.flatMap((row) => (row.idle_timeout_seconds === null ? [] : [sentenceOf(row, row.idle_timeout_seconds)]));
}

function sentenceOf(row: KeepAliveRow, seconds: number): string {
  const group = row.target_group_arn?.split('/')[1] ?? 'the targets';
  const name = printable(row.workload ?? group);
  const own = row.balancer_idle_seconds ?? DEFAULT_IDLE_SECONDS;
  const whose = row.balancer_idle_seconds === null ? `${own} s by default` : `${own} s`;
  const rests = `${count(row.agreeing_races, 'race')} of ${row.races_with_gap}`;
  const closes = `${name} closes idle connections after ${seconds.toFixed(1)} s (${rests} agree)`;
  return seconds < own
    ? `${closes}; the load balancer's idle timeout is ${whose}: set the application's keep-alive timeout above it.`
    : `${closes}, which is not below the load balancer's idle timeout of ${whose}: look for another limit on its connections.`;
}
