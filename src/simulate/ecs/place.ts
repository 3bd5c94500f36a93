/** Places for tasks: an address of their own, or a port of an instance that is free again at once. */
import { SECOND } from '../../time/time.ts';
import { Addresses } from '../address.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, Worker } from '../world.ts';

export interface SimulatedAddress {
  worker: Worker;
  ip: string;
  port: number;
}

/** The first of the ports that the kernel gives out. */
const FIRST_PORT = 32_768;

export class SimulatedAddresses {
  readonly #scenario: Scenario;
  readonly #workers: readonly Worker[];
  readonly #addresses: Addresses;
  readonly #used = new Map<Worker, Set<number>>();

  constructor(scenario: Scenario, workers: readonly Worker[]) {
    this.#scenario = scenario;
    this.#workers = workers;
    this.#addresses = new Addresses(workers, scenario.addressesPerNode, scenario.podNetwork);
    for (const worker of workers) this.#used.set(worker, new Set());
  }

  /** Returns a place on the machine with the fewest tasks; null while no address is free. */
  take(now: number, living: readonly Pod[]): SimulatedAddress | null {
    const load = (worker: Worker) => living.filter((pod) => pod.worker === worker).length;
    const workers = this.#workers.filter(({ lost }) => lost === null).sort((a, b) => load(a) - load(b));
    for (const worker of workers) {
      if (this.#scenario.taskNetwork === 'bridge') return { worker, ip: worker.hostIp, port: this.port(worker) };
      const ip = this.#addresses.take(worker, now);
      if (ip !== null) return { worker, ip, port: this.#scenario.port };
    }
    return null;
  }

  /** Returns the lowest free port of an instance. */
  port(worker: Worker): number {
    const used = this.#used.get(worker)!;
    let port = FIRST_PORT;
    while (used.has(port)) port++;
    used.add(port);
    return port;
  }

  /** Another task takes the port that this one had. */
  use({ worker, port }: Pod): void {
    this.#used.get(worker)!.add(port!);
  }

  /** The task has left its place. */
  give({ worker, ip, port, isHostNetwork }: Pod, now: number): void {
    if (isHostNetwork) this.#used.get(worker)!.delete(port!);
    else this.#addresses.give(worker, ip, now + this.#scenario.ipCooldownSeconds * SECOND);
  }
}
