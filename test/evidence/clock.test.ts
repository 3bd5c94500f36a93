/** Tests the correction of clocks that are off, and when it makes evidence be read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corrected, etagWith, plainEtag } from '../../src/evidence/clock.ts';
import { type PodFact, UNSAID } from '../../src/evidence/fact.ts';
import { planLoad } from '../../src/load/main/plan.ts';
import type { Known } from '../../src/store/ledger.ts';

const offset = { clock: 6_000_000, nodeClock: -2_500_000 };
const fact = (event: PodFact['event']): PodFact => ({
  ...UNSAID,
  kind: 'pod',
  line: 1,
  name: 'web-1',
  event,
  earliest: 10_000_000,
  latest: null,
});

test('times of nodes are moved by their own offset, all others by that of the object', () => {
  assert.deepEqual(corrected(fact('deleted'), offset), { ...fact('deleted'), earliest: 4_000_000 });
  assert.deepEqual(corrected(fact('finished'), offset), { ...fact('finished'), earliest: 12_500_000 });
  const setting = { kind: 'setting', line: 1, scope: 'workload', subject: 's', key: 'k', value: 'v' } as const;
  const moved = corrected({ ...setting, earliest: 7_000_000, latest: 8_000_000 }, offset);
  assert.deepEqual([moved.earliest, moved.latest], [1_000_000, 2_000_000]);
});

test('evidence is read again for another offset, and logs are not', () => {
  assert.equal(plainEtag(etagWith('e', offset)), 'e');
  assert.equal(etagWith('e', { clock: 0, nodeClock: 0 }), 'e');
  const object = { uri: 'u', etag: 'e', size: 1, modified: null, name: 'x' };
  const entry: Known = { object_id: 3, etag: 'e', keep: 'all', loaded_at: 1, status: 'complete', kind: 'pods_csv' };
  const cases: [what: string, entry: Partial<Known>, offset: typeof offset | null, isRead: boolean][] = [
    ['as before, without an offset', {}, null, false],
    ['now with an offset', {}, offset, true],
    ['the same offset again', { etag: etagWith('e', offset) }, offset, false],
    ['another offset', { etag: etagWith('e', offset) }, { clock: 1, nodeClock: 1 }, true],
    ['back to none', { etag: etagWith('e', offset) }, { clock: 0, nodeClock: 0 }, true],
    ['none said, so that it stays', { etag: etagWith('e', offset) }, null, false],
    ['changed meanwhile', { etag: etagWith('f', offset) }, null, true],
    ['a log', { kind: 'alb_access_log' }, offset, false],
  ];
  for (const [what, change, clock, isRead] of cases) {
    const plan = planLoad([{ source: 0, object }], new Map([['u', { ...entry, ...change }]]), 1, 'all', 10, clock);
    assert.equal(plan.batches.length, isRead ? 1 : 0, what);
  }
});
