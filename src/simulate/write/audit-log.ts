/** Prints the API server's audit log: who deleted which pod, to the microsecond, and the kubelets' status patches. */
import { formatTime, fromSeconds } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, World } from '../world.ts';
import { idOf } from './identity.ts';
import { podObject } from './pod-object.ts';

const USERS: Record<string, string> = {
  'kubernetes-admin': 'kubernetes-admin',
  'node-controller': 'system:serviceaccount:kube-system:node-controller',
  'deployment-controller': 'system:serviceaccount:kube-system:deployment-controller',
  'replicaset-controller': 'system:serviceaccount:kube-system:replicaset-controller',
};

interface Entry {
  time: number;
  user: string;
  verb: string;
  pod: Pod;
  subresource?: 'status' | 'eviction';
  code: number;
  bodies: Record<string, unknown>;
}

/** Prints audit.k8s.io/v1 events, one a line, in the order of the answers. */
export function printAuditLog(scenario: Scenario, world: World): string {
  return world.pods
    .flatMap((pod) => entriesOf(scenario, pod))
    .filter(({ time }) => time >= world.starts && time <= world.captured)
    .sort((a, b) => a.time - b.time)
    .map((entry, i) => `${JSON.stringify(eventOf(scenario, entry, i))}\n`)
    .join('');
}

function entriesOf(scenario: Scenario, pod: Pod): Entry[] {
  const entries: Entry[] = [];
  const kubelet = `system:node:${pod.worker.name}`;
  const bodyAt = (time: number) => podObject(scenario, pod, time, 880_000) as Record<string, unknown>;
  entries.push({
    time: pod.created,
    user: USERS['replicaset-controller']!,
    verb: 'create',
    pod,
    code: 201,
    bodies: { responseObject: bodyAt(pod.created) },
  });
  if (pod.ip !== '') {
    for (const time of patchesOf(pod)) {
      if (!Number.isFinite(time) || (pod.gone !== null && time >= pod.gone)) continue;
      const { status } = bodyAt(time);
      entries.push({
        time,
        user: kubelet,
        verb: 'patch',
        pod,
        subresource: 'status',
        code: 200,
        bodies: { requestObject: { metadata: { uid: pod.uid }, status } },
      });
    }
  }
  if (pod.deleted !== null) {
    entries.push({
      time: pod.deleted,
      user: USERS[pod.deletedBy]!,
      verb: pod.isEvicted ? 'create' : 'delete',
      pod,
      code: pod.isEvicted ? 201 : 200,
      ...(pod.isEvicted ? { subresource: 'eviction' as const } : {}),
      bodies: pod.isEvicted
        ? { requestObject: { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: pod.name } } }
        : {
            requestObject: {
              kind: 'DeleteOptions',
              apiVersion: 'v1',
              propagationPolicy: 'Background',
              ...(pod.graceSeconds === 0 ? { gracePeriodSeconds: 0 } : {}),
            },
            responseObject: bodyAt(pod.deleted),
          },
    });
  }
  if (pod.gone !== null && pod.ip !== '' && pod.graceSeconds > 0) {
    entries.push({
      time: pod.gone,
      user: kubelet,
      verb: 'delete',
      pod,
      code: 200,
      bodies: {
        requestObject: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          gracePeriodSeconds: 0,
          preconditions: { uid: pod.uid },
        },
        responseObject: bodyAt(pod.gone),
      },
    });
  }
  return entries;
}

/** Returns when the kubelet patched the status. */
function patchesOf(pod: Pod): number[] {
  const times = [pod.networked, pod.ready, pod.exited];
  for (const { killed, started, ready } of pod.restarts) times.push(killed, started, ready);
  for (const { from, until } of pod.flaps) times.push(from, until);
  return times.filter((time) => time !== null);
}

function eventOf({ namespace, apiClockSeconds }: Scenario, entry: Entry, number: number): unknown {
  const { pod, time } = entry;
  const stamp = time + fromSeconds(apiClockSeconds);
  const id = idOf(`audit ${pod.uid} ${number}`, 32);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.name}`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`,
    stage: 'ResponseComplete',
    requestURI: entry.subresource
      ? `${path}/${entry.subresource}`
      : entry.verb === 'create'
        ? path.slice(0, path.lastIndexOf('/'))
        : path,
    verb: entry.verb,
    user: { username: entry.user, groups: ['system:authenticated'] },
    sourceIPs: ['10.0.0.5'],
    userAgent: 'kube-controller-manager/v1.32.1 (linux/amd64) kubernetes/1a2b3c4',
    objectRef: {
      resource: 'pods',
      namespace,
      // A create names its pod only in the answer.
      ...(entry.verb === 'create' && !entry.subresource ? {} : { name: pod.name }),
      ...(entry.verb === 'delete' ? { uid: pod.uid } : {}),
      apiVersion: 'v1',
      ...(entry.subresource ? { subresource: entry.subresource } : {}),
    },
    responseStatus: { metadata: {}, code: entry.code },
    ...entry.bodies,
    requestReceivedTimestamp: formatTime(stamp - fromSeconds(0.002)),
    stageTimestamp: formatTime(stamp + fromSeconds(0.003)),
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  };
}
