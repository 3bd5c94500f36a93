/** Simulates kube-proxy: which pod a node hands a new connection on to, by the endpoints that it knows. */
import { fromSeconds } from '../time/time.ts';
import { unreadyAt } from './pod-state.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Pod, Worker, World } from './world.ts';

export class NodeProxy {
  readonly #scenario: Scenario;
  readonly #pods: readonly Pod[];
  readonly #random: Random;
  /** Delay of each node's proxy, in microseconds. */
  readonly #lags: ReadonlyMap<Worker, number>;

  constructor(scenario: Scenario, world: World, random: Random) {
    this.#scenario = scenario;
    this.#pods = world.pods.filter(({ isTarget, ip }) => isTarget && ip !== '');
    this.#random = random;
    this.#lags = new Map(world.workers.map((worker) => [worker, fromSeconds(random.duration(scenario.proxySeconds))]));
  }

  /** Returns a pod that the node believes ready; without one, a pod that is ending and still serves; else null. */
  pick(worker: Worker, time: number): Pod | null {
    const seen = time - this.#lags.get(worker)!;
    const own = this.#scenario.trafficPolicy === 'Local';
    const near = this.#pods.filter((pod) => !own || pod.worker === worker);
    const known = near.filter(({ ready, gone }) => ready !== null && ready <= seen && (gone === null || gone > seen));
    const ready = known.filter(
      (pod) => !isPast(pod.unlisted, seen) && unreadyAt(pod, seen) === null && !isPast(pod.worker.notReady, seen),
    );
    const serving = known.filter((pod) => isPast(pod.unlisted, seen) && !isPast(pod.closed, seen));
    const chosen = ready.length > 0 ? ready : serving;
    return chosen.length === 0 ? null : chosen[this.#random.integer(chosen.length)]!;
  }
}

const isPast = (time: number | null, moment: number): boolean => time !== null && time <= moment;
