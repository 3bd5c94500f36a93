/** Returns the facts that an Event of Kubernetes states of a node: of the node controller, Karpenter, the cluster autoscaler, the termination handler. */
import type { NodeFact } from '../fact.ts';
import { whyGone } from './reason.ts';

export interface NodeSaying {
  event: NodeFact['event'];
  /** Whether it happened then, or was over by then, or not before then. */
  bound: 'at' | 'by' | 'since';
  reason: string;
}

const GOING: Readonly<Record<string, NodeSaying['event']>> = {
  // Karpenter; the taint that load balancer controllers heed comes with the first.
  DisruptionTerminating: 'deregistering',
  SpotInterrupted: 'going',
  TerminatingOnInterruption: 'going',
  CapacityReservationInstanceInterrupted: 'going',
  InstanceStopping: 'stopping',
  InstanceTerminating: 'stopping',
  // Node termination handler.
  SpotInterruption: 'going',
  ScheduledEvent: 'going',
  SQSTermination: 'going',
  ASGLifecycle: 'going',
  CordonAndDrain: 'going',
};

/** Returns what an Event on a node says of it; null for all else, as of a cordon, which takes no target out. */
export function nodeEvent(reason: string, message: string | null): NodeSaying | null {
  if (reason === 'NodeReady') return { event: 'ready', bound: 'at', reason };
  if (reason === 'NodeNotReady') return { event: 'unready', bound: 'at', reason };
  if (reason === 'RemovingNode') return { event: 'gone', bound: 'by', reason };
  if (reason === 'DeletingNode') return { event: 'gone', bound: 'since', reason };
  if (reason === 'ScaleDown' && /toBeDeleted/i.test(message ?? '')) {
    return { event: 'deregistering', bound: 'at', reason: 'scale-down' };
  }
  // It takes its taint back, and leaves the node.
  if (reason === 'ScaleDownFailed') return { event: 'seen', bound: 'at', reason };
  const event = Object.hasOwn(GOING, reason) ? GOING[reason]! : null;
  return event && { event, bound: 'at', reason: whyGone(`${reason} ${message ?? ''}`) ?? reason };
}

/** Returns the node that the cluster autoscaler says it removed, in an Event on its own ConfigMap. */
export function removedNode(reason: string, message: string | null): string | null {
  if (reason !== 'ScaleDown') return null;
  return /^Scale-down: (?:empty )?node ([a-z0-9][a-z0-9.-]*) removed/.exec(message ?? '')?.[1] ?? null;
}
