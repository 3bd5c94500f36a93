/** Addresses of pods: a freed one rests for the cooldown of the network plugin, then it is the first to be given again. */
import type { Worker } from './world.ts';

interface Free {
  ip: string;
  /** From when on it may be given. */
  from: number;
}

export class Addresses {
  private readonly free = new Map<Worker, Free[]>();

  /** `perNode` addresses 10.`network`.`worker`.x each. */
  constructor(workers: readonly Worker[], perNode: number, network: number) {
    for (const [i, worker] of workers.entries()) {
      const ips = Array.from({ length: perNode }, (_, j) => `10.${network}.${16 + i}.${20 + j}`);
      this.free.set(
        worker,
        ips.map((ip) => ({ ip, from: Number.NEGATIVE_INFINITY })),
      );
    }
  }

  /** Returns the address that has been free the longest, null where none may be given yet. */
  take(worker: Worker, now: number): string | null {
    const free = this.free.get(worker)!;
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      if (free[i]!.from <= now && (best === -1 || free[i]!.from < free[best]!.from)) best = i;
    }
    return best === -1 ? null : free.splice(best, 1)[0]!.ip;
  }

  give(worker: Worker, ip: string, from: number): void {
    this.free.get(worker)!.push({ ip, from });
  }
}
