/** Simulates nodes as targets: they are registered as long as they are ready, and deregistered when they are removed. */
import { fromMillis, fromSeconds } from '../../time/time.ts';
import type { Controller } from '../controller.ts';
import type { Lives } from '../lives.ts';
import { beginPod } from '../pod-begin.ts';
import type { Queue } from '../queue.ts';
import type { Random } from '../random.ts';
import type { PlannedEvent, Scenario } from '../scenario.ts';
import type { Leaving, Pod, Worker } from '../world.ts';

/** How long the nodes had existed, in seconds. */
const AGE_SECONDS = 20_000;
/** Cluster autoscaler and Karpenter wait at least this long between taint and termination. */
const LEAST_DRAIN_SECONDS = 5;
/** AWS takes a Spot instance this long after its warning. */
const SPOT_SECONDS = 120;
/** An instance serves for this long after the call that terminates it. */
const SHUTDOWN_SECONDS = [1, 8] as const;

export class Nodes {
  /** The life of each node as a target. */
  readonly lives: Pod[];
  readonly #scenario: Scenario;
  readonly #queue: Queue;
  readonly #random: Random;
  readonly #controller: Controller;
  readonly #pods: Lives;
  readonly #reconcile: () => void;

  constructor(
    scenario: Scenario,
    queue: Queue,
    random: Random,
    controller: Controller,
    pods: Lives,
    reconcile: () => void,
  ) {
    this.#scenario = scenario;
    this.#queue = queue;
    this.#random = random;
    this.#controller = controller;
    this.#pods = pods;
    this.#reconcile = reconcile;
    const created = fromMillis(Date.parse(scenario.startsAt)) - fromSeconds(AGE_SECONDS);
    this.lives = pods.workers.map((worker) => this.#begin(worker, created));
    for (const life of this.lives) controller.register(life, created + fromSeconds(60));
  }

  #begin(worker: Worker, created: number): Pod {
    const life = beginPod(
      {
        replicaSet: worker.name,
        app: worker.name,
        ownerKind: 'DaemonSet',
        port: this.#scenario.nodePort,
        isHostNetwork: true,
        isTarget: true,
        slot: null,
        created,
        worker,
        ip: worker.hostIp,
      },
      null,
      this.#random,
    );
    life.name = worker.name;
    life.ready = created + fromSeconds(50);
    return life;
  }

  /** Somebody takes the node with the most pods away. */
  leave({ by }: PlannedEvent): void {
    const queue = this.#queue;
    const random = this.#random;
    const scenario = this.#scenario;
    const worker = this.#busiest();
    if (!worker) return;
    const leaving: Leaving = {
      by: by as Leaving['by'],
      decided: queue.now,
      excluded: null,
      terminated: null,
      removed: null,
    };
    worker.leaving = leaving;
    this.#lifeOf(worker).deleted = queue.now;
    const drained = queue.now + fromSeconds(by === 'karpenter' ? random.between(0.2, 0.9) : random.between(0.05, 0.6));
    if (by !== 'spot') {
      leaving.excluded = by === 'karpenter' && scenario.controllerLog === 'epoch' ? drained : queue.now;
      queue.at(leaving.excluded, () => this.#controller.remove(this.#lifeOf(worker)));
    }
    queue.at(drained, () => this.#drain(worker));
    if (by === 'spot') queue.at(leaving.decided + fromSeconds(SPOT_SECONDS), () => this.#terminate(worker));
  }

  /** The machine died without a word. */
  lost(worker: Worker): void {
    this.#controller.remove(this.#lifeOf(worker));
  }

  #busiest(): Worker | undefined {
    const load = (worker: Worker) => this.#pods.living().filter((pod) => pod.worker === worker).length;
    return this.#pods.workers
      .filter(({ lost, leaving }) => lost === null && leaving === null)
      .sort((a, b) => load(b) - load(a))[0];
  }

  #lifeOf(worker: Worker): Pod {
    return this.lives.find((life) => life.worker === worker)!;
  }

  /** Evicts the pods; when the last one is gone, the instance is terminated. */
  #drain(worker: Worker): void {
    const queue = this.#queue;
    const pods = this.#pods.living().filter((pod) => pod.worker === worker);
    for (const pod of pods) this.#pods.delete(pod, { by: 'kubernetes-admin', how: 'evict' });
    this.#reconcile();
    if (worker.leaving!.by === 'spot') return;
    const least = queue.now + fromSeconds(LEAST_DRAIN_SECONDS + this.#random.between(0, 2));
    const gone = Math.max(least, ...pods.map((pod) => pod.gone ?? least));
    queue.at(gone + fromSeconds(this.#random.between(0.1, 5)), () => this.#terminate(worker));
  }

  #terminate(worker: Worker): void {
    const queue = this.#queue;
    const random = this.#random;
    const leaving = worker.leaving!;
    leaving.terminated = queue.now;
    worker.lost = queue.now + fromSeconds(random.between(...SHUTDOWN_SECONDS));
    this.#lifeOf(worker).exited = worker.lost;
    leaving.removed = worker.lost + fromSeconds(random.between(15, 50));
    worker.notReady = worker.lost + fromSeconds(random.between(2, 15));
    if (leaving.by === 'spot') queue.at(worker.notReady, () => this.lost(worker));
  }
}
