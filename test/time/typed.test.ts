import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseOffset, parseTypedTime } from '../../src/time/typed.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z') * 1000;

test('absolute times are read to the microsecond, without an offset as UTC', () => {
  const cases: Record<string, string> = {
    '2023-01-07T17:22:52+08:00': '2023-01-07T09:22:52Z',
    '2023-01-07T09:22:52Z': '2023-01-07T09:22:52Z',
    '2023-01-07t09:22:52z': '2023-01-07T09:22:52Z',
    '2023-01-07T09:22:52': '2023-01-07T09:22:52Z',
    '2023-01-07 09:22': '2023-01-07T09:22:00Z',
    '2023-01-07': '2023-01-07T00:00:00Z',
    '2024-02-29T00:00:00-0330': '2024-02-29T03:30:00Z',
    '  2023-01-07 ': '2023-01-07T00:00:00Z',
  };
  for (const [text, iso] of Object.entries(cases))
    assert.equal(parseTypedTime(text, NOW), Date.parse(iso) * 1000, text);
  assert.equal(parseTypedTime('2023-01-07T09:22:52.872365Z', NOW)! % 1_000_000, 872365);
  assert.equal(parseTypedTime('2023-01-07T09:22:52.8723659Z', NOW)! % 1_000_000, 872365);
  assert.equal(parseTypedTime('2023-01-07T09:22:52.5Z', NOW)! % 1_000_000, 500000);
  // As answers print them.
  assert.equal(parseTypedTime('2023-01-07 09:22:52 UTC', NOW), Date.parse('2023-01-07T09:22:52Z') * 1000);
  assert.equal(parseTypedTime('2023-01-07 17:22:52.125 +08:00', NOW), Date.parse('2023-01-07T09:22:52.125Z') * 1000);
});

test('relative times count back from now', () => {
  const hour = 3_600_000_000;
  const cases = {
    now: 0,
    NOW: 0,
    '-2h': 2 * hour,
    '-90m': 1.5 * hour,
    '-1d': 24 * hour,
    '-30s': hour / 120,
    '-1w': 168 * hour,
    '-1d12h': 36 * hour,
    '2h': 2 * hour,
    today: 12 * hour,
    Yesterday: 36 * hour,
    '12:00': 0,
    '11:59:30': hour / 120,
    '12:01': 24 * hour - hour / 60,
  };
  for (const [text, back] of Object.entries(cases)) assert.equal(parseTypedTime(text, NOW), NOW - back, text);
});

test('clocks, days and seconds since 1970 are those of the zone, the latest that have been', () => {
  const east = (wall: number): number => wall - 8 * 3_600_000_000;
  const at = (iso: string): number => Date.parse(iso) * 1000;
  // Clocks show 20:00 there.
  assert.equal(parseTypedTime('19:30', NOW, east), at('2026-11-24T11:30:00Z'));
  assert.equal(parseTypedTime('20:30', NOW, east), at('2026-11-23T12:30:00Z'));
  assert.equal(parseTypedTime('today', NOW, east), at('2026-11-23T16:00:00Z'));
  assert.equal(parseTypedTime('yesterday', NOW, east), at('2026-11-22T16:00:00Z'));
  assert.equal(parseTypedTime('1673083372', NOW, east), at('2023-01-07T09:22:52Z'));
  assert.equal(parseTypedTime('1673083372125', NOW), at('2023-01-07T09:22:52.125Z'));
});

test('what is no time is null', () => {
  const wrong = [
    '',
    '2',
    '-2',
    '-h',
    '-2y',
    '2023-02-30',
    '2023-13-01',
    '2023-1-7',
    '20230107',
    '2023-01-07T24:00:00Z',
    '167308337',
    '7300000000',
    '24:00',
    '9:00',
    '09:60',
    'tomorrow',
    '2023-01-07T09:22:52+99:00',
    '2023-01-07T09',
    '1969-12-31',
    '2200-01-01',
    '-999999w',
    '2023-01-07Z',
  ];
  for (const text of wrong) assert.equal(parseTypedTime(text, NOW), null, text);
});

test('every instant reads back from any offset', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 86_400, max: 7_000_000_000 }),
      fc.integer({ min: -1080, max: 1080 }),
      (second, offset) => {
        const sign = offset < 0 ? '-' : '+';
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
          String(n).padStart(2, '0'),
        );
        const local = new Date((second + offset * 60) * 1000).toISOString().slice(0, 19);
        assert.equal(parseTypedTime(`${local}${sign}${hours}:${minutes}`, NOW), second * 1_000_000);
      },
    ),
  );
});

test('offsets are minutes east of UTC', () => {
  const cases = { '+08:00': 480, '-0330': -210, '+05': 300, Z: 0, utc: 0, '+00:00': 0, '-00:00': 0 };
  for (const [text, minutes] of Object.entries(cases)) assert.equal(parseOffset(text), minutes, text);
  for (const text of ['', '8', '+8', '08:00', '+08:60', '+19:00', 'CET', 'Asia/Shanghai', '+08:0'])
    assert.equal(parseOffset(text), null, text);
});
