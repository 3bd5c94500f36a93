/** The cluster: a Deployment that rolls out, scales and loses pods, as events of a queue. Requests do not touch it. */
import { Addresses } from './address.ts';
import { Controller } from './controller.ts';
import { beginPod } from './pod-begin.ts';
import { endPod } from './pod-end.ts';
import { Queue } from './queue.ts';
import { Random } from './random.ts';
import type { Incident, Scenario } from './scenario.ts';
import { micros, SECOND } from './time.ts';
import type { Blocked, Pod, Worker, World } from './world.ts';

/** Evidence is recorded a little longer than requests come. */
const CAPTURED_AFTER_SECONDS = 120;
/** Pods of before the capture are about so old. */
const AGE_SECONDS = 5400;
/** The control plane calls a silent machine NotReady after so long, and evicts its pods after so much longer. */
const NODE_GRACE_SECONDS = 40;
const EVICTION_SECONDS = 300;

/** Plays a scenario and returns all that happened. */
export function runCluster(scenario: Scenario, seed: number): World {
  return new Cluster(scenario, seed).run();
}

class Cluster {
  private readonly queue = new Queue();
  private readonly random: Random;
  private readonly ends: Random;
  private readonly names: Random;
  private readonly controller: Controller;
  private readonly addresses: Addresses;
  private readonly pods: Pod[] = [];
  private readonly workers: Worker[];
  private readonly blocked: Blocked[] = [];
  private readonly replicaSets: string[] = [];
  private readonly starts: number;
  private replicas: number;

  constructor(
    private readonly scenario: Scenario,
    seed: number,
  ) {
    this.random = new Random(seed, 'cluster');
    this.ends = new Random(seed, 'pod-end');
    this.names = new Random(seed, `name ${scenario.namespace}/${scenario.name}`);
    this.controller = new Controller(scenario, this.queue, new Random(seed, 'controller'));
    this.starts = Date.parse(scenario.startsAt) * 1000;
    this.replicas = scenario.replicas;
    this.workers = Array.from({ length: scenario.workerNodes }, (_, i) => ({
      name: `ip-10-${scenario.podNetwork}-${i}-10.eu-central-1.compute.internal`,
      zone: `eu-central-1${'abc'[i % 3]}`,
      hostIp: `10.${scenario.podNetwork}.${i}.10`,
      lost: null,
      notReady: null,
    }));
    this.addresses = new Addresses(this.workers, scenario.addressesPerNode, scenario.podNetwork);
  }

  run(): World {
    const { scenario, starts, queue } = this;
    const ends = starts + micros(scenario.durationSeconds);
    this.newReplicaSet();
    for (let i = 0; i < this.replicas; i++) this.createOld(starts - micros(AGE_SECONDS + this.random.between(0, 600)));
    for (const incident of scenario.incidents) {
      queue.at(starts + micros(incident.at), () => this.happen(incident));
    }
    const captured = ends + micros(CAPTURED_AFTER_SECONDS);
    queue.run(captured);
    return {
      starts,
      ends,
      captured,
      workers: this.workers,
      albNodes: Array.from({ length: scenario.albNodes }, (_, i) => `10.${scenario.podNetwork}.${200 + i}.7`),
      pods: this.pods,
      registrations: this.controller.registrations,
      calls: this.controller.calls,
      blocked: this.blocked,
      replicaSets: this.replicaSets,
    };
  }

  // What a scenario may ask for.

  private happen(incident: Incident): void {
    const now = this.queue.now;
    const until = now + micros(incident.seconds ?? 0);
    switch (incident.do) {
      case 'rollout':
        this.newReplicaSet();
        if (this.scenario.strategy === 'Recreate') {
          for (const pod of this.living()) this.delete(pod, 'deployment-controller');
        }
        this.reconcile();
        break;
      case 'scale':
        this.replicas = incident.replicas!;
        this.reconcile();
        break;
      case 'delete_pod':
        for (const pod of this.some(incident.pods ?? 1)) this.delete(pod, 'kubernetes-admin');
        this.reconcile();
        break;
      case 'crash':
        for (const pod of this.some(incident.pods ?? 1)) {
          this.crash(pod, incident.reason ?? 'OOMKilled', incident.seconds ?? 3);
        }
        break;
      case 'node_loss':
        this.loseWorker();
        break;
      case 'security_group':
        this.blocked.push({ from: now, until, albNodes: incident.albNodes ?? this.scenario.albNodes });
        break;
      case 'controller_stall':
        this.controller.stall(until);
        break;
    }
  }

  private crash(pod: Pod, reason: 'OOMKilled' | 'Error', seconds: number): void {
    const killed = this.queue.now;
    const started = killed + micros(seconds * this.random.between(0.8, 1.2));
    const listens = started + micros(this.random.duration(this.scenario.startSeconds));
    const ready = listens + micros(this.random.duration(this.scenario.readySeconds));
    pod.restarts.push({ killed, started, listens, ready, reason, exitCode: reason === 'OOMKilled' ? 137 : 143 });
  }

  private loseWorker(): void {
    const now = this.queue.now;
    const inUse = this.workers.filter(
      (worker) => worker.lost === null && this.living().some((p) => p.worker === worker),
    );
    const worker = inUse[this.random.integer(inUse.length)];
    if (!worker) return;
    worker.lost = now;
    worker.notReady = now + micros(NODE_GRACE_SECONDS + this.random.between(0, 5));
    this.queue.at(worker.notReady, () => {
      for (const pod of this.living().filter((pod) => pod.worker === worker)) this.unlist(pod);
    });
    this.queue.at(worker.notReady + micros(EVICTION_SECONDS), () => {
      for (const pod of this.living().filter((pod) => pod.worker === worker)) this.delete(pod, 'node-controller');
      this.reconcile();
    });
  }

  // The Deployment and its ReplicaSets.

  private newReplicaSet(): void {
    this.replicaSets.push(`${this.scenario.name}-${this.names.suffix(9)}`);
  }

  private living(): Pod[] {
    return this.pods.filter((pod) => pod.deleted === null);
  }

  /** Some of the pods that are ready. */
  private some(count: number): Pod[] {
    const pods = this.living().filter((pod) => this.isReady(pod));
    const chosen: Pod[] = [];
    while (chosen.length < count && pods.length > 0) {
      chosen.push(pods.splice(this.random.integer(pods.length), 1)[0]!);
    }
    return chosen;
  }

  private isReady(pod: Pod): boolean {
    return pod.ready !== null && pod.ready <= this.queue.now && pod.worker.lost === null;
  }

  /** One look at what there is and what there should be. */
  private reconcile(): void {
    const { scenario, replicas } = this;
    const current = this.replicaSets.at(-1)!;
    const living = this.living();
    const fresh = living.filter((pod) => pod.replicaSet === current);
    const old = living.filter((pod) => pod.replicaSet !== current);
    const isRecreate = scenario.strategy === 'Recreate';
    const isCleared = !isRecreate || this.pods.every((pod) => pod.replicaSet === current || pod.gone !== null);
    // Scale in.
    while (fresh.length > replicas) this.delete(this.lastOf(fresh), 'replicaset-controller');
    // Up.
    const surge = isRecreate ? 0 : scenario.maxSurge;
    let missing = Math.min(
      replicas - fresh.length,
      replicas + (old.length > 0 ? surge : 0) - fresh.length - old.length,
    );
    for (; isCleared && missing > 0; missing--) this.create();
    // Down.
    const spare = [...fresh, ...old].filter((pod) => this.isReady(pod)).length - (replicas - scenario.maxUnavailable);
    const unready = old.filter((pod) => !this.isReady(pod));
    for (const pod of unready) this.delete(pod, 'replicaset-controller');
    const ready = old.filter((pod) => this.isReady(pod) && pod.deleted === null);
    for (const pod of ready.slice(0, Math.max(0, spare))) this.delete(pod, 'replicaset-controller');
  }

  /** Takes the youngest from the list, as the ReplicaSet does. */
  private lastOf(pods: Pod[]): Pod {
    const waiting = pods.findIndex((pod) => !this.isReady(pod));
    return pods.splice(waiting === -1 ? pods.length - 1 : waiting, 1)[0]!;
  }

  // Lives of pods.

  private newPod(created: number, worker: Worker, ip: string): Pod {
    const pod = beginPod(this.replicaSets.at(-1)!, created, worker, ip, this.names);
    this.pods.push(pod);
    return pod;
  }

  private createOld(created: number): void {
    const worker = this.workers[this.pods.length % this.workers.length]!;
    const pod = this.newPod(created, worker, this.addresses.take(worker, created)!);
    this.start(pod, created);
    pod.ready = pod.listens + micros(this.random.duration(this.scenario.readySeconds));
    this.controller.register(pod, pod.ready + SECOND);
  }

  private create(): void {
    const { queue, random, scenario } = this;
    const created = queue.now;
    const pod = this.newPod(created, this.workers[0]!, '');
    const schedule = () => {
      if (pod.deleted !== null) return;
      const found = this.place(queue.now);
      // No room yet: addresses rest.
      if (!found) return queue.at(queue.now + SECOND, schedule);
      pod.worker = found.worker;
      pod.ip = found.ip;
      this.start(pod, queue.now);
      if (scenario.registersUnready) queue.at(pod.networked, () => this.controller.add(pod, () => {}));
      queue.at(pod.listens + micros(random.duration(scenario.readySeconds)), () => this.passProbe(pod));
    };
    queue.at(created + micros(random.duration(scenario.scheduleSeconds)), schedule);
  }

  /** The machine with the fewest pods that has an address to give. */
  private place(now: number): { worker: Worker; ip: string } | null {
    const load = (worker: Worker) => this.living().filter((pod) => pod.worker === worker && pod.ip !== '').length;
    const workers = this.workers.filter((worker) => worker.lost === null).sort((a, b) => load(a) - load(b));
    for (const worker of workers) {
      const ip = this.addresses.take(worker, now);
      if (ip !== null) return { worker, ip };
    }
    return null;
  }

  private start(pod: Pod, now: number): void {
    pod.networked = now;
    pod.started = now + micros(this.random.between(0.3, 1.2));
    pod.listens = pod.started + micros(this.random.duration(this.scenario.startSeconds));
  }

  private passProbe(pod: Pod): void {
    if (pod.deleted !== null || pod.worker.lost !== null) return;
    const { scenario, queue, controller } = this;
    const becomeReady = () => {
      if (pod.deleted !== null) return;
      pod.ready = queue.now;
      this.reconcile();
    };
    if (scenario.registersUnready || !scenario.readinessGate) becomeReady();
    if (scenario.registersUnready) return;
    queue.at(queue.now + micros(this.random.duration(scenario.endpointSeconds)), () =>
      controller.add(pod, ({ known }) => {
        if (!scenario.readinessGate) return;
        // The controller asks for the health of a new target every few seconds.
        const healthy = Math.max(...known) + micros(scenario.healthCheckSeconds * scenario.healthyThreshold);
        queue.at(healthy + micros(this.random.between(0, 5)), becomeReady);
      }),
    );
  }

  private delete(pod: Pod, by: string): void {
    const { queue } = this;
    if (pod.ip === '' || pod.worker.lost !== null) {
      // Never ran, or nobody is there to stop it.
      pod.deleted = queue.now;
      pod.deletedBy = by;
      pod.graceSeconds = this.scenario.terminationGracePeriodSeconds;
      if (pod.ip === '') pod.gone = queue.now;
      return;
    }
    endPod(pod, queue.now, by, this.scenario, this.ends);
    this.unlist(pod);
    const { silent, gone, worker, ip } = pod;
    queue.at(silent!, () => this.addresses.give(worker, ip, silent! + micros(this.scenario.ipCooldownSeconds)));
    queue.at(gone!, () => this.reconcile());
  }

  /** Its endpoint shows that it is not to be used; the controller acts on that. */
  private unlist(pod: Pod): void {
    if (pod.unlisted !== null) return;
    const at = this.queue.now + micros(this.ends.duration(this.scenario.endpointSeconds));
    this.queue.at(at, () => {
      pod.unlisted = at;
      this.controller.remove(pod);
    });
  }
}
