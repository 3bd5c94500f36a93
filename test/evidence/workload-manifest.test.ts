/** What manifests say of how pods end, whatever else stands in the file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifests } from '../../src/evidence/workload-manifest.ts';

const deployment = (lifecycle: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  template:
    spec:
${more}      containers:
        - name: api
${lifecycle}`;

test('the sleep of a preStop, as an action, as a command, none, or something else', () => {
  const preStop = (text: string) => readManifests(deployment(text)).workloads[0]!.pre_stop_seconds;
  assert.equal(preStop('          lifecycle: {preStop: {sleep: {seconds: 15}}}\n'), 15);
  assert.equal(preStop('          lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 40"]}}}\n'), 40);
  assert.equal(preStop('          lifecycle: {preStop: {exec: {command: [/bin/sleep, "7"]}}}\n'), 7);
  assert.equal(preStop('          image: x\n'), 0);
  assert.equal(preStop('          lifecycle: {preStop: {httpGet: {port: 80}}}\n'), null);
});

test('the grace, 30 where it is not said, and the containers', () => {
  const [without] = readManifests(deployment('          image: x\n')).workloads;
  assert.deepEqual([without!.termination_grace_period_seconds, without!.containers], [30, ['api']]);
  const [given] = readManifests(
    deployment('          image: x\n', '      terminationGracePeriodSeconds: 90\n'),
  ).workloads;
  assert.equal(given!.termination_grace_period_seconds, 90);
});

test('the deregistration delay of an Ingress; other kinds, Lists and documents that are no YAML', () => {
  const annotation =
    'alb.ingress.kubernetes.io/target-group-attributes: stickiness.enabled=false,deregistration_delay.timeout_seconds=25';
  const text = [
    `kind: Ingress\nmetadata:\n  name: api\n  annotations:\n    ${annotation}\n`,
    'kind: ConfigMap\nmetadata: {name: x}\n',
    'a: [\n',
    'kind: List\nitems:\n  - kind: StatefulSet\n    metadata: {name: db}\n    spec: {template: {spec: {containers: []}}}\n',
    '- 1\n',
  ].join('---\n');
  const found = readManifests(text);
  assert.equal(found.deregistration_delay_seconds, 25);
  assert.deepEqual(
    found.workloads.map(({ kind, name, namespace }) => [kind, name, namespace]),
    [['StatefulSet', 'db', null]],
  );
  assert.equal(found.notes.length, 1);
  assert.match(found.notes[0]!, /^document 3 is not YAML: /);
  assert.deepEqual(readManifests('').workloads, []);
});

test('a document that grows without end is a note', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const { notes, workloads } = readManifests(`${lines.join('\n')}\n`);
  assert.deepEqual(workloads, []);
  assert.equal(notes.length, 1);
});
