import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineOfJson, NamedLines } from '../../src/alb/delivered.ts';
import { FIELDS } from '../../src/alb/field.ts';
import { isRejected, readRow } from '../../src/alb/row.ts';

const row = (line: string) => readRow(new TextEncoder().encode(line));
const RECORD = {
  type: 'h2',
  time: '2026-01-31T08:00:10.002365Z',
  elb: 'app/k8s-shop/50dc6c495c0c9188',
  client_port: '203.0.113.7:24502',
  target_port: '10.0.2.61:1325',
  request_processing_time: -1,
  target_processing_time: '-1',
  response_processing_time: -1,
  elb_status_code: 504,
  target_status_code: '-',
  received_bytes: 49,
  sent_bytes: '202',
  request_line: 'GET https://shop.example:443/a b HTTP/2.0',
  user_agent: 'say "hi"\n\\',
  request_creation_time: '2026-01-31T08:00:00.000000Z',
  target_group_arn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/k8s-shop-web/73e2',
  conn_trace_id: 'TID_932e47ab14c64ad8a9c4d8ab0ba15f3a',
  ip_address: '10.0.0.5',
};

test('a JSON record is the row of its line, whatever a client put into it', () => {
  const found = lineOfJson(JSON.stringify(RECORD));
  assert.ok('line' in found);
  const read = row(found.line);
  assert.ok(!isRejected(read));
  const { client_ip, target_ip, target_port, elb_status_code, target_status_code, received_bytes, sent_bytes } = read;
  assert.deepEqual(
    { client_ip, target_ip, target_port, elb_status_code, target_status_code, received_bytes, sent_bytes },
    {
      client_ip: '203.0.113.7',
      target_ip: '10.0.2.61',
      target_port: 1325,
      elb_status_code: 504,
      target_status_code: null,
      received_bytes: 49,
      sent_bytes: 202,
    },
  );
  assert.deepEqual([read.request_processing_time, read.target_processing_time, read.trace_id], [null, null, null]);
  assert.equal(read.user_agent, 'say \\x22hi\\x22\\x0A\\x5C');
  assert.equal(read.request_url, 'https://shop.example:443/a b');
  assert.equal(read.field_count, FIELDS.length);
});

test('addresses and ports apart, times as numbers, and unknown fields', () => {
  const apart = { ...RECORD, client_ip: '203.0.113.7', client_port: 24502, time: 1_769_846_410_002, new_one: 'x y' };
  const found = lineOfJson(JSON.stringify(apart));
  assert.ok('line' in found);
  const read = row(found.line);
  assert.ok(!isRejected(read));
  assert.deepEqual([read.client_ip, read.client_port], ['203.0.113.7', 24502]);
  assert.equal(read.time, 1_769_846_410_002_000);
  assert.deepEqual([read.extra, read.field_count], ['"new_one=x y"', FIELDS.length + 1]);
});

test('what is no record is said', () => {
  for (const text of ['', '{', '[]', '3', 'null', `${JSON.stringify(RECORD)}x`]) {
    assert.deepEqual(lineOfJson(text), { reason: 'bad_json' }, text);
  }
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const nested = `${JSON.stringify(RECORD).slice(0, -1)},"more":${deep}}`;
  assert.deepEqual(lineOfJson(nested), { reason: 'nested_too_deep' });
  const found = lineOfJson('{"elb_status_code":200}');
  assert.deepEqual('line' in found && row(found.line), { reason: 'bad_time' });
});

test('W3C lines follow their #Fields, with blanks or tabs', () => {
  const lines = new NamedLines('alb_access_log', false);
  assert.deepEqual(lines.next('GET /'), { reason: 'no_fields_directive' });
  assert.equal(lines.next('#Version: 1.0'), null);
  assert.equal(lines.next('#Fields: time elb elb-status-code client-port user_agent'), null);
  for (const line of [
    '2026-01-31T08:00:10.002365Z app/a/b 503 203.0.113.7:24502 "an agent"',
    '2026-01-31T08:00:10.002365Z\tapp/a/b\t503\t203.0.113.7:24502\tan agent',
  ]) {
    const found = lines.next(line);
    assert.ok(found !== null && 'line' in found);
    const read = row(found.line);
    assert.ok(!isRejected(read));
    assert.deepEqual(
      [read.elb, read.elb_status_code, read.client_port, read.user_agent],
      ['app/a/b', 503, 24502, 'an agent'],
    );
  }
  assert.deepEqual(lines.next('2026-01-31T08:00:10.002365Z app/a/b'), { reason: 'too_few_fields' });
  assert.equal(lines.next(''), null);
});

test('any values in any field give one line that is a row or is rejected', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double(), fc.constant(null), fc.constant('-'));
  const names = FIELDS.map(({ name }) => name.replace(':', '_'));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (record) => {
      const found = lineOfJson(JSON.stringify({ ...RECORD, ...record }));
      assert.ok('line' in found && !found.line.includes('\n'));
      const read = row(found.line);
      if (isRejected(read)) assert.match(read.reason, /^bad_/);
      else assert.equal(read.field_count, FIELDS.length);
    }),
    { numRuns: 300 },
  );
});

test('records of connections and health checks become their lines, under the names that CloudWatch gives them', () => {
  assert.deepEqual(
    lineOfJson(
      JSON.stringify({
        time: '2026-03-10T14:00:00.123456Z',
        client_ip: '203.0.113.9',
        client_port: 41000,
        listener_port: '443',
        tls_protocol: 'TLSv1.3',
        tls_handshake_latency: 0.004,
        leaf_client_cert_subject: 'CN=a b',
        tls_verify_status: '-',
        conn_trace_id: 'TID_1',
        tomorrow: 7,
      }),
      'alb_connection_log',
    ),
    {
      line: '2026-03-10T14:00:00.123456Z 203.0.113.9 41000 443 TLSv1.3 - 0.004 "CN=a b" - - - TID_1 - - - "tomorrow=7"',
    },
  );
  assert.deepEqual(
    lineOfJson(
      '{"type":"http","time":1773151201000,"latency":"0.001","target_addr":"10.0.9.9:8080","target_group_id":"shop","status":"PASS","status_code":200}',
      'alb_health_check_log',
    ),
    { line: 'http 2026-03-10T14:00:01.000000Z 0.001 10.0.9.9:8080 shop PASS 200 - - -' },
  );
});

test('plain lines have the fields of the classic line, and may lack those that came later', () => {
  const lines = new NamedLines('alb_health_check_log', true);
  const values = ['http', '2026-03-10T14:00:01.000000Z', '5.0', '10.0.9.9:8080', 'shop', 'FAIL', '-', 'Timed out'];
  assert.deepEqual(lines.next(values.join('\t')), {
    line: 'http 2026-03-10T14:00:01.000000Z 5.0 10.0.9.9:8080 shop FAIL - "Timed out" - -',
  });
  assert.deepEqual(lines.next(values.slice(0, 7).join('\t')), { reason: 'too_few_fields' });
  assert.deepEqual(lines.next([...values, 'app/a/b', '10.0.0.5', 'new'].join('\t')), {
    line: 'http 2026-03-10T14:00:01.000000Z 5.0 10.0.9.9:8080 shop FAIL - "Timed out" app/a/b 10.0.0.5 "extra1=new"',
  });
});
