/** Connections that a load balancer node keeps open to a target for later requests. */
import { SECOND } from '../time/time.ts';

/** The connection state that the next request finds. */
export type ConnectionState =
  /** No open connection: a new one is made. */
  | 'new'
  | 'open'
  /** Idle for so long that the application is just closing it. */
  | 'closing';

export class Connections {
  /** Times at which each connection became free, by node and target. */
  readonly #pools = new Map<string, number[]>();

  readonly #keepAliveSeconds: number;
  readonly #raceSeconds: number;

  constructor(keepAliveSeconds: number, raceSeconds: number) {
    this.#keepAliveSeconds = keepAliveSeconds;
    this.#raceSeconds = raceSeconds;
  }

  /** Takes the most recently used connection. `pool` names the node and the target's process. */
  take(pool: string, now: number): ConnectionState {
    const free = this.#pools.get(pool);
    if (!free) return 'new';
    const oldest = now - (this.#keepAliveSeconds + this.#raceSeconds) * SECOND;
    for (let i = free.length - 1; i >= 0; i--) {
      if (free[i]! <= oldest) free.splice(i, 1);
    }
    const last = latest(free, now);
    if (last === -1) return 'new';
    const [time] = free.splice(last, 1);
    return now - time! >= this.#keepAliveSeconds * SECOND ? 'closing' : 'open';
  }

  /** Returns when the connection that `take` would find became free; null where it would find none. */
  freeSince(pool: string, now: number): number | null {
    const free = this.#pools.get(pool) ?? [];
    const last = latest(free, now);
    return last === -1 || now - free[last]! >= this.#keepAliveSeconds * SECOND ? null : free[last]!;
  }

  /** Returns a connection that is free from `time` on. */
  give(pool: string, time: number): void {
    const free = this.#pools.get(pool);
    if (free) free.push(time);
    else this.#pools.set(pool, [time]);
  }
}

/** Returns the index of the latest time that is not after `now`, -1 without one. */
function latest(free: readonly number[], now: number): number {
  let best = -1;
  for (let i = 0; i < free.length; i++) {
    if (free[i]! <= now && (best === -1 || free[i]! > free[best]!)) best = i;
  }
  return best;
}
