/** How a pod begins: a name, and nothing that has happened yet. */
import type { Random } from './random.ts';
import type { Pod } from './world.ts';

/** What is settled about a pod when it is created. */
export type Beginning = Pick<
  Pod,
  'replicaSet' | 'app' | 'ownerKind' | 'port' | 'isHostNetwork' | 'isTarget' | 'slot' | 'created' | 'worker' | 'ip'
>;

/** Returns a pod that was just created; `ip` is '' while it has none. */
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
  };
}
