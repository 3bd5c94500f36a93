/** Rules about the target group and its load balancer: deregistration delay, idle timeout, instance targets. */
import { delayAnnotation } from '../report/patch.ts';
import { duration } from '../report/text.ts';
import type { ManifestField } from './field.ts';
import { finding, type LintFinding } from './finding.ts';
import { titleOf } from './identity.ts';
import { DEFAULT_IDLE_SECONDS } from './ingress-class.ts';
import { type KeepAlive, keepAliveOf } from './keep-alive.ts';
import type { Route } from './route.ts';
import type { Measured, RoutingWindow } from './window.ts';

/** Returns the findings about one way from a load balancer to a pod. */
export function checkGroup(route: Route, window: RoutingWindow, measured: Measured): LintFinding[] {
  return [...checkDelay(route, window), ...checkKeepAlive(route, measured), ...checkInstances(route)];
}

function checkDelay({ delay, front, workload, targetType }: Route, window: RoutingWindow): LintFinding[] {
  const needed = window.isMeasured ? window.delay : window.afterDeregistration;
  if (delay.value === null || targetType.value !== 'ip' || delay.value >= needed) return [];
  const reason = window.isMeasured
    ? `${duration(window.afterDeregistration)} of routing after the deregistration and the longest request, ${duration(window.longestRequest ?? 0)} (${window.source})`
    : `up to ${window.afterDeregistration} s of routing after the deregistration (default of draintrace), and the longest request`;
  return [
    finding({
      rule: 'delay-below-late-routing',
      subject: titleOf(front),
      message: `The deregistration delay of ${delay.value} s is too short for ${reason}: requests that still run are cut off with 502.`,
      at: delay.field,
      related: [{ field: workload.field.at('metadata', 'name'), message: titleOf(workload) }],
      fix:
        front.kind === 'Ingress'
          ? delayAnnotation(window.delay)
          : `aws elbv2 modify-target-group-attributes --target-group-arn ARN --attributes Key=deregistration_delay.timeout_seconds,Value=${window.delay}`,
    }),
  ];
}

function checkKeepAlive({ serving, workload, idleTimeout, front }: Route, measured: Measured): LintFinding[] {
  const idle = idleTimeout.value;
  if (idle === null) return [];
  const words = `the idle timeout of the load balancer is ${idle} s${idleTimeout.isStated ? '' : ' (the default)'}`;
  const names = [workload.name, `${workload.namespace ?? ''}/${workload.name}`];
  const at = serving?.field ?? workload.pod.at('containers');
  const known = keepAliveOf(names, serving?.words ?? [], at, measured);
  if (known !== null)
    return keepAliveFinding(known, { idle, words, subject: titleOf(workload), field: idleTimeout.field });
  if (!idleTimeout.isStated || idle <= DEFAULT_IDLE_SECONDS) return [];
  return [
    finding({
      rule: 'idle-timeout-raised',
      subject: titleOf(front),
      message: `The idle timeout is ${idle} s. The keep-alive timeout of ${titleOf(workload)} has to be above it: it is not in the manifest.`,
      at: idleTimeout.field,
      related: [{ field: workload.field.at('metadata', 'name'), message: titleOf(workload) }],
    }),
  ];
}

/** Returns the finding about a keep-alive timeout, none if it is above the idle timeout. */
export function keepAliveFinding(
  { seconds, says, field: at, isSure }: KeepAlive,
  { idle, words, subject, field }: { idle: number; words: string; subject: string; field: ManifestField },
): LintFinding[] {
  if (seconds > idle) return [];
  return [
    finding({
      rule: 'keep-alive-below-idle-timeout',
      severity: isSure ? 'warning' : 'note',
      subject,
      message: `${says}, and ${words}: the application closes connections under requests.`,
      at,
      related: [{ field, message: 'the idle timeout belongs here' }],
      fix: `# a keep-alive timeout of ${idle + 5} s in the application, or an idle timeout below it:\nidle_timeout.timeout_seconds=${Math.max(1, Math.floor(seconds) - 1)}`,
    }),
  ];
}

function checkInstances({ targetType, front, service, workload, unhealthySeconds, isAutoMode }: Route): LintFinding[] {
  if (targetType.value !== 'instance') return [];
  const subject = titleOf(front);
  const policy = service.field.at('spec', 'externalTrafficPolicy');
  const isLocal = policy.text() === 'Local';
  const found = [
    finding({
      rule: 'instance-target',
      subject,
      message: `${titleOf(workload)} is behind instance targets${targetType.isStated ? '' : ' (the default: no target-type is set)'}: the deletion of a pod deregisters nothing, and open connections of the load balancer stay with it. An application that answers "Connection: close" after SIGTERM helps; whether it does is not in the manifest.`,
      at: targetType.field,
      related: [{ field: service.field.at('metadata', 'name'), message: titleOf(service) }],
      fix: 'alb.ingress.kubernetes.io/target-type: ip',
    }),
  ];
  if (isLocal) {
    const seconds = unhealthySeconds === null ? '' : `, up to ${unhealthySeconds} s`;
    found.push(
      finding({
        rule: 'local-traffic-policy',
        subject: titleOf(service),
        message: `With externalTrafficPolicy Local a node without a pod drops connections until its health checks fail${seconds}: 504.`,
        at: policy,
        related: [{ field: targetType.field, message: 'instance targets' }],
        fix: 'spec:\n  externalTrafficPolicy: Cluster\n# or targets of type ip',
      }),
    );
  } else {
    found.push(
      finding({
        rule: 'node-drain',
        subject: titleOf(service),
        message: `Each node carries requests of pods on other nodes.${isAutoMode ? ' EKS Auto Mode replaces nodes by itself (consolidation, expiry) and does not wait for the load balancer.' : ''} Whether the remover of nodes waits for drained targets is not in the manifests.`,
        at: policy.exists ? policy : service.field.at('metadata', 'name'),
        related: [{ field: targetType.field, message: 'instance targets' }],
        fix: 'alb.ingress.kubernetes.io/target-type: ip',
      }),
    );
  }
  return found;
}
