/** Makes new pods: a name, and no history yet. */
import type { Random } from './random.ts';
import type { Pod } from './world.ts';

/** Properties that a pod has from its creation. */
export type Beginning = Pick<
  Pod,
  'replicaSet' | 'app' | 'ownerKind' | 'port' | 'isHostNetwork' | 'isTarget' | 'slot' | 'created' | 'worker' | 'ip'
>;

/** Returns a new pod; `ip` is '' until it has an address. */
export function beginPod(beginning: Beginning, sidecar: string | null, random: Random): Pod {
  const { replicaSet, ownerKind, slot, created } = beginning;
  const isNumbered = ownerKind === 'StatefulSet';
  return {
    ...beginning,
    name: `${replicaSet}-${isNumbered ? slot : random.suffix(5)}`,
    uid: `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`,
    networked: created,
    started: created,
    listens: created,
    ready: null,
    restarts: [],
    flaps: [],
    stalls: [],
    unreachable: [],
    unselected: [],
    sidecar: sidecar === null ? null : { name: sidecar, exited: null, restarts: [] },
    deleted: null,
    deletedBy: '',
    isEvicted: false,
    graceSeconds: 0,
    stopping: null,
    terminated: null,
    closed: null,
    exited: null,
    exitCode: 0,
    silent: null,
    gone: null,
    unlisted: null,
    task: null,
    machine: null,
  };
}
