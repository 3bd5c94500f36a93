/**
 * Simulates the controller of the target group: it watches EndpointSlices and calls the load balancer's API, late or never if
 * the scenario says so. Also simulates when each load balancer node acts on a call, after its own delay.
 */
import { fromSeconds, SECOND } from '../time/time.ts';
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { addressOf, type Call, type Pod, type Registration } from './world.ts';

/** Calls that may be made at once before the rate limit applies. */
const BURST = 20;

export class Controller {
  readonly calls: Call[] = [];
  readonly registrations: Registration[] = [];
  /** No call is made before this time. */
  #stalledUntil = Number.NEGATIVE_INFINITY;
  #tokens = BURST;
  #filled = Number.NEGATIVE_INFINITY;
  readonly #active = new Map<string, Registration>();
  /** The last registration of each address, ended or not. */
  readonly #last = new Map<string, Registration>();
  /** Pods to register, by address. */
  readonly #wanted = new Map<string, Pod>();

  readonly #scenario: Scenario;
  readonly #queue: Queue;
  readonly #random: Random;

  constructor(scenario: Scenario, queue: Queue, random: Random) {
    this.#scenario = scenario;
    this.#queue = queue;
    this.#random = random;
  }

  stall(until: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, until);
  }

  /** The pod's endpoint became usable. Calls `registered` when the API has accepted the registration. */
  add(pod: Pod, registered: (registration: Registration) => void): void {
    this.#wanted.set(addressOf(pod), pod);
    this.#call(pod, 'RegisterTargets', () => {
      // The pod was removed while the controller was busy.
      if (this.#wanted.get(addressOf(pod)) !== pod) return false;
      registered(this.register(pod, this.#queue.now));
      return true;
    });
  }

  /** The pod's endpoint is no longer usable. */
  remove(pod: Pod): void {
    const address = addressOf(pod);
    if (this.#wanted.get(address) === pod) this.#wanted.delete(address);
    const isMissed = this.#random.chance(this.#scenario.missedDeregistrationShare);
    if (isMissed) return;
    this.#call(pod, 'DeregisterTargets', () => {
      // By now another pod wants the address, or the same pod again.
      if (this.#wanted.has(address)) return false;
      return this.#deregister(address, this.#queue.now);
    });
  }

  /** A person, the scheduler of ECS, a group or CodeDeploy deregisters a target at once, without the controller's knowledge. */
  deregister(pod: Pod, actor: Call['actor']): void {
    const queue = this.#queue;
    const group = this.#active.get(addressOf(pod))?.group ?? 0;
    if (!this.#deregister(addressOf(pod), queue.now)) return;
    this.calls.push({
      asked: queue.now,
      time: queue.now,
      answered: queue.now,
      action: 'DeregisterTargets',
      ip: pod.ip,
      group,
      pod,
      actor,
    });
  }

  /** The load balancer itself finds that the instance is not running, without an API call. */
  lapse(pod: Pod): void {
    const registration = this.#active.get(addressOf(pod));
    if (registration?.pod !== pod) return;
    registration.invalid = this.#queue.now;
    this.#deregister(addressOf(pod), this.#queue.now);
  }

  /** Registers without a logged call, for targets from before the capture. */
  register(pod: Pod, now: number, group = 0): Registration {
    const address = addressOf(pod);
    const known = this.#active.get(address);
    if (known) {
      known.heirs.push({ pod, from: now });
      return known;
    }
    const registration: Registration = {
      ip: pod.ip,
      port: pod.port ?? this.#scenario.port,
      address,
      group,
      pod,
      heirs: [],
      registered: now,
      deregistered: null,
      registeredAgain: null,
      known: this.#perNode(now),
      dropped: Array.from({ length: this.#scenario.albNodes }, () => null),
      invalid: null,
      drainingFrom: null,
    };
    this.registrations.push(registration);
    this.#active.set(address, registration);
    this.#wanted.set(address, pod);
    const before = this.#last.get(address);
    if (before) before.registeredAgain = now;
    this.#last.set(address, registration);
    return registration;
  }

  #deregister(address: string, now: number): boolean {
    const registration = this.#active.get(address);
    if (!registration) return false;
    this.#active.delete(address);
    registration.deregistered = now;
    registration.dropped = this.#perNode(now);
    return true;
  }

  #perNode(now: number): number[] {
    const { albNodes, propagationSeconds, propagationTailShare, propagationTailSeconds } = this.#scenario;
    return Array.from({ length: albNodes }, () => {
      const usual = this.#random.duration(propagationSeconds);
      const isTail = this.#random.chance(propagationTailShare);
      return now + fromSeconds(isTail ? propagationTailSeconds * this.#random.between(0.9, 1.1) : usual);
    });
  }

  /** Makes a call. `act` returns whether anything was left to do. */
  #call(pod: Pod, action: Call['action'], act: () => boolean): void {
    const queue = this.#queue;
    const scenario = this.#scenario;
    const random = this.#random;
    const wanted = queue.now + fromSeconds(random.duration(scenario.controllerSeconds));
    queue.at(wanted, () => {
      const asked = this.#throttled(Math.max(queue.now, this.#stalledUntil));
      const time = asked + fromSeconds(random.between(0.02, 0.09));
      const answered = time + fromSeconds(random.between(0.01, 0.05));
      queue.at(time, () => {
        if (!act()) return;
        this.calls.push({ asked, time, answered, action, ip: pod.ip, group: 0, pod, actor: 'controller' });
      });
    });
  }

  /** Returns the first time from `time` on at which the client's own rate limit allows a call. */
  #throttled(time: number): number {
    const { controllerRate } = this.#scenario;
    if (this.#filled === Number.NEGATIVE_INFINITY) this.#filled = time;
    const from = Math.max(time, this.#filled);
    this.#tokens = Math.min(BURST, this.#tokens + ((from - this.#filled) / SECOND) * controllerRate);
    this.#filled = from;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return from;
    }
    const wait = Math.ceil(((1 - this.#tokens) / controllerRate) * SECOND);
    this.#filled = from + wait;
    this.#tokens = 0;
    return this.#filled;
  }
}
