/** Tests --local where Node has no name for the zone of the machine. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { zoneOption } from '../../src/command/option.ts';
import { timeText } from '../../src/time/zone.ts';

const TZ = process.env.TZ;
afterEach(() => {
  // Absent is not the text `undefined`.
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

test('the form of the C library, and a mistyped zone, are what its clock shows', () => {
  const shown = (zone: string): string => {
    process.env.TZ = zone;
    return timeText('2026-03-10T14:00:15Z', zoneOption({ timezone: undefined, local: true }, { TZ: zone }));
  };
  assert.equal(shown('UTC-14'), '2026-03-11 04:00:15 +14:00');
  assert.equal(shown('Mars/Olympus'), '2026-03-10 14:00:15 UTC');
  assert.equal(shown('Asia/Shanghai'), '2026-03-10 22:00:15 +08:00');
});
