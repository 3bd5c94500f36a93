/** Generates the evidence of the sample day: the recorded pods and targets. */
import { at, iso } from './line.ts';
import { DRAIN_SECONDS, GROUP, PODS, PORT, type Pod, RESTART, SECOND } from './story.ts';

/** Whole seconds, as Kubernetes prints them. */
const second = (micros: number) => `${iso(micros).slice(0, 19)}Z`;

const CATALOG = PODS.filter((pod) => pod.workload === 'catalog');
const WATCH_BEGINS = at('13:55:00');
/** The ReplicaSet without a preStop sleep; the later rollout added one. */
const WITHOUT_PRE_STOP = 'catalog-6d5f8c7b9d';
const PRE_STOP_SECONDS = 45;

const graceOf = (pod: Pod) => (pod.replicaSet === WITHOUT_PRE_STOP ? 30 : 75);

interface State {
  ready: number | null;
  /** deletionTimestamp and its grace period. */
  deletion?: [number, number];
  restarted?: boolean;
  terminated?: boolean;
}

function podObject(pod: Pod, version: number, state: State): unknown {
  const container = {
    name: 'catalog',
    image: 'registry.shop.example/catalog:2026.03',
    ports: [{ containerPort: PORT.catalog, protocol: 'TCP' }],
    ...(pod.replicaSet === WITHOUT_PRE_STOP
      ? {}
      : { lifecycle: { preStop: { exec: { command: ['sh', '-c', `sleep ${PRE_STOP_SECONDS}`] } } } }),
  };
  const started = second(pod.created + 4 * SECOND);
  const killed = { exitCode: 137, finishedAt: second(RESTART.killed), reason: 'OOMKilled', startedAt: started };
  const running = { running: { startedAt: state.restarted ? second(RESTART.started) : started } };
  const ended = { exitCode: 0, finishedAt: second(pod.finished ?? 0), reason: 'Completed', startedAt: started };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      creationTimestamp: second(pod.created),
      ...(state.deletion
        ? { deletionGracePeriodSeconds: state.deletion[1], deletionTimestamp: second(state.deletion[0]) }
        : {}),
      labels: { app: 'catalog', 'pod-template-hash': pod.replicaSet.split('-')[1] },
      name: pod.name,
      namespace: 'shop',
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          controller: true,
          kind: 'ReplicaSet',
          name: pod.replicaSet,
          uid: pod.uid.replace('5a17', '4e75'),
        },
      ],
      resourceVersion: String(version),
      uid: pod.uid,
    },
    spec: { containers: [container], nodeName: pod.node, terminationGracePeriodSeconds: graceOf(pod) },
    status: {
      conditions: [
        {
          lastTransitionTime: second(state.terminated ? pod.finished! : (state.ready ?? pod.created)),
          status: state.ready === null || state.terminated ? 'False' : 'True',
          type: 'Ready',
        },
      ],
      containerStatuses: [
        {
          lastState: state.restarted ? { terminated: killed } : {},
          name: 'catalog',
          ready: state.ready !== null && !state.terminated,
          restartCount: state.restarted ? 1 : 0,
          state: state.terminated ? { terminated: ended } : running,
        },
      ],
      phase: 'Running',
      podIP: pod.ip,
      podIPs: [{ ip: pod.ip }],
    },
  };
}

/** `kubectl get pods -n shop -l app=catalog -o json --watch --output-watch-events` from 13:55 on. */
export function catalogPods(): string {
  const events: { at: number; type: string; pod: Pod; state: State }[] = [];
  for (const pod of CATALOG) {
    const ready: State = { ready: pod.ready };
    const isOld = pod.created < WATCH_BEGINS;
    events.push({ at: isOld ? 0 : pod.created, type: 'ADDED', pod, state: isOld ? ready : { ready: null } });
    if (!isOld) events.push({ at: pod.ready, type: 'MODIFIED', pod, state: ready });
    const last: State = pod === RESTART.pod ? { ready: RESTART.ready, restarted: true } : ready;
    if (last.restarted) {
      events.push({ at: RESTART.started, type: 'MODIFIED', pod, state: { ready: null, restarted: true } });
      events.push({ at: RESTART.ready, type: 'MODIFIED', pod, state: last });
    }
    if (pod.deleted === null) continue;
    const going: State = { ...last, deletion: [pod.deleted + graceOf(pod) * SECOND, graceOf(pod)] };
    const ended: State = { ...going, terminated: true };
    // The kubelet's own delete replaces the time and the grace period.
    const removed: State = { ...ended, deletion: [pod.gone!, 0] };
    events.push({ at: pod.deleted, type: 'MODIFIED', pod, state: going });
    events.push({ at: pod.finished!, type: 'MODIFIED', pod, state: ended });
    events.push({ at: pod.gone!, type: 'MODIFIED', pod, state: removed });
    events.push({ at: pod.gone!, type: 'DELETED', pod, state: removed });
  }
  events.sort((a, b) => a.at - b.at);
  return events
    .map(({ type, pod, state }, i) =>
      JSON.stringify({ type, object: podObject(pod, 884_000 + i * 13, state) }, null, 2),
    )
    .map((text) => `${text}\n`)
    .join('');
}

/** describe-target-health of catalog's group, every five seconds around each of its rollouts. */
export function catalogTargets(): string {
  const captures: string[] = [];
  for (const [from, to] of [
    ['13:59:54', '14:03:24'],
    ['15:59:59', '16:02:14'],
  ] as const) {
    for (let now = at(from); now <= at(to); now += 5 * SECOND) captures.push(targetsAt(now));
  }
  return captures.map((capture) => `${capture}\n`).join('');
}

function targetsAt(now: number): string {
  const descriptions = CATALOG.flatMap((pod) => {
    const health = healthOf(pod, now);
    const zone = pod.node.startsWith('ip-10-20-10') ? 'eu-central-1a' : 'eu-central-1b';
    const target = { Id: pod.ip, Port: PORT.catalog, AvailabilityZone: zone };
    return health === null ? [] : [{ Target: target, HealthCheckPort: String(PORT.catalog), TargetHealth: health }];
  });
  return JSON.stringify({
    capturedAt: second(now),
    targetGroupArn: GROUP.catalog,
    TargetHealthDescriptions: descriptions,
  });
}

function healthOf(pod: Pod, now: number): Record<string, string> | null {
  if (now < pod.created + 5 * SECOND) return null;
  if (now < pod.ready - 2 * SECOND) {
    return {
      State: 'initial',
      Reason: 'Elb.RegistrationInProgress',
      Description: 'Target registration is in progress',
    };
  }
  if (pod.deregistered === null || now < pod.deregistered) return { State: 'healthy' };
  if (now >= pod.deregistered + DRAIN_SECONDS * SECOND) return null;
  return {
    State: 'draining',
    Reason: 'Target.DeregistrationInProgress',
    Description: 'Target deregistration is in progress',
  };
}

/** The only record of checkout: a table written by hand from the deployment's output. */
export function checkoutPods(): string {
  const time = (micros: number | null) => (micros === null ? '' : second(micros));
  const rows = PODS.filter((pod) => pod.workload === 'checkout').map((pod) =>
    [
      'shop',
      pod.name,
      pod.ip,
      PORT.checkout,
      time(pod.created),
      time(pod.ready),
      time(pod.deleted),
      time(pod.finished),
    ].join(','),
  );
  return `namespace,pod,ip,port,created_at,ready_at,deleted_at,finished_at\n${rows.join('\n')}\n`;
}
