/** Tests answers of AWS that PowerShell wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvidenceKind } from '../../src/evidence/fact.ts';
import { fromPowerShell } from '../../src/evidence/powershell.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 0, name: 'x' };

function read(kind: EvidenceKind, value: unknown): string[] {
  const text = JSON.stringify(value);
  assert.equal(recognise(text, 'x').kind, kind);
  const { facts, rejected } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(rejected, []);
  return facts.map((fact) =>
    'event' in fact && 'latest' in fact && fact.latest !== null
      ? `${fact.event} ${formatTime(fact.latest).slice(11, 23)}`
      : fact.kind,
  );
}

const ARN = 'arn:aws:ecs:eu-west-1:111122223333:';
const TASK = {
  Attachments: [{ Details: [{ Name: 'privateIPv4Address', Value: '10.0.1.11' }], Type: 'ElasticNetworkInterface' }],
  ...{
    ClusterArn: `${ARN}cluster/shop`,
    TaskArn: `${ARN}task/shop/0a`,
    LastStatus: 'STOPPED',
    DesiredStatus: 'STOPPED',
  },
  Containers: [{ Name: 'web', ExitCode: 137, LastStatus: 'STOPPED' }],
  StopCode: { Value: 'UserInitiated' },
};

test('a task of Get-ECSTaskDetail, whole, in a list and alone, with the times of both PowerShells', () => {
  const seven = {
    ...{ CreatedAt: '2026-03-01T10:00:00.123+01:00', StartedAt: '0001-01-01T00:00:00' },
    ...{ StoppingAt: '2026-03-01T10:00:05.881Z', StoppedAt: '2026-03-01T10:01:00Z' },
  };
  const date = (milliseconds: number) => `/Date(${milliseconds})/`;
  const five = {
    ...{ CreatedAt: date(1772355600123), StartedAt: date(-62135596800000) },
    ...{
      StoppingAt: { value: date(1772359205881), DisplayHint: 2, DateTime: 'Sunday' },
      StoppedAt: date(1772359260000),
    },
  };
  const expected = ['created 09:00:00.123', 'deleted 10:00:05.881', 'gone 10:01:00.000'];
  for (const times of [seven, five]) {
    const task = { ...TASK, ...times };
    for (const value of [{ Failures: [], Tasks: [task] }, [task], task]) {
      assert.deepEqual(
        read('ecs_description_json', value).filter((fact) => expected.includes(fact)),
        expected,
      );
    }
  }
});

test('an instance of Get-EC2Instance', () => {
  const instance = {
    InstanceId: 'i-0a1b2c3d4e5f60718',
    PrivateIpAddress: '10.0.7.21',
    State: { Name: { Value: 'running' } },
  };
  const facts = read('instances_json', [{ Instances: [{ ...instance, LaunchTime: '/Date(1772355600000)/' }] }]);
  assert.ok(facts.includes('seen 09:00:00.999'), facts.join());
});

test('objects that were cut to the names of their types are named', () => {
  const type = 'Amazon.ECS.Model';
  const forms = [
    JSON.stringify({ Tasks: [{ ...TASK, Attachments: `${type}.Attachment` }] }),
    JSON.stringify([{ Target: 'Amazon.ElasticLoadBalancingV2.Model.TargetDescription', TargetHealth: 'x' }]),
    `Failures      : {}\nTasks         : {${type}.Task}\n`.replace('Failures', `Other  : ${type}.Task\nFailures`),
    `\nHealthCheckPort Target                TargetHealth\n--------------- ------                ------------\n8080            ${type}.Task       x\n`,
  ];
  for (const text of forms) {
    const { kind, looksLike } = recognise(text, 'x');
    assert.deepEqual([kind, looksLike.endsWith('ConvertTo-Json -Depth 10')], ['unread_evidence', true], text);
  }
});

test('what is not of PowerShell stays as it is', () => {
  const value = { a: { Value: 1 }, b: [{ Name: 'n', Value: 'v' }], c: { Value: 'v', Key: 'k' }, d: '/Date(x)/' };
  assert.deepEqual(
    { ...(fromPowerShell(value) as object) },
    { ...value, a: fromPowerShell(value.a), b: [fromPowerShell(value.b[0])], c: fromPowerShell(value.c) },
  );
  assert.deepEqual(JSON.stringify(fromPowerShell(value)), JSON.stringify(value));
});
