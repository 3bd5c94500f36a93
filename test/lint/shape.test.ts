/** Shapes of real manifests that the linter once judged wrongly: each with the findings that are right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/lint/lint.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
import { type Shop, shop, shopObjects, till, yamlOf } from './manifest.ts';

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/till/0123456789abcdef';
const run = (text: string) => lint([{ name: 'all.yaml', text }], NOTHING_MEASURED);
/** Returns severity and rule of each finding, but for the notes on the application at SIGTERM. */
const found = (text: string): string[] =>
  run(text)
    .findings.map(({ severity, rule }) => `${severity} ${rule}`)
    .filter((one) => !/^note .*requests-at-sigterm$/.test(one));
const hook = (...command: string[]): Shop => ({ web: { lifecycle: { preStop: { exec: { command } } } } });

test('a startupProbe holds readiness back as a readinessProbe does', () => {
  const startupProbe = { httpGet: { path: '/', port: 'http' } };
  const good = { namespace: {}, ingress: { 'target-type': 'instance' } };
  const rules = (web: Record<string, unknown>): string[] => found(shop({ ...good, web }));
  assert.ok(rules({ readinessProbe: undefined }).includes('warning readiness-probe-missing'));
  assert.ok(!rules({ readinessProbe: undefined, startupProbe }).includes('warning readiness-probe-missing'));
});

test('an Ingress of another class with annotations of an ALB is not judged', () => {
  const text = shop({ web: { lifecycle: undefined } });
  assert.deepEqual(found(text), ['warning pre-stop-missing']);
  for (const name of ['nginx', 'nginx-internal', 'traefik', 'kong'])
    assert.deepEqual(found(text.replace('ingressClassName: alb', `ingressClassName: ${name}`)), []);
  assert.deepEqual(found(text.replace('ingressClassName: alb', 'ingressClassName: public')), [
    'warning pre-stop-missing',
  ]);
});

test('the Ingresses of a group share the idle timeout that one of them sets', () => {
  const shared = (idle: number, keepAlive: number, group = 'edge'): string =>
    shop({
      ingress: { 'group.name': 'edge' },
      web: { args: ['gunicorn', '--keep-alive', String(keepAlive)] },
      more: [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: {
            name: 'edge',
            namespace: 'infra',
            annotations: {
              'alb.ingress.kubernetes.io/group.name': group,
              'alb.ingress.kubernetes.io/load-balancer-attributes': `idle_timeout.timeout_seconds=${idle}`,
            },
          },
          spec: { ingressClassName: 'alb' },
        },
      ],
    });
  assert.deepEqual(found(shared(30, 45)), []);
  assert.deepEqual(found(shared(120, 75)), ['warning keep-alive-below-idle-timeout']);
  assert.deepEqual(found(shared(30, 45, 'other')), ['warning keep-alive-below-idle-timeout']);
});

test('requests do not pass through ports of UDP', () => {
  const other = (protocol: string) => ({ name: 'agent', image: 'agent:1', ports: [{ containerPort: 8125, protocol }] });
  assert.deepEqual(found(shop({ others: [other('UDP')] })), ['note side-container-stops-first']);
  assert.deepEqual(found(shop({ others: [other('TCP')] })), ['warning side-container-stops-first']);
  const xray = (protocol: string): string[] =>
    found(till({ delay: '10', others: [{ name: 'xray', portMappings: [{ containerPort: 2000, protocol }] }] }));
  assert.ok(xray('udp').includes('note ecs-side-container'));
  assert.ok(xray('tcp').includes('warning ecs-side-container'));
});

test('one replica without a surge is no target: Kubernetes takes maxUnavailable 1 where both round to 0', () => {
  const rolling = (replicas: number, rollingUpdate: Record<string, unknown>): string[] =>
    found(shop({ spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } } }));
  const error = ['error no-target-in-rollout'];
  assert.deepEqual(rolling(1, { maxSurge: 0 }), error);
  assert.deepEqual(rolling(1, { maxSurge: '0%', maxUnavailable: '30%' }), error);
  assert.deepEqual(rolling(3, { maxSurge: 0 }), []);
  assert.deepEqual(rolling(1, { maxSurge: 1, maxUnavailable: '30%' }), []);
});

test('a native istio-proxy stops last', () => {
  const inject = { 'sidecar.istio.io/inject': 'true' };
  assert.deepEqual(found(shop({ annotations: inject })), ['warning mesh-proxy-stops-first']);
  assert.deepEqual(found(shop({ annotations: { ...inject, 'sidecar.istio.io/nativeSidecar': 'true' } })), []);
});

test('the length of a script with loops, conditions or parts in the background is not known', () => {
  const scripts = [
    'for i in $(seq 30); do sleep 1; done',
    'while pgrep nginx; do sleep 1; done',
    'if test -f /busy; then sleep 30; fi',
    'sleep 10; curl localhost/drain; sleep 20',
    'sleep 30 &',
  ];
  for (const script of scripts) assert.deepEqual(found(shop(hook('sh', '-c', script))), ['note pre-stop-unknown']);
  assert.deepEqual(found(shop(hook('timeout', '5', 'sleep', '30'))), ['note pre-stop-unknown']);
  const straight = [
    'echo waiting for the drain; sleep 35',
    'sleep 35 || true',
    'sleep 35 && nginx -s quit',
    'sleep 35 2>&1',
  ];
  for (const script of straight) assert.deepEqual(found(shop(hook('sh', '-c', script))), []);
  assert.deepEqual(found(shop(hook('sh', '-c', 'sleep 5; nginx -s quit'))), ['warning pre-stop-too-short']);
});

test('target groups of a Network Load Balancer are not judged, and a note says so', () => {
  const group = (Protocol: string) => ({ TargetGroups: [{ TargetGroupArn: GROUP, Protocol, TargetType: 'ip' }] });
  const binding = (protocol: string): string =>
    yamlOf([
      ...shopObjects({ web: { lifecycle: undefined } }).filter(({ kind }) => kind !== 'Ingress'),
      {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'TargetGroupBinding',
        metadata: { name: 'front', namespace: 'shop' },
        spec: { targetType: 'ip', targetGroupARN: GROUP, serviceRef: { name: 'catalog', port: 80 } },
      },
      group(protocol),
    ]);
  assert.deepEqual(found(binding('TCP')), []);
  assert.match(run(binding('TCP')).notes[0]!.message, /Network Load Balancer: it is not judged/);
  assert.deepEqual(found(binding('HTTP')), ['warning pre-stop-missing']);
  const ecs = (protocol: string): string => `${till({ delay: '5' })}${JSON.stringify(group(protocol))}`;
  assert.deepEqual(found(ecs('TCP')), []);
  assert.match(
    run(ecs('TCP')).notes[0]!.message,
    /EcsService till has no target group of an Application Load Balancer/,
  );
  assert.deepEqual(found(ecs('HTTP')), ['warning ecs-delay-below-late-routing']);
});

test('a DAEMON service is not asked for what it cannot have', () => {
  const daemon = (minimumHealthyPercent: number): string =>
    till({
      service: {
        schedulingStrategy: 'DAEMON',
        deploymentConfiguration: { minimumHealthyPercent, maximumPercent: 100 },
      },
    });
  assert.deepEqual(found(daemon(50)), []);
  const [first] = run(daemon(0)).findings.filter(({ rule }) => rule === 'ecs-no-task-in-rollout');
  assert.match(first!.fix!, /minimumHealthyPercent=50,maximumPercent=100$/);
});

test('a capacity provider of weight 0 runs no tasks', () => {
  const spot = (weight: number): string[] =>
    found(
      till({
        service: {
          capacityProviderStrategy: [
            { capacityProvider: 'FARGATE', weight: 1 },
            { capacityProvider: 'FARGATE_SPOT', weight },
          ],
        },
      }),
    );
  assert.deepEqual(spot(0), []);
  assert.deepEqual(spot(1), ['note ecs-spot']);
});

test('a port that no container declares belongs to the one that declares none', () => {
  const agent = { name: 'agent', image: 'agent:1', ports: [{ name: 'metrics', containerPort: 9102 }] };
  const web = { ports: undefined };
  const service = { ports: [{ port: 80, targetPort: 8080 }] };
  assert.deepEqual(found(shop({ web, service, others: [agent] })), ['note side-container-stops-first']);
});

test('without a target type a Service without node ports has targets of type ip', () => {
  const unset = (type: string): string[] => found(shop({ ingress: { 'target-type': null }, service: { type } }));
  assert.deepEqual(unset('ClusterIP'), []);
  assert.ok(unset('NodePort').includes('warning instance-target'));
});
