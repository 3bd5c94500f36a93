/** Tests the zones of people: offsets, names, and days on which clocks change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MILLISECOND } from '../../src/time/time.ts';
import { parseTypedTime } from '../../src/time/typed.ts';
import { fromWall, parseZone, spanText, timesIn, timeText, UTC } from '../../src/time/zone.ts';

const AT = '2026-03-10T14:00:15.125678Z';

test('a time is shown with the offset that it has there and then', () => {
  assert.equal(timeText(AT, UTC), '2026-03-10 14:00:15 UTC');
  assert.equal(timeText(AT, parseZone('Asia/Shanghai')!, 3), '2026-03-10 22:00:15.125 +08:00');
  assert.equal(timeText(AT, parseZone('America/St_Johns')!), '2026-03-10 11:30:15 -02:30');
  assert.equal(timeText('2026-01-10T01:00:00Z', parseZone('America/St_Johns')!), '2026-01-09 21:30:00 -03:30');
  assert.equal(timeText(AT, parseZone('-0330')!), '2026-03-10 10:30:15 -03:30');
  assert.equal(timeText(AT, parseZone('Z')!), timeText(AT, UTC));
});

test('a span names the second day and the second offset only where they differ', () => {
  const berlin = parseZone('Europe/Berlin')!;
  assert.equal(spanText(AT, '2026-03-10T14:00:15.9Z', UTC), '2026-03-10 14:00:15 UTC');
  assert.equal(spanText(AT, '2026-03-10T14:02:20Z', berlin), '2026-03-10 15:00:15 to 15:02:20 +01:00');
  assert.equal(
    spanText('2026-03-10T22:59:00Z', '2026-03-10T23:01:00Z', berlin),
    '2026-03-10 23:59:00 to 2026-03-11 00:01:00 +01:00',
  );
  assert.equal(
    spanText('2026-03-29T00:59:00Z', '2026-03-29T01:01:00Z', berlin),
    '2026-03-29 01:59:00 +01:00 to 03:01:00 +02:00',
  );
});

test('a typed time without an offset is of the zone, one with an offset is not', () => {
  const berlin = parseZone('Europe/Berlin')!;
  const read = (text: string) =>
    new Date(parseTypedTime(text, 0, (wall) => fromWall(wall, berlin))! / MILLISECOND).toISOString();
  assert.equal(read('2026-03-29T01:30'), '2026-03-29T00:30:00.000Z');
  assert.equal(read('2026-03-29T03:30'), '2026-03-29T01:30:00.000Z');
  assert.equal(read('2026-07-01'), '2026-06-30T22:00:00.000Z');
  assert.equal(read('2026-07-01T00:00Z'), '2026-07-01T00:00:00.000Z');
});

test('what is no zone is null', () => {
  for (const word of ['', 'Mars/Olympus', '+25:00', 'local', '8']) assert.equal(parseZone(word), null, word);
});

test('times in a sentence are those of the zone, names of rollouts stay', () => {
  const sentence = 'Rollout a@2026-03-10T14:00:15Z; it answered at 2026-03-10T14:00:15.125000Z.';
  const told = (zone: string) => timesIn(sentence, parseZone(zone)!);
  assert.equal(told('+08:00'), 'Rollout a@2026-03-10T14:00:15Z; it answered at 2026-03-10 22:00:15 +08:00.');
  assert.equal(told('UTC'), 'Rollout a@2026-03-10T14:00:15Z; it answered at 2026-03-10 14:00:15 UTC.');
  assert.equal(timesIn('at 2026-99-99T99:99:99Z', UTC), 'at 2026-99-99T99:99:99Z');
});

test('a time that no calendar has is shown as unreadable', () => {
  for (const time of ['infinity', 8.64e15, Number.NaN]) assert.equal(timeText(time, UTC), '????-??-?? ??:??:?? UTC');
  assert.match(spanText(AT, 'infinity', UTC), /^2026-03-10 14:00:15 to \?{4}/);
});
