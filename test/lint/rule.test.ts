/** Each rule has a manifest that breaks it, with the line that it names, and one near it that does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/lint/lint.ts';
import { RULES, type RuleId } from '../../src/lint/rule.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
import type { AdviceRow } from '../../src/report/advice-row.ts';
import { CASES } from './case.ts';
import { shop, shopObjects, sleeping, till, yamlOf } from './manifest.ts';

const lintText = (text: string) => lint([{ name: 'shop.yaml', text }], NOTHING_MEASURED);

for (const [number, { rule, severity, broken, line, says, fine }] of CASES.entries()) {
  test(`${rule} is found, and not beside it (case ${number})`, () => {
    const found = lintText(broken).findings.filter((one) => one.rule === rule);
    assert.equal(found.length, 1, JSON.stringify(lintText(broken), null, 1));
    assert.equal(found[0]!.severity, severity);
    assert.match(found[0]!.message, says);
    assert.match(broken.split('\n')[found[0]!.place.line - 1]!, line);
    assert.deepEqual(
      lintText(fine).findings.filter((one) => one.rule === rule),
      [],
    );
  });
}

test('every rule has a case, except those that need a measurement', () => {
  const measured: readonly RuleId[] = ['ecs-stop-timeout-too-short'];
  const cased = new Set([...CASES.map(({ rule }) => rule), ...measured]);
  assert.deepEqual(
    RULES.map(({ id }) => id).filter((id) => !cased.has(id)),
    [],
  );
});

test('a shop with good settings has no finding', () => {
  const { findings, troubles, notes, judged, objects } = lintText(shop());
  assert.deepEqual({ findings, troubles, notes }, { findings: [], troubles: [], notes: [] });
  assert.deepEqual([judged, objects], [1, 4]);
  assert.deepEqual(
    lintText(till()).findings.map(({ rule }) => rule),
    ['ecs-requests-at-sigterm'],
  );
});

test('a fix of a pod is a patch that ends its finding', () => {
  const { findings } = lintText(shop({ web: { lifecycle: undefined }, pod: { terminationGracePeriodSeconds: 20 } }));
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['grace-below-late-routing', 'pre-stop-missing'],
  );
  for (const { fix } of findings) {
    assert.match(fix!, /terminationGracePeriodSeconds: 55\n/);
    assert.match(fix!, /- name: web\n.*lifecycle:\n.*preStop:\n(?:.*\n)?\s+sleep:\n\s+seconds: 25\n/);
  }
  const patched = shop({ web: sleeping(25), pod: { terminationGracePeriodSeconds: 55 } });
  assert.deepEqual(
    lintText(patched).findings.map(({ rule }) => rule),
    ['requests-at-sigterm'],
  );
});

test('a workload that no load balancer reaches is judged by its hooks alone', () => {
  const objects = shopObjects({ web: { lifecycle: undefined } }).filter(({ kind }) => kind !== 'Ingress');
  const { findings, notes } = lintText(yamlOf(objects));
  assert.deepEqual(findings, []);
  assert.match(notes[0]!.message, /No Ingress for an Application Load Balancer/);
});

test('sidecars among the init containers stop last, and a readiness gate does what a probe does', () => {
  const sidecar = { name: 'shipper', image: 'shop/shipper:1', restartPolicy: 'Always' };
  const { findings } = lintText(shop({ pod: { initContainers: [sidecar] }, web: { readinessProbe: undefined } }));
  assert.deepEqual(findings, []);
});

const TILL: AdviceRow = {
  namespace: 'shop',
  deployment_kind: 'EcsService',
  deployment: 'till',
  container: 'web',
  target_group_arn: 'arn:x:targetgroup/till/1',
  versions: 3,
  pods: 20,
  late_requests: 400,
  late_failures: 9,
  killed_in_flight: 0,
  drain_delay_elapsed: 0,
  median_routed_seconds: 4,
  p99_routed_seconds: 20,
  last_routed_seconds: 31,
  last_routed_after_deregistration_seconds: 21,
  controller_seconds: 10,
  deregistered_pods: 20,
  late_deregistered_pods: 0,
  deregistered_seconds: 10,
  longest_request_seconds: 45,
  pre_stop_seconds: null,
  deregistration_delay_seconds: 60,
  termination_grace_period_seconds: 30,
  is_enough: true,
  pre_stop_rests_on: 'late routing',
  needed_pre_stop_seconds: 35,
  needed_deregistration_delay_seconds: 73,
  needed_finish_seconds: 50,
  advised_pre_stop_seconds: 35,
  advised_deregistration_delay_seconds: 73,
  advised_termination_grace_period_seconds: 90,
};

test('measurements of a service of ECS replace the defaults of its rules', () => {
  const measured = { advice: [TILL], keepAlive: [{ workload: 'till', seconds: 5, races: 7 }] };
  const { findings } = lint([{ name: 'till.json', text: till({ delay: '72' }) }], measured);
  const found = new Map(findings.map((one) => [one.rule, one]));
  assert.match(found.get('ecs-delay-below-late-routing')!.fix!, /Value=73$/);
  assert.match(
    found.get('ecs-stop-timeout-too-short')!.message,
    /30 \(the default\) is below the longest request, 45 s/,
  );
  assert.equal(found.get('ecs-stop-timeout-too-short')!.fix, '"stopTimeout": 55');
  assert.match(found.get('keep-alive-below-idle-timeout')!.message, /after 5\.0 s \(measured: 7 races\)/);
  const enough = till({ delay: '73', web: { stopTimeout: 45 } });
  const rules = lint([{ name: 'till.json', text: enough }], { ...measured, keepAlive: [] }).findings.map(
    ({ rule }) => rule,
  );
  assert.deepEqual(rules, ['ecs-requests-at-sigterm']);
  // A Deployment of the same name is another thing, and too few rollouts are no measurement.
  const few = { ...TILL, needed_pre_stop_seconds: null };
  for (const row of [{ ...TILL, deployment_kind: 'Deployment' }, few])
    assert.deepEqual(
      lint([{ name: 'till.json', text: till() }], { advice: [row], keepAlive: [] }).findings.map(({ rule }) => rule),
      ['ecs-requests-at-sigterm'],
    );
});
