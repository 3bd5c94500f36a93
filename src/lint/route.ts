/** Joins: from an Ingress or a TargetGroupBinding over its Service to the pods that the load balancer sends requests to. */
import { THRESHOLD } from '../report/threshold.ts';
import { groupAttribute, isForApplicationBalancer, type Stated } from './attribute.ts';
import type { ManifestField } from './field.ts';
import { type Identity, mayShareNamespace, objectIdentity, titleOf } from './identity.ts';
import { annotationOf, backendsOf } from './ingress.ts';
import { type ClassParameters, ingressClassOf, ingressIdle } from './ingress-class.ts';
import type { Inventory } from './inventory.ts';
import { nearestFiles } from './nearest-files.ts';
import { type Container, servingContainer, textsOf, type Workload } from './workload.ts';

/** How new pods come into rotation: what the manifests know of the readiness gate. */
export type Gate = 'injected' | 'in the pod' | 'not injected' | 'unknown';

/** One way of requests from a load balancer to the pods of a workload. */
export interface Route {
  /** The Ingress or TargetGroupBinding. */
  front: Identity & { field: ManifestField };
  service: Identity & { field: ManifestField };
  workload: Workload;
  /** Null where the manifests do not say which container serves. */
  serving: Container | null;
  targetType: Stated<string>;
  /** Null where the target group is somebody else's and its attributes are not given. */
  delay: Stated<number | null>;
  idleTimeout: Stated<number | null>;
  /** Seconds of health checks until a new target gets requests, and until a broken one gets none; null where unknown. */
  healthySeconds: Stated<number | null>;
  unhealthySeconds: number | null;
  gate: Gate;
  /** The namespace object, where it is among the manifests. */
  namespace: ManifestField | null;
  isAutoMode: boolean;
}

/** A frontend that leads to nothing among the manifests. */
export interface OpenEnd {
  field: ManifestField;
  message: string;
}

export interface Routes {
  routes: Route[];
  openEnds: OpenEnd[];
}

/** Most routes of one run: a release has dozens. */
const MAX_ROUTES = 5000;

/** Returns each route once, and where the join failed. */
export function findRoutes(inventory: Inventory): Routes {
  const found: Step['found'] = { routes: [], openEnds: [], known: new Set<string>() };
  const services = named(inventory.objects.get('Service'));
  for (const field of inventory.objects.get('Ingress') ?? []) {
    const front = objectIdentity(field);
    if (front === null) continue;
    const parameters = ingressClassOf(field, inventory);
    if (parameters === null) continue;
    for (const backend of backendsOf(field)) {
      const own = servicesOf(services, backend.service, { ...front, field });
      if (own.length === 0) {
        found.openEnds.push({
          field: backend.field,
          message: `${titleOf(front)} leads to Service ${backend.service}, which is not among the manifests`,
        });
      }
      for (const service of own) {
        const setting = (name: string): Stated<string> | null =>
          annotationOf(service.field, name) ?? annotationOf(field, name);
        const targetType = parameters.targetType ?? setting('target-type') ?? defaultTargetType(service, field);
        follow({
          inventory,
          found,
          front: { ...front, field },
          service,
          port: backend.port,
          targetType,
          setting,
          parameters,
        });
      }
    }
  }
  for (const field of inventory.objects.get('TargetGroupBinding') ?? []) {
    const front = objectIdentity(field);
    const name = field.at('spec', 'serviceRef', 'name').text();
    if (front === null || name === null) continue;
    const own = servicesOf(services, name, { ...front, field });
    if (own.length === 0) {
      found.openEnds.push({
        field: field.at('spec', 'serviceRef', 'name'),
        message: `${titleOf(front)} leads to Service ${name}, which is not among the manifests`,
      });
    }
    const type = field.at('spec', 'targetType');
    for (const service of own) {
      follow({
        inventory,
        found,
        front: { ...front, field },
        service,
        port: field.at('spec', 'serviceRef', 'port').text(),
        targetType: { value: type.text() ?? 'unknown', field: type, isStated: type.text() !== null },
        setting: () => null,
        parameters: {
          isAutoMode: /^eks\.amazonaws\.com\//.test(field.at('apiVersion').text() ?? ''),
          targetType: null,
          idle: null,
        },
      });
    }
  }
  return found;
}

/** The controller refuses instance targets for a Service without node ports, so its own default must be ip there. */
const defaultTargetType = (service: Found, field: ManifestField): Stated<string> => {
  const hasNodePorts = ['NodePort', 'LoadBalancer'].includes(service.field.at('spec', 'type').text() ?? 'ClusterIP');
  return { value: hasNodePorts ? 'instance' : 'ip', field, isStated: false };
};

type Found = Identity & { field: ManifestField };

const servicesOf = (services: readonly Found[], name: string, front: Found): Found[] =>
  nearestFiles(
    services.filter((one) => one.name === name && mayShareNamespace(one, front)),
    ({ field }) => field.place,
    front.field.place,
  );

interface Step {
  inventory: Inventory;
  found: Routes & { known: Set<string> };
  front: Identity & { field: ManifestField };
  service: Identity & { field: ManifestField };
  port: string | null;
  targetType: Stated<string>;
  setting(name: string): Stated<string> | null;
  parameters: ClassParameters;
}

function follow({ inventory, found, front, service, port, targetType, setting, parameters }: Step): void {
  const selector = textsOf(service.field.at('spec', 'selector'));
  const selected = inventory.workloads.filter(
    (one) =>
      selector.size > 0 &&
      mayShareNamespace(one, service) &&
      [...selector].every(([key, value]) => one.labels.get(key) === value),
  );
  const workloads = nearestFiles(selected, (one) => one.field.place, service.field.place);
  if (workloads.length === 0) {
    const why = selector.size === 0 ? 'has no selector' : 'selects no pods of the manifests';
    found.openEnds.push({ field: service.field.at('metadata', 'name'), message: `${titleOf(service)} ${why}` });
  }
  const servicePort = service.field
    .at('spec', 'ports')
    .items()
    .find((one) => port === null || one.at('name').text() === port || one.at('port').text() === port);
  const targetPort = servicePort?.at('targetPort').text() ?? servicePort?.at('port').text() ?? null;
  const stated = (name: string, otherwise: number): number => {
    const text = setting(name)?.value ?? '';
    return /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
  };
  const isMadeByController = front.kind === 'Ingress';
  const arn = front.field.at('spec', 'targetGroupARN').text();
  const group = inventory.targetGroups.find((one) => arn !== null && one.at('TargetGroupArn').text() === arn);
  const interval = isMadeByController
    ? stated('healthcheck-interval-seconds', CONTROLLER_DEFAULT.interval)
    : (group?.at('HealthCheckIntervalSeconds').number() ?? null);
  const threshold = (name: string, member: string): number | null =>
    isMadeByController ? stated(name, CONTROLLER_DEFAULT.threshold) : (group?.at(member).number() ?? null);
  const product = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a * b);
  const known = group?.at('TargetType').text() ?? null;
  const type =
    targetType.isStated || known === null || !group
      ? targetType
      : { value: known, field: group.at('TargetType'), isStated: true };
  // A Network Load Balancer: other rules hold there.
  if (group && !isForApplicationBalancer(group)) {
    found.openEnds.push({
      field: front.field,
      message: `${titleOf(front)} is for a target group of a Network Load Balancer: it is not judged`,
    });
    return;
  }
  for (const workload of workloads) {
    const key = [front.field, service.field, workload.field]
      .map(({ place }) => Object.values(place).join(':'))
      .join(' ');
    if (found.known.has(key)) continue;
    if (found.routes.length === MAX_ROUTES) {
      const message = `${titleOf(front)} and others lead to more than ${MAX_ROUTES} workloads: the rest is not judged`;
      if (found.openEnds.at(-1)?.message !== message) found.openEnds.push({ field: front.field, message });
      return;
    }
    found.known.add(key);
    const namespace = namespaceOf(inventory, workload, service);
    found.routes.push({
      front,
      service,
      workload,
      serving: servingContainer(workload, targetPort),
      targetType: type,
      delay: groupAttribute(
        'deregistration_delay.timeout_seconds',
        setting('target-group-attributes'),
        inventory,
        front.field,
        {
          fallback: THRESHOLD.default_delay_seconds,
          isMadeByController,
        },
      ),
      idleTimeout: isMadeByController
        ? (parameters.idle ?? ingressIdle(front.field, inventory))
        : { value: null, field: front.field, isStated: false },
      healthySeconds: {
        value: product(interval, threshold('healthy-threshold-count', 'HealthyThresholdCount')),
        field: (setting('healthcheck-interval-seconds') ?? setting('healthy-threshold-count'))?.field ?? front.field,
        isStated: setting('healthcheck-interval-seconds') !== null || setting('healthy-threshold-count') !== null,
      },
      unhealthySeconds: product(interval, threshold('unhealthy-threshold-count', 'UnhealthyThresholdCount')),
      gate: gateOf(workload, namespace),
      namespace,
      isAutoMode: parameters.isAutoMode,
    });
  }
}

/** Defaults of the AWS Load Balancer Controller: a check every 15 s, two of them decide. */
const CONTROLLER_DEFAULT = { interval: 15, threshold: 2 } as const;
function named(fields: readonly ManifestField[] | undefined): (Identity & { field: ManifestField })[] {
  return (fields ?? []).flatMap((field) => {
    const identity = objectIdentity(field);
    return identity === null ? [] : [{ ...identity, field }];
  });
}

function namespaceOf(inventory: Inventory, ...owned: readonly Identity[]): ManifestField | null {
  const name = owned.map(({ namespace }) => namespace).find((one) => one !== null);
  if (name === undefined) return null;
  return (inventory.objects.get('Namespace') ?? []).find((one) => one.at('metadata', 'name').text() === name) ?? null;
}

/** Label of a namespace whose pods get a readiness gate from the controller. */
export const GATE_LABEL = 'elbv2.k8s.aws/pod-readiness-gate-inject';

function gateOf(workload: Workload, namespace: ManifestField | null): Gate {
  const gates = workload.pod.at('readinessGates').items();
  if (gates.some((one) => /^target-health\./.test(one.at('conditionType').text() ?? ''))) return 'in the pod';
  if (namespace === null) return 'unknown';
  return namespace.at('metadata', 'labels', GATE_LABEL).text() === 'enabled' ? 'injected' : 'not injected';
}
