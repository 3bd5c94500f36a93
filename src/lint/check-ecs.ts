/** Rules about services of ECS behind a load balancer. */
import { duration, printable, shellWord } from '../report/text.ts';
import { keepAliveFinding } from './check-group.ts';
import { DEFAULT_DELAY, type EcsRoute, isForFargate, STOP_TIMEOUT, stopAfter, stopTimeoutOf } from './ecs.ts';
import type { ManifestField } from './field.ts';
import { finding, type LintFinding } from './finding.ts';
import { DEFAULT_IDLE_SECONDS } from './ingress-class.ts';
import type { Inventory } from './inventory.ts';
import { keepAliveOf } from './keep-alive.ts';
import { type Measured, type RoutingWindow, routingWindowOf } from './window.ts';

/** Returns the findings about one service behind one target group. */
export function checkEcs(route: EcsRoute, inventory: Inventory, measured: Measured): LintFinding[] {
  const window = routingWindowOf(measured, { name: route.name, namespace: route.cluster, isEcs: true });
  return [
    ...checkDelay(route, window),
    ...checkStop(route, window),
    ...checkHealthyPercent(route),
    ...checkHealthGrace(route),
    ...checkOthers(route, window),
    ...checkSpot(route),
    ...checkKeepAlive(route, inventory, measured),
    ...checkSigterm(route),
  ];
}

/** Returns the findings about a task definition alone. */
export function checkDefinition(definition: ManifestField): LintFinding[] {
  if (!isForFargate(definition, null)) return [];
  return definition
    .at('containerDefinitions')
    .items()
    .flatMap((container) => {
      const stop = stopTimeoutOf(container);
      if (stop.value <= STOP_TIMEOUT.most) return [];
      return [
        finding({
          rule: 'ecs-stop-timeout-too-long',
          subject: `EcsTaskDefinition ${definition.at('family').text() ?? ''}`,
          message: `stopTimeout ${stop.value} of ${container.at('name').text() ?? 'a container'} is above the ${STOP_TIMEOUT.most} s of Fargate.`,
          at: stop.field,
          fix: `"stopTimeout": ${STOP_TIMEOUT.most}`,
        }),
      ];
    });
}

const subjectOf = ({ cluster, name }: EcsRoute): string => `EcsService ${cluster === null ? '' : `${cluster}/`}${name}`;

function checkDelay(route: EcsRoute, window: RoutingWindow): LintFinding[] {
  const { delay, isRolling, stopTimeout, targetGroupArn, service } = route;
  if (delay === null || !isRolling) return [];
  const needed = window.isMeasured ? window.delay : window.afterDeregistration;
  if (delay.value >= needed) return [];
  const isKilled = stopTimeout !== null && delay.value + stopTimeout.value < window.afterDeregistration;
  const reason = window.isMeasured
    ? `${duration(window.afterDeregistration)} of routing after the deregistration and the longest request, ${duration(window.longestRequest ?? 0)} (${window.source})`
    : `up to ${window.afterDeregistration} s of routing after the deregistration (${window.source}), and the longest request`;
  const end = isKilled
    ? `the task is killed ${stopTimeout.value} s after SIGTERM, while it is still chosen`
    : 'SIGTERM comes while the task is still chosen; whether the application goes on serving is not in the task definition';
  return [
    finding({
      rule: 'ecs-delay-below-late-routing',
      severity: isKilled ? 'error' : 'warning',
      subject: subjectOf(route),
      message: `The deregistration delay of ${delay.value} s is too short for ${reason}: ${end}.`,
      at: delay.field,
      related: [{ field: service.at('serviceName'), message: subjectOf(route) }],
      fix: `aws elbv2 modify-target-group-attributes --target-group-arn ${shellWord(targetGroupArn)} --attributes Key=deregistration_delay.timeout_seconds,Value=${window.delay}`,
    }),
  ];
}

function checkStop(route: EcsRoute, window: RoutingWindow): LintFinding[] {
  const { stopTimeout, isFargate, definition } = route;
  if (stopTimeout === null || definition === null || !window.isMeasured || window.longestRequest === null) return [];
  if (stopTimeout.value >= window.longestRequest) return [];
  const wanted = Math.ceil(window.finish);
  const seconds = isFargate ? Math.min(wanted, STOP_TIMEOUT.most) : wanted;
  const limit =
    wanted > seconds
      ? ` Fargate allows ${STOP_TIMEOUT.most} s: longer requests have to end before SIGTERM (deregistration delay).`
      : '';
  return [
    finding({
      rule: 'ecs-stop-timeout-too-short',
      subject: subjectOf(route),
      message: `stopTimeout ${stopTimeout.value}${stopTimeout.isStated ? '' : ' (the default)'} is below the longest request, ${duration(window.longestRequest)} (${window.source}).${limit}`,
      at: stopTimeout.field,
      fix: `"stopTimeout": ${seconds}`,
    }),
  ];
}

/** Share of the tasks of a DAEMON service that a deployment leaves in service, for a fix. */
const DAEMON_PERCENT = 50;

function checkHealthyPercent(route: EcsRoute): LintFinding[] {
  const { service, isRolling, name, cluster } = route;
  const field = service.at('deploymentConfiguration', 'minimumHealthyPercent');
  const percent = field.number();
  const desired = service.at('desiredCount').number();
  if (!isRolling || percent === null || desired === 0 || percent >= 100) return [];
  // A DAEMON service cannot have more tasks than instances, so a deployment always runs with fewer.
  const isDaemon = service.at('schedulingStrategy').text() === 'DAEMON';
  if (isDaemon && percent > 0) return [];
  // ECS rounds the lower limit up.
  const left = desired === null ? null : Math.ceil((desired * percent) / 100);
  if (percent > 0 && left !== null && left === desired) return [];
  const where = cluster === null ? '' : ` --cluster ${shellWord(cluster)}`;
  const of = left === null ? '' : ` (${left} of ${desired})`;
  return [
    finding({
      rule: percent === 0 ? 'ecs-no-task-in-rollout' : 'ecs-fewer-tasks-in-rollout',
      subject: subjectOf(route),
      message:
        percent === 0
          ? 'minimumHealthyPercent 0 lets a deployment stop all tasks before the new ones serve: until then the load balancer answers 503.'
          : `minimumHealthyPercent ${percent} lets a deployment run with fewer tasks${of}. Whether they carry the load is not in the service.`,
      at: field,
      fix: isDaemon
        ? `# a DAEMON service starts no task beside the old one of an instance\naws ecs update-service${where} --service ${shellWord(name)} --deployment-configuration minimumHealthyPercent=${DAEMON_PERCENT},maximumPercent=100`
        : `aws ecs update-service${where} --service ${shellWord(name)} --deployment-configuration minimumHealthyPercent=100,maximumPercent=200`,
    }),
  ];
}

function checkHealthGrace(route: EcsRoute): LintFinding[] {
  const { service, serving, name, cluster } = route;
  const field = service.at('healthCheckGracePeriodSeconds');
  const grace = field.number() ?? 0;
  const period = serving?.at('healthCheck', 'startPeriod');
  const start = period?.number() ?? null;
  if (start === null ? grace > 0 : grace >= start) return [];
  const words = field.exists
    ? `healthCheckGracePeriodSeconds ${grace}`
    : 'healthCheckGracePeriodSeconds is not set (0 s)';
  return [
    finding({
      rule: 'ecs-health-check-grace',
      severity: start === null ? 'note' : 'warning',
      subject: subjectOf(route),
      message:
        start === null
          ? `${words}: a task that starts more slowly than the health checks of its target group allow is stopped. How long it starts is not in the documents.`
          : `${words}, but the container has ${start} s to start (healthCheck.startPeriod): failed checks of the load balancer stop it before.`,
      at: field.exists ? field : service.at('serviceName'),
      related: period && start !== null ? [{ field: period, message: 'the start period of the container' }] : [],
      fix:
        start === null
          ? null
          : `aws ecs update-service${cluster === null ? '' : ` --cluster ${shellWord(cluster)}`} --service ${shellWord(name)} --health-check-grace-period-seconds ${start}`,
    }),
  ];
}

function checkOthers(route: EcsRoute, window: RoutingWindow): LintFinding[] {
  const { definition, serving, delay } = route;
  if (definition === null || serving === null) return [];
  const later = stopAfter(definition, serving);
  const isInWindow = delay !== null && delay.value < window.afterDeregistration;
  return definition
    .at('containerDefinitions')
    .items()
    .flatMap((other) => {
      const name = other.at('name').text() ?? '';
      const hasPort = other
        .at('portMappings')
        .items()
        .some((one) => one.at('protocol').text() !== 'udp');
      if (name === serving.at('name').text() || later.has(name) || other.at('essential').flag() === false) return [];
      // The proxy of Service Connect and App Mesh is started by ECS itself.
      const depends = other
        .at('dependsOn')
        .items()
        .some((one) => one.at('containerName').text() === serving.at('name').text());
      const when = depends ? 'before' : 'together with';
      return [
        finding({
          rule: 'ecs-side-container',
          severity: isInWindow && hasPort ? 'warning' : 'note',
          subject: subjectOf(route),
          message: `Container ${name} gets SIGTERM ${when} ${serving.at('name').text() ?? ''}. If requests need it, let the latter depend on it; whether they do is not in the task definition.`,
          at: other.at('name'),
          related: [{ field: serving.at('name'), message: 'the container behind the load balancer' }],
          fix: `"dependsOn": [{"containerName": ${JSON.stringify(printable(name))}, "condition": "START"}]`,
        }),
      ];
    });
}

function checkSpot(route: EcsRoute): LintFinding[] {
  const { isSpot, stopTimeout, service } = route;
  if (!isSpot || stopTimeout === null || stopTimeout.value >= STOP_TIMEOUT.most) return [];
  return [
    finding({
      rule: 'ecs-spot',
      subject: subjectOf(route),
      message: `The service uses FARGATE_SPOT, and stopTimeout is ${stopTimeout.value} s${stopTimeout.isStated ? '' : ' (the default)'} of the 120 s that an interruption leaves.`,
      at: stopTimeout.isStated ? stopTimeout.field : service.at('capacityProviderStrategy'),
      fix: `"stopTimeout": ${STOP_TIMEOUT.most}`,
    }),
  ];
}

function checkKeepAlive(route: EcsRoute, inventory: Inventory, measured: Measured): LintFinding[] {
  const { serving, name, cluster, service } = route;
  const at = serving ?? service.at('serviceName');
  const words = ['entryPoint', 'command'].flatMap((member) =>
    (serving?.at(member).items() ?? []).map((field) => ({ text: field.text() ?? '', field })),
  );
  const known = keepAliveOf([name, `${cluster ?? ''}/${name}`], words, at, measured);
  if (known === null) return [];
  const balancers = inventory.attributes.filter(({ values }) => values.has('idle_timeout.timeout_seconds'));
  const stated = balancers.length === 1 ? balancers[0]?.values.get('idle_timeout.timeout_seconds') : undefined;
  const idle = stated?.number() ?? DEFAULT_IDLE_SECONDS;
  const said = `the idle timeout of the load balancer is ${idle} s${stated ? '' : ' by default (its attributes are not given)'}`;
  return keepAliveFinding(known, {
    idle,
    words: said,
    subject: subjectOf(route),
    field: stated ?? service.at('loadBalancers'),
  });
}

function checkSigterm(route: EcsRoute): LintFinding[] {
  const { stopTimeout, delay, definition } = route;
  if (definition === null || stopTimeout === null) return [];
  const drained =
    delay === null
      ? `the deregistration delay (${DEFAULT_DELAY} s unless changed: its attributes are not given)`
      : `${delay.value} s`;
  return [
    finding({
      rule: 'ecs-requests-at-sigterm',
      subject: subjectOf(route),
      message: `A task gets SIGTERM ${drained} after its deregistration, and SIGKILL ${stopTimeout.value} s later${stopTimeout.isStated ? '' : ' (the default)'}. What the application does in between is not in the task definition.`,
      at: stopTimeout.isStated ? stopTimeout.field : (route.serving?.at('name') ?? definition),
    }),
  ];
}
