/**
 * Stores access log counts that Athena made. They wait in a temporary table until the rows that belong to them are stored,
 * then become alb_count and ledger entries in the same transaction.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { insertRows } from './insert.ts';

/** One group of lines of one object. Texts as logged, `-` for absent. Times as ISO 8601 with six digits. */
export interface PulledCount {
  uri: string;
  /** Whether its lines are inside the window. Outside, only object, requests, times and fields are known. */
  inside: boolean;
  /** `2026-03-10T14:00` */
  minute: string | null;
  elb: string | null;
  targetGroup: string | null;
  target: string | null;
  elbStatus: string | null;
  targetStatus: string | null;
  requests: number;
  receivedBytes: number;
  sentBytes: number;
  firstTime: string;
  lastTime: string;
  extraFields: number;
  /** When the first of them was routed. */
  firstRouted: string;
}

const TEXT = [
  'uri',
  'minute',
  'elb',
  'target_group',
  'target',
  'elb_status',
  'target_status',
  'first_time',
  'last_time',
  'first_routed',
];
const WHOLE = ['requests', 'received_bytes', 'sent_bytes', 'extra_fields'];
const COLUMNS = [
  { name: 'inside', type: 'BOOLEAN' },
  ...TEXT.map((name) => ({ name, type: 'VARCHAR' })),
  ...WHOLE.map((name) => ({ name, type: 'BIGINT' })),
];

/** Makes the table, empty. */
export async function beginCounts(connection: DuckDBConnection): Promise<void> {
  const columns = COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE pulled_count (${columns})`);
}

const textOrNull = (value: string | null): string | null => (value === '-' ? null : value);

/** Adds groups. A fetched line is a group of negative numbers: it is a row, and no longer only counted. */
export async function addCounts(connection: DuckDBConnection, counts: readonly PulledCount[]): Promise<void> {
  const rows = counts.map((one) => ({
    uri: one.uri,
    inside: one.inside,
    minute: textOrNull(one.minute),
    elb: textOrNull(one.elb),
    target_group: textOrNull(one.targetGroup),
    target: textOrNull(one.target),
    elb_status: textOrNull(one.elbStatus),
    target_status: textOrNull(one.targetStatus),
    requests: one.requests,
    received_bytes: one.receivedBytes,
    sent_bytes: one.sentBytes,
    first_time: textOrNull(one.firstTime),
    last_time: textOrNull(one.lastTime),
    extra_fields: one.extraFields,
    first_routed: textOrNull(one.firstRouted),
  }));
  await insertRows(connection, 'pulled_count', COLUMNS, rows);
}

/** Every failure that has a mechanism, whoever answered. */
const FAILED =
  "(elb_status >= '500' OR elb_status = '460' OR elb_status >= '400' AND target_status IS DISTINCT FROM elb_status)";
/** The balancer failed, not the target's answer. */
const IS_BALANCERS = `${FAILED} AND target_status IS DISTINCT FROM elb_status`;
const SPAN = "INTERVAL '10' MINUTE";

/** Targets, groups and times of the counted lines. */
export interface CountedTargets {
  /** All targets, `ip:port`. */
  targets: string[];
  /** Targets at which the balancer failed. */
  failing: string[];
  /** Target groups with failures. */
  groups: string[];
  /** Ten minutes (`2026-03-10T14:0`) in which the balancer failed, with those before and after. */
  spans: string[];
  /** First and last time of all lines, microseconds. */
  first: number | null;
  last: number | null;
}

/** Returns what the counts say of targets, groups and times. */
export async function countedTargets(connection: DuckDBConnection): Promise<CountedTargets> {
  const texts = async (sql: string) =>
    (await connection.runAndReadAll(`${sql} ORDER BY 1`)).getRows().map(([text]) => String(text));
  const targets = (where: string) =>
    texts(`SELECT DISTINCT target FROM pulled_count WHERE target IS NOT NULL AND ${where}`);
  const times = await connection.runAndReadAll(
    'SELECT epoch_us(CAST(min(first_time) AS TIMESTAMP)), epoch_us(CAST(max(last_time) AS TIMESTAMP)) FROM pulled_count',
  );
  const [first = null, last = null] = times.getRows()[0]!.map((value) => (value === null ? null : Number(value)));
  const bucket = (time: string): string => `time_bucket(${SPAN}, CAST(${time} AS TIMESTAMP))`;
  return {
    targets: await targets('true'),
    failing: await targets(IS_BALANCERS),
    groups: await texts(
      `SELECT DISTINCT target_group FROM pulled_count WHERE target_group IS NOT NULL AND inside AND ${FAILED}`,
    ),
    spans: await texts(`
      SELECT DISTINCT strftime(unnest(generate_series(${bucket('f.first_routed')} - ${SPAN}, ${bucket('f.last_time')} + ${SPAN}, ${SPAN})), '%Y-%m-%dT%H:%M')[:15]
      FROM (SELECT DISTINCT first_routed, last_time FROM pulled_count WHERE inside AND ${IS_BALANCERS}) f`),
    first,
    last,
  };
}

/**
 * Adds what was only counted to the open transaction: to alb_count, and to the ledger of `uris`, which already has the fetched
 * lines. `keep` becomes the ledger's value for them.
 */
export async function storePulled(connection: DuckDBConnection, uris: readonly string[], keep: string): Promise<void> {
  await listed(connection, 'pulled_object', uris);
  await connection.run(`
    INSERT INTO alb_count BY NAME
    SELECT
      object_id, CAST(minute || ':00' AS TIMESTAMP) AS minute, c.elb, target_group AS target_group_arn,
      regexp_extract(target, '^(.*):([0-9]+)$', 1) AS target_ip,
      TRY_CAST(regexp_extract(target, '^(.*):([0-9]+)$', 2) AS INTEGER) AS target_port,
      CAST(elb_status AS SMALLINT) AS elb_status_code, CAST(target_status AS SMALLINT) AS target_status_code,
      sum(requests) AS requests, sum(received_bytes) AS received_bytes, sum(sent_bytes) AS sent_bytes
    FROM pulled_count c JOIN log_object o USING (uri) JOIN pulled_object p ON p.text = c.uri
    WHERE inside
    GROUP BY ALL
    HAVING sum(requests) > 0`);
  await connection.run(
    `
    UPDATE log_object o SET
      kind = 'alb_access_log', status = 'complete', detail = NULL, keep = $keep,
      lines = o.lines + s.requests, "rows" = o."rows" + s.requests, dropped = o.dropped + s.outside,
      extra_fields = o.extra_fields + s.extra_fields,
      first_time = least(o.first_time, s.first_time), last_time = greatest(o.last_time, s.last_time)
    FROM (
      SELECT
        p.text AS uri, coalesce(sum(requests), 0) AS requests,
        coalesce(sum(requests) FILTER (NOT inside), 0) AS outside,
        coalesce(sum(extra_fields), 0) AS extra_fields,
        CAST(min(first_time) AS TIMESTAMP) AS first_time, CAST(max(last_time) AS TIMESTAMP) AS last_time
      FROM pulled_object p LEFT JOIN pulled_count c ON c.uri = p.text
      GROUP BY p.text
    ) s
    WHERE s.uri = o.uri AND o.size > 0`,
    { keep },
  );
}

async function listed(connection: DuckDBConnection, name: string, texts: readonly string[]): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${name} (text VARCHAR)`);
  await insertRows(
    connection,
    name,
    [{ name: 'text', type: 'VARCHAR' }],
    texts.map((text) => ({ text })),
  );
}
