/** Prints the Service's EndpointSlice as `kubectl get endpointslices -o json --watch --output-watch-events` does. */
import { DAY, formatSeconds, formatTime, fromMillis, fromSeconds } from '../../time/time.ts';
import { unreadyAt, unreadySpans } from '../pod-state.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, World } from '../world.ts';
import { idOf } from './identity.ts';

/** Prints the stream: the slice at the start, then each change. */
export function printEndpointSlices(scenario: Scenario, world: World): string {
  const shown = world.pods.filter(({ ip, isTarget }) => ip !== '' && isTarget);
  const times = new Set<number>([world.starts]);
  for (const pod of shown) {
    const changes = [pod.networked, pod.ready, pod.unlisted, pod.closed, pod.gone];
    for (const { from, until } of [...unreadySpans(pod), ...pod.unselected]) changes.push(from, until);
    for (const time of changes) if (time !== null && time > world.starts && time <= world.captured) times.add(time);
  }
  return [...times]
    .sort((a, b) => a - b)
    .map((time, i) => {
      const slice = sliceAt(scenario, shown, time, 920_000 + 5 * i);
      return `${JSON.stringify({ type: i === 0 ? 'ADDED' : 'MODIFIED', object: slice })}\n`;
    })
    .join('');
}

function sliceAt(scenario: Scenario, pods: readonly Pod[], time: number, version: number): unknown {
  const { name, namespace, port } = scenario;
  const endpoints = pods
    .filter((pod) => pod.networked <= time && (pod.gone === null || pod.gone > time))
    .filter(({ unselected }) => !unselected.some(({ from, until }) => from <= time && time < until))
    .map((pod) => endpointOf(pod, namespace, time));
  return {
    addressType: 'IPv4',
    apiVersion: 'discovery.k8s.io/v1',
    endpoints,
    kind: 'EndpointSlice',
    metadata: {
      annotations: {
        'endpoints.kubernetes.io/last-change-trigger-time': formatTime(time + fromSeconds(scenario.apiClockSeconds)),
      },
      creationTimestamp: formatSeconds(fromMillis(Date.parse(scenario.startsAt)) - DAY),
      generateName: `${name}-`,
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      name: `${name}-${idOf(name, 5)}`,
      namespace,
      resourceVersion: String(version),
      uid: `${idOf(`slice ${name}`, 8)}-2f1e-4d3c-9b8a-${idOf(name, 12)}`,
    },
    ports: [{ name: 'http', port, protocol: 'TCP' }],
  };
}

function endpointOf(pod: Pod, namespace: string, time: number): unknown {
  const has = (moment: number | null) => moment !== null && moment <= time;
  const isDown = unreadyAt(pod, time) !== null;
  const terminating = pod.deleted !== null && has(pod.unlisted);
  const serving = has(pod.ready) && !isDown && !has(pod.closed) && !has(pod.worker.notReady);
  return {
    addresses: [pod.ip],
    conditions: { ready: serving && !terminating, serving, terminating },
    nodeName: pod.worker.name,
    targetRef: { kind: 'Pod', name: pod.name, namespace, uid: pod.uid },
    zone: pod.worker.zone,
  };
}
