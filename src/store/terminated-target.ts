/** Finds the targets that the evidence says went away. */
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';

/**
 * Returns the targets (`ip:port`) that were deregistered between two times (microseconds), and the addresses of pods that
 * were deleted (a pod does not name its target port).
 */
export async function terminated(
  connection: DuckDBConnection,
  from: number,
  to: number,
): Promise<{ targets: Set<string>; ips: Set<string> }> {
  const window = { from: new DuckDBTimestampValue(BigInt(from)), to: new DuckDBTimestampValue(BigInt(to)) };
  const texts = async (sql: string) => {
    const result = await connection.runAndReadAll(sql, window);
    return new Set(result.getRows().map(([text]) => String(text)));
  };
  return {
    targets: await texts(`
      SELECT DISTINCT target_ip || ':' || CAST(target_port AS VARCHAR) FROM target_life
      WHERE deregistered_latest >= $from AND coalesce(deregistered_earliest, deregistered_latest) <= $to`),
    ips: await texts(`
      SELECT DISTINCT ip FROM lives
      WHERE ip IS NOT NULL AND deleted_latest >= $from AND coalesce(deleted_earliest, deleted_latest) <= $to`),
  };
}
