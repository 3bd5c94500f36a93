/** Does to a pod what scheduler, controllers and kubelet do, through the same API. */
import type { RealServer } from './real-server.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';

const path = (namespace: string, name = ''): string => `/api/v1/namespaces/${namespace}/pods${name && `/${name}`}`;

/** The API server prints whole seconds. */
export const stamp = (ms = Date.now()): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export interface PodWish {
  namespace: string;
  name: string;
  ip: string;
  labels?: Record<string, string>;
  graceSeconds?: number;
}

/** Creates a pod and makes it run and be ready, as the scheduler and the kubelet of node-1 would. Returns its uid. */
export async function runPod(server: RealServer, wish: PodWish): Promise<string> {
  const { namespace, name, ip, labels = { app: 'api' }, graceSeconds = 30 } = wish;
  const pod = await server.must('POST', path(namespace), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, annotations: { secret: 'annotation-secret' } },
    spec: {
      terminationGracePeriodSeconds: graceSeconds,
      containers: [
        {
          name: 'app',
          image: 'example/app:1',
          env: [{ name: 'PASSWORD', value: 'environment-secret' }],
          ports: [{ containerPort: 8080 }],
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
        },
      ],
    },
  });
  await server.must('POST', `${path(namespace, name)}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
  });
  await patchStatus(server, namespace, name, {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    startTime: stamp(),
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: stamp() }],
    containerStatuses: [
      {
        name: 'app',
        image: 'example/app:1',
        imageID: '',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: stamp() } },
      },
    ],
  });
  return String((pod.metadata as { uid: string }).uid);
}

export function patchStatus(server: RealServer, namespace: string, name: string, status: object): Promise<unknown> {
  return server.must('PATCH', `${path(namespace, name)}/status`, { status }, STRATEGIC);
}

/** Requests its deletion, as a ReplicaSet controller does in a rollout. */
export function deletePod(server: RealServer, namespace: string, name: string): Promise<unknown> {
  return server.must('DELETE', path(namespace, name));
}

/** Its container ends, then the kubelet deletes the object with grace 0. */
export async function endPod(server: RealServer, namespace: string, name: string): Promise<void> {
  const began = stamp(Date.now() - 60_000);
  await patchStatus(server, namespace, name, {
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: stamp() }],
    containerStatuses: [
      {
        name: 'app',
        image: 'example/app:1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 143, reason: 'Error', startedAt: began, finishedAt: stamp() } },
      },
    ],
  });
  await server.must('DELETE', path(namespace, name), {
    gracePeriodSeconds: 0,
    apiVersion: 'v1',
    kind: 'DeleteOptions',
  });
}
