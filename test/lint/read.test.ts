/** Tests how the linter takes input: its forms, joins, places, and texts that are made to hurt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { MAX_TEXT } from '../../src/lint/document.ts';
import { type Linted, lint } from '../../src/lint/lint.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
import { type Shop, shop, shopObjects, sleeping, till, yamlOf } from './manifest.ts';

const lintText = (text: string, name = 'shop.yaml'): Linted => lint([{ name, text }], NOTHING_MEASURED);
const rulesOf = ({ findings }: Linted): string[] => findings.map(({ rule }) => rule);
const BARE: Shop = { web: { lifecycle: undefined } };

test('documents, lists, JSON, several files and any order of objects give the same findings', () => {
  const objects = shopObjects(BARE);
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const forms = [
    yamlOf(objects),
    yamlOf([...objects].reverse()),
    `\uFEFF# a comment\n---\n---\n${yamlOf(objects)}...\n`,
    yamlOf(objects).replaceAll('\n', '\r\n'),
    stringify(list, { aliasDuplicateObjects: false }),
    JSON.stringify(list),
    JSON.stringify(list, null, '\t'),
    objects.map((one) => JSON.stringify(one)).join('\n'),
  ];
  for (const form of forms) assert.deepEqual(rulesOf(lintText(form)), ['pre-stop-missing'], form.slice(0, 80));
  const files = objects.map((one, i) => ({ name: `${i}.yaml`, text: yamlOf([one]) }));
  const [found] = lint(files, NOTHING_MEASURED).findings;
  assert.deepEqual([found?.rule, found?.place.file], ['pre-stop-missing', '3.yaml']);
  assert.equal(found?.related[0]?.place.file, '1.yaml');
});

test('a finding points to line and column of its field, also in JSON, lists and merged maps', () => {
  const json = JSON.stringify({ kind: 'List', items: shopObjects({ web: sleeping(3) }) }, null, 2);
  const [found] = lintText(json).findings.filter(({ rule }) => rule === 'pre-stop-too-short');
  const line = json.split('\n')[found!.place.line - 1]!;
  assert.equal(line.slice(found!.place.column - 1), '"seconds": 3');
  const merged = `x-hook: &hook
  lifecycle: {preStop: {sleep: {seconds: 3}}}
kind: Deployment
apiVersion: apps/v1
metadata: {name: catalog, namespace: shop}
spec:
  template:
    metadata: {labels: {app: catalog}}
    spec:
      containers:
        - <<: *hook
          name: web
          image: a
          readinessProbe: {}
          ports: [{name: http, containerPort: 8080}]
---
${yamlOf(shopObjects().slice(0, 3))}`;
  const [anchored] = lintText(merged).findings.filter(({ rule }) => rule === 'pre-stop-too-short');
  assert.equal(anchored?.place.line, 2);
});

test('the last of two equal keys counts, as for kubectl', () => {
  const text = shop().replace('seconds: 35', 'seconds: 1\n                seconds: 35');
  assert.doesNotMatch(rulesOf(lintText(text)).join(), /pre-stop/);
});

test('the joins: names of ports, actions of annotations, annotations of Services, bindings, other classes', () => {
  const objects = shopObjects(BARE);
  const change = (changes: (copy: Record<string, unknown>[]) => void): string => {
    const copy = structuredClone(objects) as Record<string, unknown>[];
    changes(copy);
    return yamlOf(copy);
  };
  const ingress = (copy: Record<string, unknown>[]) =>
    copy[1] as { metadata: { annotations: Record<string, string> }; spec: Record<string, unknown> };
  const forward = change((copy) => {
    const one = ingress(copy);
    one.metadata.annotations['alb.ingress.kubernetes.io/actions.split'] = JSON.stringify({
      type: 'forward',
      forwardConfig: { targetGroups: [{ serviceName: 'catalog', servicePort: 80, weight: 100 }] },
    });
    one.spec.rules = [
      { http: { paths: [{ backend: { service: { name: 'split', port: { name: 'use-annotation' } } } }] } },
    ];
  });
  assert.deepEqual(rulesOf(lintText(forward)), ['pre-stop-missing']);
  const old = change((copy) => {
    ingress(copy).spec = { backend: { serviceName: 'catalog', servicePort: 80 } };
    ingress(copy).metadata.annotations['kubernetes.io/ingress.class'] = 'alb';
  });
  assert.deepEqual(rulesOf(lintText(old)), ['pre-stop-missing']);
  const other = change((copy) => {
    ingress(copy).spec.ingressClassName = 'nginx';
    ingress(copy).metadata.annotations = {};
  });
  assert.deepEqual(rulesOf(lintText(other)), []);
  const ofService = change((copy) => {
    const service = copy[2] as { metadata: Record<string, unknown> };
    service.metadata.annotations = { 'alb.ingress.kubernetes.io/target-type': 'instance' };
  });
  assert.ok(rulesOf(lintText(ofService)).includes('instance-target'));
  const unknown = change((copy) => {
    (copy[2] as { metadata: Record<string, unknown> }).metadata.name = 'other';
  });
  assert.match(lintText(unknown).notes[0]!.message, /leads to Service catalog, which is not among the manifests/);
  const elsewhere = change((copy) => {
    (copy[3] as { metadata: Record<string, unknown> }).metadata.namespace = 'other';
  });
  assert.match(lintText(elsewhere).notes[0]!.message, /Service shop\/catalog selects no pods/);
});

test('of several releases in folders each Ingress leads to its own', () => {
  const release = (name: string, seconds: number) => [
    { name: `${name}/ingress.yaml`, text: yamlOf(shopObjects().slice(0, 2)) },
    { name: `${name}/app.yaml`, text: yamlOf(shopObjects({ web: sleeping(seconds) }).slice(2)) },
  ];
  const { findings } = lint([...release('deploy/dev', 5), ...release('deploy/prod', 35)], NOTHING_MEASURED);
  const short = findings.filter(({ rule }) => rule === 'pre-stop-too-short');
  assert.deepEqual(
    short.map(({ place, related }) => [place.file, related[0]?.place.file]),
    [['deploy/dev/app.yaml', 'deploy/dev/ingress.yaml']],
  );
});

test('a TargetGroupBinding takes its target group from AWS, and what is not given is not guessed', () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/0123456789abcdef';
  const binding = (spec: Record<string, unknown>) => ({
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { serviceRef: { name: 'catalog', port: 80 }, targetGroupARN: arn, ...spec },
  });
  const without = shopObjects(BARE).filter(({ kind }) => kind !== 'Ingress');
  const bound = { name: 'k8s.yaml', text: yamlOf([...without, binding({ targetType: 'ip' })]) };
  const attributes = JSON.stringify({ Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }] });
  assert.deepEqual(rulesOf(lint([bound], NOTHING_MEASURED)), ['pre-stop-missing']);
  // The delay belongs to the group of the file's name, and to the only group.
  for (const name of ['attributes/shop.json', 'x.json']) {
    const found = lint([bound, { name, text: attributes }], NOTHING_MEASURED).findings;
    assert.deepEqual(
      found.map(({ rule, place }) => [rule, place.file]),
      [
        ['delay-below-late-routing', name],
        ['pre-stop-missing', 'k8s.yaml'],
      ].sort((a, b) => Number(b[1] === 'k8s.yaml') - Number(a[1] === 'k8s.yaml')),
    );
  }
  const untyped = { name: 'k8s.yaml', text: yamlOf([...without, binding({})]) };
  const groups = JSON.stringify({ TargetGroups: [{ TargetGroupArn: arn, TargetType: 'instance' }] });
  assert.ok(!rulesOf(lint([untyped], NOTHING_MEASURED)).includes('instance-target'));
  const known = lint([untyped, { name: 'groups.json', text: groups }], NOTHING_MEASURED);
  assert.ok(rulesOf(known).includes('instance-target'));
});

test('register forms of ECS are read like answers', () => {
  const definition = {
    family: 'till',
    requiresCompatibilities: ['FARGATE'],
    containerDefinitions: [{ name: 'web', image: 'a', stopTimeout: 121 }],
  };
  const service = {
    serviceName: 'till',
    cluster: 'shop',
    taskDefinition: 'till',
    loadBalancers: [{ targetGroupArn: 'arn:x:targetgroup/till/1', containerName: 'web', containerPort: 80 }],
    deploymentConfiguration: { minimumHealthyPercent: 0 },
  };
  const alone = lintText(JSON.stringify(definition), 'register.json');
  assert.deepEqual(rulesOf(alone), ['ecs-stop-timeout-too-long']);
  assert.match(alone.notes[0]!.message, /describe-services/);
  const both = lintText(`${JSON.stringify(definition)}\n${JSON.stringify(service)}`);
  assert.ok(rulesOf(both).includes('ecs-no-task-in-rollout'));
  assert.match(both.notes[0]!.message, /judged without the attributes of its target group/);
  assert.deepEqual(
    lintText(
      till({ definition: { revision: 8, taskDefinitionArn: 'arn:aws:ecs:x:1:task-definition/till:8' } }),
    ).notes.map(({ message }) => message),
    ['EcsService till is judged without its task definition (aws ecs describe-task-definition)'],
  );
});

test('a patch is not a manifest: what it leaves out means nothing', () => {
  const objects = shopObjects();
  const patch = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'catalog', namespace: 'shop' },
    spec: { template: { metadata: { labels: { app: 'catalog' } }, spec: { containers: [{ name: 'web' }] } } },
  };
  const { findings, notes } = lintText(yamlOf([...objects.slice(0, 3), patch]));
  assert.deepEqual(findings, []);
  assert.match(notes[0]!.message, /is a patch/);
});

test('a broken document leaves the others whole', () => {
  const { findings, troubles } = lintText(`a: [1\n---\n${shop(BARE)}`);
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['pre-stop-missing'],
  );
  assert.equal(troubles.length, 1);
  assert.match(troubles[0]!.message, /^is not YAML or JSON: /);
});

test('templates are named, not guessed; quoted braces are values', () => {
  for (const text of [
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n',
    '{{- if .Values.x }}\nkind: Deployment\n{{- end }}\n',
    'kind: Deployment\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n',
  ]) {
    const { troubles } = lintText(text);
    assert.match(troubles[0]!.message, /is a template that is not rendered: lint the output of `helm template`/);
  }
  const quoted = shop({ web: { env: [{ name: 'PATTERN', value: '{{ .User }}' }] } });
  assert.deepEqual(lintText(quoted).troubles, []);
});

test('texts that are made to hurt end soon, with one sentence each', () => {
  const bomb = [
    'a: &a {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: x}}]}',
    ...[...'bcdefghijklm'].map((name, i) => {
      const items = Array.from({ length: 9 }, () => `*${'abcdefghijkl'[i]}`).join(', ');
      return `${name}: &${name} {apiVersion: v1, kind: List, items: [${items}]}`;
    }),
    'kind: List\napiVersion: v1\nitems: [*m]',
  ].join('\n');
  const started = process.cpuUsage().user;
  const cases: readonly (readonly [text: string, says: RegExp])[] = [
    [bomb, /too many objects, or lists in lists/],
    ['kind: List\napiVersion: v1\nitems: &x\n- *x\n', /lists in lists/],
    ['['.repeat(100_000), /nested too deeply|not YAML or JSON/],
    [`a: ${'{b: '.repeat(50_000)}`, /nested too deeply|not YAML or JSON/],
    ['\0\u0001\u0002', /not text in UTF-8/],
    ['kind: \uFFFD', /not text in UTF-8/],
    ['a'.repeat(MAX_TEXT + 1), /larger than 16 MiB/],
    [`a: ${'b'.repeat(5 << 20)}`, /more than 4 MiB/],
  ];
  for (const [text, says] of cases) {
    const { troubles } = lintText(text);
    assert.equal(troubles.length, 1, text.slice(0, 40));
    assert.match(troubles[0]!.message, says);
  }
  assert.ok(process.cpuUsage().user - started < 20_000_000);
  // Merges of oneself, aliases of nothing, keys that are lists.
  for (const text of ['a: &a\n  <<: *a\n', 'kind: *none\n', '? [a, b]\n: c\n', '', '# nothing\n', 'null'])
    assert.deepEqual(lintText(text).findings, []);
});

test('no value in a place of the shop makes the linter fail', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.anything(), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 5 }), fc.anything(), { maxKeys: 3 }),
  );
  const text = JSON.stringify([...shopObjects(), JSON.parse(till().split('\n}\n')[0]!.concat('}'))]);
  const places = [...text.matchAll(/:(?:"[^"]*"|\d+|\{\}|\[\])/g)];
  fc.assert(
    fc.property(fc.nat(places.length - 1), value, (at, one) => {
      const { 0: old, index } = places[at]!;
      const changed = `${text.slice(0, index)}:${JSON.stringify(one) ?? 'null'}${text.slice(index + old.length)}`;
      const { findings } = lintText(changed);
      for (const { place } of findings) assert.ok(place.line >= 1 && place.column >= 1);
    }),
    { numRuns: 300 },
  );
});
