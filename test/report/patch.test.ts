/** Patches are valid YAML with the right values, for any names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type PatchTarget, patchCommand, workloadPatch } from '../../src/report/patch.ts';

const TARGET: PatchTarget = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'api',
  container: 'api',
  pre_stop_seconds: 16,
  termination_grace_period_seconds: 35,
  deregistration_delay_seconds: 14,
};

interface Patch {
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: {
    template: {
      spec: {
        terminationGracePeriodSeconds: number;
        containers: [{ name: string; lifecycle: { preStop: { sleep: { seconds: number } } } }];
      };
    };
  };
}

test('the patch sets grace and sleep of the container', () => {
  const { metadata, kind, spec } = parse(workloadPatch(TARGET)) as Patch;
  assert.deepEqual([kind, metadata], ['Deployment', { name: 'api', namespace: 'shop' }]);
  assert.equal(spec.template.spec.terminationGracePeriodSeconds, 35);
  assert.deepEqual(spec.template.spec.containers, [
    { name: 'api', lifecycle: { preStop: { sleep: { seconds: 16 } } } },
  ]);
  assert.match(workloadPatch({ ...TARGET, container: null }), /name: CONTAINER # /);
});

test('a name can say nothing but itself', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('yes', '1e3', 'null', '~', '- a', 'a: b', "x'y", 'a\n  b: c', '\u0085\u2028\x07'),
      (any, trap) => {
        for (const name of [any, trap]) {
          const { metadata, spec } = parse(workloadPatch({ ...TARGET, name, container: name })) as Patch;
          assert.equal(metadata.name, name);
          assert.equal(spec.template.spec.containers[0].name, name);
          assert.equal(metadata.namespace, 'shop');
        }
      },
    ),
  );
});

test('the command quotes for a shell', () => {
  assert.equal(patchCommand(TARGET, 'p.yaml'), 'kubectl patch deployment api -n shop --patch-file p.yaml');
  assert.equal(
    patchCommand({ ...TARGET, name: "a'; rm -rf /", namespace: null }, 'p.yaml'),
    `kubectl patch deployment 'a'\\''; rm -rf /' --patch-file p.yaml`,
  );
});
