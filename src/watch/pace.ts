/**
 * How often AWS is asked. The limits of the Elastic Load Balancing API are per account and region and not published, and
 * others need them too: so few requests, fewer still when told to slow down, and only slowly more again.
 */

const LEAST_GAP_MS = 200;
const MOST_GAP_MS = 60_000;
const STEADY_MS = 2000;
const MOVING_MS = 1000;

export class Pace {
  #gapMs = LEAST_GAP_MS;
  /** How often AWS said to slow down. */
  throttled = 0;

  /** Milliseconds between any two requests. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /** Milliseconds until a target group is asked again; sooner while a target of it is on its way in or out. */
  intervalMs(moving: boolean): number {
    return moving ? MOVING_MS : STEADY_MS;
  }

  /** AWS said to slow down: twice the gap. */
  slow(): void {
    this.throttled++;
    this.#gapMs = Math.min(MOST_GAP_MS, this.#gapMs * 2);
  }

  /** An answer came: a twentieth less. */
  ease(): void {
    this.#gapMs = Math.max(LEAST_GAP_MS, this.#gapMs * 0.95);
  }
}
