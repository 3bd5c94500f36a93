/** Tests the simulated world itself: the same text for the same seed, and the log signatures that vendors document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedScenario, scenarioNames } from '../../src/command/scenario.ts';
import { overrideScenario } from '../../src/simulate/check.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';

const textsOf = (name: string, seed: number, ...settings: string[]): Map<string, string> => {
  const scenario = settings.reduce(overrideScenario, namedScenario(name));
  const { files } = writeSimulation(simulate(scenario, seed));
  return new Map(files.map(({ path, text }) => [path, text]));
};

/** The scenario with fewer requests, to save time. */
const quiet = (name: string) => overrideScenario(namedScenario(name), 'requestsPerSecond=4');

test('the same scenario and seed come to the same text, another seed does not', () => {
  const first = textsOf('rollout', 3, 'requestsPerSecond=8');
  assert.deepEqual(textsOf('rollout', 3, 'requestsPerSecond=8'), first);
  assert.notEqual(textsOf('rollout', 4, 'requestsPerSecond=8').get('truth.ndjson'), first.get('truth.ndjson'));
});

test('every scenario that comes with the program can be played', () => {
  for (const name of scenarioNames()) {
    const scenario = quiet(name);
    assert.ok(scenario.title !== '' && scenario.teaches !== '', name);
    const { requests } = writeSimulation(simulate(scenario, 1));
    assert.ok(requests > 300, `${name}: ${requests} requests`);
  }
});

test('another preStop leaves what clients ask as it was', () => {
  const created = (preStop: string) =>
    [...simulate(overrideScenario(namedScenario('rollout'), `preStopSeconds=${preStop}`), 5).exchanges].map(
      ({ wish }) => `${wish.created} ${wish.length} ${wish.albNode}`,
    );
  assert.deepEqual(created('0'), created('20'));
});

test('each failure has the row that AWS documents for it', () => {
  const ends = new Map<string, number>();
  for (const name of scenarioNames()) {
    const scenario = quiet(name);
    for (const exchange of simulate(scenario, 2).exchanges) {
      const { ending, time, wish, requestTime, targetTime, responseTime, registration } = exchange;
      const elapsed = (time - wish.created) / 1e6;
      const about = `${name} ${ending} ${elapsed} s`;
      ends.set(ending, (ends.get(ending) ?? 0) + 1);
      assert.ok(elapsed >= 0, about);
      if (ending === 'connect_timeout') {
        assert.ok(elapsed >= 10 && elapsed < 10.01, about);
        assert.deepEqual([requestTime, targetTime, responseTime], [null, null, null], about);
      } else if (ending === 'connect_failed') {
        assert.ok(elapsed < 0.01, about);
        assert.deepEqual([requestTime, targetTime, responseTime], [null, null, null], about);
      } else if (ending === 'closed_in_flight') {
        assert.ok(requestTime !== null && targetTime !== null && responseTime === null, about);
        assert.equal(time, wish.created + requestTime + targetTime, about);
      } else if (ending === 'response_timeout') {
        assert.ok(requestTime !== null && responseTime === null, about);
        const over = elapsed - scenario.idleTimeoutSeconds;
        assert.ok(over >= 0 && over < 0.1, about);
      } else if (ending === 'no_target' || ending === 'fixed_response') {
        assert.equal(registration, null, about);
        assert.ok(elapsed < 0.01, about);
      }
    }
  }
  assert.ok(ends.get('connect_timeout')! > 0 && ends.get('connect_failed')! > 0);
});

test('what was really so: no failure without a reason in the world', () => {
  const causes = new Set<string>();
  for (const name of scenarioNames()) {
    const { truths } = writeSimulation(simulate(quiet(name), 3));
    for (const {
      cause,
      mechanism,
      told,
      request_creation_time: routed,
      deleted,
      deregistered,
      finished,
      ready,
      alive,
      time,
    } of truths) {
      causes.add(cause ?? 'none');
      const about = `${name} ${mechanism} ${cause} at ${routed}`;
      if (cause === 'draining_target') {
        assert.ok(deleted !== null && deleted <= routed && !alive, about);
        assert.equal(told, deregistered !== null && deregistered <= routed ? 'yes' : 'no', about);
      }
      if (cause === 'deregistered_alive') {
        assert.ok(deregistered !== null && deregistered <= routed, about);
        assert.ok(deleted === null || deleted > routed, about);
      }
      if (cause === 'killed_in_flight')
        assert.ok(alive && finished !== null && routed < finished && finished <= time, about);
      if (cause === 'not_ready_target') assert.ok(ready === null || routed < ready, about);
      if (cause === 'healthy_target') assert.ok(mechanism === 'client_closed' || alive, about);
      if (cause === 'no_healthy_target') assert.equal(mechanism, 'no_target', about);
    }
  }
  for (const cause of [
    'container_restart',
    'drain_delay_elapsed',
    'draining_target',
    'healthy_target',
    'node_lost',
    'none',
  ]) {
    assert.ok(causes.has(cause), cause);
  }
});

test('an order of waits that is right has no failures', () => {
  const { truths } = writeSimulation(simulate(namedScenario('rollout-ordered'), 1));
  assert.deepEqual(truths, []);
});
