/** Settings that one Kubernetes object states, as its manifest or the API server spells them. */
import type { Setting } from './fact.ts';
import { asArray, asObject, asObjects, asText } from './json-value.ts';
import { longestPreStop, servingContainers } from './pod-container.ts';

/** A setting without its line and time. */
export type SettingValue = Pick<Setting, 'scope' | 'subject' | 'key' | 'value'>;

const SCOPES: Readonly<Record<string, Setting['scope']>> = {
  Deployment: 'workload',
  StatefulSet: 'workload',
  ReplicaSet: 'workload',
  DaemonSet: 'workload',
  TargetGroupBinding: 'target_group_binding',
  Service: 'service',
  Ingress: 'ingress',
};

/** Kinds whose settings are read. */
export const MANIFEST_KINDS: readonly string[] = Object.keys(SCOPES);

/** Kubernetes' own default, in force where a whole manifest leaves it out. */
const DEFAULT_GRACE = 30;

/** Annotations of the AWS Load Balancer Controller that hold attributes as `key=value,key=value`. */
const ATTRIBUTES = [
  'alb.ingress.kubernetes.io/target-group-attributes',
  'alb.ingress.kubernetes.io/load-balancer-attributes',
  'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes',
  'service.beta.kubernetes.io/aws-load-balancer-attributes',
] as const;

/** Returns what the object states, null when its kind has nothing that is read here, or why it cannot be used. */
export function readManifestObject(object: Record<string, unknown>): SettingValue[] | string | null {
  const kind = asText(object.kind) ?? '';
  if (!Object.hasOwn(SCOPES, kind)) return kind === '' ? 'not_a_manifest: kind' : null;
  const metadata = asObject(object.metadata);
  const name = asText(metadata?.name);
  if (name === null) return 'missing_name: metadata.name';
  // An object without a namespace is applied to the user's current one.
  const subject = `${kind}/${asText(metadata?.namespace) ?? ''}/${name}`;
  const scope = SCOPES[kind]!;
  const spec = asObject(object.spec) ?? {};
  const pairs = [
    ...(scope === 'workload' ? workload(spec) : []),
    ...(kind === 'ReplicaSet' ? version(metadata) : []),
    ...(scope === 'target_group_binding' ? binding(spec) : []),
    ...(scope === 'service' ? [['selector', labels(spec.selector)] as const] : []),
    ...annotated(asObject(metadata?.annotations) ?? {}),
  ];
  return pairs.flatMap(([key, value]) => {
    const text = printed(value);
    return text === null ? [] : [{ scope, subject, key, value: text }];
  });
}

type Pair = readonly [key: string, value: unknown];

function workload(spec: Record<string, unknown>): Pair[] {
  const template = asObject(spec.template);
  const pod = asObject(template?.spec) ?? {};
  const strategy = asObject(spec.strategy) ?? asObject(spec.updateStrategy);
  const rolling = asObject(strategy?.rollingUpdate);
  const containers = servingContainers(pod);
  // A patch names some fields only: what it leaves out may be set elsewhere.
  const isWhole = containers.length > 0 && containers.every(({ image }) => asText(image) !== null);
  const hooks = containers.some((container) => asObject(asObject(container.lifecycle)?.preStop) !== null);
  const gates = asObjects(pod.readinessGates).map((gate) => asText(gate.conditionType));
  return [
    ['replicas', spec.replicas],
    ['minReadySeconds', spec.minReadySeconds],
    ['strategy', strategy?.type],
    ['maxSurge', rolling?.maxSurge],
    ['maxUnavailable', rolling?.maxUnavailable],
    ['terminationGracePeriodSeconds', pod.terminationGracePeriodSeconds ?? (isWhole ? DEFAULT_GRACE : null)],
    ['preStopSeconds', longestPreStop(containers) ?? (isWhole && !hooks ? 0 : null)],
    ['readinessGates', gates.filter((gate) => gate !== null).join(',') || null],
    ['labels', labels(asObject(template?.metadata)?.labels)],
  ];
}

/** A ReplicaSet is made when its version is first rolled out. A manifest that was written by hand has neither. */
function version(metadata: Record<string, unknown> | null): Pair[] {
  return [
    ['createdAt', metadata?.creationTimestamp],
    ['revision', asObject(metadata?.annotations)?.['deployment.kubernetes.io/revision']],
  ];
}

function binding(spec: Record<string, unknown>): Pair[] {
  const service = asObject(spec.serviceRef);
  return [
    ['targetGroupARN', spec.targetGroupARN],
    ['targetGroupName', spec.targetGroupName],
    ['serviceRef.name', service?.name],
    ['serviceRef.port', service?.port],
    ['targetType', spec.targetType],
  ];
}

function annotated(annotations: Record<string, unknown>): Pair[] {
  return ATTRIBUTES.flatMap((name) =>
    (asText(annotations[name]) ?? '').split(',').flatMap((pair): Pair[] => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]] : [];
    }),
  );
}

/** `a=1,b=2`, sorted, so that a selector can be compared with labels. */
function labels(value: unknown): string | null {
  const entries = Object.entries(asObject(value) ?? {}).flatMap(([key, one]) => {
    const text = printed(one);
    return text === null ? [] : [`${key}=${text}`];
  });
  return entries.length === 0 ? null : entries.sort().join(',');
}

/** A scalar as text; anything else is no setting. */
function printed(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? String(value) : null;
}

/** Returns the objects of a List, or the one that it is. */
export function objectsOf(value: unknown): unknown[] {
  const object = asObject(value);
  const isList = object !== null && Array.isArray(object.items) && /List$/.test(asText(object.kind) ?? '');
  if (Array.isArray(value)) return value;
  return isList ? asArray(object.items) : [value];
}
