/** Nodes and NodeClaims as the API server holds them: who they are, and what says that they go. */
import { SECOND } from '../../time/time.ts';
import { parseIp } from '../address.ts';
import type { Moment, NodeFact } from '../fact.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { parseInstanceId } from '../target-id.ts';
import { whyGone } from './reason.ts';

export interface NodeObject {
  identity: Pick<NodeFact, 'node' | 'instance_id' | 'ip' | 'zone' | 'group_name'>;
  /** Facts with a time of their own. */
  said: { event: NodeFact['event']; moment: Moment; reason: string | null; detail: string | null }[];
  /** Facts that were true at some time before they were shown. */
  shown: Map<'going' | 'deregistering', { reason: string | null; detail: string }>;
  created: Interval | null;
}

const ZONE = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const GROUP = ['karpenter.sh/nodepool', 'eks.amazonaws.com/nodegroup', 'alpha.eksctl.io/nodegroup-name'];
const EXCLUDED = [
  'node.kubernetes.io/exclude-from-external-load-balancers',
  'alpha.service-controller.kubernetes.io/exclude-balancer',
];

/** Taint that the cluster autoscaler puts on a node that it deletes; its value is the moment, in seconds. */
const AUTOSCALER = 'ToBeDeletedByClusterAutoscaler';

/** Returns what a Node states, or why it cannot be used. */
export function readNode(object: Record<string, unknown>): NodeObject | string {
  const metadata = asObject(object.metadata) ?? {};
  const node = asText(metadata.name);
  if (node === null) return 'missing_name: metadata.name';
  const spec = asObject(object.spec) ?? {};
  const status = asObject(object.status) ?? {};
  const labels = asObject(metadata.labels) ?? {};
  // A pod of Fargate has the address of its node, which is no target: there it is the pod's.
  const isFargate = labels['eks.amazonaws.com/compute-type'] === 'fargate';
  const addresses = isFargate ? [] : asObjects(status.addresses).filter(({ type }) => type === 'InternalIP');
  const ips = addresses.map(({ address }) => parseIp(asText(address) ?? '')).filter((ip) => ip !== null);
  const read: NodeObject = {
    identity: {
      node,
      ...providerId(spec.providerID),
      ip: ips.length === 0 ? null : [...new Set(ips)].join(','),
      group_name: firstOf(labels, GROUP),
    },
    said: [],
    shown: new Map(),
    created: timeOf(metadata.creationTimestamp),
  };
  read.identity.zone ??= firstOf(labels, ZONE);
  for (const condition of asObjects(status.conditions)) if (condition.type === 'Ready') takeReady(read, condition);
  for (const taint of asObjects(spec.taints)) takeTaint(read, taint);
  const label = EXCLUDED.find((name) => name in labels);
  if (label) {
    const value = asText(labels[label]);
    read.shown.set('deregistering', { reason: whyGone(value), detail: `label ${label}=${value ?? ''}` });
  }
  takeDeletion(read, metadata);
  return read;
}

/** Returns what a NodeClaim of Karpenter states of the node that it stands for, or why it cannot be used. */
export function readNodeClaim(object: Record<string, unknown>): NodeObject | string {
  const metadata = asObject(object.metadata) ?? {};
  const name = asText(metadata.name);
  if (name === null) return 'missing_name: metadata.name';
  const status = asObject(object.status) ?? {};
  const labels = asObject(metadata.labels) ?? {};
  const where = providerId(status.providerID);
  const read: NodeObject = {
    identity: {
      node: asText(status.nodeName),
      instance_id: where.instance_id,
      ip: null,
      zone: where.zone ?? firstOf(labels, ZONE),
      group_name: firstOf(labels, GROUP),
    },
    said: [],
    shown: new Map(),
    // It is older than its node.
    created: null,
  };
  const why = asObjects(status.conditions).find(
    ({ type, status: state }) => type === 'DisruptionReason' && state === 'True',
  );
  const reason = whyGone(asText(why?.reason));
  for (const condition of asObjects(status.conditions)) {
    const moment = timeOf(condition.lastTransitionTime);
    if (moment === null || condition.status !== 'True') continue;
    if (condition.type === 'InstanceTerminating') read.said.push({ event: 'stopping', moment, reason, detail: null });
  }
  if (why) {
    const moment = timeOf(why.lastTransitionTime);
    if (moment) read.said.push({ event: 'going', moment, reason, detail: asText(why.message) ?? asText(why.reason) });
  }
  takeDeletion(read, metadata, reason);
  return read;
}

/** `aws:///<zone>/<instance>`; of nodes outside AWS `eks-hybrid:///<region>/<cluster>/mi-...`. */
export function providerId(value: unknown): { instance_id: string | null; zone: string | null } {
  const parts = (asText(value) ?? '').split('/');
  const zone = parts.at(-2) ?? '';
  return {
    instance_id: parseInstanceId(parts.at(-1) ?? ''),
    zone: /^[a-z]+(?:-[a-z0-9]+)+-\d[a-z]$/.test(zone) ? zone : null,
  };
}

function takeReady(read: NodeObject, condition: Record<string, unknown>): void {
  const moment = timeOf(condition.lastTransitionTime);
  if (moment === null) return;
  const event = condition.status === 'True' ? 'ready' : 'unready';
  read.said.push({ event, moment, reason: asText(condition.reason), detail: asText(condition.message) });
}

function takeTaint(read: NodeObject, taint: Record<string, unknown>): void {
  const key = asText(taint.key) ?? '';
  const value = asText(taint.value);
  const detail = `taint ${key}${value === null ? '' : `=${value}`}:${asText(taint.effect) ?? ''}`;
  if (key === AUTOSCALER) {
    const seconds = /^\d{9,11}$/.test(value ?? '') ? Number(value) : null;
    const moment = seconds === null ? timeOf(taint.timeAdded) : secondAt(seconds);
    if (moment) read.said.push({ event: 'deregistering', moment, reason: 'scale-down', detail });
    else read.shown.set('deregistering', { reason: 'scale-down', detail });
  } else if (key === 'karpenter.sh/disrupted' && taint.effect === 'NoSchedule') {
    read.shown.set('deregistering', { reason: null, detail });
  } else if (key === 'karpenter.sh/disruption' || key.startsWith('aws-node-termination-handler/')) {
    const reason = whyGone(key.replace('spot-itn', 'spot').replace('asg-lifecycle', 'asg lifecycle'));
    read.shown.set('going', { reason: /asg-lifecycle/.test(key) ? 'scale-down' : reason, detail });
  }
}

function takeDeletion(read: NodeObject, metadata: Record<string, unknown>, reason: string | null = null): void {
  const moment = timeOf(metadata.deletionTimestamp);
  if (moment) read.said.push({ event: 'going', moment, reason, detail: 'deletionTimestamp' });
}

const firstOf = (labels: Record<string, unknown>, names: readonly string[]): string | null =>
  names.map((name) => asText(labels[name])).find((value) => value !== null) ?? null;

const timeOf = (value: unknown): Interval | null => parseTime(asText(value) ?? '', 0);

const secondAt = (seconds: number): Interval => ({ earliest: seconds * SECOND, latest: (seconds + 1) * SECOND - 1 });
