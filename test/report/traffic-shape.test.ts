/** Tests the sentence on what an incident looks like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHAPES } from '../../src/query/word.ts';
import { type ShapeRow, shapeFix, shapeLines, shapeSentence } from '../../src/report/traffic-shape.ts';
import { parseZone } from '../../src/time/zone.ts';

const row = (more: Partial<ShapeRow> = {}): ShapeRow => ({
  target_group_arn: 'arn:tg/a',
  first_failure: '2026-06-02T08:03:20.500000Z',
  last_failure: '2026-06-02T08:05:00.000000Z',
  failures: 43,
  shape: 'rollout',
  fitting: 41,
  targets: 8,
  began_at: '2026-06-02T08:01:07.000000Z',
  ended_at: '2026-06-02T08:05:00.000000Z',
  target_kind: 'pod',
  proof: 'pods and Events',
  ...more,
});

test('the sentence names the shape, its times, how much fits, and one source', () => {
  assert.equal(
    shapeSentence(row()),
    'looks like a rollout of 8 targets between 08:01 and 08:05 (likely: 41 of 43 failures fit); load pods and Events (kubectl get pods,events -A -o json) to name the pods',
  );
  assert.equal(
    shapeSentence(
      row({
        shape: 'scale_in',
        targets: 1,
        failures: 1,
        fitting: 1,
        ended_at: '2026-06-02T08:01:59.000000Z',
        target_kind: null,
        proof: 'CloudTrail',
      }),
    ),
    'looks like a scale-in: 1 target left and none came, at 08:01 (likely: 1 of 1 failure fits); load CloudTrail (RegisterTargets and DeregisterTargets) to date what was deregistered',
  );
  assert.match(
    shapeSentence(row({ shape: 'slow_application', target_kind: 'ecs_task', proof: 'events of ECS' })) ?? '',
    /to see that the ECS tasks lived on$/,
  );
  assert.match(
    shapeSentence(row({ shape: 'replaced_targets', target_kind: 'instance', proof: 'scaling activities' })) ?? '',
    /load aws autoscaling describe-scaling-activities to name the instances$/,
  );
  assert.match(
    shapeSentence(row({ shape: 'empty_group', targets: 0, proof: 'CloudTrail' })) ?? '',
    /to see who took the last one out$/,
  );
});

test('times are those of the zone that was asked for', () => {
  assert.match(shapeSentence(row(), parseZone('+08:00')!) ?? '', /between 16:01 and 16:05 /);
});

test('each shape has a sentence of its own, and other words have none', () => {
  const sentences = SHAPES.map((shape) => shapeSentence(row({ shape })));
  assert.ok(sentences.every((sentence) => sentence !== null));
  assert.equal(new Set(sentences).size, SHAPES.length);
  for (const shape of [null, 'constructor', '__proto__', 'rollout\u001b[2J'])
    assert.equal(shapeSentence(row({ shape })), null);
  // The words come from a file that somebody may have changed.
  assert.match(
    shapeSentence(row({ proof: 'constructor', target_kind: 'toString' })) ?? '',
    /load CloudTrail .* deregistered$/,
  );
});

test('lines are of incidents that evidence does not explain, three at most', () => {
  const incident = {
    targetGroup: 'arn:tg/a',
    first: '2026-06-02T08:04:00.000000Z',
    last: '2026-06-02T08:04:30.000000Z',
  };
  const lines = shapeLines([row()], [incident]);
  assert.deepEqual(lines, [
    'looks like a rollout of 8 targets between 08:01 and 08:05 (likely: 41 of 43',
    '     failures fit); load pods and Events (kubectl get pods,events -A -o json) to',
    '     name the pods',
  ]);
  assert.deepEqual(shapeLines([row()], []), []);
  assert.deepEqual(shapeLines([row()], [{ ...incident, targetGroup: 'arn:tg/b' }]), []);
  assert.deepEqual(
    shapeLines([row()], [{ ...incident, first: '2026-06-02T08:05:00.000001Z', last: '2026-06-02T09:00:00.000000Z' }]),
    [],
  );
  assert.deepEqual(shapeLines([row({ shape: null })], [incident]), []);
  const many = shapeLines([row(), row(), row(), row(), row()], [incident]);
  assert.equal(many.filter((line) => line.startsWith('looks like')).length, 3);
  assert.equal(many.at(-1), 'and 2 more incidents: draintrace query traffic-shapes');
});

test('what to do follows the shape, if at least half of the failures have it', () => {
  const incident = { targetGroup: 'arn:tg/a', first: row().first_failure, last: row().last_failure };
  assert.match(shapeFix([row({ shape: 'silent_targets' })], [incident]) ?? '', /^Look at the machine .*lost/);
  for (const shape of ['rollout', 'replaced_targets', 'scale_in'])
    assert.match(shapeFix([row({ shape })], [incident]) ?? '', /^Keep targets serving/);
  assert.match(shapeFix([row({ shape: 'all_unreachable' })], [incident]) ?? '', /^Look at security groups/);
  for (const shape of ['slow_application', 'one_target', null, 'constructor'])
    assert.equal(shapeFix([row({ shape })], [incident]), null);
  assert.equal(shapeFix([row({ failures: 1 }), row({ shape: null, failures: 2 })], [incident]), null);
  assert.equal(shapeFix([row()], []), null, 'evidence explains the incident');
});
