/** Connections that a node of the load balancer keeps open to a target for the next request. */
import { SECOND } from './time.ts';

/** What the next request finds. */
export type Found =
  /** No open connection: a new one is made. */
  | 'new'
  | 'open'
  /** Idle for so long that the application's close is just on its way. */
  | 'closing';

export class Connections {
  /** When each of them was last free, by node and target. */
  private readonly pools = new Map<string, number[]>();

  constructor(
    private readonly keepAliveSeconds: number,
    private readonly raceSeconds: number,
  ) {}

  /** Takes the connection that was used last; `pool` names the node and the process it leads to. */
  take(pool: string, now: number): Found {
    const free = this.pools.get(pool);
    if (!free) return 'new';
    const oldest = now - (this.keepAliveSeconds + this.raceSeconds) * SECOND;
    for (let i = free.length - 1; i >= 0; i--) {
      if (free[i]! <= oldest) free.splice(i, 1);
    }
    const last = latest(free, now);
    if (last === -1) return 'new';
    const [time] = free.splice(last, 1);
    return now - time! >= this.keepAliveSeconds * SECOND ? 'closing' : 'open';
  }

  /** The connection is free from `time` on. */
  give(pool: string, time: number): void {
    const free = this.pools.get(pool);
    if (free) free.push(time);
    else this.pools.set(pool, [time]);
  }
}

/** Where the youngest of the times that are not after `now` is, -1 where there is none. */
function latest(free: readonly number[], now: number): number {
  let best = -1;
  for (let i = 0; i < free.length; i++) {
    if (free[i]! <= now && (best === -1 || free[i]! > free[best]!)) best = i;
  }
  return best;
}
