/**
 * The rows that `load --keep failures` keeps: failures, and all rows of targets at which the balancer failed or which went away.
 * Which targets these are is known when all objects of the run have been read; until then every row is counted, and afterwards the
 * counts of the rows that are kept are left out. It works in temporary tables of the connection.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { filesOf, type SpoolFiles, storeRows } from './batch.ts';
import { type InsertValue, insertRows } from './insert.ts';
import { listOfFiles } from './path-list.ts';
import { terminated } from './terminated-target.ts';

const COUNTED = [
  'object_id INTEGER',
  'minute TIMESTAMP',
  'elb VARCHAR',
  'target_group_arn VARCHAR',
  'target_ip VARCHAR',
  'target_port INTEGER',
  'elb_status_code SMALLINT',
  'target_status_code SMALLINT',
  'requests BIGINT',
  'received_bytes BIGINT',
  'sent_bytes BIGINT',
];
const NAMES = COUNTED.map((column) => column.split(' ')[0]!);
/** The last of them: an object may be counted in several spools. */
const SUMS = ['requests', 'received_bytes', 'sent_bytes'];

const FAILED = '(r.elb_status_code >= 500 OR r.elb_status_code = 460)';
/** Whether a row `r` of rows or counts is kept in full. */
const IS_KEPT = `coalesce(r.object_id IN (SELECT object_id FROM kept_object)
  AND (${FAILED} OR (r.target_ip, r.target_port) IN (SELECT target_ip, target_port FROM kept_target)), false)`;

/** Forgets what an earlier load of this connection counted. */
export async function beginKeeping(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE read_count (${COUNTED.join(', ')})`);
}

/** Counts the rows of spools. */
export async function countRows(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  const files = filesOf(spools);
  if (files('rows').length === 0) return;
  // Rows are grouped by numbers; the texts of a pair are added afterwards.
  await connection.run(`
    WITH named AS MATERIALIZED (
      SELECT context, elb, target_group_arn, dense_rank() OVER (ORDER BY elb, target_group_arn) AS pair
      FROM read_parquet(${listOfFiles(files('contexts'))})
    )
    INSERT INTO read_count
    SELECT
      g.object_id, g.minute, p.elb, p.target_group_arn, g.target_ip, g.target_port, g.elb_status_code, g.target_status_code,
      g.requests, g.received_bytes, g.sent_bytes
    FROM (
      SELECT
        r.object_id, date_trunc('minute', r.time) AS minute, n.pair, r.target_ip, r.target_port, r.elb_status_code,
        r.target_status_code, count(*) AS requests, coalesce(sum(r.received_bytes), 0) AS received_bytes,
        coalesce(sum(r.sent_bytes), 0) AS sent_bytes
      FROM read_parquet(${listOfFiles(files('rows'))}) r JOIN named n USING (context)
      GROUP BY ALL
    ) g
    JOIN (SELECT DISTINCT pair, elb, target_group_arn FROM named) p USING (pair)`);
}

/** Limits everything from here on to the rows of these objects. */
export async function keepObjects(connection: DuckDBConnection, objectIds: readonly number[]): Promise<void> {
  const rows = objectIds.map((object_id) => ({ object_id }));
  await listed(connection, 'kept_object', [{ name: 'object_id', type: 'INTEGER' }], rows);
}

/**
 * Chooses the targets whose rows are kept: of what was counted, those at which the balancer failed, those that the evidence says
 * went away between two times, and `more`, each `ip:port`.
 */
export async function chooseTargets(
  connection: DuckDBConnection,
  span: { first: Micros; last: Micros } | null,
  more: readonly string[],
): Promise<void> {
  const gone = span === null ? { targets: [], ips: [] } : await terminated(connection, span.first, span.last);
  const named = [...gone.targets, ...more].map((target) => {
    const colon = target.lastIndexOf(':');
    return { target_ip: target.slice(0, colon), target_port: Number(target.slice(colon + 1)) };
  });
  const ip = { name: 'target_ip', type: 'VARCHAR' };
  await listed(connection, 'kept_target', [ip, { name: 'target_port', type: 'INTEGER' }], named);
  await listed(
    connection,
    'gone_ip',
    [ip],
    [...gone.ips].map((target_ip) => ({ target_ip })),
  );
  await connection.run(`
    INSERT INTO kept_target
    SELECT DISTINCT r.target_ip, r.target_port FROM read_count r
    WHERE r.target_ip IS NOT NULL
      AND (${FAILED} AND r.target_status_code IS DISTINCT FROM r.elb_status_code OR r.target_ip IN (FROM gone_ip))`);
}

/** Makes a temporary table of these rows. */
async function listed(
  connection: DuckDBConnection,
  table: string,
  columns: readonly { name: string; type: string }[],
  rows: readonly Readonly<Record<string, InsertValue>>[],
): Promise<void> {
  const defined = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${defined})`);
  await insertRows(connection, table, columns, rows);
}

/** Stores the rows of spools that are kept, in the open transaction. */
export const storeKeptRows = (connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> =>
  storeRows(connection, spools, IS_KEPT);

/** Stores the counts of all other rows, in the open transaction, and forgets what was counted. */
export async function storeCounts(connection: DuckDBConnection): Promise<void> {
  const keys = NAMES.filter((name) => !SUMS.includes(name)).map((name) => `r.${name}`);
  const sums = SUMS.map((name) => `sum(r.${name})`);
  await connection.run(`
    INSERT INTO alb_count (${NAMES.join(', ')})
    SELECT ${[...keys, ...sums].join(', ')}
    FROM read_count r SEMI JOIN kept_object USING (object_id)
    WHERE NOT ${IS_KEPT}
    GROUP BY ${keys.join(', ')}`);
  await connection.run('DELETE FROM read_count');
}
