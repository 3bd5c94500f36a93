/** Tests tables that Athena and CloudTrail Lake export, and records of ALB logs that Vector parsed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOfJson } from '../../src/alb/delivered.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';

const TRAIL = {
  eventTime: '2024-05-14T10:00:00Z',
  eventSource: 'elasticloadbalancing.amazonaws.com',
  eventName: 'DeregisterTargets',
  requestParameters: { targetGroupArn: 'arn:aws:x', targets: [{ id: '10.0.1.11', port: 8080 }] },
  userAgent: 'elbv2.k8s.aws',
  eventID: 'e',
};
const CONTEXT = { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name: 'x' };

const inCell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function trail(text: string): string[] {
  assert.equal(recognise(text, 'x').kind, 'cloudtrail_json');
  const { facts, rejected } = readEvidence('cloudtrail_json', text, CONTEXT);
  assert.deepEqual(rejected, []);
  return facts.map((fact) => (fact.kind === 'target_change' ? `${fact.event} ${fact.target_ip} ${fact.actor}` : ''));
}

test('a record of CloudTrail in an answer of CloudTrail Lake, and as a row of the table in Athena', () => {
  const parameters = JSON.stringify(TRAIL.requestParameters);
  const row = ['eventTime', 'eventSource', 'eventName', 'userAgent', 'eventID'] as const;
  const header = [...row.map((name) => name.toLowerCase()), 'errorcode', 'requestparameters'].map(inCell).join(',');
  const cells = [...row.map((name) => TRAIL[name]), '', parameters].map(inCell).join(',');
  const members = Object.entries({ ...TRAIL, requestParameters: parameters });
  for (const text of [
    JSON.stringify({ QueryStatus: 'FINISHED', QueryResultRows: [[{ eventJson: JSON.stringify(TRAIL) }]] }),
    `${header}\n${cells}\n`,
    JSON.stringify(Object.fromEntries(members.map(([name, value]) => [name.toLowerCase(), value]))),
  ]) {
    assert.deepEqual(trail(text), ['deregistered 10.0.1.11 elbv2.k8s.aws']);
  }
});

test('a call that failed is still one that failed in the table of Athena', () => {
  const lower = Object.entries({ ...TRAIL, errorCode: 'AccessDenied' }).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  assert.deepEqual(trail(JSON.stringify(Object.fromEntries(lower))), []);
});

const LINE =
  /^https 2024-05-14T10:00:08\.086641Z app\/shop\/1 203\.0\.113\.9:2817 10\.0\.1\.11:8080 -1 -1 -1 502 - .* "GET https:\/\/shop\.example\/ HTTP\/1\.1" /;

test('rows of the table of ALB logs in Athena, and records that Vector parsed, are the classic line', () => {
  const times = { request_processing_time: -1, target_processing_time: -1, response_processing_time: -1 };
  const both = {
    type: 'https',
    elb: 'app/shop/1',
    ...times,
    elb_status_code: '502',
    request_url: 'https://shop.example/',
  };
  const athena = {
    ...both,
    ...{ time: '2024-05-14T10:00:08.086641Z', client_ip: '203.0.113.9', client_port: 2817, target_ip: '10.0.1.11' },
    ...{ target_port: 8080, request_verb: 'GET', request_proto: 'HTTP/1.1', lambda_error_reason: '-' },
  };
  const vector = {
    ...both,
    ...{ timestamp: '2024-05-14T10:00:08.086641Z', client_host: '203.0.113.9:2817', target_host: '10.0.1.11:8080' },
    ...{ request_method: 'GET', request_protocol: 'HTTP/1.1', target_port_list: ['10.0.1.11:8080'] },
  };
  for (const record of [athena, vector]) {
    const read = lineOfJson(JSON.stringify(record));
    assert.ok('line' in read);
    assert.match(read.line, LINE);
    assert.doesNotMatch(read.line, /=/);
    assert.equal(recognise(JSON.stringify(record), 'x').kind, 'alb_access_json');
  }
  const csv = `${Object.keys(athena).join(',')}\n${Object.values(athena).map(String).map(inCell).join(',')}\n`;
  // The console copies rows with tabs between cells.
  const copied = `${Object.keys(athena).join('\t')}\n${Object.values(athena).join('\t')}\n`;
  for (const text of [csv, copied]) {
    assert.deepEqual([recognise(text, 'x').kind, recognise(text, 'x').isWrapped], ['alb_access_json', true]);
  }
});

test('activities and instances in YAML are recognised', () => {
  const activity = 'Activities:\n- ActivityId: a\n  AutoScalingGroupName: g\n  StartTime: "2024-05-14T10:00:05Z"\n';
  const instance = 'Reservations:\n- Instances:\n  - InstanceId: i-0aaaaaaaaaaaaaaaa\n';
  for (const text of [activity, instance]) assert.equal(recognise(text, 'x').kind, 'instances_json');
});

test('a call as Security Lake keeps it (OCSF), and one that failed', () => {
  const record = (error: string | null) => ({
    metadata: { product: { name: 'CloudTrail', vendor_name: 'AWS' }, uid: 'e', version: '1.1.0' },
    time: 1715680800000,
    api: {
      response: { error },
      operation: TRAIL.eventName,
      service: { name: TRAIL.eventSource },
      request: { data: JSON.stringify(TRAIL.requestParameters) },
    },
    http_request: { user_agent: TRAIL.userAgent },
    class_uid: 6003,
  });
  for (const text of [JSON.stringify(record(null)), JSON.stringify([record(null)], null, 1)]) {
    assert.deepEqual(trail(text), ['deregistered 10.0.1.11 elbv2.k8s.aws']);
  }
  assert.deepEqual(trail(JSON.stringify(record('AccessDenied'))), []);
});

test('records of CloudTrail Insights are counted, and give no fact', () => {
  const insight = {
    ...{ eventTime: '2024-05-14T10:05:00Z', eventID: 'i', eventType: 'AwsCloudTrailInsight', eventCategory: 'Insight' },
    insightDetails: { state: 'Start', eventSource: TRAIL.eventSource, eventName: TRAIL.eventName },
  };
  const text = JSON.stringify({ Records: [insight, TRAIL] });
  assert.deepEqual(trail(text), ['deregistered 10.0.1.11 elbv2.k8s.aws']);
  const { records, notes } = readEvidence('cloudtrail_json', text, CONTEXT);
  assert.equal(records, 2);
  assert.match(notes.join(), /^1 record of CloudTrail Insights/);
});
