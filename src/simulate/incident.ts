/** Incidents of a scenario that affect single pods and machines. */
import { fromSeconds, SECOND } from '../time/time.ts';
import type { Controller } from './controller.ts';
import type { Lives } from './lives.ts';
import type { Nodes } from './node/nodes.ts';
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { PlannedEvent, Scenario } from './scenario.ts';
import type { Pod, Stall, Worker } from './world.ts';

/** The control plane calls a silent machine NotReady after this time, and evicts its pods after a further delay. */
const NODE_GRACE_SECONDS = 40;
const EVICTION_SECONDS = 300;
/** The nodes of a zone do not fail at the same moment. */
const ZONE_SPREAD_SECONDS = 3;
/** Delay until the removal of a security group takes effect. */
const SECURITY_GROUP_SECONDS = 0.7;

export class Incidents {
  readonly #scenario: Scenario;
  readonly #queue: Queue;
  readonly #random: Random;
  readonly #lives: Lives;
  readonly #controller: Controller;
  /** Compares the actual pods with the desired pods. */
  readonly #reconcile: () => void;
  readonly #targetNodes: Nodes | null;

  constructor(
    scenario: Scenario,
    queue: Queue,
    random: Random,
    lives: Lives,
    controller: Controller,
    reconcile: () => void,
    targetNodes: Nodes | null,
  ) {
    this.#scenario = scenario;
    this.#queue = queue;
    this.#random = random;
    this.#lives = lives;
    this.#controller = controller;
    this.#reconcile = reconcile;
    this.#targetNodes = targetNodes;
  }

  /** Containers crash, each `times` in a row. The time until the restart doubles. */
  crash({ pods = 1, reason = 'OOMKilled', seconds = 3, times = 1 }: PlannedEvent): void {
    for (const pod of this.#lives.some(pods)) this.#crashOne(pod, reason, seconds, times);
  }

  #crashOne(pod: Pod, reason: 'OOMKilled' | 'Error', seconds: number, times: number): void {
    if (pod.deleted !== null || pod.worker.lost !== null) return;
    const queue = this.#queue;
    const random = this.#random;
    const scenario = this.#scenario;
    const killed = queue.now;
    const started = killed + fromSeconds(seconds * random.between(0.8, 1.2));
    const listens = started + fromSeconds(random.duration(scenario.startSeconds));
    const ready = listens + fromSeconds(random.duration(scenario.readySeconds));
    pod.restarts.push({ killed, started, listens, ready, reason, exitCode: reason === 'OOMKilled' ? 137 : 143 });
    this.#lives.loseReadiness(pod, { from: killed, until: ready });
    if (times <= 1) return;
    queue.at(ready + fromSeconds(random.between(2, 25)), () => this.#crashOne(pod, reason, seconds * 2, times - 1));
  }

  /** Sidecars crash and restart, without effect on the application. */
  crashSidecars({ pods = 1, reason = 'OOMKilled', seconds = 3 }: PlannedEvent): void {
    const { now } = this.#queue;
    for (const { sidecar } of this.#lives.some(pods)) {
      const started = now + fromSeconds(seconds * this.#random.between(0.8, 1.2));
      sidecar?.restarts.push({ killed: now, started, reason, exitCode: reason === 'OOMKilled' ? 137 : 143 });
    }
  }

  /** Pods lose readiness for a while: they are overloaded, or only their probe fails. */
  flap({ pods = 1, seconds = 20, stall }: PlannedEvent): void {
    const queue = this.#queue;
    const random = this.#random;
    for (const pod of this.#lives.some(pods)) {
      const { now } = queue;
      // Readiness is lost after three failed probes, and the overload begins before them.
      const from = now + fromSeconds(stall ? random.between(6, 25) : 0);
      const until = from + fromSeconds(seconds * random.between(0.7, 1.3));
      if (stall) pod.stalls.push({ from: now, until: until - fromSeconds(random.between(0, 5)), how: stall } as Stall);
      queue.at(from, () => {
        if (pod.deleted !== null) return;
        const span = { from, until };
        pod.flaps.push(span);
        this.#lives.loseReadiness(pod, span);
      });
    }
  }

  /** Targets are deregistered while their pods live, and registered again. */
  deregister({ pods = 1, seconds = 60, by = 'hand', blocks = false }: PlannedEvent): void {
    const queue = this.#queue;
    const controller = this.#controller;
    const random = this.#random;
    const scenario = this.#scenario;
    const { now } = queue;
    for (const pod of this.#lives.some(pods)) {
      const until = now + fromSeconds(seconds);
      if (by === 'hand') controller.deregister(pod, 'person');
      else {
        const from = now + fromSeconds(random.duration(scenario.endpointSeconds));
        pod.unselected.push({ from, until });
        queue.at(from, () => controller.remove(pod));
      }
      if (blocks) pod.unreachable.push({ from: now + fromSeconds(SECURITY_GROUP_SECONDS + random.unit()), until });
      queue.at(until, () => {
        if (pod.deleted === null) controller.add(pod, () => {});
      });
    }
  }

  /** Jobs run for a while, at addresses that pods of the workload get later. */
  runJobs({ pods = 1, seconds = 20 }: PlannedEvent): void {
    for (let i = 0; i < pods; i++) {
      const workers = this.#lives.workers.filter(({ lost }) => lost === null);
      const worker = workers[this.#random.integer(workers.length)];
      const pod = worker && this.#lives.createNeighbour('Job', this.#queue.now, worker);
      const ends = this.#queue.now + fromSeconds(seconds * this.#random.between(0.7, 1.3)) + SECOND;
      if (pod) this.#queue.at(ends, () => this.#lives.complete(pod));
    }
  }

  loseNode(): void {
    const inUse = this.#nodesInUse();
    const worker = inUse[this.#random.integer(inUse.length)];
    if (worker) this.#lose(worker);
  }

  /** All machines of one zone fail within some seconds. */
  loseZone(): void {
    const inUse = this.#nodesInUse();
    const zone = inUse[this.#random.integer(inUse.length)]?.zone;
    for (const worker of inUse.filter((worker) => worker.zone === zone)) {
      this.#queue.at(this.#queue.now + fromSeconds(this.#random.between(0, ZONE_SPREAD_SECONDS)), () =>
        this.#lose(worker),
      );
    }
  }

  #nodesInUse(): Worker[] {
    const lives = this.#lives;
    return lives.workers.filter((worker) => worker.lost === null && this.#on(worker).length > 0);
  }

  #on(worker: Worker): Pod[] {
    return this.#lives.living().filter((pod) => pod.worker === worker);
  }

  #lose(worker: Worker): void {
    const { now } = this.#queue;
    worker.lost = now;
    worker.notReady = now + fromSeconds(NODE_GRACE_SECONDS + this.#random.between(0, 5));
    this.#queue.at(worker.notReady, () => {
      this.#targetNodes?.lost(worker);
      for (const pod of this.#on(worker)) this.#lives.unlist(pod);
    });
    this.#queue.at(worker.notReady + fromSeconds(EVICTION_SECONDS), () => {
      for (const pod of this.#on(worker)) this.#lives.delete(pod, { by: 'node-controller', how: 'delete' });
      this.#reconcile();
    });
  }
}
