/**
 * Reduces an object to the fields that evidence can use, by name. Everything else stays in the cluster, above all possible
 * secrets: environment, arguments, annotations, volumes.
 */
import type { KubernetesObject } from './api.ts';

/** A watched resource, with its request and the name of its listings in a line. */
export interface Resource {
  name: 'pods' | 'endpointslices' | 'events' | 'nodes';
  group: string;
  /** API path before `/namespaces/...`. */
  root: string;
  apiVersion: string;
  kind: string;
  /** Envelope key of a listing. */
  listing: string;
  keep: Shape;
  /** Whether evidence can use the object. */
  wanted(object: KubernetesObject): boolean;
}

/** `true` keeps the value whole; an object keeps these keys of an object, or of each element of an array. */
export type Shape = true | { readonly [key: string]: Shape };

const METADATA: Shape = {
  name: true,
  namespace: true,
  uid: true,
  resourceVersion: true,
  creationTimestamp: true,
  deletionTimestamp: true,
  deletionGracePeriodSeconds: true,
  finalizers: true,
  ownerReferences: { apiVersion: true, kind: true, name: true, uid: true, controller: true },
  // When the object was last written and by whom, but not which fields.
  managedFields: { manager: true, operation: true, time: true, subresource: true },
};

const LABELS: Shape = { 'kubernetes.io/service-name': true, 'pod-template-hash': true };

/** Fields of a container. */
export const CONTAINER_SHAPE: Shape = {
  name: true,
  image: true,
  ports: true,
  restartPolicy: true,
  lifecycle: { stopSignal: true, preStop: { sleep: true, exec: true } },
};

const STATUS: Shape = {
  name: true,
  ready: true,
  started: true,
  restartCount: true,
  image: true,
  state: true,
  lastState: true,
};

const REFERENCE: Shape = { kind: true, namespace: true, name: true, uid: true, fieldPath: true };

const POD: Shape = {
  metadata: METADATA,
  spec: {
    nodeName: true,
    hostNetwork: true,
    terminationGracePeriodSeconds: true,
    readinessGates: true,
    containers: CONTAINER_SHAPE,
    initContainers: CONTAINER_SHAPE,
  },
  status: {
    phase: true,
    reason: true,
    podIP: true,
    podIPs: true,
    startTime: true,
    conditions: true,
    containerStatuses: STATUS,
    initContainerStatuses: STATUS,
  },
};

const SLICE: Shape = {
  metadata: { ...METADATA, labels: LABELS },
  addressType: true,
  endpoints: { addresses: true, conditions: true, nodeName: true, zone: true, targetRef: REFERENCE },
  ports: true,
};

const EVENT: Shape = {
  metadata: { name: true, namespace: true, uid: true, resourceVersion: true, creationTimestamp: true },
  involvedObject: REFERENCE,
  reason: true,
  message: true,
  type: true,
  count: true,
  firstTimestamp: true,
  lastTimestamp: true,
  eventTime: true,
  series: true,
  action: true,
  source: true,
  reportingComponent: true,
  reportingInstance: true,
};

/** Labels that exclude a node from load balancers, and labels with its place and owner. */
const NODE: Shape = {
  metadata: {
    ...(METADATA as Record<string, Shape>),
    labels: {
      'topology.kubernetes.io/zone': true,
      'karpenter.sh/nodepool': true,
      'eks.amazonaws.com/nodegroup': true,
      'node.kubernetes.io/exclude-from-external-load-balancers': true,
      'alpha.service-controller.kubernetes.io/exclude-balancer': true,
    },
  },
  spec: { providerID: true, taints: true, unschedulable: true },
  status: {
    addresses: true,
    conditions: { type: true, status: true, reason: true, message: true, lastTransitionTime: true },
  },
};

const always = (): boolean => true;

export const PODS: Resource = {
  name: 'pods',
  group: '',
  root: '/api/v1',
  apiVersion: 'v1',
  kind: 'Pod',
  listing: 'pods',
  keep: POD,
  wanted: always,
};

const ENDPOINT_SLICES: Resource = {
  name: 'endpointslices',
  group: 'discovery.k8s.io',
  root: '/apis/discovery.k8s.io/v1',
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  listing: 'endpointSlices',
  keep: SLICE,
  wanted: always,
};

export const EVENTS: Resource = {
  name: 'events',
  group: '',
  root: '/api/v1',
  apiVersion: 'v1',
  kind: 'Event',
  listing: 'events',
  keep: EVENT,
  wanted: (event) => /^(?:Pod|Node)$/.test(String((event.involvedObject as { kind?: unknown } | undefined)?.kind)),
};

/** Of the whole cluster: to list nodes takes a ClusterRole, so it is only done when asked for. */
export const NODES: Resource = {
  name: 'nodes',
  group: '',
  root: '/api/v1',
  apiVersion: 'v1',
  kind: 'Node',
  listing: 'nodes',
  keep: NODE,
  wanted: always,
};

export const RESOURCES: readonly Resource[] = [PODS, ENDPOINT_SLICES, EVENTS];

/** Returns the object with only the kept fields, and with its kind, which items of a list lack. */
export function trimObject(resource: Resource, object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind } = resource;
  return { kind, apiVersion, ...(pick(object, resource.keep) as KubernetesObject) };
}

/** Returns a value with only the fields of a shape. */
export function pick(value: unknown, shape: Shape): unknown {
  if (shape === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((element) => pick(element, shape));
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(shape)) {
    const held = (value as Record<string, unknown>)[key];
    if (held !== undefined) kept[key] = pick(held, inner);
  }
  return kept;
}
