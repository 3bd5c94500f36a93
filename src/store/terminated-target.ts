/** Finds the targets that the evidence says went away, and when. */
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';

/** Requests are kept from so long before a target's end ... */
export const BEFORE_END = "INTERVAL '10' MINUTE";
/** ... until so long after it: it is chosen for up to the longest deregistration delay. */
export const AFTER_END = "INTERVAL '60' MINUTE";

/**
 * Makes the temporary table gone_target (target_ip, target_port, earliest, latest): the targets that were deregistered so that
 * requests between two times (microseconds) lie near that, and the addresses of pods that were deleted so; a pod does not name its
 * target port, which is NULL.
 */
export async function findTerminated(connection: DuckDBConnection, from: number, to: number): Promise<void> {
  const window = { from: new DuckDBTimestampValue(BigInt(from)), to: new DuckDBTimestampValue(BigInt(to)) };
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE gone_target AS
    SELECT target_ip, target_port, coalesce(deregistered_earliest, deregistered_latest) AS earliest, deregistered_latest AS latest
    FROM target_life
    WHERE deregistered_latest >= $from - ${AFTER_END} AND coalesce(deregistered_earliest, deregistered_latest) <= $to + ${BEFORE_END}
    UNION
    SELECT ip, NULL, coalesce(deleted_earliest, deleted_latest), deleted_latest FROM lives
    WHERE ip IS NOT NULL AND deleted_latest >= $from - ${AFTER_END} AND coalesce(deleted_earliest, deleted_latest) <= $to + ${BEFORE_END}`,
    window,
  );
}

/** Returns the targets (`ip:port`) and the addresses of gone_target, and the ten minutes (`2026-03-10T14:0`) near their ends. */
export async function terminated(
  connection: DuckDBConnection,
  from: number,
  to: number,
): Promise<{ targets: Set<string>; ips: Set<string>; spans: Set<string> }> {
  await findTerminated(connection, from, to);
  const texts = async (sql: string) =>
    new Set((await connection.runAndReadAll(sql)).getRows().map(([text]) => String(text)));
  return {
    targets: await texts(
      `SELECT DISTINCT target_ip || ':' || CAST(target_port AS VARCHAR) FROM gone_target WHERE target_port IS NOT NULL`,
    ),
    ips: await texts('SELECT DISTINCT target_ip FROM gone_target WHERE target_port IS NULL'),
    // Evidence may leave years for an end, so only the spans between the two times are listed.
    spans: await texts(`
      SELECT DISTINCT strftime(unnest(generate_series(
        time_bucket(INTERVAL '10' MINUTE, greatest(earliest - ${BEFORE_END}, make_timestamp(${from}))),
        least(latest + ${AFTER_END}, make_timestamp(${to})),
        INTERVAL '10' MINUTE
      )), '%Y-%m-%dT%H:%M')[:15]
      FROM gone_target`),
  };
}
