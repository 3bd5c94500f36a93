/** Simulates the cluster: a workload that rolls out, scales and loses pods, as events of a queue. Requests do not affect it. */
import { fromMillis, fromSeconds } from '../time/time.ts';
import { Controller } from './controller.ts';
import { Incidents } from './incident.ts';
import { Lives, NO_TARGETS } from './lives.ts';
import { Nodes } from './node/nodes.ts';
import { Queue } from './queue.ts';
import { Random } from './random.ts';
import type { PlannedEvent, Scenario } from './scenario.ts';
import { workersOf } from './worker.ts';
import type { Blocked, Pod, World } from './world.ts';

/** Evidence is recorded this much longer than requests arrive. */
const CAPTURED_AFTER_SECONDS = 120;
/** Approximate age of the pods that exist before the capture. */
const AGE_SECONDS = 5400;
/** How controllers such as the ReplicaSet delete pods. */
const REPLACED = { by: 'replicaset-controller', how: 'delete' } as const;

/** Runs a scenario and returns everything that happened. */
export function runCluster(scenario: Scenario, seed: number): World {
  return new Cluster(scenario, seed).run();
}

class Cluster {
  readonly #queue = new Queue();
  readonly #random: Random;
  readonly #names: Random;
  readonly #controller: Controller;
  readonly #lives: Lives;
  readonly #incidents: Incidents;
  /** The nodes, where they are the targets. */
  readonly #nodes: Nodes | null;
  readonly #blocked: Blocked[] = [];
  /** Versions of the workload. The last one is the desired version. */
  readonly #replicaSets: string[] = [];
  /** Pods of an undesired version, for workloads whose pods keep their names. */
  readonly #outdated = new Set<Pod>();
  readonly #starts: number;
  #replicas: number;

  readonly #scenario: Scenario;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    const queue = this.#queue;
    this.#random = new Random(seed, 'cluster');
    this.#names = new Random(seed, `name ${scenario.namespace}/${scenario.name}`);
    this.#controller = new Controller(scenario, queue, new Random(seed, 'controller'));
    this.#starts = fromMillis(Date.parse(scenario.startsAt));
    this.#replicas = scenario.replicas;
    const chances = { cluster: this.#random, ends: new Random(seed, 'pod-end'), names: this.#names };
    const look = () => this.#reconcile();
    const ofNodes = scenario.targets === 'node_ports';
    const targets = ofNodes ? NO_TARGETS : this.#controller;
    this.#lives = new Lives(scenario, queue, chances, targets, workersOf(scenario), look);
    this.#nodes = ofNodes
      ? new Nodes(scenario, queue, new Random(seed, 'node'), this.#controller, this.#lives, look)
      : null;
    const incidentChance = new Random(seed, 'incident');
    this.#incidents = new Incidents(scenario, queue, incidentChance, this.#lives, this.#controller, look, this.#nodes);
  }

  run(): World {
    const scenario = this.#scenario;
    const starts = this.#starts;
    const queue = this.#queue;
    const lives = this.#lives;
    const ends = starts + fromSeconds(scenario.durationSeconds);
    this.#newReplicaSet();
    for (let i = 0; i < this.#replicas; i++) {
      const created = starts - fromSeconds(AGE_SECONDS + this.#random.between(0, 600));
      lives.createOld(this.#replicaSets[0]!, created, this.#isOrdered() ? i : null);
    }
    if (scenario.hostNeighbour) {
      for (const worker of lives.workers) lives.createNeighbour('DaemonSet', starts - fromSeconds(AGE_SECONDS), worker);
    }
    for (const incident of scenario.incidents) {
      queue.at(starts + fromSeconds(incident.at), () => this.#happen(incident));
    }
    const captured = ends + fromSeconds(CAPTURED_AFTER_SECONDS);
    const snapshot = captured + fromSeconds(scenario.snapshotSeconds);
    queue.run(snapshot);
    return {
      starts,
      ends,
      captured,
      snapshot,
      workers: [...lives.workers],
      albNodes: Array.from({ length: scenario.albNodes }, (_, i) => `10.${scenario.podNetwork}.${200 + i}.7`),
      pods: lives.pods,
      registrations: this.#controller.registrations,
      calls: this.#controller.calls,
      blocked: this.#blocked,
      replicaSets: this.#replicaSets,
      shifts: [],
      service: null,
      nodes: this.#nodes?.lives ?? [],
      group: null,
    };
  }

  #happen(incident: PlannedEvent): void {
    const incidents = this.#incidents;
    const lives = this.#lives;
    const queue = this.#queue;
    const scenario = this.#scenario;
    const until = queue.now + fromSeconds(incident.seconds ?? 0);
    switch (incident.do) {
      case 'rollout':
        this.#rollOut();
        break;
      case 'scale':
        this.#replicas = incident.replicas!;
        this.#reconcile();
        break;
      case 'delete_pod':
        for (const pod of lives.some(incident.pods ?? 1)) {
          lives.delete(pod, { by: 'kubernetes-admin', how: incident.how ?? 'delete' });
        }
        this.#reconcile();
        break;
      case 'crash':
        incidents.crash(incident);
        break;
      case 'sidecar_crash':
        incidents.crashSidecars(incident);
        break;
      case 'flap':
        incidents.flap(incident);
        break;
      case 'deregister':
        incidents.deregister(incident);
        break;
      case 'job':
        incidents.runJobs(incident);
        break;
      case 'node_loss':
        incidents.loseNode();
        break;
      case 'zone_loss':
        incidents.loseZone();
        break;
      case 'node_leave':
        this.#nodes?.leave(incident);
        break;
      case 'security_group':
        this.#blocked.push({ from: queue.now, until, albNodes: incident.albNodes ?? scenario.albNodes });
        break;
      case 'controller_stall':
        this.#controller.stall(until);
        break;
    }
  }

  #rollOut(): void {
    this.#newReplicaSet();
    for (const pod of this.#lives.living()) this.#outdated.add(pod);
    if (this.#scenario.strategy === 'Recreate' && !this.#isOrdered()) {
      for (const pod of this.#lives.living()) this.#lives.delete(pod, { by: 'deployment-controller', how: 'delete' });
    }
    this.#reconcile();
  }

  #newReplicaSet(): void {
    const { name, workload } = this.#scenario;
    this.#replicaSets.push(workload === 'Deployment' ? `${name}-${this.#names.suffix(9)}` : name);
  }

  /** Whether pods have slots and are replaced one after another. */
  #isOrdered(): boolean {
    return this.#scenario.workload !== 'Deployment';
  }

  /** Compares the actual pods with the desired pods once. */
  #reconcile(): void {
    if (this.#isOrdered()) this.#reconcileSlots();
    else this.#reconcileVersions();
  }

  #reconcileVersions(): void {
    const scenario = this.#scenario;
    const replicas = this.#replicas;
    const lives = this.#lives;
    const current = this.#replicaSets.at(-1)!;
    const living = lives.living();
    const fresh = living.filter((pod) => pod.replicaSet === current);
    const old = living.filter((pod) => pod.replicaSet !== current);
    const isRecreate = scenario.strategy === 'Recreate';
    const isCleared =
      !isRecreate || lives.pods.every((pod) => !pod.isTarget || pod.replicaSet === current || pod.gone !== null);
    // Scale in.
    while (fresh.length > replicas) lives.delete(this.#lastOf(fresh), REPLACED);
    // Scale out.
    const surge = isRecreate ? 0 : scenario.maxSurge;
    let missing = Math.min(
      replicas - fresh.length,
      replicas + (old.length > 0 ? surge : 0) - fresh.length - old.length,
    );
    for (; isCleared && missing > 0; missing--) lives.create(current, null, null);
    // Remove old pods.
    const spare = [...fresh, ...old].filter((pod) => lives.isReady(pod)).length - (replicas - scenario.maxUnavailable);
    const unready = old.filter((pod) => !lives.isReady(pod));
    for (const pod of unready) lives.delete(pod, REPLACED);
    const ready = old.filter((pod) => lives.isReady(pod) && pod.deleted === null);
    for (const pod of ready.slice(0, Math.max(0, spare))) lives.delete(pod, REPLACED);
  }

  /** The same for pods with slots: a successor gets the slot and its address; the next slot follows when the successor is ready. */
  #reconcileSlots(): void {
    const lives = this.#lives;
    const replicas = this.#replicas;
    const queue = this.#queue;
    const living = lives.living();
    for (let slot = 0; slot < replicas; slot++) {
      const before = lives.pods.findLast((pod) => pod.slot === slot);
      if (!before || before.deleted === null) continue;
      if (before.gone !== null && before.gone <= queue.now) {
        lives.create(this.#replicaSets.at(-1)!, slot, { worker: before.worker, ip: before.ip });
      }
    }
    for (const pod of living.filter(({ slot }) => slot! >= replicas)) lives.delete(pod, REPLACED);
    const isWhole = living.length === replicas && living.every((pod) => lives.isReady(pod));
    const next = living.findLast((pod) => this.#outdated.has(pod));
    if (isWhole && next) {
      this.#outdated.delete(next);
      lives.delete(next, REPLACED);
    }
  }

  /** Removes and returns the youngest pod of the list, as the ReplicaSet does. */
  #lastOf(pods: Pod[]): Pod {
    const waiting = pods.findIndex((pod) => !this.#lives.isReady(pod));
    return pods.splice(waiting === -1 ? pods.length - 1 : waiting, 1)[0]!;
  }
}
