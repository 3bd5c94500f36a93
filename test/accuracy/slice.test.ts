/** Runs a part of `make accuracy`: some synthetic incidents through the real program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidents } from '../../bench/accuracy/grid.ts';
import { perCause, score } from '../../bench/accuracy/score.ts';
import { ask, prepare } from '../../bench/accuracy/world.ts';
import { freshFolder } from '../cli.ts';

const SAMPLES = ['cut-off', 'late-controller', 'oom-kill', 'recreate', 'security-group'];

test('what is said of made-up incidents is true, with all evidence and with none', async () => {
  const all = incidents(
    1,
    SAMPLES.map((name) => `sample/${name}`),
  );
  const prepared = await prepare(all, freshFolder());
  assert.ok(prepared.truths.length > 300);
  const full = score(prepared.truths, await ask(prepared, 'full'));
  assert.deepEqual(
    full.wrong.filter(({ fault }) => fault === 'cause' || fault === 'mechanism' || fault === 'pod'),
    [],
  );
  assert.ok(full.settled > 0.9 * full.failures, `${full.settled} of ${full.failures} are settled`);
  const causes = perCause(full);
  for (const cause of ['container_restart', 'draining_target', 'healthy_target', 'no_healthy_target']) {
    const recall = causes.find((one) => one.cause === cause)?.recall ?? 0;
    assert.ok(recall > 0.9, `${cause} is found in ${recall} of its cases`);
  }
  const none = score(prepared.truths, await ask(prepared, 'nothing'));
  assert.deepEqual(
    none.wrong.filter(({ fault }) => fault === 'cause' || fault === 'mechanism'),
    [],
  );
  assert.ok(none.settled < none.failures);
});
