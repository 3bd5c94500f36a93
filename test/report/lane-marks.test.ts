/** Tests the marks of a lane: what overlaps becomes one bar with its number, nothing is lost, and no number meets another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisTicks, laneMarks, type MarkWords } from '../../src/report/lane-marks.ts';
import { MARK_SHAPES } from '../../src/report/mark.ts';

const WORDS: MarkWords = {
  kinds: [
    ['connect_timeout', 'draining_target', '/'],
    ['closed_in_flight', 'killed_in_flight', '/'],
    ['no_target', '', ''],
  ],
  shapes: { connect_timeout: MARK_SHAPES[0]!, closed_in_flight: MARK_SHAPES[2]!, no_target: MARK_SHAPES[5]! },
  classes: { draining_target: 'c-draining_target', killed_in_flight: 'c-killed_in_flight', '': 'c-none' },
};
const view = (from = 0, to = 900_000) => ({ base: Date.UTC(2026, 2, 10, 14), from, to, width: 900 });

const titles = (svg: string): string[] => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, text]) => text!);
const numbers = (svg: string) =>
  [...svg.matchAll(/<text class="n" x="([\d.]+)" y="11">(\d+)<\/text>/g)].map(([, x, n]) => ({
    x: Number(x),
    n: Number(n),
  }));

test('one failure is a shape without a number; its line ends when the balancer answered', () => {
  const svg = laneMarks([300_000, 10_000, 0, 1], WORDS, view());
  assert.deepEqual(titles(svg), ['1 at 14:05:00: connect_timeout, draining_target']);
  assert.deepEqual(numbers(svg), []);
  assert.ok(svg.includes('M300 20m0-4.5a'));
  assert.ok(svg.includes('H310m0-3v6'));
});

test('failures that overlap are one bar with their number, and apart when a reader zooms', () => {
  const points = Array.from({ length: 20 }, (_, i) => [300_000 + i * 1_000, 0, i % 2, 1]).flat();
  const whole = laneMarks(points, WORDS, view());
  assert.deepEqual(titles(whole), [
    '20 at 14:05:00 to 14:05:19: 10 × connect_timeout, 10 × closed_in_flight, 10 × draining_target, 10 × killed_in_flight',
  ]);
  assert.deepEqual(numbers(whole), [{ x: 309.5, n: 20 }]);
  assert.equal(titles(laneMarks(points, WORDS, view(300_000, 320_000))).length, 20);
  assert.equal(titles(laneMarks(points, WORDS, view(500_000, 600_000))).length, 0);
});

test('whatever the marks are, their numbers add up, keep apart, and stay inside', () => {
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * most);
  };
  for (let round = 0; round < 200; round++) {
    const marks = Array.from({ length: 1 + random(80) }, () => [
      random(900_001),
      random(9_000),
      random(3),
      1 + random(30),
    ]);
    marks.sort((a, b) => a[0]! - b[0]!);
    const svg = laneMarks(marks.flat(), WORDS, view());
    const total = marks.reduce((sum, [, , , n]) => sum + n!, 0);
    const told = titles(svg).reduce((sum, text) => sum + Number(/^\d+/.exec(text)![0]), 0);
    assert.equal(told, total);
    let last = 0;
    for (const { x, n } of numbers(svg)) {
      const half = String(n).length * 3.2;
      assert.ok(x - half >= last, `round ${round}: ${n} at ${x} meets what ends at ${last}`);
      last = x + half;
    }
    assert.ok(last <= 900);
    for (const [, x, wide] of svg.matchAll(/<rect class="[^"]*" x="(-?[\d.]+)" y="[\d.]+" width="([\d.]+)"/g)) {
      assert.ok(Number(x) >= 0 && Number(x) + Number(wide) <= 900.1, `${x} ${wide}`);
    }
  }
});

test('labels of the axis keep apart, whatever span it shows', () => {
  for (let span = 500; span < 4e10; span *= 1.7) {
    const svg = axisTicks({ base: Date.UTC(2026, 2, 10, 14, 3, 17), from: 0, to: span, width: 900 }, 18, true);
    const places = [...svg.matchAll(/<text class="tick" x="([\d.]+)"/g)].map(([, x]) => Number(x));
    assert.ok(places.length <= 10, `${places.length} labels for ${span} ms`);
    assert.ok(places.length >= 1, `${places.length} labels for ${span} ms`);
    places.reduce((before, x) => {
      assert.ok(x - before >= 64, `${before} and ${x} of ${span} ms`);
      return x;
    }, -64);
  }
});
