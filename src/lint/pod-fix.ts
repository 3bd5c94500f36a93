/** Patches that cure findings about pods. */
import { workloadPatch, yamlWord } from '../report/patch.ts';
import type { Identity } from './identity.ts';
import type { RoutingWindow } from './window.ts';
import type { Container, Workload } from './workload.ts';

/** Returns the preStop of the container that serves; where that is not known, the longest of all. */
export function preStopSeconds(workload: Workload, serving: Container | null): number | null {
  const hooks = serving === null ? workload.containers.map(({ preStop }) => preStop) : [serving.preStop];
  if (hooks.some(({ kind }) => kind === 'unknown')) return null;
  return Math.max(0, ...hooks.map((hook) => (hook.kind === 'sleep' ? hook.seconds : 0)));
}

/** Returns the patch of sleep and grace period; it lowers neither. */
export function sleepPatch(
  workload: Workload,
  container: string | null,
  window: RoutingWindow,
  present: number | null,
): string {
  const preStop = Math.max(window.preStop, present ?? 0);
  return workloadPatch({
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
    container,
    pre_stop_seconds: preStop,
    termination_grace_period_seconds: Math.max(workload.grace.seconds, preStop + window.finish),
    deregistration_delay_seconds: null,
  }).replace(/^apiVersion: .*$/m, `apiVersion: ${apiVersionOf(workload)}`);
}

const apiVersionOf = ({ kind }: Identity): string => (kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1');

/** Returns a patch of members of spec, one line each. */
export function specPatch(workload: Workload, lines: readonly string[]): string {
  const { kind, namespace, name } = workload;
  const where = namespace === null ? '' : `  namespace: ${yamlWord(namespace)}\n`;
  return `apiVersion: ${apiVersionOf(workload)}\nkind: ${kind}\nmetadata:\n  name: ${yamlWord(name)}\n${where}spec:\n${lines
    .map((line) => `  ${line}\n`)
    .join('')}`;
}
