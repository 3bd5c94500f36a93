/** Kubernetes workloads as a manifest has them: containers, hooks, rollout settings. */
import { longestPreStop } from '../evidence/pod-container.ts';
import { THRESHOLD } from '../report/threshold.ts';
import type { ManifestField } from './field.ts';
import { type Identity, objectIdentity } from './identity.ts';

/** A preStop hook: its seconds where they can be read. */
export type PreStop =
  | { kind: 'none' }
  | { kind: 'sleep'; seconds: number; field: ManifestField }
  | { kind: 'unknown'; how: string; field: ManifestField };

export interface Container {
  name: string;
  field: ManifestField;
  /** Those of TCP: requests of a load balancer come by no other protocol. */
  ports: readonly { name: string | null; number: number | null }[];
  preStop: PreStop;
  /** A readinessProbe or a startupProbe: until its startupProbe has succeeded, a container is not ready. */
  hasReadinessProbe: boolean;
  /** The command line, as far as the manifest has it. */
  words: readonly { text: string; field: ManifestField }[];
}

export interface Workload extends Identity {
  field: ManifestField;
  pod: ManifestField;
  labels: ReadonlyMap<string, string>;
  annotations: ManifestField;
  /** Containers that get SIGTERM when the pod is deleted. Sidecars among the init containers get it after them. */
  containers: readonly Container[];
  /** Whether it is a whole manifest; a patch names some fields only, so an absent one means nothing. */
  isWhole: boolean;
  grace: { seconds: number; field: ManifestField; isStated: boolean };
}

/** Kinds with a pod template at spec.template. Argo's Rollout has the fields of a Deployment. */
export const WORKLOAD_KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'];

/** Returns a workload, null without a name. */
export function readWorkload(field: ManifestField): Workload | null {
  const identity = objectIdentity(field);
  if (identity === null) return null;
  const pod = field.at('spec', 'template', 'spec');
  const grace = pod.at('terminationGracePeriodSeconds');
  const containers = pod.at('containers').items().map(readContainer);
  return {
    ...identity,
    field,
    pod,
    labels: textsOf(field.at('spec', 'template', 'metadata', 'labels')),
    annotations: field.at('spec', 'template', 'metadata', 'annotations'),
    containers,
    isWhole: containers.length > 0 && containers.every(({ field: one }) => one.at('image').text() !== null),
    grace: {
      seconds: grace.number() ?? THRESHOLD.default_grace_seconds,
      field: grace.exists ? grace : pod,
      isStated: grace.number() !== null,
    },
  };
}

function readContainer(field: ManifestField): Container {
  const ports = field
    .at('ports')
    .items()
    .filter((port) => (port.at('protocol').text() ?? 'TCP') === 'TCP')
    .map((port) => ({ name: port.at('name').text(), number: port.at('containerPort').number() }));
  const said = [...field.at('command').items(), ...field.at('args').items()];
  return {
    name: field.at('name').text() ?? '',
    field,
    ports,
    preStop: preStopOf(field),
    hasReadinessProbe: field.at('readinessProbe').exists || field.at('startupProbe').exists,
    words: said.flatMap((one) => {
      const text = one.text();
      return text === null ? [] : [{ text, field: one }];
    }),
  };
}

/** Loops, conditions and sleeps in the background: how long such a script lasts is not the number behind `sleep`. */
const NOT_STRAIGHT =
  /[;\n]\s*(?:do|then)\b|\besac\b|\btimeout\s|\bsleep\s+\d.*\bsleep\s+\d|\bsleep[^;&|\n]*(?<![>&])&(?![&>\d])/s;

function preStopOf(container: ManifestField): PreStop {
  const hook = container.at('lifecycle', 'preStop');
  if (!hook.exists) return { kind: 'none' };
  const own = longestPreStop([{ lifecycle: { preStop: hook.plain() } }]);
  const sleep = hook.at('sleep', 'seconds');
  const place = sleep.exists ? sleep : hook;
  const script = hook
    .at('exec', 'command')
    .items()
    .map((one) => one.text() ?? '')
    .join(' ');
  if (own !== null && !NOT_STRAIGHT.test(script)) return { kind: 'sleep', seconds: own, field: place };
  const how = ['exec', 'httpGet', 'tcpSocket'].find((name) => hook.at(name).exists) ?? 'handler';
  return { kind: 'unknown', how, field: hook };
}

/** Returns the container that a port of a Service leads to; null where the manifest does not say. */
export function servingContainer(workload: Workload, targetPort: string | null): Container | null {
  const { containers } = workload;
  if (targetPort !== null) {
    const named = containers.find(({ ports }) =>
      ports.some(({ name, number }) => name === targetPort || String(number) === targetPort),
    );
    if (named) return named;
  }
  if (containers.length === 1) return containers[0]!;
  const open = containers.filter(({ ports }) => ports.length > 0);
  // A number that no container declares: it is the port of one that declares none.
  if (targetPort !== null && /^\d+$/.test(targetPort)) {
    const silent = containers.filter(({ ports }) => ports.length === 0);
    return silent.length === 1 ? silent[0]! : null;
  }
  return open.length === 1 ? open[0]! : null;
}

/** Returns the members of a map whose values are scalars. */
export function textsOf(field: ManifestField): Map<string, string> {
  return new Map(
    field.entries().flatMap(([name, one]): [string, string][] => {
      const text = one.text();
      return text === null ? [] : [[name, text]];
    }),
  );
}
