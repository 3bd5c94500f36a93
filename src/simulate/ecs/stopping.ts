/** The ways in which a task stops, and when its target is deregistered on each of them. */
import { fromSeconds } from '../../time/time.ts';
import type { Controller } from '../controller.ts';
import type { Queue } from '../queue.ts';
import type { Random } from '../random.ts';
import type { PlannedEvent, Scenario } from '../scenario.ts';
import type { Pod, StopWay, Worker } from '../world.ts';
import { endByItself, terminateTask } from './stop.ts';

/** The parts of a service that a stop uses. */
export interface StoppingService {
  scenario: Scenario;
  queue: Queue;
  random: Random;
  ends: Random;
  controller: Controller;
  /** Writes a message of the service, with its name in front of it where it has none. */
  say(text: string, time?: number): void;
  groupArnOf(deployment: string): string;
  /** The place of the task is free. */
  left(pod: Pod): void;
  /** Something changed. */
  look(): void;
}

export class Stopping {
  readonly #service: StoppingService;

  constructor(service: StoppingService) {
    this.#service = service;
  }

  /** The scheduler stops tasks: it deregisters them together, and each gets SIGTERM when it is drained. */
  planned(batch: readonly Pod[], reason: string): void {
    if (batch.length === 0) return;
    const { queue, scenario, random, ends, say } = this.#service;
    for (const pod of batch) this.decide(pod, 'planned', queue.now, 'ServiceSchedulerInitiated', reason);
    say(`has stopped ${batch.length} running tasks: ${listOf(batch)}.`);
    queue.at(queue.now + fromSeconds(random.duration(scenario.schedulerSeconds)), () => {
      this.#deregister(batch);
      for (const pod of batch) {
        pod.deleted = queue.now;
        const drained = queue.now + fromSeconds(scenario.deregistrationDelaySeconds + random.between(0.4, 3));
        queue.at(drained, () => {
          // Something else may have ended it meanwhile.
          if (pod.exited !== null) return;
          terminateTask(pod, queue.now, scenario, ends);
          this.leave(pod);
        });
      }
    });
  }

  /** StopTask, or Spot: SIGTERM comes within a second or two, the deregistration ten seconds after the decision. */
  atOnce(pod: Pod, isSpot: boolean): void {
    const { queue, scenario, random, ends } = this.#service;
    const { now } = queue;
    const code = isSpot ? 'SpotInterruption' : 'UserInitiated';
    this.decide(pod, 'at once', now, code, isSpot ? 'Your Spot Task was interrupted.' : 'Task stopped by user');
    pod.deleted = now;
    terminateTask(pod, now + fromSeconds(random.between(0.3, 1.5)), scenario, ends);
    this.leave(pod);
    this.#deregisterLater(pod, now);
  }

  /** An essential container ends by itself. */
  byItself(pod: Pod, end: NonNullable<PlannedEvent['end']>): void {
    const { queue, scenario, ends, look } = this.#service;
    const decided = endByItself(pod, queue.now, end, scenario, ends);
    queue.at(decided, () => {
      this.decide(pod, 'own end', decided, 'EssentialContainerExited', 'Essential container in task exited');
      pod.deleted = decided;
      this.leave(pod);
      this.#deregisterLater(pod, decided);
      look();
    });
  }

  /** The instance is gone without a word; ECS hears of it after a minute. */
  hostLost(worker: Worker, pods: readonly Pod[]): void {
    const { queue, random, look } = this.#service;
    worker.lost = queue.now;
    worker.notReady = queue.now + fromSeconds(random.between(40, 90));
    queue.at(worker.notReady, () => {
      const reason = `Host EC2 (instance ${worker.instanceId}) terminated.`;
      for (const pod of pods.filter((one) => one.worker === worker && one.task!.stopping === null)) {
        this.decide(pod, 'host lost', queue.now, 'TerminationNotice', reason);
        pod.gone = queue.now;
        if (pod.isTarget) this.#deregisterLater(pod, queue.now);
      }
      look();
    });
  }

  /** Notes the decision to stop a task. */
  decide(pod: Pod, way: StopWay, time: number, stopCode: string, stoppedReason: string): void {
    Object.assign(pod.task!, { way, stopping: time, stopCode, stoppedReason });
    pod.stopping = time;
    pod.deletedBy = way === 'planned' ? 'ecs-scheduler' : 'other';
    pod.graceSeconds = this.#service.scenario.terminationGracePeriodSeconds;
  }

  /** The place of a task is free when its network is gone. */
  leave(pod: Pod): void {
    const { queue, left, look } = this.#service;
    queue.at(pod.silent!, () => left(pod));
    queue.at(pod.gone!, look);
  }

  #deregisterLater(pod: Pod, decided: number): void {
    const { queue, scenario, random } = this.#service;
    queue.at(decided + fromSeconds(random.duration(scenario.schedulerSeconds)), () => this.#deregister([pod]));
  }

  #deregister(pods: readonly Pod[]): void {
    const { controller, queue, scenario, say, groupArnOf } = this.#service;
    const known = pods.filter(({ task }) => task!.activating !== null);
    if (known.length === 0) return;
    const { deployment } = known[0]!.task!;
    for (const pod of known) controller.deregister(pod, 'ecs');
    say(`deregistered ${known.length} targets in (target-group ${groupArnOf(deployment)})`);
    const draining = `has begun draining connections on ${known.length} tasks.`;
    say(`(service ${scenario.name}, taskSet ${deployment}) ${draining}`, queue.now + 5000);
  }
}

/** Returns the tasks as messages list them. */
export const listOf = (pods: readonly Pod[]): string => pods.map(({ name }) => `(task ${name})`).join(' ');
