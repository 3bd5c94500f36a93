/**
 * Compares findings with simulated rollouts of the same settings: where requests fail, lint has said so, and where it finds nothing, none
 * fails. The reverse does not hold for every world: a warning is about the slowest node of a load balancer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { lint } from '../../src/lint/lint.ts';
import type { RuleId } from '../../src/lint/rule.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
import { checkScenario } from '../../src/simulate/check.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { type Shop, shop, sleeping } from './manifest.ts';

interface Settings {
  preStop: number;
  grace: number;
  delay: number;
  strategy?: 'Recreate' | 'RollingUpdate';
}

/** Returns how many requests of two rollouts failed, by cause. */
function failuresOf({ preStop, grace, delay, strategy = 'RollingUpdate' }: Settings): Map<string, number> {
  const counts = new Map<string, number>();
  for (const seed of [1, 2]) {
    const scenario = checkScenario({
      durationSeconds: 300,
      requestsPerSecond: 30,
      longRequestShare: 0,
      preStopSeconds: preStop,
      terminationGracePeriodSeconds: grace,
      deregistrationDelaySeconds: delay,
      strategy,
      incidents: [{ at: 60, do: 'rollout' }],
    });
    const { truths } = writeSimulation(simulate(scenario, seed));
    for (const { cause } of truths) counts.set(String(cause), (counts.get(String(cause)) ?? 0) + 1);
  }
  return counts;
}

function rulesOf({ preStop, grace, delay, strategy }: Settings): RuleId[] {
  const changes: Shop = {
    web: preStop === 0 ? { lifecycle: undefined } : sleeping(preStop),
    pod: { terminationGracePeriodSeconds: grace },
    ingress: { 'target-group-attributes': `deregistration_delay.timeout_seconds=${delay}` },
    spec: strategy === undefined ? {} : { strategy: { type: strategy } },
  };
  const { findings } = lint([{ name: 'shop.yaml', text: shop(changes) }], NOTHING_MEASURED);
  return findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule);
}

const FAILING: readonly (readonly [Settings, cause: string, RuleId])[] = [
  [{ preStop: 0, grace: 30, delay: 300 }, 'draining_target', 'pre-stop-missing'],
  [{ preStop: 10, grace: 60, delay: 300 }, 'draining_target', 'pre-stop-too-short'],
  [{ preStop: 10, grace: 12, delay: 300 }, 'draining_target', 'grace-below-late-routing'],
  [{ preStop: 10, grace: 10, delay: 300 }, 'draining_target', 'grace-not-above-pre-stop'],
  [{ preStop: 35, grace: 75, delay: 1 }, 'drain_delay_elapsed', 'delay-below-late-routing'],
  [{ preStop: 35, grace: 75, delay: 60, strategy: 'Recreate' }, 'no_healthy_target', 'no-target-in-rollout'],
];
const GOOD: readonly Settings[] = [
  { preStop: 25, grace: 55, delay: 300 },
  { preStop: 35, grace: 75, delay: 30 },
  { preStop: 60, grace: 90, delay: 50 },
];

for (const [settings, cause, rule] of FAILING) {
  test(`${JSON.stringify(settings)} fails in a simulated rollout, and lint says ${rule}`, () => {
    assert.ok((failuresOf(settings).get(cause) ?? 0) > 0, `no ${cause}`);
    assert.ok(rulesOf(settings).includes(rule));
  });
}

for (const settings of GOOD) {
  test(`${JSON.stringify(settings)} has no finding, and its rollouts no failure`, () => {
    assert.deepEqual(rulesOf(settings), []);
    assert.deepEqual([...failuresOf(settings)], []);
  });
}

test('the patch of a finding ends the failures of its rollouts', () => {
  const broken: Settings = { preStop: 0, grace: 30, delay: 300 };
  const text = shop({ web: { lifecycle: undefined }, pod: { terminationGracePeriodSeconds: broken.grace } });
  const [found] = lint([{ name: 'shop.yaml', text }], NOTHING_MEASURED).findings;
  const patch = parse(found!.fix!) as {
    spec: {
      template: {
        spec: {
          terminationGracePeriodSeconds: number;
          containers: [{ lifecycle: { preStop: { sleep: { seconds: number } } } }];
        };
      };
    };
  };
  const { terminationGracePeriodSeconds: grace, containers } = patch.spec.template.spec;
  const cured = { ...broken, grace, preStop: containers[0].lifecycle.preStop.sleep.seconds };
  assert.ok(failuresOf(broken).size > 0);
  assert.deepEqual([...failuresOf(cured)], []);
  assert.deepEqual(rulesOf(cured), []);
});
