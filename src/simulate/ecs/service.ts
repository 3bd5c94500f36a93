/**
 * Simulates a service of ECS: its scheduler starts and stops tasks, and registers and deregisters their targets. A task that
 * it stops is deregistered some ten seconds after the decision, and gets SIGTERM when its target is drained. All other ways to
 * stop send SIGTERM, or end a container, first. Long because one scheduler holds all ways in which a task stops.
 */
import { fromMillis, fromSeconds, SECOND } from '../../time/time.ts';
import { Controller } from '../controller.ts';
import { Queue } from '../queue.ts';
import { Random } from '../random.ts';
import type { PlannedEvent, Scenario } from '../scenario.ts';
import { workersOf } from '../worker.ts';
import type { Pod, ServiceHistory, World } from '../world.ts';
import { groupArnOf } from '../write/identity.ts';
import { SimulatedAddresses } from './place.ts';
import { terminateTask } from './stop.ts';
import { listOf, Stopping } from './stopping.ts';
import { beginTask, OTHER_SERVICE, runForLong } from './task.ts';

/** Evidence is recorded this much longer than requests arrive. */
const CAPTURED_AFTER_SECONDS = 120;
/** Approximate age of the tasks that exist before the capture. */
const AGE_SECONDS = 7200;

/** Runs a scenario and returns everything that happened. */
export const runService = (scenario: Scenario, seed: number): World => new Service(scenario, seed).run();

class Service {
  readonly #scenario: Scenario;
  readonly #queue = new Queue();
  readonly #random: Random;
  readonly #ends: Random;
  readonly #names: Random;
  readonly #controller: Controller;
  readonly #places: SimulatedAddresses;
  readonly #stopping: Stopping;
  readonly #pods: Pod[] = [];
  readonly #history: ServiceHistory = { messages: [], deployments: [] };
  readonly #shifts: World['shifts'] = [];
  readonly #workers;
  #revision: number;
  #desired: number;
  #isLooking = false;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.#random = new Random(seed, 'service');
    this.#ends = new Random(seed, 'task-end');
    this.#names = new Random(seed, `name ${scenario.namespace}/${scenario.name}`);
    this.#controller = new Controller(scenario, this.#queue, new Random(seed, 'controller'));
    this.#workers = workersOf(scenario);
    this.#places = new SimulatedAddresses(scenario, this.#workers);
    this.#revision = 10 + this.#names.integer(80);
    this.#desired = scenario.replicas;
    this.#stopping = new Stopping({
      scenario,
      queue: this.#queue,
      random: this.#random,
      ends: this.#ends,
      controller: this.#controller,
      say: (text, time) => this.#say(text, time),
      groupArnOf: (deployment) => groupArnOf(scenario, this.#groupOf(deployment)),
      left: (pod) => this.#free(pod),
      look: () => this.#look(),
    });
  }

  run(): World {
    const scenario = this.#scenario;
    const queue = this.#queue;
    const starts = fromMillis(Date.parse(scenario.startsAt));
    const ends = starts + fromSeconds(scenario.durationSeconds);
    this.#deploy(starts - fromSeconds(AGE_SECONDS), this.#revision);
    for (let i = 0; i < this.#desired; i++)
      this.#createOld(starts - fromSeconds(AGE_SECONDS - this.#random.between(0, 60)));
    if (scenario.otherService) this.#createNeighbours(starts);
    for (const incident of scenario.incidents)
      queue.at(starts + fromSeconds(incident.at), () => this.#happen(incident));
    const captured = ends + fromSeconds(CAPTURED_AFTER_SECONDS);
    const snapshot = captured + fromSeconds(scenario.snapshotSeconds);
    queue.run(snapshot);
    this.#history.messages.sort((a, b) => a.time - b.time);
    return {
      starts,
      ends,
      captured,
      snapshot,
      workers: this.#workers,
      albNodes: Array.from({ length: scenario.albNodes }, (_, i) => `10.${scenario.podNetwork}.${200 + i}.7`),
      pods: this.#pods,
      registrations: this.#controller.registrations,
      calls: this.#controller.calls,
      blocked: [],
      replicaSets: this.#history.deployments.map(({ id }) => id),
      shifts: this.#shifts,
      service: this.#history,
      nodes: [],
      group: null,
    };
  }

  #happen(incident: PlannedEvent): void {
    const { now } = this.#queue;
    const { pods = 1, by, end = 'exit', seconds = 20, stall } = incident;
    switch (incident.do) {
      case 'rollout':
        this.#deploy(now, ++this.#revision);
        break;
      case 'force_deployment':
        this.#deploy(now, this.#revision);
        break;
      case 'scale':
        this.#desired = incident.replicas!;
        break;
      case 'stop_task':
        for (const pod of this.#some(pods)) this.#stopping.atOnce(pod, by === 'spot');
        break;
      case 'essential_end':
        for (const pod of this.#some(pods)) this.#stopping.byItself(pod, end);
        break;
      case 'node_loss':
        this.#loseInstance();
        break;
      case 'flap':
        for (const pod of this.#some(pods)) {
          const until = now + fromSeconds(seconds);
          pod.stalls.push({ from: now, until, how: stall ?? 'silent' });
        }
        break;
    }
    this.#look();
  }

  #deploy(now: number, revision: number): void {
    const { name } = this.#scenario;
    const id = `ecs-svc/${1 + this.#names.integer(8)}${Array.from({ length: 18 }, () => this.#names.integer(10)).join('')}`;
    this.#history.deployments.push({ id, definition: `${name}:${revision}`, created: now, completed: null });
  }

  #living(): Pod[] {
    return this.#pods.filter(({ isTarget, task }) => isTarget && task!.stopping === null && task!.ownEnd === null);
  }

  #some(count: number): Pod[] {
    const healthy = this.#living().filter((pod) => this.#isHealthy(pod));
    return this.#random.some(healthy, count);
  }

  /** As the target group sees it, about one health check after it listens. */
  #isHealthy(pod: Pod): boolean {
    const { now } = this.#queue;
    const checked = pod.listens + fromSeconds(this.#scenario.healthCheckSeconds);
    return pod.task!.activating !== null && pod.ready !== null && checked <= now && pod.worker.lost === null;
  }

  /** The scheduler looks at the service some seconds after each change. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#queue.at(this.#queue.now + fromSeconds(this.#random.between(0.5, 6)), () => {
      this.#isLooking = false;
      this.#reconcile();
    });
  }

  #reconcile(): void {
    const { minimumHealthyPercent, maximumPercent, deployment } = this.#scenario;
    const current = this.#history.deployments.at(-1)!;
    const living = this.#living();
    const isFresh = (pod: Pod) => pod.task!.deployment === current.id;
    const fresh = living.filter(isFresh);
    const old = living.filter((pod) => !isFresh(pod));
    const desired = this.#desired;
    const isBlueGreen = deployment === 'BLUE_GREEN';
    const most = isBlueGreen ? 2 * desired : Math.floor((desired * maximumPercent) / 100);
    const start = Math.min(desired - fresh.length, most - living.length);
    const created: Pod[] = [];
    for (let i = 0; i < start; i++) created.push(...this.#create());
    if (created.length > 0) this.#say(`has started ${created.length} tasks: ${listOf(created)}.`);
    const reason = `Scaling activity initiated by (deployment ${current.id})`;
    if (fresh.length > desired) this.#stopping.planned(fresh.slice(0, fresh.length - desired), reason);
    if (old.length > 0 && isBlueGreen) {
      if (fresh.length === desired && fresh.every((pod) => this.#isHealthy(pod))) this.#shift(old, reason);
    } else if (old.length > 0) {
      const healthy = living.filter((pod) => this.#isHealthy(pod)).length;
      const spare = healthy - Math.ceil((desired * minimumHealthyPercent) / 100);
      if (spare > 0) this.#stopping.planned(old.slice(0, spare), reason);
    } else if (current.completed === null && fresh.length === desired && fresh.every((pod) => this.#isHealthy(pod))) {
      current.completed = this.#queue.now;
      this.#say(`(deployment ${current.id}) deployment completed.`);
      this.#say('has reached a steady state.');
    }
    if (old.length > 0 || created.length > 0 || fresh.length !== desired) this.#look();
    else if (!fresh.every((pod) => this.#isHealthy(pod))) this.#look();
  }

  /** The listener forwards to the new tasks, and the old ones go when the bake time is over. */
  #shift(old: readonly Pod[], reason: string): void {
    const queue = this.#queue;
    const group = this.#history.deployments.length - 1;
    if (this.#shifts.some((shift) => shift.group === group)) return;
    const from = Array.from(
      { length: this.#scenario.albNodes },
      () => queue.now + fromSeconds(this.#random.between(0.5, 8)),
    );
    this.#shifts.push({ from, group });
    queue.at(queue.now + fromSeconds(this.#scenario.bakeSeconds), () => {
      this.#stopping.planned(
        old.filter(({ task }) => task!.stopping === null && task!.ownEnd === null),
        reason,
      );
      this.#look();
    });
  }

  #say(text: string, time = this.#queue.now): void {
    const { name } = this.#scenario;
    this.#history.messages.push({ time, text: text.startsWith('(service') ? text : `(service ${name}) ${text}` });
  }

  #loseInstance(): void {
    const inUse = this.#workers.filter((worker) => this.#living().some((pod) => pod.worker === worker));
    const worker = inUse[this.#random.integer(inUse.length)];
    if (worker) this.#stopping.hostLost(worker, this.#pods);
  }

  /** Another service may be quick to take the port of a task. */
  #free(pod: Pod): void {
    const { now } = this.#queue;
    this.#places.give(pod, now);
    if (!this.#scenario.otherService || !this.#random.chance(0.5)) return;
    this.#places.use(pod);
    this.#neighbour(pod, now);
  }

  /** Returns one new task, or none while there is no room. */
  #create(): Pod[] {
    const queue = this.#queue;
    const scenario = this.#scenario;
    const random = this.#random;
    const place = this.#places.take(queue.now, this.#living());
    if (place === null) return [];
    const { id, definition } = this.#history.deployments.at(-1)!;
    const pod = this.#begin({ ...place, created: queue.now, service: scenario.name, deployment: id, definition });
    const task = pod.task!;
    const isFargate = scenario.taskNetwork === 'awsvpc';
    task.pending = queue.now + fromSeconds(isFargate ? random.between(3, 9) : random.between(0.2, 0.8));
    pod.networked = task.pending;
    const process = task.pending + fromSeconds(random.duration(scenario.scheduleSeconds));
    pod.listens = process + fromSeconds(random.duration(scenario.startSeconds));
    queue.at(process + fromSeconds(random.between(0.2, 1)), () => {
      if (task.stopping !== null) return;
      task.activating = queue.now;
      queue.at(queue.now + fromSeconds(random.between(0.1, 1)), () => this.#register(pod));
      pod.started = queue.now + fromSeconds(random.between(1, 2.5));
      queue.at(Math.max(pod.listens, pod.started), () => {
        if (task.stopping === null) pod.ready = pod.listens;
        this.#look();
      });
    });
    return [pod];
  }

  #register(pod: Pod): void {
    const { now } = this.#queue;
    const group = this.#groupOf(pod.task!.deployment);
    this.#controller.register(pod, now, group);
    this.#controller.calls.push({
      asked: now,
      time: now,
      answered: now,
      action: 'RegisterTargets',
      ip: pod.ip,
      group,
      pod,
      actor: 'ecs',
    });
    this.#say(`registered 1 targets in (target-group ${groupArnOf(this.#scenario, group)})`);
  }

  #groupOf(deployment: string): number {
    if (this.#scenario.deployment === 'ROLLING') return 0;
    return this.#history.deployments.findIndex(({ id }) => id === deployment);
  }

  #createOld(created: number): void {
    const place = this.#places.take(created, this.#living())!;
    const { id, definition } = this.#history.deployments[0]!;
    const pod = this.#begin({ ...place, created, service: this.#scenario.name, deployment: id, definition });
    runForLong(pod);
    this.#controller.register(pod, pod.ready! + SECOND);
  }

  /** Tasks of another service: one that had a port of each instance before, and one that runs there. */
  #createNeighbours(starts: number): void {
    const { deployment } = OTHER_SERVICE;
    for (const worker of this.#workers) {
      const first = this.#pods.find((pod) => pod.isTarget && pod.worker === worker);
      if (first) {
        const before = this.#neighbour(first, starts - fromSeconds(3 * AGE_SECONDS));
        const reason = `Scaling activity initiated by (deployment ${deployment})`;
        this.#stopping.decide(before, 'planned', first.created - fromSeconds(900), 'ServiceSchedulerInitiated', reason);
        before.deleted = before.stopping! + 10 * SECOND;
        terminateTask(before, before.deleted + 30 * SECOND, this.#scenario, this.#ends);
      }
      const port = this.#places.port(worker);
      this.#neighbour({ worker, ip: worker.hostIp, port }, starts - fromSeconds(AGE_SECONDS));
    }
  }

  #neighbour({ worker, ip, port }: Pick<Pod, 'worker' | 'ip' | 'port'>, created: number): Pod {
    const pod = this.#begin({ worker, ip, port: port!, created, ...OTHER_SERVICE });
    runForLong(pod);
    return pod;
  }

  #begin(beginning: Parameters<typeof beginTask>[1]): Pod {
    const pod = beginTask(this.#scenario, beginning, this.#names);
    this.#pods.push(pod);
    return pod;
  }
}
