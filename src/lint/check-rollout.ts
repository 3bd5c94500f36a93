/** Rules about new pods: what a rollout waits for before it ends the old ones. */
import { safeJson } from '../report/text.ts';
import { THRESHOLD } from '../report/threshold.ts';
import type { ManifestField } from './field.ts';
import { finding, type LintFinding } from './finding.ts';
import { titleOf } from './identity.ts';
import { specPatch } from './pod-fix.ts';
import { GATE_LABEL, type Route } from './route.ts';
import type { Workload } from './workload.ts';

/** Returns the findings about one way from a load balancer to a pod. */
export function checkRollout(route: Route): LintFinding[] {
  return [...checkStrategy(route), ...checkReadiness(route)];
}

function checkStrategy({ workload, front }: Route): LintFinding[] {
  const spec = workload.field.at('spec');
  const found = emptying(workload, spec);
  if (found === null) return [];
  return [
    finding({
      rule: 'no-target-in-rollout',
      subject: titleOf(workload),
      message: `${found.message}: until the next pod serves, the load balancer answers 503.`,
      at: found.at,
      related: [{ field: front.field.at('metadata', 'name'), message: `${titleOf(front)} leads here` }],
      fix: found.fix,
    }),
  ];
}

interface Emptying {
  message: string;
  at: ManifestField;
  fix: string;
}

/** Returns why a rollout leaves no pod; null where it leaves one, or where the number of replicas is somebody else's. */
function emptying(workload: Workload, spec: ManifestField): Emptying | null {
  const replicas = spec.at('replicas');
  const count = replicas.number();
  if (count === 0) return null;
  const surge = specPatch(workload, [
    'strategy:',
    '  type: RollingUpdate',
    '  rollingUpdate:',
    '    maxUnavailable: 0',
    '    maxSurge: 1',
  ]);
  const type = spec.at('strategy', 'type');
  if (type.text() === 'Recreate')
    return { message: 'strategy Recreate ends all pods before it starts new ones', at: type, fix: surge };
  if (workload.kind === 'StatefulSet') {
    if (count !== 1 || spec.at('updateStrategy', 'type').text() === 'OnDelete') return null;
    const fix = specPatch(workload, ['replicas: 2']);
    return { message: 'The only replica of a StatefulSet ends before its successor starts', at: replicas, fix };
  }
  if (workload.kind === 'DaemonSet') return null;
  const rolling = ['rollingUpdate', 'canary']
    .map((name) => spec.at('strategy', name, 'maxUnavailable'))
    .find((one) => one.exists);
  if (isOnlyPod(workload, spec, count, rolling)) {
    const at = spec.at('strategy', 'rollingUpdate', 'maxSurge');
    const message =
      'maxSurge 0 ends the only replica before its successor starts: where maxUnavailable rounds to 0, Kubernetes takes 1';
    return { message, at, fix: surge };
  }
  const text = rolling?.text() ?? null;
  if (!rolling || text === null) return null;
  const [, percent] = /^(\d{1,3})%$/.exec(text) ?? [];
  const number = /^\d{1,6}$/.test(text) ? Number(text) : null;
  const isAll =
    percent === undefined
      ? number !== null && count !== null && number >= count
      : // Kubernetes rounds the unavailable share down.
        Number(percent) >= 100 || (count !== null && Math.floor((count * Number(percent)) / 100) >= count);
  if (!isAll) return null;
  const of = count === null ? '' : ` of ${count}`;
  return { message: `maxUnavailable ${text}${of} lets a rollout end all pods at once`, at: rolling, fix: surge };
}

/** A Deployment of one replica without a surge: of maxSurge 0 and a share below one pod Kubernetes makes maxUnavailable 1. */
function isOnlyPod(
  { kind }: Workload,
  spec: ManifestField,
  count: number | null,
  maxUnavailable: ManifestField | undefined,
): boolean {
  if (kind !== 'Deployment' || count !== 1) return false;
  const surge = spec.at('strategy', 'rollingUpdate', 'maxSurge').text();
  const share = maxUnavailable?.text() ?? DEFAULT_SHARE;
  return surge !== null && /^0%?$/.test(surge) && /^\d{1,2}%$/.test(share);
}

/** maxUnavailable of a Deployment that states none. */
const DEFAULT_SHARE = '25%';

function checkReadiness(route: Route): LintFinding[] {
  const { workload, gate, isAutoMode, healthySeconds, namespace, front, serving } = route;
  const subject = titleOf(workload);
  const isIp = route.targetType.value === 'ip';
  const found: LintFinding[] = [];
  if (workload.kind === 'DaemonSet') return found;
  if (!isIp && gate === 'injected' && namespace !== null && route.targetType.value === 'instance') {
    found.push(
      finding({
        rule: 'gate-without-ip-targets',
        subject,
        message: `The namespace asks for readiness gates, but ${titleOf(front)} has instance targets, so the controller injects none.`,
        at: namespace.at('metadata', 'labels', GATE_LABEL),
        related: [{ field: route.targetType.field, message: 'the target type' }],
        fix: 'alb.ingress.kubernetes.io/target-type: ip',
      }),
    );
  }
  const hasGate = gate === 'in the pod' || (gate === 'injected' && !isAutoMode);
  const stated = workload.field.at('spec', 'minReadySeconds');
  const waits = stated.number() ?? 0;
  if (isIp && !hasGate && healthySeconds.value !== null) {
    const needed = healthySeconds.value + THRESHOLD.usual_deregistration_seconds;
    const health = `${healthySeconds.value} s of health checks${healthySeconds.isStated ? '' : ' (the default of the controller)'} and ${THRESHOLD.usual_deregistration_seconds} s of the controller`;
    const patch = specPatch(workload, [`minReadySeconds: ${needed}`]);
    const gap = `the rollout ends an old pod ${waits === 0 ? 'as soon as a new one is ready' : `${waits} s after a new one is ready`}, and the new one is in rotation after ${health}`;
    const at = stated.exists ? stated : workload.field.at('metadata', 'name');
    if (waits < needed) {
      if (isAutoMode) {
        found.push(
          finding({
            rule: 'auto-mode-gate',
            subject,
            message: `Without a readiness gate on EKS Auto Mode ${gap}.`,
            at,
            fix: patch,
          }),
        );
      } else if (waits > 0) {
        found.push(
          finding({
            rule: 'min-ready-below-health-check',
            severity: gate === 'unknown' ? 'note' : 'warning',
            subject,
            message: `minReadySeconds ${waits} is below ${needed}: ${gap}.${gateWords(route)}`,
            at,
            fix: patch,
          }),
        );
      } else {
        found.push(
          finding({
            rule: 'readiness-gate-missing',
            severity: gate === 'unknown' ? 'note' : 'warning',
            subject,
            message: `Neither a readiness gate nor minReadySeconds: ${gap}.${gateWords(route)}`,
            at: namespace === null ? at : namespace.at('metadata', 'name'),
            related: namespace === null ? [] : [{ field: at, message: titleOf(workload) }],
            fix: `kubectl label namespace ${namespaceName(route)} ${GATE_LABEL}=enabled\n# or, without the gate:\n${patch}`,
          }),
        );
      }
    }
  }
  if (!hasGate && waits === 0 && serving !== null && !serving.hasReadinessProbe) {
    found.push(
      finding({
        rule: 'readiness-probe-missing',
        severity: gate === 'unknown' && isIp ? 'note' : 'warning',
        subject,
        message: `Container ${serving.name} has no readinessProbe: it counts as ready when its process starts, and the rollout goes on.${gateWords(route)}`,
        at: serving.field,
        fix: `readinessProbe:\n  httpGet: {path: /, port: ${serving.ports[0]?.name ?? serving.ports[0]?.number ?? 8080}} # the path that says: I can serve\n`,
      }),
    );
  }
  return found;
}

/** A gate of a namespace that was not given may well be there. */
const gateWords = ({ gate, targetType }: Route): string =>
  gate === 'unknown' && targetType.value === 'ip'
    ? ' The namespace is not among the manifests: if it has the label of the gate, all is well.'
    : '';

const namespaceName = ({ workload, service, namespace }: Route): string => {
  const name = namespace?.at('metadata', 'name').text() ?? workload.namespace ?? service.namespace;
  if (name === null) return 'NAMESPACE';
  return /^[\w.-]+$/.test(name) ? name : safeJson(name);
};
