import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONNECTION_LOG } from '../../src/alb/connection-log.ts';
import { HEALTH_CHECK_LOG } from '../../src/alb/health-check-log.ts';
import { type LineFormat, NOTHING, newFormattedLine, readFormatted } from '../../src/alb/line-format.ts';

/** Returns a line's fields by name (absent is null) and its extra fields, or the reason of its rejection. */
function read(format: LineFormat, text: string | Uint8Array): Record<string, unknown> | string {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const line = newFormattedLine(format);
  const reason = readFormatted(format, bytes, new DataView(bytes.buffer), 0, bytes.length, line);
  if (reason !== null) return reason;
  const { spans, numbers, addressEnds, extra } = line;
  const entries = format.fields.map(({ name, type }, i) => {
    const raw = i < spans.count ? new TextDecoder().decode(bytes.subarray(spans.start[i]!, spans.end[i]!)) : '-';
    if (raw === '-') return [name, null];
    if (type === 'text') return [name, raw];
    if (numbers[i] === NOTHING) return [name, null];
    if (type !== 'endpoint') return [name, numbers[i]];
    return [name, [new TextDecoder().decode(bytes.subarray(spans.start[i]!, addressEnds[i]!)), numbers[i]]];
  });
  return { ...Object.fromEntries(entries), ...(extra > 0 ? { extra } : {}) };
}

const EIGHT = 'http 2025-10-31T12:44:58.901409Z 1.121980746 172.31.31.9:80 HCLogsTestIPs FAIL 502 TargetError';
const TEN = `${EIGHT} app/my-lb/50dc6c495c0c9188 10.0.0.5`;
const CHECK = {
  type: 'http',
  time: Date.UTC(2025, 9, 31, 12, 44, 58) * 1000 + 901_409,
  latency: 1.121980746,
  target_addr: ['172.31.31.9', 80],
  target_group_id: 'HCLogsTestIPs',
  status: 'FAIL',
  status_code: 502,
  reason_code: 'TargetError',
  elb: null,
  ip_address: null,
};

test('a health check line of eight, ten and more fields', () => {
  assert.deepEqual(read(HEALTH_CHECK_LOG, EIGHT), CHECK);
  const ten = { ...CHECK, elb: 'app/my-lb/50dc6c495c0c9188', ip_address: '10.0.0.5' };
  assert.deepEqual(read(HEALTH_CHECK_LOG, TEN), ten);
  assert.deepEqual(read(HEALTH_CHECK_LOG, `${TEN} -`), { ...ten, extra: 1 });
  assert.deepEqual(read(HEALTH_CHECK_LOG, `${TEN} "a new one" x`), { ...ten, extra: 2 });
  assert.deepEqual(
    read(
      HEALTH_CHECK_LOG,
      TEN.split(' ')
        .map((field) => `"${field}"`)
        .join(' '),
    ),
    ten,
  );
});

test('a health check that passed, one without an answer, one over IPv6', () => {
  const passed = read(HEALTH_CHECK_LOG, EIGHT.replace('FAIL 502 TargetError', 'PASS 200 -'));
  assert.deepEqual(passed, { ...CHECK, status: 'PASS', status_code: 200, reason_code: null });
  const silent = read(HEALTH_CHECK_LOG, EIGHT.replace('1.121980746', '-').replace('502 TargetError', '- TimedOut'));
  assert.deepEqual(silent, { ...CHECK, latency: null, status_code: null, reason_code: 'TimedOut' });
  const six = read(HEALTH_CHECK_LOG, EIGHT.replace('172.31.31.9:80', '2001:db8::9:80'));
  assert.deepEqual(six, { ...CHECK, target_addr: ['2001:db8::9', 80] });
});

test('what is no health check is rejected with its reason', () => {
  const bad: [string, string][] = [
    ['', 'empty_line'],
    [EIGHT.slice(0, 60), 'too_few_fields'],
    [EIGHT.replace('FAIL', 'MAYBE'), 'bad_status'],
    [EIGHT.replace('12:44', '25:44'), 'bad_time'],
    [EIGHT.replace('2025-10-31T12:44:58.901409Z', '-'), 'bad_time'],
    [EIGHT.replace('1.121980746', 'fast'), 'bad_latency'],
    [EIGHT.replace('9:80', '9:80000'), 'bad_target_addr'],
    [EIGHT.replace('172.31.31.9:80', '-'), 'bad_target_addr'],
    [EIGHT.replace('172.31.31.9:80', 'arn:aws:lambda:eu-west-1:111122223333:function:f'), 'target_not_ip'],
    [EIGHT.replace('502', '-5'), 'bad_status_code'],
    [EIGHT.replace('HCLogsTestIPs', '"HCLogsTestIPs'), 'unbalanced_quote'],
    [`${TEN} "x`, 'unbalanced_quote'],
  ];
  for (const [line, reason] of bad) assert.equal(read(HEALTH_CHECK_LOG, line), reason, line);
  const notUtf8 = new TextEncoder().encode(TEN);
  notUtf8[70] = 0xff;
  assert.equal(read(HEALTH_CHECK_LOG, notUtf8), 'invalid_utf8');
});

const TLS =
  '2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "C=US,ST=Washington,CN=a b" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z FEF257372D5C14D4 Success TID_3180a73013c8ca4bac2f731159d4b0fe';
const CONNECTION = {
  timestamp: Date.UTC(2023, 9, 4, 17, 5, 15) * 1000 + 514_108,
  client_ip: '203.0.113.1',
  client_port: 36280,
  listener_port: 443,
  tls_protocol: 'TLSv1.2',
  tls_cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
  tls_handshake_latency: 4.036,
  leaf_client_cert_subject: 'C=US,ST=Washington,CN=a b',
  leaf_client_cert_validity: 'NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z',
  leaf_client_cert_serial_number: 'FEF257372D5C14D4',
  tls_verify_status: 'Success',
  conn_trace_id: 'TID_3180a73013c8ca4bac2f731159d4b0fe',
  tls_keyexchange: null,
  elb: null,
  ip_address: null,
};

test('a connection of twelve and of fifteen fields', () => {
  assert.deepEqual(read(CONNECTION_LOG, TLS), CONNECTION);
  const more = { tls_keyexchange: 'X25519', elb: 'app/my-lb/50dc6c495c0c9188', ip_address: '10.0.0.5' };
  const fifteen = `${TLS} X25519 app/my-lb/50dc6c495c0c9188 10.0.0.5`;
  assert.deepEqual(read(CONNECTION_LOG, fifteen), { ...CONNECTION, ...more });
  assert.deepEqual(read(CONNECTION_LOG, `${fifteen} -`), { ...CONNECTION, ...more, extra: 1 });
});

test('a connection without TLS, one that failed, and what is none', () => {
  const plain = read(
    CONNECTION_LOG,
    '2023-10-04T17:05:57.468034Z 203.0.113.1 36280 80 - - - "-" - - - TID_932e47ab14c64ad8a9c4d8ab0ba15f3a',
  );
  assert.ok(typeof plain === 'object');
  assert.equal(plain.listener_port, 80);
  assert.deepEqual(
    [plain.tls_protocol, plain.tls_handshake_latency, plain.leaf_client_cert_subject],
    [null, null, null],
  );
  const failed = read(CONNECTION_LOG, TLS.replace(' 4.036 ', ' - ').replace('Success', 'Failed:ClientCertUntrusted'));
  assert.deepEqual(failed, {
    ...CONNECTION,
    tls_handshake_latency: null,
    tls_verify_status: 'Failed:ClientCertUntrusted',
  });
  assert.equal(read(CONNECTION_LOG, TLS.replace('36280', 'x')), 'bad_client_port');
  // The first published version, without conn_trace_id. A line with one field less is rejected.
  const eleven = TLS.slice(0, TLS.indexOf(' TID_'));
  assert.deepEqual(read(CONNECTION_LOG, eleven), {
    ...CONNECTION,
    conn_trace_id: null,
    tls_keyexchange: null,
    elb: null,
    ip_address: null,
  });
  assert.equal(read(CONNECTION_LOG, eleven.slice(0, eleven.lastIndexOf(' '))), 'too_few_fields');
  assert.equal(read(CONNECTION_LOG, TLS.replace('a b"', 'a b')), 'unbalanced_quote');
});
