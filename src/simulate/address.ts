/** Allocates pod addresses. A freed address rests for the network plugin's cooldown, then it is the next to be reused. */
import type { Worker } from './world.ts';

interface Free {
  ip: string;
  /** Time from which the address may be reused. */
  from: number;
}

export class Addresses {
  readonly #free = new Map<Worker, Free[]>();

  /** Makes `perNode` addresses for each node: 10.`network`.`worker`.x. */
  constructor(workers: readonly Worker[], perNode: number, network: number) {
    for (const [i, worker] of workers.entries()) {
      const ips = Array.from({ length: perNode }, (_, j) => `10.${network}.${16 + i}.${20 + j}`);
      this.#free.set(
        worker,
        ips.map((ip) => ({ ip, from: Number.NEGATIVE_INFINITY })),
      );
    }
  }

  /** Returns the address that has been free the longest, null if none may be reused yet. */
  take(worker: Worker, now: number): string | null {
    const free = this.#free.get(worker)!;
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      if (free[i]!.from <= now && (best === -1 || free[i]!.from < free[best]!.from)) best = i;
    }
    return best === -1 ? null : free.splice(best, 1)[0]!.ip;
  }

  give(worker: Worker, ip: string, from: number): void {
    this.#free.get(worker)!.push({ ip, from });
  }
}
