/** Tests how a night judges its day: limits, and differences from the days before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Day, judgeNight, nightMarkdown, nightMetrics } from '../../src/report/night.ts';

const day = (name: string, more: Partial<Day> = {}): Day => ({
  day: name,
  requests: 1000,
  failures: 10,
  causes: { draining_target: 9, unsettled: 1 },
  late_p99_seconds: 10,
  late_max_seconds: 12,
  workloads: [{ workload: 'shop/cart', failures: 10 }],
  ...more,
});

test('limits are broken by more, not by as much', () => {
  const { broken } = judgeNight(day('2026-03-10'), [], {
    draining_target: 9,
    unsettled: 0,
    failures: 9,
    killed_in_flight: 0,
  });
  assert.deepEqual(broken, [
    { limit: 'unsettled', most: 0, found: 1 },
    { limit: 'failures', most: 9, found: 10 },
  ]);
});

test('new workloads, a worse tail and a larger unsettled share are told; the same day is not news', () => {
  const before = [day('2026-03-08'), day('2026-03-09')];
  assert.deepEqual(judgeNight(day('2026-03-10'), before, {}).changes, []);
  const worse = day('2026-03-10', {
    late_p99_seconds: 31,
    causes: { draining_target: 5, unsettled: 5 },
    workloads: [
      { workload: 'shop/cart', failures: 9 },
      { workload: 'shop/<script>', failures: 1 },
    ],
  });
  assert.deepEqual(judgeNight(worse, before, {}).changes, [
    'shop/<script> fails for the first time (1 failure).',
    'Targets that go away are chosen for 31 s (99%), where 10 s was usual.',
    '50% of the failures are not settled, where 10% was usual.',
  ]);
  const rare = day('2026-03-10', { failures: 3000, causes: { draining_target: 2000, unsettled: 2999 } });
  assert.deepEqual(judgeNight(rare, before, {}).changes, [
    '99.967% of the failures are not settled, where 10% was usual.',
  ]);
  assert.deepEqual(judgeNight(worse, [], {}).changes, [], 'the first night has nothing to compare with');
});

test('Markdown and OpenMetrics escape what evidence named', () => {
  const hostile = day('2026-03-10', { workloads: [{ workload: 'a|b\n<img>', failures: 1 }] });
  const night = judgeNight(hostile, [day('2026-03-09')], { draining_target: 0 });
  const text = nightMarkdown(night);
  assert.doesNotMatch(text, /<img>/);
  assert.equal(text.split('\n').length, 5);
  const metrics = nightMetrics({ ...night, day: { ...hostile, causes: { 'a"b\\\n': 1 } } }, 5);
  assert.match(metrics, /cause="a\\"b\\\\\\n"\} 1/);
  assert.match(metrics, /late_routing_p99_seconds 10/);
});
