/** Computes what answers at an address at a time, as seen from a load balancer node. */
import { addressOf, type Blocked, type Pod, type Span, type Worker, type World } from './world.ts';

/** Outcome of a new connection. */
export type Reach = 'open' | 'refused' | 'silent';

/** The pods that held each address, in order. */
export type Holders = ReadonlyMap<string, readonly Pod[]>;

export function holdersOf(pods: readonly Pod[]): Holders {
  const holders = new Map<string, Pod[]>();
  for (const pod of [...pods].sort((a, b) => a.networked - b.networked)) {
    // A neighbour on the host network has the same address and another port.
    if (pod.ip === '' || (pod.isHostNetwork && !pod.isTarget && pod.task === null)) continue;
    const address = addressOf(pod);
    const list = holders.get(address);
    if (list) list.push(pod);
    else holders.set(address, [pod]);
  }
  return holders;
}

/** Returns the pod that has the address, or had it last. */
export function holderAt(holders: Holders, address: string, time: number): Pod | null {
  return holders.get(address)?.findLast((pod) => pod.networked <= time) ?? null;
}

export function isBlocked(blocked: readonly Blocked[], albNode: number, time: number): boolean {
  return blocked.some(({ from, until, albNodes }) => albNode < albNodes && from <= time && time < until);
}

/** The machine whose node port hands a connection on to a pod. */
export interface Hop {
  worker: Worker;
  /** Whether it refuses connections while it knows no pod; else it drops them. */
  refuses: boolean;
}

/** Returns what a connection from a load balancer node finds. */
export function reach(world: World, pod: Pod | null, albNode: number, time: number, hop: Hop | null = null): Reach {
  if (hop !== null && hop.worker.lost !== null && hop.worker.lost <= time) return 'silent';
  if (hop?.refuses && pod === null && !isBlocked(world.blocked, albNode, time)) return 'refused';
  if (isBlocked(world.blocked, albNode, time) || pod === null) return 'silent';
  if (pod.worker.lost !== null && pod.worker.lost <= time) return 'silent';
  if (pod.unreachable.some((span) => isWithin(span, time))) return 'silent';
  // The address of a node still answers, and refuses.
  if (pod.silent !== null && pod.silent <= time) return pod.isHostNetwork ? 'refused' : 'silent';
  if (pod.port === null) return 'refused';
  if (pod.stalls.some((stall) => stall.how === 'silent' && isWithin(stall, time))) return 'silent';
  if (time < pod.listens || (pod.closed !== null && pod.closed <= time)) return 'refused';
  if (pod.restarts.some(({ killed, listens }) => killed <= time && time < listens)) return 'refused';
  return 'open';
}

const isWithin = ({ from, until }: Span, time: number): boolean => from <= time && time < until;

/** Whether an overloaded process closes the connection that it has just accepted. */
export const isClosing = (pod: Pod, time: number): boolean =>
  pod.stalls.some((stall) => stall.how === 'closed' && isWithin(stall, time));

/** A connection that ended before its answer. */
export interface Cut {
  time: number;
  /** Whether the load balancer notices: a process that ends closes its connections, a machine that dies does not. */
  isTold: boolean;
  by: 'exit' | 'restart' | 'node';
}

/** Returns the first end in (from, until] of a connection to a pod, null if the connection lasts. */
export function cutWithin(pod: Pod, from: number, until: number, hop: Hop | null = null): Cut | null {
  const cuts: Cut[] = [];
  const within = (time: number | null): time is number => time !== null && time > from && time <= until;
  if (within(pod.exited)) cuts.push({ time: pod.exited, isTold: true, by: 'exit' });
  for (const { killed } of pod.restarts) {
    if (within(killed)) cuts.push({ time: killed, isTold: true, by: 'restart' });
  }
  if (hop !== null && within(hop.worker.lost)) cuts.push({ time: hop.worker.lost, isTold: false, by: 'node' });
  if (within(pod.worker.lost)) cuts.push({ time: pod.worker.lost, isTold: false, by: 'node' });
  return cuts.sort((a, b) => a.time - b.time)[0] ?? null;
}
