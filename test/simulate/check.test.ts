/** An invalid scenario is refused by the name of its key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkScenario, overrideScenario } from '../../src/simulate/check.ts';
import { DEFAULT_SCENARIO } from '../../src/simulate/scenario.ts';

const WRONG: readonly (readonly [said: unknown, message: RegExp])[] = [
  [[], /^a scenario is a JSON object/],
  [{ prestopseconds: 5 }, /^there is no key prestopseconds: did you mean preStopSeconds\?$/],
  [{ xyzzy: 5 }, /^there is no key xyzzy: the keys are title, /],
  [{ preStopSeconds: -1 }, /^preStopSeconds is -1: it must be a whole number from 0 to 86400$/],
  [{ replicas: 2.5 }, /^replicas is 2\.5: it must be a whole number/],
  [{ hangShare: 2 }, /^hangShare is 2: it must be a share from 0 to 1$/],
  [{ sigterm: 'kill' }, /^sigterm is "kill": it must be one of drain, serve, ignore, error$/],
  [{ startsAt: 'today' }, /^startsAt is "today": it must be a time/],
  [{ name: 'A B' }, /^name is "A B": it must be lower case/],
  [{ propagationSeconds: { median: 4 } }, /^propagationSeconds is .*: it must be seconds, or/],
  [{ propagationSeconds: { median: 4, p99: 2 } }, /^propagationSeconds is/],
  [{ requestsPerSecond: 0 }, /^requestsPerSecond is 0: it must be a number above 0$/],
  [{ maxSurge: 0, maxUnavailable: 0 }, /no rollout could begin/],
  [{ addressesPerNode: 1 }, /too few for 6 replicas/],
  [{ incidents: 5 }, /^incidents is 5: it must be a list$/],
  [{ incidents: [{ at: 1, do: 'explode' }] }, /^incidents\[0\]\.do is "explode": it must be one of rollout, /],
  [{ incidents: [{ do: 'rollout' }] }, /^incidents\[0\]\.at is missing: it must be a number not below 0$/],
  [{ incidents: [{ at: 1, do: 'scale' }] }, /^incidents\[0\]\.replicas is missing: scale needs it$/],
  [{ incidents: [{ at: 1, do: 'rollout', pods: 2 }] }, /^incidents\[0\]\.pods: rollout has no such key$/],
  [{ targets: 'lambdas' }, /^targets is "lambdas": it must be one of pods, tasks, node_ports, instances$/],
  [{ incidents: [{ at: 1, do: 'stop_task', by: 'spot' }] }, /^stop_task happens to tasks, and targets is pods$/],
  [
    { targets: 'tasks', incidents: [{ at: 1, do: 'node_leave', by: 'karpenter' }] },
    /^node_leave happens to node_ports, and targets is tasks$/,
  ],
  [
    { targets: 'node_ports', incidents: [{ at: 1, do: 'node_leave', by: 'hand' }] },
    /^incidents\[0\]\.by is "hand": it must be cluster-autoscaler or karpenter or spot$/,
  ],
  [
    { incidents: [{ at: 1, do: 'crash', reason: 'Bored' }] },
    /^incidents\[0\]\.reason is "Bored": it must be OOMKilled or/,
  ],
];

for (const [said, message] of WRONG) {
  test(`${JSON.stringify(said)} is refused`, () => {
    assert.throws(() => checkScenario(said), { name: 'ScenarioError', message });
  });
}

test('nothing said is the defaults, and a setting goes over what is said', () => {
  assert.deepEqual(checkScenario({}), DEFAULT_SCENARIO);
  assert.equal(overrideScenario(DEFAULT_SCENARIO, 'preStopSeconds=5').preStopSeconds, 5);
  assert.deepEqual(overrideScenario(DEFAULT_SCENARIO, 'propagationSeconds.p99=60').propagationSeconds, {
    median: 4,
    p99: 60,
  });
  assert.equal(overrideScenario(DEFAULT_SCENARIO, 'sigterm=serve').sigterm, 'serve');
  for (const wrong of ['preStopSeconds', '=5', 'replicas.x=1', 'preStopSeconds=soon']) {
    assert.throws(() => overrideScenario(DEFAULT_SCENARIO, wrong), { name: 'ScenarioError' }, wrong);
  }
});
