/** Rules about the end of a pod: grace period, preStop, and the containers beside the one that serves. */
import { delayProblem, graceProblem } from '../report/setting-order.ts';
import { duration } from '../report/text.ts';
import { THRESHOLD } from '../report/threshold.ts';
import { finding, type LintFinding } from './finding.ts';
import { titleOf } from './identity.ts';
import { preStopSeconds, sleepPatch, specPatch } from './pod-fix.ts';
import type { Route } from './route.ts';
import type { RoutingWindow } from './window.ts';
import type { Container, Workload } from './workload.ts';

/** Returns the findings that need no load balancer: a hook that outlasts its grace period. */
export function checkHooks(workload: Workload): LintFinding[] {
  const { grace, containers } = workload;
  return containers.flatMap(({ name, preStop }) => {
    if (preStop.kind !== 'sleep') return [];
    const problem = graceProblem(grace.seconds, preStop.seconds);
    if (problem === null) return [];
    return [
      finding({
        rule: 'grace-not-above-pre-stop',
        subject: titleOf(workload),
        message: `${problem} (container ${name}${grace.isStated ? '' : `; ${grace.seconds} s is the default`}).`,
        at: grace.isStated ? grace.field : preStop.field,
        related: grace.isStated ? [{ field: preStop.field, message: `preStop of ${name}` }] : [],
        fix: specPatch(workload, [
          'template:',
          '  spec:',
          `    terminationGracePeriodSeconds: ${preStop.seconds + THRESHOLD.default_grace_seconds}`,
        ]),
      }),
    ];
  });
}

/** Returns the findings about one way from a load balancer to a pod. */
export function checkEnd(route: Route, window: RoutingWindow): LintFinding[] {
  const { workload, serving } = route;
  const subject = titleOf(workload);
  const sleep = preStopSeconds(workload, serving);
  const name = serving === null ? null : serving.name;
  const patch = sleepPatch(workload, name, window, sleep);
  const via = { field: route.front.field.at('metadata', 'name'), message: `${titleOf(route.front)} leads here` };
  const needed = `${duration(window.afterDeletion)} (${window.source})`;
  const { grace } = workload;
  const found: LintFinding[] = [];
  const isKilledAsleep = sleep !== null && graceProblem(grace.seconds, sleep) !== null;
  if (!isKilledAsleep && grace.seconds < window.afterDeletion) {
    found.push(
      finding({
        rule: 'grace-below-late-routing',
        subject,
        message: `terminationGracePeriodSeconds ${grace.seconds} ends the pod while the load balancer still chooses it: up to ${needed}.`,
        at: grace.field,
        related: [via],
        fix: patch,
      }),
    );
  }
  const at = serving?.field ?? workload.pod.at('containers');
  const hook = serving?.preStop;
  if (sleep === null) {
    const unknown =
      hook?.kind === 'unknown'
        ? hook
        : workload.containers.map(({ preStop }) => preStop).find(({ kind }) => kind === 'unknown');
    if (unknown?.kind === 'unknown') {
      found.push(
        finding({
          rule: 'pre-stop-unknown',
          subject,
          message: `How long the preStop hook (${unknown.how}) lasts is not in the manifest; it takes ${needed}.`,
          at: unknown.field,
          related: [via],
        }),
      );
    }
  } else if (sleep === 0) {
    found.push(
      finding({
        rule: 'pre-stop-missing',
        subject,
        message: `${serving === null ? 'No container has a preStop sleep' : `Container ${serving.name} has no preStop sleep`}, but the load balancer chooses the pod for up to ${needed} after its deletion. The application would have to serve for so long after SIGTERM: that is not in the manifest.`,
        at,
        related: [via],
        fix: patch,
      }),
    );
  } else if (sleep < window.afterDeletion && !isKilledAsleep) {
    found.push(
      finding({
        rule: 'pre-stop-too-short',
        subject,
        message: `preStop ends after ${sleep} s, but the load balancer chooses the pod for up to ${needed} after its deletion. From SIGTERM on the application would have to go on serving: that is not in the manifest.`,
        at: hook?.kind === 'sleep' ? hook.field : at,
        related: [via],
        fix: patch,
      }),
    );
  }
  if (sleep !== null && sleep > 0) found.push(...checkFinish(route, sleep, hook?.kind === 'sleep' ? hook : null));
  if (sleep !== null && sleep > 0 && serving !== null) found.push(...checkOthers(route, serving, sleep, window));
  return [...found, ...checkMesh(route, window)];
}

/** Requests that run at SIGTERM: only the application can finish them. */
function checkFinish(
  route: Route,
  sleep: number,
  hook: Extract<Container['preStop'], { kind: 'sleep' }> | null,
): LintFinding[] {
  const { workload, delay } = route;
  const problem = delay.value === null ? null : delayProblem(sleep, delay.value);
  const left = workload.grace.seconds - sleep;
  if (problem === null || delay.value === null || left <= 0) return [];
  return [
    finding({
      rule: 'requests-at-sigterm',
      subject: titleOf(workload),
      message: `${problem}. Requests longer than the sleep have ${left} s from SIGTERM to SIGKILL; whether the application finishes them is not in the manifest${delay.isStated ? '' : ` (${delay.value} s is the default delay)`}.`,
      at: hook?.field ?? workload.grace.field,
      related: [
        { field: delay.field, message: delay.isStated ? 'the deregistration delay' : 'sets no deregistration delay' },
      ],
    }),
  ];
}

/** Containers that get SIGTERM before the one that serves does. */
function checkOthers({ workload }: Route, serving: Container, sleep: number, window: RoutingWindow): LintFinding[] {
  return workload.containers.flatMap((other) => {
    if (other === serving || other.preStop.kind === 'unknown') return [];
    const own = other.preStop.kind === 'sleep' ? other.preStop.seconds : 0;
    if (own >= Math.min(sleep, window.afterDeletion)) return [];
    const open = other.ports.filter(
      ({ name }) => !/metric|prom|admin|health|debug|statsd|otlp|telemetry|trac(?:e|ing)/i.test(name ?? ''),
    );
    const need =
      open.length > 0
        ? 'It declares a port, so requests may pass through it.'
        : 'Whether requests need it is not in the manifest: a shipper of logs may go first, a proxy or an application server may not.';
    return [
      finding({
        rule: 'side-container-stops-first',
        severity: open.length > 0 ? 'warning' : 'note',
        subject: titleOf(workload),
        message: `Container ${other.name} gets SIGTERM ${own === 0 ? 'with the deletion' : `after ${own} s`}, while ${serving.name} serves for ${sleep} s. ${need}`,
        at: other.field,
        related: [{ field: serving.field, message: `${serving.name} serves` }],
        fix: sleepPatch(workload, other.name, window, sleep),
      }),
    ];
  });
}

/** terminationDrainDuration of Istio where nothing sets it. */
const MESH_DRAIN_SECONDS = 5;

function checkMesh({ workload, namespace }: Route, window: RoutingWindow): LintFinding[] {
  const own =
    workload.annotations.at('sidecar.istio.io/inject').text() ?? workload.labels.get('sidecar.istio.io/inject') ?? null;
  const isInjected =
    own === null ? namespace?.at('metadata', 'labels', 'istio-injection').text() === 'enabled' : own === 'true';
  if (!isInjected || workload.annotations.at('sidecar.istio.io/nativeSidecar').text() === 'true') return [];
  const config = workload.annotations.at('proxy.istio.io/config');
  const text = config.text() ?? '';
  const [, stated] = /terminationDrainDuration"?:\s*"?(\d{1,5})s/.exec(text) ?? [];
  if (/EXIT_ON_ZERO_ACTIVE_CONNECTIONS"?:\s*"?true/.test(text)) return [];
  const seconds = stated === undefined ? MESH_DRAIN_SECONDS : Number(stated);
  if (seconds >= window.afterDeletion) return [];
  const place = workload.annotations.at('sidecar.istio.io/inject');
  const at = stated !== undefined ? config : place.exists ? place : workload.pod;
  return [
    finding({
      rule: 'mesh-proxy-stops-first',
      subject: titleOf(workload),
      message: `The injected istio-proxy ends ${seconds} s after SIGTERM${stated === undefined ? ' (the default)' : ''}, but the load balancer chooses the pod for up to ${duration(window.afterDeletion)} (${window.source}). A proxy that is a native sidecar stops last and needs no change: whether it is one is not in the manifest.`,
      at,
      fix: `# annotation of spec.template.metadata\nproxy.istio.io/config: |\n  terminationDrainDuration: ${Math.ceil(window.preStop)}s\n`,
    }),
  ];
}
