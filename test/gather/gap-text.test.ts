/** Tests the list of the gaps of a gathering. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapLines } from '../../src/gather/gap-text.ts';

const gap = (what: string, failed: boolean, reason = 'no region', next = 'give one') => ({
  what,
  reason,
  next,
  failed,
});

test('gaps of one reason have it once, and each is named', () => {
  assert.deepEqual(
    gapLines([gap('logs', true), gap('events', false), gap('tasks', true), gap('pods', true, 'refused', 'allow it')]),
    [
      '',
      'failed:',
      '  no region',
      '    next: give one',
      '    - logs',
      '    - tasks',
      '  pods: refused',
      '    next: allow it',
      '',
      'not there to be had:',
      '  events: no region',
      '    next: give one',
    ],
  );
  assert.deepEqual(gapLines([gap('logs', true), gap('tasks', true, 'no region', 'wait')]).length, 6);
  assert.deepEqual(gapLines([]), []);
});
