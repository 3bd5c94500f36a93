/** Tests the time of an answer that stands in a log: when the line was written, as its wrapper says, and not that of the file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 0, name: 'x' };

/** Latest time of the last fact, which is what was true when the line was written. */
function last(text: string): string {
  const { kind } = recognise(text, 'x');
  assert.ok(isEvidenceKind(kind), kind);
  const { facts, rejected } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(rejected, []);
  const times = facts.flatMap((fact) => ('latest' in fact && fact.latest !== null ? [fact.latest] : []));
  return formatTime(Math.max(...times)).slice(11, 19);
}

const POD = {
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'web-1', namespace: 'shop', uid: 'u', creationTimestamp: '2026-03-01T09:00:00Z' },
  spec: { containers: [{ name: 'web' }], nodeName: 'n' },
  status: { phase: 'Running', podIP: '10.0.1.11' },
};
const NODE = {
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', creationTimestamp: '2026-03-01T08:00:00Z' } },
  status: { addresses: [{ type: 'InternalIP', address: '10.0.7.1' }] },
};
const ARN = 'arn:aws:ecs:eu-west-1:111122223333:';
const TASK = {
  ...{
    taskArn: `${ARN}task/shop/0a`,
    clusterArn: `${ARN}cluster/shop`,
    lastStatus: 'RUNNING',
    createdAt: '2026-03-01T09:00:00Z',
  },
  attachments: [{ details: [{ name: 'privateIPv4Address', value: '10.0.1.11' }] }],
};
const INSTANCE = {
  ...{ InstanceId: 'i-0a1b2c3d4e5f60718', PrivateIpAddress: '10.0.7.1', State: { Name: 'running' } },
  LaunchTime: '2026-03-01T08:00:00Z',
};
const LINES: Readonly<Record<string, string>> = {
  'an answer of describe-target-health':
    '{"TargetHealthDescriptions":[{"Target":{"Id":"10.0.1.11","Port":80},"TargetHealth":{"State":"healthy"}}]}',
  'rows of --query': '[["10.0.1.11",80,"healthy"]]',
  'a pod': JSON.stringify(POD),
  'a listing': JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [POD] }),
  'an event of a watch': JSON.stringify({ type: 'ADDED', object: POD }),
  'a node': JSON.stringify(NODE),
  'tasks of ECS': JSON.stringify({ tasks: [TASK], failures: [] }),
  'instances of EC2': JSON.stringify({ Reservations: [{ Instances: [INSTANCE] }] }),
  'a table of pods': 'NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          60m',
};

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** 10:00:00 UTC in each. */
const WRAPPERS: Readonly<Record<string, (line: string) => string>> = {
  CloudWatch: (message) => JSON.stringify({ events: [{ timestamp: 1772359200000, message }] }),
  'Logs Insights': (line) => `@timestamp,@message\n2026-03-01 10:00:00.000,${cell(line)}\n`,
  Loki: (line) => JSON.stringify({ streams: [{ stream: {}, values: [['1772359200000000000', line]] }] }),
  docker: (line) => `${JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-03-01T11:00:00+01:00' })}\n`,
  HEC: (event) => JSON.stringify({ time: 1772359200, event }),
};

for (const [name, line] of Object.entries(LINES)) {
  test(`${name} in a log is of the time of its line`, () => {
    for (const [wrapper, wrap] of Object.entries(WRAPPERS)) assert.equal(last(wrap(line)), '10:00:00', wrapper);
    if (line.startsWith('{')) assert.equal(last(`2026-03-01T10:00:00Z ${line}\n`), '10:00:00');
  });
}

test('a time whose zone is unknown is not taken', () => {
  const line = LINES['rows of --query']!;
  assert.equal(last(`Time,Line\n2026-03-01 10:00:00,${cell(line)}\n`), '11:00:00');
  assert.equal(last(`${JSON.stringify({ time: '2026-03-01 10:00:00', log: line })}\n`), '11:00:00');
});
