/** A slice of `make accuracy`: some made-up incidents through the real program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidents } from '../../bench/accuracy/grid.ts';
import { missed, perCause, score } from '../../bench/accuracy/score.ts';
import { ask, prepare } from '../../bench/accuracy/world.ts';
import { overrideScenario } from '../../src/simulate/check.ts';
import { freshFolder } from '../cli.ts';

test('what is said of made-up incidents is true, with all evidence and with none', async () => {
  const all = incidents(1, ['cut-off', 'late-controller', 'oom-kill', 'recreate', 'security-group']).map(
    (incident) => ({
      ...incident,
      scenario: overrideScenario(incident.scenario, 'requestsPerSecond=12'),
    }),
  );
  const prepared = await prepare(all, freshFolder());
  assert.ok(prepared.truths.length > 300);
  const full = score(prepared.truths, await ask(prepared, 'full'));
  assert.deepEqual(
    missed('full', full).filter((sentence) => !sentence.includes('not settled')),
    [],
  );
  const told = perCause(full).filter(({ settled }) => settled > 0);
  for (const cause of ['container_restart', 'draining_target', 'healthy_target', 'no_healthy_target', 'stale_target']) {
    assert.ok(
      told.some((one) => one.cause === cause && one.recall === 1),
      `${cause} is told`,
    );
  }
  const none = score(prepared.truths, await ask(prepared, 'nothing'));
  assert.deepEqual(missed('nothing', none), []);
  assert.ok(none.unsettled > 0);
});
