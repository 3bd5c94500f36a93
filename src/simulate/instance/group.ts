/**
 * Simulates an Auto Scaling group whose instances are targets: it launches and registers them, takes them out of the target
 * group before it terminates them, and replaces those that somebody else took or that fail their health checks. Long because
 * one group holds all ways in which an instance goes.
 */
import { fromMillis, fromSeconds, SECOND } from '../../time/time.ts';
import { Addresses } from '../address.ts';
import { Controller } from '../controller.ts';
import { Queue } from '../queue.ts';
import { Random } from '../random.ts';
import type { PlannedEvent, Scenario } from '../scenario.ts';
import { workersOf } from '../worker.ts';
import type { Activity, ActivityCause, GroupHistory, Pod, Worker, World } from '../world.ts';
import { deployInPlace } from './deploy.ts';
import { beginInstance, serveForLong, shutDown } from './machine.ts';

/** Evidence is recorded this much longer than requests arrive. */
const CAPTURED_AFTER_SECONDS = 120;
/** Approximate age of the instances that exist before the capture. */
const AGE_SECONDS = 9000;
/** AWS takes a Spot instance this long after its warning. */
const SPOT_SECONDS = 120;
/** Time from the shutdown of an instance until the load balancer finds that it is not running. */
const INVALID_SECONDS = [3, 20] as const;
/** Time until the group finds an instance that was terminated or is unhealthy. */
const NOTICE_SECONDS = [15, 55] as const;
/** Two checks of EC2, a minute apart, fail before the group acts. */
const STATUS_CHECK_SECONDS = [130, 220] as const;

/** Runs a scenario and returns everything that happened. */
export const runGroup = (scenario: Scenario, seed: number): World => new Group(scenario, seed).run();

class Group {
  readonly #scenario: Scenario;
  readonly #queue = new Queue();
  readonly #random: Random;
  readonly #ends: Random;
  readonly #names: Random;
  readonly #controller: Controller;
  /** One place in each zone, which gives the addresses of its subnet. */
  readonly #zones: Worker[];
  readonly #addresses: Addresses;
  readonly #pods: Pod[] = [];
  readonly #history: GroupHistory = { activities: [], sizes: [] };
  /** Instances that go as soon as their replacement is healthy. */
  readonly #replaced = new Map<Pod, ActivityCause>();
  readonly #starts: number;
  #version: number;
  #desired: number;
  #isLooking = false;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.#random = new Random(seed, 'group');
    this.#ends = new Random(seed, 'instance-end');
    this.#names = new Random(seed, `name ${scenario.namespace}/${scenario.name}`);
    this.#controller = new Controller(scenario, this.#queue, new Random(seed, 'controller'));
    this.#zones = workersOf({ ...scenario, workerNodes: 3 });
    this.#addresses = new Addresses(this.#zones, scenario.addressesPerNode, scenario.podNetwork);
    this.#starts = fromMillis(Date.parse(scenario.startsAt));
    this.#version = 3 + this.#names.integer(20);
    this.#desired = scenario.replicas;
  }

  run(): World {
    const scenario = this.#scenario;
    const queue = this.#queue;
    const starts = this.#starts;
    const ends = starts + fromSeconds(scenario.durationSeconds);
    for (let i = 0; i < this.#desired; i++) this.#createOld(starts - fromSeconds(AGE_SECONDS - 70 * i));
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
      workers: this.#pods.map(({ worker }) => worker),
      albNodes: Array.from({ length: scenario.albNodes }, (_, i) => `10.${scenario.podNetwork}.${200 + i}.7`),
      pods: this.#pods,
      registrations: this.#controller.registrations,
      calls: this.#controller.calls,
      blocked: [],
      replicaSets: [...new Set(this.#pods.map(({ replicaSet }) => replicaSet))],
      shifts: [],
      service: null,
      nodes: [],
      group: this.#history,
    };
  }

  #happen(incident: PlannedEvent): void {
    const { now } = this.#queue;
    const { pods = 1, by, seconds = 20, stall } = incident;
    switch (incident.do) {
      case 'rollout':
        this.#version++;
        break;
      case 'scale':
        this.#history.sizes.push({ time: now, from: this.#desired, to: incident.replicas! });
        this.#desired = incident.replicas!;
        break;
      case 'terminate_instance':
        for (const pod of this.#some(pods)) this.#take(pod, by === 'spot');
        break;
      case 'crash':
        for (const pod of this.#some(pods)) this.#restart(pod, seconds);
        break;
      case 'flap':
        for (const pod of this.#some(pods)) {
          pod.stalls.push({ from: now, until: now + fromSeconds(seconds), how: stall ?? 'silent' });
        }
        break;
      case 'break_application':
        for (const pod of this.#some(pods)) this.#break(pod, stall);
        break;
      case 'node_loss':
        for (const pod of this.#some(1)) this.#lose(pod);
        break;
      case 'deploy_in_place':
        deployInPlace(this.#some(this.#desired), {
          scenario: this.#scenario,
          queue: this.#queue,
          random: this.#random,
          controller: this.#controller,
        });
        break;
    }
    this.#look();
  }

  /** Instances that stay in the group, and may serve again. */
  #living(): Pod[] {
    return this.#pods.filter(({ deleted, machine }) => deleted === null && machine!.endedFrom === null);
  }

  #some(count: number): Pod[] {
    const healthy = this.#living().filter((pod) => this.#isHealthy(pod));
    return this.#random.some(healthy, count);
  }

  /** As the target group sees it, about one health check after it listens. */
  #isHealthy(pod: Pod): boolean {
    const checked = pod.listens + fromSeconds(this.#scenario.healthCheckSeconds);
    return pod.machine!.inService !== null && pod.ready !== null && checked <= this.#queue.now;
  }

  /** The group looks at its instances some seconds after each change. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#queue.at(this.#queue.now + fromSeconds(this.#random.between(1, 8)), () => {
      this.#isLooking = false;
      this.#reconcile();
    });
  }

  #reconcile(): void {
    const { minimumHealthyPercent, maximumPercent } = this.#scenario;
    const desired = this.#desired;
    const living = this.#living();
    const outdated = living.filter(({ machine }) => machine!.version !== this.#version);
    const healthy = living.filter((pod) => this.#isHealthy(pod));
    const leaving = [...this.#replaced.keys()].filter((pod) => pod.deleted === null);
    const most = Math.max(Math.floor((desired * maximumPercent) / 100), desired + leaving.length);
    // At least one instance is replaced at a time.
    const least = Math.min(Math.floor((desired * minimumHealthyPercent) / 100), most > desired ? desired : desired - 1);
    const isRefreshing = outdated.length > 0;
    const fresh = living.length - outdated.length - leaving.filter((pod) => !outdated.includes(pod)).length;
    const wanted =
      isRefreshing || leaving.length > 0 ? Math.min(desired - fresh, most - living.length) : desired - living.length;
    const why = isRefreshing
      ? 'refresh'
      : leaving.length > 0
        ? 'rebalance'
        : living.length < this.#ever()
          ? 'replacement'
          : 'scale out';
    for (let i = 0; i < wanted; i++) this.#launch(why);
    // Without room for more the group terminates first.
    const spare = Math.max(healthy.length - least, 0);
    const going = isRefreshing ? outdated : leaving;
    for (const pod of going.slice(0, spare)) this.#terminate(pod, isRefreshing ? 'refresh' : this.#replaced.get(pod)!);
    if (!isRefreshing && leaving.length === 0) {
      for (const pod of living.slice(0, Math.max(0, living.length - desired))) this.#terminate(pod, 'scale in');
    }
    if (isRefreshing || leaving.length > 0 || wanted > 0 || !living.every((pod) => this.#isHealthy(pod))) this.#look();
  }

  /** Number of instances that the group has had at once: what is missing of them is replaced. */
  #ever(): number {
    return this.#scenario.replicas;
  }

  #createOld(created: number): void {
    const pod = this.#begin(created)!;
    serveForLong(pod);
    this.#controller.register(pod, pod.machine!.inService!);
  }

  /** Returns a new instance in the zone with the fewest; null while its subnet has no free address. */
  #begin(created: number): Pod | null {
    const load = (zone: string) => this.#living().filter(({ worker }) => worker.zone === zone).length;
    const zones = [...this.#zones].sort((a, b) => load(a.zone) - load(b.zone));
    for (const place of zones) {
      const ip = this.#addresses.take(place, created);
      if (ip === null) continue;
      const pod = beginInstance(this.#scenario, { created, ip, zone: place.zone, version: this.#version }, this.#names);
      this.#pods.push(pod);
      return pod;
    }
    return null;
  }

  #launch(cause: ActivityCause): void {
    const queue = this.#queue;
    const random = this.#random;
    const scenario = this.#scenario;
    const start = queue.now;
    const pod = this.#begin(start + fromSeconds(random.between(0.8, 2.5)));
    if (pod === null) return;
    const activity: Activity = { pod, what: 'Launching', start, end: null, drained: null, cause };
    this.#history.activities.push(activity);
    const machine = pod.machine!;
    machine.running = pod.created + fromSeconds(random.between(3, 12));
    pod.networked = machine.running;
    pod.started = machine.running + fromSeconds(random.duration(scenario.bootSeconds));
    pod.listens = pod.started + fromSeconds(random.duration(scenario.startSeconds));
    queue.at(machine.running + fromSeconds(random.between(2, 12)), () => {
      if (pod.deleted !== null) return;
      machine.inService = queue.now;
      activity.end = queue.now;
      this.#register(pod, 'auto-scaling');
    });
    queue.at(pod.listens, () => {
      if (pod.deleted === null) pod.ready = pod.listens;
      this.#look();
    });
  }

  #register(pod: Pod, actor: 'auto-scaling'): void {
    const { now } = this.#queue;
    this.#controller.register(pod, now);
    const call = { asked: now, time: now, answered: now, ip: pod.ip, group: 0, pod, actor };
    this.#controller.calls.push({ ...call, action: 'RegisterTargets' });
  }

  /** The group has chosen the instance: it is deregistered, drained, kept by a hook, and then terminated. */
  #terminate(pod: Pod, cause: ActivityCause): void {
    const { queue, random, scenario, machine } = {
      queue: this.#queue,
      random: this.#random,
      scenario: this.#scenario,
      machine: pod.machine!,
    };
    const activity: Activity = { pod, what: 'Terminating', start: queue.now, end: null, drained: null, cause };
    this.#history.activities.push(activity);
    const isOff = machine.shuttingDown !== null;
    if (pod.deleted === null) {
      pod.deleted = queue.now;
      pod.deletedBy = cause === 'refresh' || cause === 'scale in' ? 'auto-scaling' : 'other';
    }
    machine.endedFrom ??= queue.now;
    const asked = queue.now + fromSeconds(random.between(0.5, 3));
    activity.drained = asked + fromSeconds(scenario.deregistrationDelaySeconds + random.between(2, 20));
    queue.at(asked, () => this.#deregister(pod));
    const { hookSeconds } = scenario;
    const until = activity.drained + fromSeconds(hookSeconds);
    if (hookSeconds > 0 && !isOff) machine.hook = { from: activity.drained, until };
    queue.at(until + fromSeconds(random.between(0.5, 5)), () => {
      if (machine.shuttingDown === null) this.#shutDown(pod, 'group');
      activity.end = Math.max(queue.now, pod.gone!) + fromSeconds(random.between(1, 6));
    });
  }

  /** The balancer may have dropped the target by itself; then the call only makes its state draining. */
  #deregister(pod: Pod): void {
    const { now } = this.#queue;
    const registration = this.#controller.registrations.find((one) => one.pod === pod);
    if (registration === undefined) return;
    if (registration.invalid === null) {
      this.#controller.deregister(pod, 'auto-scaling');
      return;
    }
    registration.drainingFrom = now;
    const call = { asked: now, time: now, answered: now, ip: pod.ip, group: 0, pod, actor: 'auto-scaling' } as const;
    this.#controller.calls.push({ ...call, action: 'DeregisterTargets' });
  }

  #shutDown(pod: Pod, by: 'group' | 'person' | 'spot'): void {
    const queue = this.#queue;
    shutDown(pod, queue.now, by, this.#scenario, this.#ends);
    const place = this.#zones.find(({ zone }) => zone === pod.worker.zone)!;
    const rested = pod.gone! + fromSeconds(this.#scenario.ipCooldownSeconds);
    queue.at(pod.gone!, () => this.#addresses.give(place, pod.ip, rested));
    queue.at(queue.now + fromSeconds(this.#random.between(...INVALID_SECONDS)), () => this.#controller.lapse(pod));
    queue.at(pod.gone!, () => this.#look());
  }

  /** A person, or Spot, takes the instance without the group; the group hears of it afterwards. */
  #take(pod: Pod, isSpot: boolean): void {
    const queue = this.#queue;
    const machine = pod.machine!;
    if (isSpot && this.#scenario.capacityRebalance) {
      machine.rebalance = queue.now;
      this.#replaced.set(pod, 'rebalance');
      return;
    }
    pod.deleted = queue.now;
    pod.deletedBy = 'other';
    if (isSpot) machine.warned = queue.now;
    const at = queue.now + (isSpot ? SPOT_SECONDS * SECOND : 0);
    queue.at(at, () => {
      this.#shutDown(pod, isSpot ? 'spot' : 'person');
      queue.at(queue.now + fromSeconds(this.#random.between(...NOTICE_SECONDS)), () => {
        this.#terminate(pod, 'EC2 check');
        this.#look();
      });
    });
  }

  /** The application ends and its supervisor starts it again; the instance stays. */
  #restart(pod: Pod, seconds: number): void {
    const killed = this.#queue.now;
    const started = killed + fromSeconds(seconds * this.#random.between(0.8, 1.2));
    const listens = started + fromSeconds(this.#random.duration(this.#scenario.startSeconds));
    pod.restarts.push({ killed, started, listens, ready: listens, reason: 'Error', exitCode: 1 });
  }

  /** The application is down, or hangs, and stays so: the group replaces the instance where it asks the load balancer. */
  #break(pod: Pod, stall: PlannedEvent['stall']): void {
    const { now } = this.#queue;
    const never = Number.POSITIVE_INFINITY;
    if (stall) pod.stalls.push({ from: now, until: never, how: stall });
    else pod.restarts.push({ killed: now, started: never, listens: never, ready: never, reason: 'Error', exitCode: 1 });
    pod.machine!.endedFrom = now;
    if (this.#scenario.elbHealthCheck) this.#noticeUnhealthy(pod);
  }

  /** The machine dies. Nothing says so but checks of the load balancer, and later those of EC2. */
  #lose(pod: Pod): void {
    const { now } = this.#queue;
    pod.worker.lost = now;
    pod.machine!.endedFrom = now;
    if (this.#scenario.elbHealthCheck) {
      this.#noticeUnhealthy(pod);
      return;
    }
    this.#queue.at(now + fromSeconds(this.#random.between(...STATUS_CHECK_SECONDS)), () => {
      this.#terminate(pod, 'status check');
      this.#look();
    });
  }

  #noticeUnhealthy(pod: Pod): void {
    const { healthCheckSeconds, unhealthyThreshold } = this.#scenario;
    const seen = healthCheckSeconds * unhealthyThreshold + 5 + this.#random.between(...NOTICE_SECONDS);
    this.#queue.at(this.#queue.now + fromSeconds(seen), () => {
      if (pod.deleted === null) this.#terminate(pod, 'ELB check');
      this.#look();
    });
  }
}
