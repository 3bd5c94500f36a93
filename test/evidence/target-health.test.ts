import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTargetHealth } from '../../src/evidence/target-health.ts';
import { formatTime } from '../../src/time/time.ts';

const target = (Id: string, State = 'healthy', Port: unknown = 80) => ({
  Target: { Id, Port },
  TargetHealth: { State },
});
const answer = (second: number, ...TargetHealthDescriptions: unknown[]) => ({
  capturedAt: `2026-03-01T10:00:${String(second).padStart(2, '0')}Z`,
  TargetHealthDescriptions,
});

/** "second ip state" for each fact, after the rejections. */
function read(...values: object[]): string[] {
  const text = values.map((value) => JSON.stringify(value)).join('\n');
  const context = { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name: 'x' };
  const { facts, rejected } = readTargetHealth(text, context);
  return [
    ...rejected.map(({ reason }) => reason.replace(/:.*/, '')),
    ...facts.flatMap((fact) =>
      fact.kind === 'target' ? [`${formatTime(fact.earliest!).slice(17, 19)} ${fact.target_ip} ${fact.state}`] : [],
    ),
  ];
}

test('a target that the next answer lacks is absent, once', () => {
  const b = target('10.0.0.2');
  assert.deepEqual(read(answer(1, target('10.0.0.1'), b), answer(2, b), answer(3, b)), [
    ...[
      '01 10.0.0.1 healthy',
      '01 10.0.0.2 healthy',
      '02 10.0.0.2 healthy',
      '02 10.0.0.1 absent',
      '03 10.0.0.2 healthy',
    ],
  ]);
  assert.deepEqual(read(answer(1, b), answer(2)), ['01 10.0.0.2 healthy', '02 10.0.0.2 absent']);
});

test('an answer with a target that cannot be told makes none absent', () => {
  const a = target('10.0.0.1');
  assert.deepEqual(read(answer(1, a), answer(2, target('10.0.0.1', 'healthy', 'http')), answer(3)), [
    ...['bad_port', '01 10.0.0.1 healthy', '03 10.0.0.1 absent'],
  ]);
  assert.deepEqual(read(answer(1, a), answer(2, {})), ['not_a_target', '01 10.0.0.1 healthy']);
  assert.deepEqual(read(answer(1, a), answer(2, target('10.0.0.1', 'odd'))), ['unknown_state', '01 10.0.0.1 healthy']);
  assert.deepEqual(read(answer(1, a), answer(2, target('i-0abc'))), [
    ...['target_not_ip', '01 10.0.0.1 healthy', '02 10.0.0.1 absent'],
  ]);
});

test('groups are kept apart, and an older answer makes none absent', () => {
  const of = (group: string, value: object) => ({ ...value, targetGroupArn: group });
  assert.deepEqual(read(of('x', answer(1, target('10.0.0.1'))), of('y', answer(2, target('10.0.0.2')))), [
    ...['01 10.0.0.1 healthy', '02 10.0.0.2 healthy'],
  ]);
  assert.deepEqual(read(answer(5, target('10.0.0.1')), answer(2)), ['05 10.0.0.1 healthy']);
});
