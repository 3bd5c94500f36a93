import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseIp, parsePort } from '../../src/evidence/address.ts';
import { captureTime } from '../../src/evidence/capture-time.ts';
import { parseTime } from '../../src/evidence/moment.ts';
import { formatTime } from '../../src/time/time.ts';

const bounds = (text: string, zone = 0): string[] | null => {
  const moment = parseTime(text, zone);
  return moment && [formatTime(moment.earliest), formatTime(moment.latest)];
};

test('a printed time is as wide as its last digit', () => {
  const cases: [string, number, string, string][] = [
    ['2023-01-07T09:22:42Z', 0, '2023-01-07T09:22:42.000000Z', '2023-01-07T09:22:42.999999Z'],
    ['2023-01-07T09:22:42.87Z', 0, '2023-01-07T09:22:42.870000Z', '2023-01-07T09:22:42.879999Z'],
    ['2023-01-07T09:22:42.870123Z', 0, '2023-01-07T09:22:42.870123Z', '2023-01-07T09:22:42.870123Z'],
    ['2023-01-07T09:22:42.870123999Z', 0, '2023-01-07T09:22:42.870123Z', '2023-01-07T09:22:42.870123Z'],
    ['2023-01-07 17:22:40.926437', 480, '2023-01-07T09:22:40.926437Z', '2023-01-07T09:22:40.926437Z'],
    ['2023-01-07T17:22:40+08:00', 0, '2023-01-07T09:22:40.000000Z', '2023-01-07T09:22:40.999999Z'],
    ['2023-01-06T23:52:40-0930', 480, '2023-01-07T09:22:40.000000Z', '2023-01-07T09:22:40.999999Z'],
    ['2024-02-29t23:59:60z', 0, '2024-03-01T00:00:00.000000Z', '2024-03-01T00:00:00.999999Z'],
  ];
  for (const [text, zone, earliest, latest] of cases) assert.deepEqual(bounds(text, zone), [earliest, latest], text);
});

test('what is no time is null', () => {
  const texts = ['', 'now', '2023-01-07', '2023-02-29T00:00:00Z', '2023-13-01T00:00:00Z', '2023-01-07T24:00:00Z'];
  texts.push('2023-01-07T09:60:00Z', '0001-01-01T00:00:00Z', '9999-01-01T00:00:00Z', '2023-01-07T09:22:42+25:00');
  for (const text of texts) assert.equal(parseTime(text, 0), null, text);
});

test('a formatted time parses to itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7_258_118_399_999_999 }), (time) => {
      assert.deepEqual(parseTime(formatTime(time), 480), { earliest: time, latest: time });
    }),
  );
});

test('the capture time comes from the name, then the flag, then the modification time', () => {
  const at = (name: string, capturedAt: number | null, modifiedAt: number | null) => {
    const { moment, note } = captureTime({ name, capturedAt, modifiedAt, timezoneMinutes: 60 });
    assert.match(note, /^[^.]+.*\.$/);
    return moment && [formatTime(moment.earliest), formatTime(moment.latest)];
  };
  const wide = ['2023-01-07T09:22:41.000000Z', '2023-01-07T09:22:41.999999Z'];
  assert.deepEqual(at('tg@2023-01-07T09-22-41Z.json', 1, 2), wide);
  assert.deepEqual(at('tg@2023-01-07T09:22:41Z.json.gz', 1, 2), wide);
  assert.deepEqual(at('a@b@2023-01-07T17-22-41+08-00.json', 1, 2), wide);
  assert.deepEqual(at('tg@2023-01-07T10-22-41.json', 1, 2), wide);
  assert.deepEqual(at('tg@2023-01-07T09-22-41.5Z.json', 1, 2)?.[0], '2023-01-07T09:22:41.500000Z');
  assert.deepEqual(at('tg@2023-01-77T09-22-41Z.json', 1, 2)?.[0], '1970-01-01T00:00:00.000001Z');
  assert.deepEqual(at('tg.json', null, 2)?.[1], '1970-01-01T00:00:00.000002Z');
  assert.equal(at('tg.json', null, null), null);
});

test('addresses and ports', () => {
  for (const ip of [
    '10.0.2.61',
    '255.255.255.255',
    '::',
    '::1',
    '2600:1f13::7',
    '1:2:3:4:5:6:7:8',
    '::ffff:10.0.0.1',
  ]) {
    assert.equal(parseIp(ip), ip);
  }
  assert.equal(parseIp('2600:1F13::A'), '2600:1f13::a');
  for (const text of [
    '',
    '10.0.2',
    '10.0.2.256',
    '10.0.2.61:80',
    '1::2::3',
    '1:2:3:4:5:6:7',
    ':::',
    'i-0abc',
    '12345::',
  ]) {
    assert.equal(parseIp(text), null, text);
  }
  assert.equal(parsePort('1325'), 1325);
  assert.equal(parsePort(65535), 65535);
  for (const value of ['0', 0, 65536, '65536', '80.5', 1.5, '', null, undefined, '0x50']) {
    assert.equal(parsePort(value), null, String(value));
  }
});
