/** Tests the timeline of `explain`: intervals are shown as intervals, and no cause follows its effect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Story, type StoryEvent, tellStory } from '../../src/report/story.ts';

const START = Date.UTC(2026, 10, 4, 8, 20);
const iso = (seconds: number): string =>
  new Date(START + Math.round(seconds * 1000)).toISOString().replace('Z', '000Z');

const story = (timeline: readonly StoryEvent[], more: Partial<Story> = {}): Story => ({
  traceId: 'Root=1-2-3',
  place: '1:1',
  requestLine: null,
  routed: iso(0),
  failed: iso(9.5),
  status: '502 by the balancer itself',
  targetGroup: 'cart',
  mechanism: 'closed_in_flight',
  cause: 'killed_in_flight',
  confidence: 'exact',
  otherCause: null,
  rule: 'killed.cut_at_exit',
  condition: 'D between R and F, cut off at T',
  told: null,
  targetWas: 'cut off',
  pattern: null,
  numbers: { 'R-D': -5, 'R-X': null, 'R-T': -9.9999, 'F-T': -0.5 },
  because: 'It was cut off.',
  nextStep: 'Let the application finish.',
  missing: null,
  remedy: null,
  evidence: [],
  timeline,
  ...more,
});

test('a time that is known to the second is an interval, and stands before the failure in it', () => {
  const text = tellStory(
    story([
      { earliest: iso(9.5), latest: iso(9.5), what: 'FAILED', follows: iso(9) },
      { earliest: iso(9), latest: iso(9.999), what: 'the container ended' },
      { earliest: iso(0), latest: iso(0), what: 'ROUTED' },
    ]),
  );
  const lines = text.split('\n').filter((line) => /08:20:.*[A-Z]{3}|container/.test(line) && !/routed at/.test(line));
  assert.deepEqual(lines, [
    `  ${'+0 s'.padEnd(22)} 08:20:00.000 ROUTED`,
    `  ${'+9 s .. +9.999 s'.padEnd(22)} 08:20:09.000 the container ended`,
    `  ${'+9.5 s'.padEnd(22)} 08:20:09.500 FAILED`,
  ]);
  assert.match(text, /rule killed\.cut_at_exit: D between R and F, cut off at T\n/);
  assert.match(text, /R-D >= -5 s, R-T >= -10 s, F-T >= -0\.5 s, the target was cut off\n/);
  assert.match(text, /Next: Let the application finish\.\n/);
});

test('an exit never stands behind the failure that it caused, wherever the clocks put the two', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: -999, max: 1999 }), (exited, later) => {
      const [ended, failed] = [exited / 1000, (exited + later) / 1000];
      const text = tellStory(
        story([
          { earliest: iso(failed), latest: iso(failed), what: 'FAILED', follows: iso(ended) },
          { earliest: iso(ended), latest: iso(ended + 0.999), what: 'ENDED' },
        ]),
      );
      assert.ok(text.indexOf('ENDED') < text.indexOf('FAILED'), text);
      assert.match(text, /\.\. .*ENDED/);
    }),
  );
});
