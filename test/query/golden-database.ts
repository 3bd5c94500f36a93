/** The one small database of test/golden/query, from rows with only the relevant columns. */
import { readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { insert, type Values } from './memory.ts';

const FOLDER = new URL('../golden/query/database/', import.meta.url);
const read = <T>(file: string): T[] => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as T[];

const START = Date.UTC(2026, 10, 3, 10) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);

interface LogRow {
  line: number;
  routed: number;
  elapsed: number;
  tg: string | null;
  target: string | null;
  status: number;
  answer: number | null;
  /** Method and path; null for a request line that could not be read. */
  path: string | null;
  client: string;
  tpt?: number;
  /** No connection to a target, so no processing time was measured. */
  unconnected?: boolean;
  type?: string;
  agent?: string;
  node?: string;
  classification?: string;
  reason?: string;
  extra?: string;
  /** conn_trace_id. */
  connection?: string;
}

interface ConnectionRow {
  line: number;
  at: number;
  client: string;
  /** Seconds of the handshake. */
  latency: number | null;
  status: string | null;
  trace: string;
  port?: number;
  serial?: string;
}

const arn = (group: string | null): string | null =>
  group && `arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/${group}/1`;

function logRow(row: LogRow): Values {
  const [method = null, path = null] = row.path?.split(' ') ?? [];
  const url = path && `https://${row.tg ?? 'api'}.example.com:443${path}`;
  const answered = row.answer !== null;
  return {
    object_id: 1,
    line: row.line,
    type: row.type ?? 'https',
    time: at(row.routed + row.elapsed),
    request_creation_time: at(row.routed),
    elb: 'app/shop/0001',
    client_ip: row.client,
    client_port: 40000 + row.line,
    target_ip: row.target,
    target_port: row.target && (row.tg === 'web' ? 80 : 8080),
    request_processing_time: row.unconnected ? null : 0.001,
    target_processing_time: row.tpt ?? (answered ? row.elapsed : null),
    response_processing_time: answered ? 0 : null,
    elb_status_code: row.status,
    target_status_code: row.answer,
    received_bytes: 100 + row.line,
    sent_bytes: 1000 * row.line,
    request_line: url ? `${method} ${url} HTTP/1.1` : '- http://shop.example.com:80- -',
    request_method: method,
    request_url: url,
    request_protocol: url && 'HTTP/1.1',
    user_agent: row.agent ?? 'curl/8.5.0',
    ssl_cipher: 'TLS_AES_128_GCM_SHA256',
    ssl_protocol: 'TLSv1.3',
    target_group_arn: arn(row.tg),
    trace_id: `Root=1-690880${String(row.line).padStart(2, '0')}-0123456789abcdef01234567`,
    domain_name: row.tg && `${row.tg}.example.com`,
    actions_executed: row.tg ? 'forward' : null,
    classification: row.classification ?? null,
    classification_reason: row.reason ?? null,
    conn_trace_id: row.connection ?? null,
    ip_address: row.node ?? '192.0.2.1',
    extra: row.extra ?? null,
    field_count: row.extra ? 35 : 34,
  };
}

/** Fills the tables of an empty database. */
export async function fillGoldenDatabase(connection: DuckDBConnection): Promise<void> {
  const object = {
    status: 'complete',
    etag: 'x',
    keep: 'all',
    loaded_at: at(4000),
    rejected: 0,
    extra_fields: 0,
    dropped: 0,
  };
  await insert(connection, 'log_object', [
    {
      ...object,
      object_id: 1,
      uri: 's3://logs/a.log.gz',
      kind: 'alb_access_log',
      size: 5000,
      lines: 18,
      rows: 16,
      rejected: 2,
      extra_fields: 1,
      first_time: at(0),
      last_time: at(2402.3),
    },
    { ...object, object_id: 2, uri: 'file:///pods.json', kind: 'kubectl_pods_json', size: 900, lines: 13, rows: 13 },
    { ...object, object_id: 3, uri: 'file:///health.json', kind: 'target_health_json', size: 300, lines: 3, rows: 3 },
    {
      ...object,
      object_id: 4,
      uri: 's3://logs/b.log.gz',
      kind: 'alb_access_log',
      status: 'damaged',
      detail: 'the gzip ends early',
      size: 70,
      lines: 0,
      rows: 0,
    },
    {
      ...object,
      object_id: 5,
      uri: 's3://logs/c_net.log.gz',
      kind: 'nlb_log',
      status: 'skipped',
      detail: 'a log of a Network Load Balancer',
      size: 80,
      lines: 0,
      rows: 0,
    },
  ]);
  await insert(connection, 'log_object', [
    { ...object, object_id: 7, uri: 'file:///pods.csv', kind: 'pods_csv', size: 200, lines: 4, rows: 4 },
  ]);
  await insert(connection, 'alb_log', read<LogRow>('alb_log.json').map(logRow));
  await insert(connection, 'alb_count', [
    {
      object_id: 1,
      minute: at(60),
      elb: 'app/shop/0001',
      target_group_arn: arn('api'),
      elb_status_code: 200,
      requests: 10,
    },
    {
      object_id: 1,
      minute: at(2400),
      elb: 'app/shop/0001',
      target_group_arn: arn('api'),
      elb_status_code: 200,
      requests: 4,
    },
  ]);
  await insert(
    connection,
    'pod_fact',
    read<{ pod: string; ip: string; event: string; at: number } & Values>('pod_fact.json').map(
      ({ pod, at: seconds, ...fact }, i) => ({
        object_id: 2,
        line: i + 1,
        uid: `uid-${pod}`,
        namespace: 'shop',
        name: pod,
        node: 'node-a',
        owner_kind: 'ReplicaSet',
        owner_name: pod.split('-')[0]!,
        container: fact.event === 'finished' ? 'app' : null,
        earliest: at(seconds),
        latest: at(seconds),
        ...fact,
      }),
    ),
  );
  await insert(
    connection,
    'target_state',
    read<{ tg: string; target: string; state: string; at: number }>('target_state.json').map((state, i) => ({
      object_id: 3,
      line: i + 1,
      target_group_arn: arn(state.tg),
      target_ip: state.target,
      target_port: 8080,
      state: state.state,
      earliest: at(state.at),
      latest: at(state.at),
    })),
  );
  await insert(
    connection,
    'connection_log',
    read<ConnectionRow>('connection_log.json').map((row) => ({
      object_id: 6,
      line: row.line,
      timestamp: at(row.at),
      client_ip: row.client,
      client_port: 40000 + row.line,
      listener_port: row.port ?? 443,
      tls_protocol: row.status && 'TLSv1.3',
      tls_cipher: row.status && 'TLS_AES_128_GCM_SHA256',
      tls_handshake_latency: row.latency,
      leaf_client_cert_serial_number: row.serial ?? null,
      tls_verify_status: row.status,
      conn_trace_id: row.trace,
      elb: 'app/shop/0001',
    })),
  );
  await connection.run(
    `insert into rejected_line values (1, 17, 'bad_time: x', 3, '\\x1B[2'::blob), (1, 18, 'bad_time', 1, 'x'::blob)`,
  );
}
