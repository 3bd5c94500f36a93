/** Makes pods as the API server stores them. */
import type { KubernetesObject } from '../../src/watch/api.ts';

export interface PodChange {
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  namespace?: string;
}

/** Returns a running pod of this name; its uid is `uid-<name>`. It has secrets wherever a pod may have them. */
export function makePod(name: string, change: PodChange = {}, ip = '10.0.0.1'): KubernetesObject {
  const { labels = { app: 'api' }, namespace = 'shop', ...metadata } = change;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      creationTimestamp: '2026-03-01T09:00:00Z',
      labels,
      annotations: { note: 'hidden-annotation' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api-7cf8', uid: 'r', controller: true }],
      managedFields: [
        { manager: 'kubelet', operation: 'Update', time: '2026-03-01T09:00:03Z', fieldsV1: { hidden: 'field' } },
      ],
      ...metadata,
    },
    spec: {
      nodeName: 'node-1',
      terminationGracePeriodSeconds: 30,
      volumes: [{ name: 'hidden-volume' }],
      containers: [
        {
          name: 'app',
          image: 'example/app:1',
          args: ['--token=hidden-argument'],
          env: [{ name: 'PASSWORD', value: 'hidden-variable' }],
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-03-01T09:00:05Z' }],
      containerStatuses: [
        { name: 'app', image: 'example/app:1', state: { running: { startedAt: '2026-03-01T09:00:02Z' } } },
      ],
    },
  };
}
