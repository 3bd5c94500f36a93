/** Tests answers of describe-target-health as text, as tables, as `--query` selected them, and as boto3 and PowerShell print them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 0, name: 'x' };

function read(text: string): string[] {
  assert.equal(recognise(text, 'x').kind, 'target_health_json', text.slice(0, 80));
  const { facts, rejected } = readEvidence('target_health_json', text, CONTEXT);
  return [
    ...facts.map((fact) => {
      assert.ok(fact.kind === 'target');
      const { target_ip, instance_id, target_port, state, reason, latest } = fact;
      const parts = [target_ip ?? instance_id, target_port, state, reason, formatTime(latest!).slice(11, 19)];
      return parts.filter((part) => part !== null).join(' ');
    }),
    ...rejected.map(({ line, reason }) => `${line} ${reason}`),
  ];
}

const DRAINING = '10.0.1.11 8080 draining Target.DeregistrationInProgress 11:00:00';
const HEALTHY = '10.0.1.12 8080 healthy 11:00:00';

test('the text of aws', () => {
  const text = [
    'TARGETHEALTHDESCRIPTIONS\t8081',
    'TARGET\teu-west-1a\t10.0.1.11\t8080',
    'TARGETHEALTH\tIt is on its way out\tTarget.DeregistrationInProgress\tdraining',
    'TARGETHEALTHDESCRIPTIONS\t8081',
    'ANOMALYDETECTION\toff\tnormal',
    'TARGET\t10.0.1.12\t8080',
    'TARGETHEALTH\thealthy',
  ];
  assert.deepEqual(read(text.join('\n')), [DRAINING, HEALTHY]);
});

test('the nested table of aws, with the members below and beside each other', () => {
  const frame = '|+-----+-----+|';
  const of = (target: string[], health: string[]) => [
    '||  TargetHealthDescriptions  ||',
    frame,
    '||  HealthCheckPort |  8081  ||',
    '|||  Target  |||',
    ...target.map((row) => `||| ${row} |||`),
    '|||  TargetHealth  |||',
    ...health.map((row) => `||| ${row} |||`),
    frame,
  ];
  const below = of(['Id | 10.0.1.11', 'Port | 8080'], ['Reason | Target.DeregistrationInProgress', 'State | draining']);
  const beside = of(['AvailabilityZone | Id | Port', 'eu-west-1a | 10.0.1.12 | 8080'], ['State | healthy']);
  const text = ['-----', '|  DescribeTargetHealth  |', '+----+', ...below, ...beside].join('\n');
  assert.deepEqual(read(text), [DRAINING, HEALTHY]);
});

test('rows that --query selected, as JSON, text and table, with the time before each answer', () => {
  const reason = 'Target.DeregistrationInProgress';
  const own = [DRAINING, HEALTHY];
  assert.deepEqual(
    read(
      JSON.stringify([
        ['10.0.1.11', 8080, 'draining', reason],
        ['10.0.1.12', 8080, 'healthy', null],
      ]),
    ),
    own,
  );
  const named = [{ IP: '10.0.1.11', P: 8080, HealthCheckPort: '8081', S: 'draining', R: reason }];
  assert.deepEqual(read(JSON.stringify(named, null, 4)), [DRAINING]);
  assert.deepEqual(read(`10.0.1.11\t8080\tdraining\t${reason}\n10.0.1.12\t8080\thealthy\tNone\n`), own);
  assert.deepEqual(read('```json\n[["10.0.1.12", 8080, "healthy"]]\n```\n'), [HEALTHY]);
  const table = '|  DescribeTargetHealth  |\n+---+---+\n|  10.0.1.12 |  8080 |  healthy  |\n+---+---+\n';
  assert.deepEqual(read(`2026-03-01T10:00:10Z\n${table}2026-03-01T10:00:20Z\n${table}`), [
    '10.0.1.12 8080 healthy 10:00:10',
    '10.0.1.12 8080 healthy 10:00:20',
  ]);
});

test('rows that a person wrote between bars', () => {
  const reason = 'Target.DeregistrationInProgress';
  assert.deepEqual(read(`10.0.1.11 | 8080 | draining  | ${reason}\n10.0.1.12 | 8080 | healthy |\n`), [
    DRAINING,
    HEALTHY,
  ]);
  assert.deepEqual(read('| target | port | state |\n|---|---|---|\n| 10.0.1.12 | 8080 | healthy |\n'), [HEALTHY]);
});

test('a row without its port is the registration of that address; one without a state is no target', () => {
  assert.deepEqual(read('10.0.1.11\tdraining\ni-0a1b2c3d4e5f60718\thealthy\n'), [
    '10.0.1.11 draining 11:00:00',
    'i-0a1b2c3d4e5f60718 healthy 11:00:00',
  ]);
  for (const text of ['10.0.1.11\t8080\n', '["draining", "healthy"]', 'web\thealthy\n', '[["10.0.1.11", 8080]]'])
    assert.notEqual(recognise(text, 'x').kind, 'target_health_json', text);
});

test('a target that is missing among targets of one state is not called absent', () => {
  const answer = (at: number, ...rows: unknown[][]) =>
    JSON.stringify({ capturedAt: `2026-03-01T10:00:1${at}Z`, TargetHealthDescriptions: rows });
  const [first, second] = [
    ['10.0.1.11', 8080, 'draining'],
    ['10.0.1.12', 8080, 'draining'],
  ];
  const filtered = [answer(0, first, second), answer(1, second)].join('\n');
  assert.equal(
    read(filtered).some((fact) => fact.includes('absent')),
    false,
  );
  const healthy = ['10.0.1.13', 8080, 'healthy'];
  const all = [answer(0, first, healthy), answer(1, healthy)].join('\n');
  assert.deepEqual(read(all).at(-1), '10.0.1.11 8080 absent 10:00:11');
});

test('the time in the head of an answer of boto3, and the enumerations of PowerShell', () => {
  const target = { Target: { Id: '10.0.1.12', Port: 8080 }, TargetHealth: { State: 'healthy' } };
  const head = { HTTPHeaders: { date: 'Sun, 01 Mar 2026 10:00:10 GMT' } };
  const boto = { TargetHealthDescriptions: [target], ResponseMetadata: head };
  assert.deepEqual(read(JSON.stringify(boto)), ['10.0.1.12 8080 healthy 10:00:10']);
  const state = { Value: 'draining' };
  const health = { Description: 'x', Reason: { Value: 'Target.DeregistrationInProgress' }, State: state };
  assert.deepEqual(read(JSON.stringify([{ Target: { Id: '10.0.1.11', Port: 8080 }, TargetHealth: health }])), [
    DRAINING,
  ]);
});

test('targets and other tables beside a table of pods are rejected, and say so', () => {
  const pods = 'NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          60m\n';
  const text = `$ kubectl get pods\n${pods}\n$ aws elbv2 describe-target-health\n10.0.1.11\t8080\tdraining\n\nLAST SEEN   TYPE     REASON    OBJECT\n5m12s       Normal   Killing   pod/web-1\n`;
  const { rejected } = readEvidence('kubectl_pods_table', text, CONTEXT);
  assert.deepEqual(
    rejected.map(({ line, reason }) => `${line} ${reason.slice(0, 26)}`),
    ['6 no_table: targets: load th', '8 no_table: a table of Event'],
  );
});
