/** Prints advice as YAML for kubectl and the load balancer controller. */
import { safeJson } from './text.ts';

/** The settings of a patch and their workload. Names come from evidence and may hold any text. */
export interface PatchTarget {
  kind: string | null;
  namespace: string | null;
  name: string;
  /** The container that serves; null if unknown. */
  container: string | null;
  pre_stop_seconds: number;
  termination_grace_period_seconds: number;
  /** Null leaves the delay unchanged. */
  deregistration_delay_seconds: number | null;
}

/** Writes a plain Kubernetes word unchanged, and quotes other text as JSON does, which YAML accepts. */
const scalar = (text: string): string =>
  /^[A-Za-z]([A-Za-z0-9-]{0,250}[A-Za-z0-9])?$/.test(text) ? text : safeJson(text);

/** Words that YAML reads as another type than text. */
const RESERVED = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n']);
/** Returns text as a scalar of YAML. */
export const yamlWord = (text: string): string => (RESERVED.has(text.toLowerCase()) ? safeJson(text) : scalar(text));

/** Returns a strategic-merge patch for `kubectl patch --patch-file`. */
export function workloadPatch(target: PatchTarget): string {
  const container =
    target.container === null
      ? '        - name: CONTAINER # the one that serves: it is not known which\n'
      : `        - name: ${yamlWord(target.container)}\n`;
  return `apiVersion: apps/v1
kind: ${yamlWord(target.kind ?? 'Deployment')}
metadata:
  name: ${yamlWord(target.name)}
${target.namespace === null ? '' : `  namespace: ${yamlWord(target.namespace)}\n`}spec:
  template:
    spec:
      terminationGracePeriodSeconds: ${target.termination_grace_period_seconds}
      containers:
${container}          lifecycle:
            preStop:
              # Before Kubernetes 1.30: exec: {command: [sleep, "${target.pre_stop_seconds}"]}
              sleep:
                seconds: ${target.pre_stop_seconds}
`;
}

/** Returns the annotation of the Ingress (or Service) that sets the deregistration delay. */
export const delayAnnotation = (seconds: number): string =>
  `alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=${seconds}`;

/** Returns the command that applies the patch, with names quoted for a shell. */
export function patchCommand({ kind, name, namespace }: PatchTarget, file: string): string {
  const quote = (text: string) => (/^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
  const where = namespace === null ? '' : ` -n ${quote(namespace)}`;
  return `kubectl patch ${quote((kind ?? 'Deployment').toLowerCase())} ${quote(name)}${where} --patch-file ${file}`;
}
