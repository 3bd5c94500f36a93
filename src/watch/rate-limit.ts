/**
 * Limits the rate of AWS requests. The limits of the Elastic Load Balancing API apply per account and region, are not
 * published, and are shared with others. So requests are few, fewer after throttling, and slowly more again.
 */
import { MINUTE_MS, SECOND_MS } from '../time/time.ts';

const LEAST_GAP_MS = 200;
const MOST_GAP_MS = MINUTE_MS;
const STEADY_MS = 2000;
const MOVING_MS = SECOND_MS;

export class RateLimit {
  #gapMs = LEAST_GAP_MS;
  /** Number of throttled requests. */
  throttled = 0;

  /** Milliseconds between any two requests. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /** Milliseconds until a target group is polled again; fewer while a target of it changes state. */
  intervalMs(moving: boolean): number {
    return moving ? MOVING_MS : STEADY_MS;
  }

  /** After throttling: doubles the gap. */
  slow(): void {
    this.throttled++;
    this.#gapMs = Math.min(MOST_GAP_MS, this.#gapMs * 2);
  }

  /** After an answer: shortens the gap by a twentieth. */
  ease(): void {
    this.#gapMs = Math.max(LEAST_GAP_MS, this.#gapMs * 0.95);
  }
}
