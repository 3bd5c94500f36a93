/**
 * The controller of the target group: it watches EndpointSlices and tells the load balancer, late or never as the
 * scenario has it; and the load balancer's nodes, each of which acts on what it was told after a while of its own.
 */
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { micros, SECOND } from './time.ts';
import type { Call, Pod, Registration } from './world.ts';

/** Calls that may come at once before the rate counts. */
const BURST = 20;

export class Controller {
  readonly calls: Call[] = [];
  readonly registrations: Registration[] = [];
  /** No call is made before. */
  private stalledUntil = Number.NEGATIVE_INFINITY;
  private tokens = BURST;
  private filled = Number.NEGATIVE_INFINITY;
  private readonly active = new Map<string, Registration>();

  constructor(
    private readonly scenario: Scenario,
    private readonly queue: Queue,
    private readonly random: Random,
  ) {}

  stall(until: number): void {
    this.stalledUntil = Math.max(this.stalledUntil, until);
  }

  /** The pod's endpoint is there to be used. Calls `registered` when the API has taken it. */
  add(pod: Pod, registered: (registration: Registration) => void): void {
    this.call(pod, 'RegisterTargets', () => {
      // Gone again while the controller was busy.
      if (pod.unlisted !== null && pod.unlisted <= this.queue.now) return;
      registered(this.register(pod, this.queue.now));
    });
  }

  /** The pod's endpoint is no longer to be used. */
  remove(pod: Pod): void {
    const isMissed = this.random.chance(this.scenario.missedDeregistrationShare);
    if (isMissed) return;
    this.call(pod, 'DeregisterTargets', () => this.deregister(pod.ip, this.queue.now));
  }

  /** Registers without a call in the logs: what was there before anything was recorded. */
  register(pod: Pod, now: number): Registration {
    const known = this.active.get(pod.ip);
    if (known) {
      known.heirs.push({ pod, from: now });
      return known;
    }
    const registration: Registration = {
      ip: pod.ip,
      pod,
      heirs: [],
      registered: now,
      deregistered: null,
      known: this.perNode(now),
      dropped: Array.from({ length: this.scenario.albNodes }, () => null),
    };
    this.registrations.push(registration);
    this.active.set(pod.ip, registration);
    return registration;
  }

  private deregister(ip: string, now: number): void {
    const registration = this.active.get(ip);
    if (!registration) return;
    this.active.delete(ip);
    registration.deregistered = now;
    registration.dropped = this.perNode(now);
  }

  private perNode(now: number): number[] {
    return Array.from(
      { length: this.scenario.albNodes },
      () => now + micros(this.random.duration(this.scenario.propagationSeconds)),
    );
  }

  private call(pod: Pod, action: Call['action'], act: () => void): void {
    const { queue, scenario, random } = this;
    const wanted = queue.now + micros(random.duration(scenario.controllerSeconds));
    queue.at(wanted, () => {
      const asked = this.throttled(Math.max(queue.now, this.stalledUntil));
      const time = asked + micros(random.between(0.02, 0.09));
      const answered = time + micros(random.between(0.01, 0.05));
      queue.at(time, () => {
        this.calls.push({ asked, time, answered, action, ip: pod.ip, pod });
        act();
      });
    });
  }

  /** The first moment, not before `time`, at which the client's own limit lets a call through. */
  private throttled(time: number): number {
    const { controllerRate } = this.scenario;
    if (this.filled === Number.NEGATIVE_INFINITY) this.filled = time;
    const from = Math.max(time, this.filled);
    this.tokens = Math.min(BURST, this.tokens + ((from - this.filled) / SECOND) * controllerRate);
    this.filled = from;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return from;
    }
    const wait = Math.ceil(((1 - this.tokens) / controllerRate) * SECOND);
    this.filled = from + wait;
    this.tokens = 0;
    return this.filled;
  }
}
