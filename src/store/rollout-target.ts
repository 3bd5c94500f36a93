/** Finds the addresses and times whose requests count for the rollouts of a window. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';

const SPAN = "INTERVAL '10' MINUTE";

/**
 * Returns the addresses of all pods of the Deployments that were rolled out in [from, to), staying ones included, and the ten minutes
 * (`2026-03-10T14:0`) of these rollouts. A rollout counts from a second before its first deletion.
 */
export async function rolloutTargets(
  connection: DuckDBConnection,
  { from, to }: { from: Micros; to: Micros },
): Promise<{ ips: Set<string>; spans: string[] }> {
  const [begin, end] = [`make_timestamp(${from})`, `make_timestamp(${to})`];
  const spans = `(
    SELECT namespace, deployment, greatest(started_at - INTERVAL '1' SECOND, ${begin}) AS begins, least(ended_at, ${end}) AS ends
    FROM rollout_span
    WHERE ended_at >= ${begin} AND started_at < ${end}
  )`;
  const texts = async (sql: string) => (await connection.runAndReadAll(sql)).getRows().map(([text]) => String(text));
  return {
    ips: new Set(
      await texts(`
        SELECT DISTINCT l.ip FROM lives l
        JOIN ${spans} s ON coalesce(l.namespace, '') = coalesce(s.namespace, '') AND l.deployment = s.deployment
        WHERE l.ip IS NOT NULL`),
    ),
    spans: await texts(`
      SELECT DISTINCT strftime(unnest(generate_series(time_bucket(${SPAN}, begins), ends, ${SPAN})), '%Y-%m-%dT%H:%M')[:15]
      FROM ${spans}`),
  };
}
