/**
 * The rows that `load --keep failures` keeps:
 *
 * - every failure, also what the balancer refused with 4xx;
 * - of targets at which the balancer failed or which went away, the requests that began or ended near a failure of their group or
 *   of themselves, or near their own end;
 * - at other times of these targets the first and the last answer in each ten minutes of each object, so that rules find the
 *   answer before and after, and every pause.
 *
 * Which targets and times these are is known when all objects of the run have been read; until then every row is counted, and
 * afterwards the counts of the rows that are kept are left out. It works in temporary tables of the connection.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { filesOf, type SpoolFiles, storeRows } from './batch.ts';
import { runInThreads } from './bulk.ts';
import { type InsertValue, insertRows } from './insert.ts';
import { listOfFiles } from './path-list.ts';
import { AFTER_END, BEFORE_END, findTerminated } from './terminated-target.ts';

/** The columns by which rows are counted, as in alb_count. */
const KEYS = [
  'object_id INTEGER',
  'minute TIMESTAMP',
  'elb VARCHAR',
  'target_group_arn VARCHAR',
  'target_ip VARCHAR',
  'target_port INTEGER',
  'elb_status_code SMALLINT',
  'target_status_code SMALLINT',
];
const SUMS = ['requests BIGINT', 'received_bytes BIGINT', 'sent_bytes BIGINT'];
/** The ten minutes of the request, and the moment and line of the first one, the last one, and the one that ended last. */
const ENDS = ['span TIMESTAMP', 'first HUGEINT', 'last HUGEINT', 'ended HUGEINT'];
const nameOf = (column: string): string => column.split(' ')[0]!;

/** The answer differs from the target's: the balancer's own. */
const IS_OWN = 'r.target_status_code IS DISTINCT FROM r.elb_status_code';
const LOST = '(r.elb_status_code >= 500 OR r.elb_status_code = 460)';
/** Also what the balancer refused (4xx): it has a mechanism, but says nothing about a target. */
const FAILED = `(${LOST} OR r.elb_status_code >= 400 AND ${IS_OWN})`;
/** The balancer failed, not the target's answer. */
const IS_BALANCERS = `${LOST} AND ${IS_OWN}`;
/** When the request was routed; a line of an unusual form may lack that. */
const CREATED = 'r.request_creation_time';
const ROUTED_AT = `coalesce(${CREATED}, r.time)`;
/** Rules look ten minutes back from a failure (traffic_window), so the neighbours of its ten minutes are near too. */
const SPAN = "INTERVAL '10' MINUTE";
const spanOf = (moment: string): string => `time_bucket(${SPAN}, ${moment})`;
/** A moment and a line as one number: the smallest is one row, also where two rows have the same moment. */
const LINES = 2 ** 32;
const momentAndLine = (moment: string): string => `epoch_us(${moment})::HUGEINT * ${LINES} + r.line`;

/** Forgets what an earlier load of this connection counted. */
export async function beginKeeping(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE read_count (${[...KEYS, ...SUMS, ...ENDS].join(', ')})`);
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE near_failure (target_group_arn VARCHAR, target_ip VARCHAR, target_port INTEGER, span TIMESTAMP)',
  );
}

/** Counts the rows of spools, and notes when, at which target and in which group the balancer failed. */
export async function countRows(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  const files = filesOf(spools);
  if (files('rows').length === 0) return;
  const rows = `read_parquet(${listOfFiles(files('rows'))})`;
  const contexts = `read_parquet(${listOfFiles(files('contexts'))})`;
  // Rows are grouped by numbers; the texts of a pair are added afterwards.
  await runInThreads(
    connection,
    `
    WITH named AS MATERIALIZED (
      SELECT context, elb, target_group_arn, dense_rank() OVER (ORDER BY elb, target_group_arn) AS pair FROM ${contexts}
    )
    INSERT INTO read_count
    SELECT
      g.object_id, g.minute, p.elb, p.target_group_arn, g.target_ip, g.target_port, g.elb_status_code, g.target_status_code,
      g.requests, g.received_bytes, g.sent_bytes, g.span, g.first, g.last, g.ended
    FROM (
      SELECT
        r.object_id, date_trunc('minute', r.time) AS minute, n.pair, r.target_ip, r.target_port, r.elb_status_code,
        r.target_status_code, count(*) AS requests, coalesce(sum(r.received_bytes), 0) AS received_bytes,
        coalesce(sum(r.sent_bytes), 0) AS sent_bytes, ${spanOf(ROUTED_AT)} AS span,
        min(${momentAndLine(CREATED)}) AS first, max(${momentAndLine(CREATED)}) AS last, max(${momentAndLine('r.time')}) AS ended
      FROM ${rows} r JOIN named n USING (context)
      GROUP BY ALL
    ) g
    JOIN (SELECT DISTINCT pair, elb, target_group_arn FROM named) p USING (pair)`,
  );
  await connection.run(`
    INSERT INTO near_failure
    SELECT DISTINCT coalesce(c.target_group_arn, ''), f.target_ip, f.target_port, ${spanOf('moment')} + near.i * ${SPAN}
    FROM (
      SELECT r.context, r.target_ip, r.target_port, unnest([${ROUTED_AT}, r.time]) AS moment FROM ${rows} r WHERE ${IS_BALANCERS}
    ) f
    JOIN ${contexts} c USING (context), range(-1, 2) near (i)`);
}

/** Limits everything from here on to the rows of these objects. */
export async function keepObjects(connection: DuckDBConnection, objectIds: readonly number[]): Promise<void> {
  const rows = objectIds.map((object_id) => ({ object_id }));
  await listed(connection, 'kept_object', [{ name: 'object_id', type: 'INTEGER' }], rows);
}

/**
 * Chooses the rows that are kept: of what was counted, those of targets at which the balancer failed and of those that the evidence
 * says went away between two times.
 */
export async function chooseRows(
  connection: DuckDBConnection,
  times: { first: Micros; last: Micros } | null,
): Promise<void> {
  await findTerminated(connection, times?.first ?? 1, times?.last ?? 0);
  // An address of a pod is a target at every port at which it was chosen.
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE ending AS
    SELECT DISTINCT
      r.target_ip, r.target_port, ${spanOf(`g.earliest - ${BEFORE_END}`)} AS begins, ${spanOf('g.latest')} + ${AFTER_END} AS ends
    FROM gone_target g
    JOIN (SELECT DISTINCT target_ip, target_port FROM read_count) r
      ON r.target_ip = g.target_ip AND r.target_port = coalesce(g.target_port, r.target_port)`);
  // Evidence may leave years for an end, so only the spans that have requests are listed.
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE near_target AS
    SELECT DISTINCT target_ip, target_port, s.span
    FROM (SELECT DISTINCT target_ip, target_port, unnest([span, ${spanOf('minute')}]) AS span FROM read_count) s
    JOIN ending e USING (target_ip, target_port)
    WHERE s.span BETWEEN e.begins AND e.ends
    UNION
    SELECT target_ip, target_port, span FROM near_failure WHERE target_ip IS NOT NULL`);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE kept_target AS
    SELECT target_ip, target_port FROM ending
    UNION
    SELECT r.target_ip, r.target_port FROM read_count r WHERE r.target_ip IS NOT NULL AND ${IS_BALANCERS}`);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE kept_line AS
    SELECT DISTINCT object_id, CAST(unnest([first, last, ended]) % ${LINES} AS BIGINT) AS line
    FROM (
      SELECT r.object_id, min(r.first) AS first, max(r.last) AS last, max(r.ended) AS ended
      FROM read_count r SEMI JOIN kept_target USING (target_ip, target_port)
      WHERE r.target_status_code IS NOT NULL
      GROUP BY r.object_id, r.elb, r.target_group_arn, r.target_ip, r.target_port, r.span
    )`);
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
export async function storeKeptRows(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  const files = filesOf(spools);
  if (files('rows').length === 0) return;
  // Few columns decide, so they are read first.
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE kept_row AS
    WITH chosen AS MATERIALIZED (
      SELECT r.object_id, r.line, r.context, r.target_ip, r.target_port, ${spanOf(ROUTED_AT)} AS began, ${spanOf('r.time')} AS ended,
        ${LOST} AS is_lost, ${FAILED} AS is_failed
      FROM read_parquet(${listOfFiles(files('rows'))}) r SEMI JOIN kept_object USING (object_id)
    ),
    spanned AS MATERIALIZED (
      SELECT object_id, line, context, target_ip, target_port, unnest([began, ended]) AS span
      FROM chosen SEMI JOIN kept_target USING (target_ip, target_port)
    ),
    near_context AS (
      SELECT DISTINCT c.context, n.span
      FROM read_parquet(${listOfFiles(files('contexts'))}) c
      JOIN near_failure n ON n.target_group_arn = coalesce(c.target_group_arn, '')
    )
    -- A rule may answer 4xx to every scanner: that is no failure.
    SELECT object_id, line FROM chosen
    WHERE is_lost OR is_failed AND context NOT IN (
      SELECT context FROM read_parquet(${listOfFiles(files('contexts'))})
      WHERE list_contains(string_split(actions_executed, ','), 'fixed-response') AND error_reason IS NULL
    )
    UNION SELECT object_id, line FROM chosen SEMI JOIN kept_line USING (object_id, line)
    UNION SELECT object_id, line FROM spanned SEMI JOIN near_target USING (target_ip, target_port, span)
    UNION SELECT object_id, line FROM spanned SEMI JOIN near_context USING (context, span)`);
  await storeRows(connection, spools, '(r.object_id, r.line) IN (SELECT object_id, line FROM kept_row)');
}

/** Stores the counts of all other rows, in the open transaction, and forgets what was counted. */
export async function storeCounts(connection: DuckDBConnection): Promise<void> {
  const keys = KEYS.map(nameOf).join(', ');
  const sums = SUMS.map(nameOf);
  await connection.run(`
    INSERT INTO alb_count (${[keys, ...sums].join(', ')})
    SELECT ${[keys, ...sums.map((name) => `sum(${name})`)].join(', ')}
    FROM (
      SELECT ${[keys, ...sums].join(', ')} FROM read_count SEMI JOIN kept_object USING (object_id)
      UNION ALL
      SELECT
        object_id, date_trunc('minute', time), elb, target_group_arn, target_ip, target_port, elb_status_code, target_status_code,
        -count(*), -coalesce(sum(received_bytes), 0), -coalesce(sum(sent_bytes), 0)
      FROM alb_log SEMI JOIN kept_object USING (object_id)
      GROUP BY ALL
    )
    GROUP BY ${keys}
    HAVING sum(requests) > 0`);
  await connection.run('DELETE FROM read_count');
}
