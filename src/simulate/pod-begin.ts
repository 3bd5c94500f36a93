/** How a pod begins: a name, and nothing that has happened yet. */
import type { Random } from './random.ts';
import type { Pod, Worker } from './world.ts';

/** Returns a pod that was just created; `ip` is '' while it has none. */
export function beginPod(replicaSet: string, created: number, worker: Worker, ip: string, random: Random): Pod {
  return {
    name: `${replicaSet}-${random.suffix(5)}`,
    uid: `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`,
    replicaSet,
    worker,
    ip,
    created,
    networked: created,
    started: created,
    listens: created,
    ready: null,
    restarts: [],
    deleted: null,
    deletedBy: '',
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
