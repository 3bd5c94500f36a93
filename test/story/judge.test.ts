/** Tests the grading of a verdict, by examples small enough to check by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersInWords, fits, gradeOf, inWords } from '../../bench/story/judge.ts';
import type { Label } from '../../bench/story/label.ts';

const label: Label = {
  mechanism: 'connect_timeout',
  answers: [
    { cause: 'draining_target', told: ['yes', 'unknown'], pod_name: 'a' },
    { either: ['draining_target', 'killed_in_flight'] },
    { cause: 'node_lost', confidence: 'likely' },
  ],
  must_not: [{ cause: 'healthy_target', confidence: ['exact', 'bounded'] }, { lateness: { max: -0.001 } }],
};
const said = (columns: Record<string, unknown>) => ({ mechanism: 'connect_timeout', confidence: 'exact', ...columns });
const draining = { cause: 'draining_target', told: 'yes', pod_name: 'a' };

test('each of the answers is right', () => {
  assert.equal(gradeOf(label, said(draining)), 'right');
  assert.equal(gradeOf(label, said({ ...draining, told: 'unknown', confidence: 'bounded' })), 'right');
  const open = { cause: 'killed_in_flight', other_cause: 'draining_target', confidence: 'ambiguous' };
  assert.equal(gradeOf(label, said(open)), 'right');
  assert.equal(gradeOf(label, said({ cause: 'node_lost', confidence: 'likely' })), 'right');
});

test('the mechanism and every column that an answer names must be right', () => {
  assert.equal(gradeOf(label, said({ ...draining, told: 'no' })), 'wrong');
  assert.equal(gradeOf(label, said({ ...draining, pod_name: 'b' })), 'wrong');
  assert.equal(gradeOf(label, { ...said(draining), mechanism: 'connect_failed' }), 'wrong');
  assert.equal(gradeOf(label, said({ cause: 'draining_target' })), 'wrong', 'an absent column is null');
});

test('a settled answer is not right where the tool says that it is only likely, nor the other way round', () => {
  assert.equal(gradeOf(label, said({ ...draining, confidence: 'likely' })), 'wrong');
  assert.equal(gradeOf(label, said({ cause: 'node_lost' })), 'wrong');
});

test('what leaves the question open without naming the right two is silent, as is what is not reported', () => {
  const open = { cause: 'draining_target', other_cause: 'node_lost', confidence: 'ambiguous' };
  assert.equal(gradeOf(label, said(open)), 'silent');
  assert.equal(gradeOf(label, said({ cause: 'no_evidence', confidence: null })), 'silent');
  assert.equal(gradeOf(label, undefined), 'silent');
});

test('what is forbidden is harmful, even beside a right answer', () => {
  assert.equal(gradeOf(label, said({ cause: 'healthy_target' })), 'harmful');
  const unsure = { cause: 'healthy_target', other_cause: 'node_lost', confidence: 'ambiguous' };
  assert.equal(gradeOf(label, said(unsure)), 'silent');
  assert.equal(gradeOf(label, said({ ...draining, lateness: -30 })), 'harmful');
});

test('bounds hold for numbers alone', () => {
  assert.ok(fits({ n: 33.1 }, { n: { min: 32, max: 34 } }));
  assert.ok(!fits({ n: 31 }, { n: { min: 32 } }));
  assert.ok(!fits({}, { n: { max: 0 } }));
  assert.ok(fits({}, { n: null }));
});

test('the words name the columns that the label speaks of', () => {
  assert.equal(
    inWords(label, said({ cause: 'healthy_target', other_cause: 'node_lost', confidence: 'ambiguous' })),
    'connect_timeout: healthy_target | node_lost (ambiguous), told null, pod_name null, lateness null',
  );
  assert.equal(inWords(label, undefined), 'not reported');
  assert.match(answersInWords(label), /^connect_timeout: draining_target, told \["yes","unknown"\], pod_name "a"; or /);
});
