/** Lives of pods: they get a node and an address, become ready, lose and regain readiness, and are deleted. */
import { fromSeconds, SECOND } from '../time/time.ts';
import { Addresses } from './address.ts';
import type { Controller } from './controller.ts';
import { beginPod } from './pod-begin.ts';
import { type Deletion, endPod } from './pod-end.ts';
import { unreadyAt } from './pod-state.ts';
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Pod, Span, Worker } from './world.ts';

export interface Chances {
  cluster: Random;
  ends: Random;
  names: Random;
}

/** A place for a pod; null if no node has room yet. */
interface Spot {
  worker: Worker;
  ip: string;
}

const SIDECAR = 'proxy';

/** The controller registers pods as targets. */
export type PodTargets = Pick<Controller, 'add' | 'remove'> & { register(pod: Pod, now: number): unknown };

/** Pods behind node ports are no targets. */
export const NO_TARGETS: PodTargets = { add() {}, remove() {}, register() {} };

export class Lives {
  readonly pods: Pod[] = [];
  readonly #addresses: Addresses;

  /** `changed` is called when a pod became ready or is gone. */
  readonly #scenario: Scenario;
  readonly #queue: Queue;
  readonly #chances: Chances;
  readonly #controller: PodTargets;
  readonly #changed: () => void;

  constructor(
    scenario: Scenario,
    queue: Queue,
    chances: Chances,
    controller: PodTargets,
    readonly workers: readonly Worker[],
    changed: () => void,
  ) {
    this.#scenario = scenario;
    this.#queue = queue;
    this.#chances = chances;
    this.#controller = controller;
    this.#changed = changed;
    this.#addresses = new Addresses(workers, scenario.addressesPerNode, scenario.podNetwork);
  }

  /** Returns the pods of the workload that are not deleted. */
  living(): Pod[] {
    return this.pods.filter((pod) => pod.isTarget && pod.deleted === null);
  }

  isReady(pod: Pod): boolean {
    const { now } = this.#queue;
    return pod.ready !== null && pod.ready <= now && pod.worker.lost === null && unreadyAt(pod, now) === null;
  }

  /** Returns `count` of the ready pods. */
  some(count: number): Pod[] {
    const pods = this.living().filter((pod) => this.isReady(pod));
    const chosen: Pod[] = [];
    while (chosen.length < count && pods.length > 0) {
      chosen.push(pods.splice(this.#chances.cluster.integer(pods.length), 1)[0]!);
    }
    return chosen;
  }

  /** Creates a pod that has existed for a long time. */
  createOld(replicaSet: string, created: number, slot: number | null): void {
    const worker = this.workers[this.pods.length % this.workers.length]!;
    const pod = this.#newPod(replicaSet, created, slot, this.#spotOn(worker, created)!);
    this.#start(pod, created);
    pod.ready = pod.listens + fromSeconds(this.#chances.cluster.duration(this.#scenario.readySeconds));
    this.#controller.register(pod, pod.ready + SECOND);
  }

  /** Creates a pod at `spot`, or else where there is room. */
  create(replicaSet: string, slot: number | null, spot: Spot | null): void {
    const queue = this.#queue;
    const scenario = this.#scenario;
    const chances = this.#chances;
    const created = queue.now;
    const pod = this.#newPod(replicaSet, created, slot, { worker: this.workers[0]!, ip: '' });
    const schedule = () => {
      if (pod.deleted !== null) return;
      const found = spot ?? this.#place(queue.now);
      // No room yet, because freed addresses are resting.
      if (!found) return queue.at(queue.now + SECOND, schedule);
      pod.worker = found.worker;
      pod.ip = found.ip;
      this.#start(pod, queue.now);
      if (scenario.registersUnready) queue.at(pod.networked, () => this.#controller.add(pod, () => {}));
      queue.at(pod.listens + fromSeconds(chances.cluster.duration(scenario.readySeconds)), () => this.#passProbe(pod));
    };
    queue.at(created + fromSeconds(chances.cluster.duration(scenario.scheduleSeconds)), schedule);
  }

  /** Creates a pod of another workload, with its own address or the node's. It receives no requests. */
  createNeighbour(kind: 'Job' | 'DaemonSet', created: number, worker: Worker): Pod | null {
    const isJob = kind === 'Job';
    const ip = isJob ? this.#addresses.take(worker, created) : worker.hostIp;
    if (ip === null) return null;
    const app = isJob ? 'report' : 'admin';
    const pod = beginPod(
      {
        replicaSet: isJob ? `${app}-${this.#chances.names.integer(1e6)}` : app,
        app,
        ownerKind: kind,
        port: isJob ? null : this.#scenario.port + 1,
        isHostNetwork: !isJob,
        isTarget: false,
        slot: null,
        created,
        worker,
        ip,
      },
      null,
      this.#chances.names,
    );
    this.pods.push(pod);
    this.#start(pod, created);
    pod.ready = isJob ? pod.started : pod.listens + SECOND;
    return pod;
  }

  /** Completes a Job: its pod stays as Completed, and its address is free. */
  complete(pod: Pod): void {
    pod.exited = this.#queue.now;
    pod.closed = pod.exited;
    pod.silent = pod.exited + fromSeconds(0.5);
    this.#free(pod);
  }

  delete(pod: Pod, deletion: Deletion): void {
    const queue = this.#queue;
    if (pod.ip === '' || pod.worker.lost !== null) {
      // The pod never ran, or its node cannot stop it.
      pod.deleted = queue.now;
      pod.deletedBy = deletion.by;
      pod.graceSeconds = this.#scenario.terminationGracePeriodSeconds;
      if (pod.ip === '') pod.gone = queue.now;
      // Nobody on the node hears of it, but the endpoints do.
      else this.unlist(pod);
      return;
    }
    endPod(pod, queue.now, deletion, this.#scenario, this.#chances.ends);
    this.unlist(pod);
    this.#free(pod);
    queue.at(pod.gone!, this.#changed);
  }

  /** Marks the pod's endpoint as not usable. The controller reacts. */
  unlist(pod: Pod): void {
    if (pod.unlisted !== null) return;
    const at = this.#queue.now + fromSeconds(this.#chances.ends.duration(this.#scenario.endpointSeconds));
    this.#queue.at(at, () => {
      pod.unlisted = at;
      this.#controller.remove(pod);
    });
  }

  /** The pod is not ready during `span`, and its endpoint shows it. It is deregistered, and later registered again. */
  loseReadiness(pod: Pod, span: Span): void {
    const queue = this.#queue;
    const scenario = this.#scenario;
    const controller = this.#controller;
    const chances = this.#chances;
    if (!scenario.deregistersUnready || scenario.registersUnready) return;
    const seen = () => fromSeconds(chances.cluster.duration(scenario.endpointSeconds));
    const isListed = () => pod.deleted === null && pod.unlisted === null;
    queue.at(span.from + seen(), () => {
      if (isListed() && unreadyAt(pod, queue.now) !== null) controller.remove(pod);
    });
    if (!Number.isFinite(span.until)) return;
    queue.at(span.until + seen(), () => {
      if (isListed() && unreadyAt(pod, queue.now) === null) controller.add(pod, () => {});
      this.#changed();
    });
  }

  #newPod(replicaSet: string, created: number, slot: number | null, { worker, ip }: Spot): Pod {
    const { workload, hostNetwork, name, port, sidecar } = this.#scenario;
    const pod = beginPod(
      {
        replicaSet,
        app: name,
        ownerKind: workload === 'Deployment' ? 'ReplicaSet' : workload,
        port,
        isHostNetwork: hostNetwork,
        isTarget: true,
        slot,
        created,
        worker,
        ip,
      },
      sidecar === 'none' ? null : SIDECAR,
      this.#chances.names,
    );
    this.pods.push(pod);
    return pod;
  }

  #free({ worker, ip, silent, slot, isHostNetwork }: Pod): void {
    // A pod with a slot passes its address on.
    if (slot !== null || isHostNetwork) return;
    const rested = silent! + fromSeconds(this.#scenario.ipCooldownSeconds);
    this.#queue.at(silent!, () => this.#addresses.give(worker, ip, rested));
  }

  /** Returns the machine with the fewest pods that has a free address. */
  #place(now: number): Spot | null {
    const load = (worker: Worker) => this.living().filter((pod) => pod.worker === worker && pod.ip !== '').length;
    const workers = this.workers
      .filter((worker) => worker.lost === null && worker.leaving === null)
      .sort((a, b) => load(a) - load(b));
    for (const worker of workers) {
      const spot = this.#spotOn(worker, now);
      if (spot) return spot;
    }
    return null;
  }

  #spotOn(worker: Worker, now: number): Spot | null {
    // Two pods with the same port do not fit on one node.
    const isTaken = () => this.living().some((pod) => pod.worker === worker && pod.ip !== '');
    if (this.#scenario.hostNetwork) return isTaken() ? null : { worker, ip: worker.hostIp };
    const ip = this.#addresses.take(worker, now);
    return ip === null ? null : { worker, ip };
  }

  #start(pod: Pod, now: number): void {
    pod.networked = now;
    pod.started = now + fromSeconds(this.#chances.cluster.between(0.3, 1.2));
    pod.listens = pod.started + fromSeconds(this.#chances.cluster.duration(this.#scenario.startSeconds));
  }

  #passProbe(pod: Pod): void {
    if (pod.deleted !== null || pod.worker.lost !== null) return;
    const scenario = this.#scenario;
    const queue = this.#queue;
    const controller = this.#controller;
    const becomeReady = () => {
      if (pod.deleted !== null) return;
      pod.ready = queue.now;
      this.#changed();
    };
    if (scenario.registersUnready || !scenario.readinessGate) becomeReady();
    if (scenario.registersUnready) return;
    queue.at(queue.now + fromSeconds(this.#chances.cluster.duration(scenario.endpointSeconds)), () => {
      if (pod.deleted !== null) return;
      controller.add(pod, ({ known }) => {
        if (!scenario.readinessGate) return;
        // The controller polls the health of a new target every few seconds.
        const healthy = Math.max(...known) + fromSeconds(scenario.healthCheckSeconds * scenario.healthyThreshold);
        queue.at(healthy + fromSeconds(this.#chances.cluster.between(0, 5)), becomeReady);
      });
    });
  }
}
