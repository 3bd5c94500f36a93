/** Manifests of a small shop, as parts that a test changes. */
import { stringify } from 'yaml';

/** A case changes this in the shop; everything else is as good as the linter can see. */
export interface Shop {
  /** Annotations of the Ingress; null removes one. */
  ingress?: Record<string, string | null>;
  /** Members of the Deployment's spec. */
  spec?: Record<string, unknown>;
  /** Members of the pod's spec. */
  pod?: Record<string, unknown>;
  /** Members of the container that serves. */
  web?: Record<string, unknown>;
  /** Containers beside it. */
  others?: readonly Record<string, unknown>[];
  /** Members of the Service's spec. */
  service?: Record<string, unknown>;
  /** Labels of the namespace; null leaves the namespace out. */
  namespace?: Record<string, string> | null;
  /** Annotations of the pod. */
  annotations?: Record<string, string>;
  kind?: string;
  /** Further documents. */
  more?: readonly Record<string, unknown>[];
}

const GATE = { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' };
const ALB = 'alb.ingress.kubernetes.io/';

/** Annotations of the shop's Ingress without their prefix. */
const ANNOTATIONS: Record<string, string | null> = {
  'target-type': 'ip',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=30',
};

/** Returns the documents of the shop. */
export function shopObjects(changes: Shop = {}): Record<string, unknown>[] {
  const { ingress, spec, pod, web, others = [], service, namespace = GATE, annotations, kind, more = [] } = changes;
  const pairs = Object.entries({ ...ANNOTATIONS, ...ingress }).filter(([, value]) => value !== null);
  const metadata = (name: string) => ({ name, namespace: 'shop' });
  return [
    ...(namespace === null
      ? []
      : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: namespace } }]),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...metadata('front'),
        annotations: Object.fromEntries(pairs.map(([name, value]) => [`${ALB}${name}`, value])),
      },
      spec: {
        ingressClassName: 'alb',
        rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'catalog', port: { number: 80 } } } }] } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('catalog'),
      spec: { selector: { app: 'catalog' }, ports: [{ port: 80, targetPort: 'http' }], ...service },
    },
    {
      apiVersion: 'apps/v1',
      kind: kind ?? 'Deployment',
      metadata: metadata('catalog'),
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'catalog' } },
        ...spec,
        template: {
          metadata: { labels: { app: 'catalog', tier: 'web' }, annotations },
          spec: {
            terminationGracePeriodSeconds: 75,
            ...pod,
            containers: [
              {
                name: 'web',
                image: 'shop/catalog:1',
                ports: [{ name: 'http', containerPort: 8080 }],
                readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
                lifecycle: { preStop: { sleep: { seconds: 35 } } },
                ...web,
              },
              ...others,
            ],
          },
        },
      },
    },
    ...more,
  ];
}

/** Returns objects as YAML of several documents. */
export const yamlOf = (objects: readonly unknown[]): string =>
  objects.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');

/** Returns the shop as YAML. */
export const shop = (changes: Shop = {}): string => yamlOf(shopObjects(changes));

/** A hook that sleeps. */
export const sleeping = (seconds: number): Record<string, unknown> => ({
  lifecycle: { preStop: { sleep: { seconds } } },
});

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/till/0123456789abcdef';

/** A case changes this in a service of ECS. */
export interface Till {
  service?: Record<string, unknown>;
  definition?: Record<string, unknown>;
  web?: Record<string, unknown>;
  others?: readonly Record<string, unknown>[];
  /** Seconds; null leaves the attributes out. */
  delay?: string | null;
}

/** Returns answers of `describe-services`, `describe-task-definition` and `describe-target-group-attributes`. */
export function till({ service, definition, web, others = [], delay = '60' }: Till = {}): string {
  const family = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/till:7';
  const values = [
    {
      services: [
        {
          serviceName: 'till',
          clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
          taskDefinition: family,
          desiredCount: 2,
          launchType: 'FARGATE',
          healthCheckGracePeriodSeconds: 60,
          deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200, strategy: 'ROLLING' },
          loadBalancers: [{ targetGroupArn: GROUP, containerName: 'web', containerPort: 8080 }],
          ...service,
        },
      ],
      failures: [],
    },
    {
      taskDefinition: {
        taskDefinitionArn: family,
        family: 'till',
        revision: 7,
        requiresCompatibilities: ['FARGATE'],
        ...definition,
        containerDefinitions: [
          { name: 'web', image: 'shop/till:1', essential: true, portMappings: [{ containerPort: 8080 }], ...web },
          ...others,
        ],
      },
    },
    ...(delay === null
      ? []
      : [{ targetGroupArn: GROUP, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: delay }] }]),
  ];
  return values.map((value) => `${JSON.stringify(value, null, 2)}\n`).join('');
}
