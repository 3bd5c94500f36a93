/** Each rule has a manifest that breaks it, with the line that it names, and one near it that does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/lint/lint.ts';
import { RULES, type RuleId } from '../../src/lint/rule.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
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
