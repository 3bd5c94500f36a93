/** Prints Nodes and the Service of node ports as kubectl does, and the log of Karpenter. */
import { formatMillis, formatSeconds, fromSeconds, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Worker, World } from '../world.ts';
import { idOf } from './identity.ts';

const AGE = fromSeconds(20_000);

/** Returns a Node as it is at a time; null when it is gone. */
function nodeObject(scenario: Scenario, world: World, worker: Worker, time: number): unknown {
  const { leaving, notReady } = worker;
  const stamp = (moment: number) => formatSeconds(moment + fromSeconds(scenario.apiClockSeconds));
  const isBy = (moment: number | null | undefined): moment is number => moment != null && moment <= time;
  const isLeaving = isBy(leaving?.decided);
  const isExcluded = isBy(leaving?.excluded);
  const isDown = isBy(notReady);
  const born = world.starts - AGE;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: worker.name,
      uid: `${idOf(worker.name, 8)}-1a2b-4c3d-8e4f-${idOf(`node ${worker.name}`, 12)}`,
      creationTimestamp: stamp(born),
      labels: {
        'kubernetes.io/hostname': worker.name,
        'topology.kubernetes.io/zone': worker.zone,
        ...(isExcluded && leaving!.by === 'karpenter'
          ? { 'node.kubernetes.io/exclude-from-external-load-balancers': 'karpenter' }
          : {}),
      },
      ...(leaving?.by === 'karpenter' && isLeaving ? { deletionTimestamp: stamp(leaving.decided + SECOND / 2) } : {}),
    },
    spec: {
      providerID: `aws:///${worker.zone}/${worker.instanceId}`,
      ...(isLeaving ? { taints: taintsOf(leaving!, stamp) } : {}),
      ...(isLeaving ? { unschedulable: leaving!.by === 'spot' ? true : undefined } : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: worker.hostIp },
        { type: 'Hostname', address: worker.name },
      ],
      conditions: [
        isDown
          ? { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', lastTransitionTime: stamp(notReady!) }
          : {
              type: 'Ready',
              status: 'True',
              reason: 'KubeletReady',
              lastTransitionTime: stamp(born + fromSeconds(30)),
            },
      ],
    },
  };
}

function taintsOf({ by, decided }: NonNullable<Worker['leaving']>, stamp: (moment: number) => string): unknown[] {
  if (by === 'karpenter') return [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule', timeAdded: stamp(decided) }];
  if (by === 'spot') return [{ key: 'aws-node-termination-handler/spot-itn', value: 'event', effect: 'NoExecute' }];
  return [
    {
      key: 'ToBeDeletedByClusterAutoscaler',
      value: String(Math.floor(decided / SECOND)),
      effect: 'NoSchedule',
    },
  ];
}

/** Prints `kubectl get nodes -o json --watch --output-watch-events`. */
export function printNodeWatch(scenario: Scenario, world: World): string {
  const { starts, captured } = world;
  const events = world.workers.flatMap((worker) => {
    const { leaving, notReady } = worker;
    const changes = [leaving?.decided, leaving?.excluded, notReady]
      .filter((time) => time != null)
      .filter((time) => time > starts && time <= captured && (leaving?.removed == null || time < leaving.removed));
    const removed = leaving?.removed;
    return [
      { time: starts, type: 'ADDED', worker },
      ...[...new Set(changes)].map((time) => ({ time, type: 'MODIFIED', worker })),
      ...(removed != null && removed <= captured ? [{ time: removed, type: 'DELETED', worker }] : []),
    ];
  });
  return events
    .sort((a, b) => a.time - b.time)
    .map(({ time, type, worker }) => {
      return `${JSON.stringify({ type, object: nodeObject(scenario, world, worker, time) })}\n`;
    })
    .join('');
}

/** Prints `kubectl get nodes -o json`. */
export function printNodes(scenario: Scenario, world: World, time: number): string {
  const items = world.workers
    .filter(({ leaving }) => leaving?.removed == null || leaving.removed > time)
    .map((worker) => nodeObject(scenario, world, worker, time));
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 4)}\n`;
}

/** Prints the Service, as `kubectl get services -o json` does. */
export function printServiceList({ name, namespace, port, nodePort, trafficPolicy }: Scenario, world: World): string {
  const item = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, creationTimestamp: formatSeconds(world.starts - AGE) },
    spec: {
      type: 'NodePort',
      externalTrafficPolicy: trafficPolicy,
      ports: [{ name: 'http', port: 80, targetPort: port, nodePort, protocol: 'TCP' }],
      selector: { app: name },
    },
  };
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] }, null, 4)}\n`;
}

/** Prints what Karpenter logs of the nodes that it takes away. */
export function printKarpenterLog(_scenario: Scenario, world: World): string {
  const lines: { time: number; value: object }[] = [];
  for (const { leaving, name, zone, instanceId } of world.workers) {
    if (leaving?.by !== 'karpenter') continue;
    const claim = `general-${idOf(name, 5)}`;
    const say = (time: number, message: string, controller: string, more: object) =>
      lines.push({
        time,
        value: {
          level: 'INFO',
          time: formatMillis(time),
          logger: 'controller',
          message,
          commit: '7c2d1fa',
          controller,
          ...more,
        },
      });
    const both = { Node: { name }, NodeClaim: { name: claim } };
    say(leaving.decided, 'disrupting node(s)', 'disruption', {
      command: 'Underutilized: delete: nodepools=[general]',
      reason: 'underutilized',
      decision: 'delete',
      'disrupted-node-count': 1,
      'replacement-node-count': 0,
      'disrupted-nodes': [{ ...both, 'capacity-type': 'on-demand', 'instance-type': 'm7g.large' }],
    });
    say(leaving.decided + 400_000, 'tainted node', 'node.termination', {
      ...both,
      'taint.Key': 'karpenter.sh/disrupted',
      'taint.Value': '',
      'taint.Effect': 'NoSchedule',
    });
    if (leaving.removed === null) continue;
    say(leaving.removed, 'deleted node', 'node.termination', { Node: { name } });
    say(leaving.removed + 300_000, 'deleted nodeclaim', 'nodeclaim.lifecycle', {
      NodeClaim: { name: claim },
      'provider-id': `aws:///${zone}/${instanceId}`,
    });
  }
  return lines
    .filter(({ time }) => time <= world.captured)
    .sort((a, b) => a.time - b.time)
    .map(({ value }) => `${JSON.stringify(value)}\n`)
    .join('');
}

interface Said {
  time: number | null | undefined;
  reason: string;
  message: string;
  component: string;
}

/** Prints Events on nodes until a time: of the node controller and of whoever takes the node. */
export function printNodeEvents(scenario: Scenario, world: World, until: number): string {
  const lines = world.workers.flatMap((worker) => {
    const { leaving, notReady, name } = worker;
    const said: Said[] = [
      {
        time: notReady,
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
        component: 'node-controller',
      },
      {
        time: leaving?.removed,
        reason: 'RemovingNode',
        message: `Node ${name} event: Removing Node ${name} from Controller`,
        component: 'node-controller',
      },
    ];
    if (leaving?.by === 'cluster-autoscaler') {
      const message = 'marked the node as toBeDeleted/unschedulable';
      said.push({ time: leaving.decided, reason: 'ScaleDown', message, component: 'cluster-autoscaler' });
    }
    if (leaving?.by === 'karpenter') {
      const message = 'Disrupting Node: Underutilized';
      said.push({ time: leaving.decided, reason: 'DisruptionTerminating', message, component: 'karpenter' });
    }
    if (leaving?.by === 'spot') {
      const message = 'Spot Interruption event received, instance will be interrupted';
      said.push({
        time: leaving.decided,
        reason: 'SpotInterruption',
        message,
        component: 'aws-node-termination-handler',
      });
    }
    return said.flatMap((one) => (one.time != null && one.time <= until ? [{ ...one, time: one.time, name }] : []));
  });
  return lines
    .sort((a, b) => a.time - b.time)
    .map(({ time, name, reason, message, component }, i) => {
      const stamp = formatSeconds(time + fromSeconds(scenario.apiClockSeconds));
      return `${JSON.stringify({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${idOf(`${name} ${i}`, 16)}`, namespace: 'default', creationTimestamp: stamp },
        involvedObject: { kind: 'Node', name, uid: name },
        reason,
        message,
        source: { component },
        firstTimestamp: stamp,
        lastTimestamp: stamp,
        count: 1,
        type: 'Normal',
      })}\n`;
    })
    .join('');
}
