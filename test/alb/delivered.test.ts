import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineOfJson, W3cLines } from '../../src/alb/delivered.ts';
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
  const lines = new W3cLines();
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
