/** Tests connection and health check logs beside access logs: every line is a row or rejected, and connections join requests. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { logKey } from '../s3/ask.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 0, 31, 8);
const ACCESS = logText({ rows: 300, seed: 3, start: START, failEvery: 50 });
const TRACES = [...ACCESS.matchAll(/TID_[0-9a-f]{32}/g)].map(([id]) => id);
const time = (second: number) => new Date(START + second * 1000).toISOString().replace('Z', '000Z');

const CONNECTIONS = [
  ...TRACES.map(
    (id, i) => `${time(i)} 203.0.113.9 ${2000 + i} 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.003 "CN=a b" - - - ${id}`,
  ),
  `${time(400)} 2001:db8::1 99 443 - - - "-" - - - TID_932e47ab14c64ad8a9c4d8ab0ba15f3a X25519 app/k8s-shop/1 10.0.0.5 -`,
  'not a connection',
  '',
].join('\n');
const CHECKS = [
  `http ${time(1)} 0.001122 10.0.9.9:8080 k8s-shop-web1 PASS 200 - app/k8s-shop/1 10.0.0.5`,
  `http ${time(11)} 5.000100 10.0.9.9:8080 k8s-shop-web1 FAIL - TimedOut app/k8s-shop/1 10.0.0.5 new`,
  `http ${time(21)} 5.000100 10.0.9.9:8080 k8s-shop-web1 PERHAPS - TimedOut app/k8s-shop/1 10.0.0.5`,
  '',
].join('\n');

/** Makes a folder with a bucket's layout, and a database loaded from it. */
async function loaded(...options: string[]): Promise<{ stderr: string; db: string }> {
  const folder = freshFolder();
  for (const [kind, text] of [
    ['', ACCESS],
    ['conn_log_', CONNECTIONS],
    ['health_check_log_', CHECKS],
  ] as const) {
    const key = join(folder, 'b', logKey('', '2026-01-31T08:05', { kind }));
    mkdirSync(join(key, '..'), { recursive: true });
    writeFileSync(key, gzipSync(text));
  }
  const run = await cli(['load', 'b', ...options], { cwd: folder });
  expectStatus(run, 0);
  return { stderr: run.stderr, db: join(folder, 'draintrace.duckdb') };
}

test('lines are rows and rejected lines, and a connection finds its requests', async () => {
  const { stderr, db } = await loaded();
  assert.match(
    stderr,
    /1 object of ALB connection log: 302 lines = 301 rows \+ 1 rejected, 1 unknown field kept in extra/,
  );
  assert.match(
    stderr,
    /1 object of ALB health check log: 3 lines = 2 rows \+ 1 rejected, 1 unknown field kept in extra/,
  );
  assert.deepEqual(
    await rowsOf(
      db,
      `SELECT count(*) AS joined, count(DISTINCT c.client_port) AS ports, min(c.leaf_client_cert_subject) AS subject
       FROM alb_log l JOIN connection_log c USING (conn_trace_id)`,
    ),
    [{ joined: 300, ports: 300, subject: 'CN=a b' }],
  );
  const [last] = await rowsOf(
    db,
    'SELECT * EXCLUDE (object_id, "timestamp") FROM connection_log ORDER BY line DESC LIMIT 1',
  );
  assert.deepEqual(last, {
    line: 301,
    client_ip: '2001:db8::1',
    client_port: 99,
    listener_port: 443,
    tls_protocol: null,
    tls_cipher: null,
    tls_handshake_latency: null,
    leaf_client_cert_subject: null,
    leaf_client_cert_validity: null,
    leaf_client_cert_serial_number: null,
    tls_verify_status: null,
    conn_trace_id: 'TID_932e47ab14c64ad8a9c4d8ab0ba15f3a',
    tls_keyexchange: 'X25519',
    elb: 'app/k8s-shop/1',
    ip_address: '10.0.0.5',
    extra: '-',
  });
  const checks = await rowsOf(
    db,
    `SELECT line, earliest = latest AS instant, strftime(earliest, '%H:%M:%S.%f') AS at, latency, target_ip, target_port, target_group_name, status, status_code, reason_code, extra
     FROM health_check ORDER BY line`,
  );
  const target = { target_ip: '10.0.9.9', target_port: 8080, target_group_name: 'k8s-shop-web1', instant: true };
  assert.deepEqual(checks, [
    {
      ...target,
      line: 1,
      at: '08:00:01.000000',
      latency: 0.001122,
      status: 'PASS',
      status_code: 200,
      reason_code: null,
      extra: null,
    },
    {
      ...target,
      line: 2,
      at: '08:00:11.000000',
      latency: 5.0001,
      status: 'FAIL',
      status_code: null,
      reason_code: 'TimedOut',
      extra: 'new',
    },
  ]);
  const rejected = await rowsOf(db, `SELECT reason, decode(raw) AS raw FROM rejected_line ORDER BY reason`);
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    ['bad_status', 'too_few_fields'],
  );
});

test('keeping failures only keeps these logs whole', async () => {
  const all = await loaded();
  const failures = await loaded('--keep', 'failures');
  for (const table of ['connection_log', 'health_check', 'rejected_line']) {
    const [one, other] = [all, failures].map(({ db }) => rowsOf(db, `SELECT * FROM ${table} ORDER BY object_id, line`));
    assert.deepEqual(await other, await one, table);
  }
});

test('only the kinds asked for are loaded, and rows outside the window are dropped when asked', async () => {
  const { stderr, db } = await loaded(
    '--logs',
    'connection',
    '--from',
    '2026-01-31T08:00:10Z',
    '--to',
    '2026-01-31T08:00:20Z',
    '--drop-outside',
  );
  assert.match(stderr, /1 × access log/);
  assert.match(stderr, /1 × health check log/);
  assert.match(stderr, /302 lines = 301 rows \+ 1 rejected, 291 dropped as outside the window/);
  assert.deepEqual(await rowsOf(db, 'SELECT count(*) AS n FROM connection_log'), [{ n: 10 }]);
  assert.deepEqual(await rowsOf(db, 'SELECT "rows", dropped FROM log_object'), [{ rows: 301, dropped: 291 }]);
});
