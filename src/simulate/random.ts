/**
 * Repeatable randomness. Each concern draws from its own named stream, so a change to one of them (a longer preStop, say)
 * leaves the draws of the others as they were: the same requests meet another rollout.
 */

/** A duration: a constant in seconds, or lognormal by its median and 99th percentile. */
export type Duration = number | { median: number; p99: number };

/** z of the 99th percentile of the normal distribution. */
const Z99 = 2.3263478740408408;

/** A stream of pseudo-random numbers: xoshiro128**, seeded by a hash of the seed and a name. */
export class Random {
  #state: [number, number, number, number];

  constructor(seed: number, name: string) {
    let hash = 0x811c9dc5 ^ Math.imul(seed | 0, 0x9e3779b1);
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    const next = () => {
      hash = (hash + 0x9e3779b9) | 0;
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      return (mixed ^ (mixed >>> 16)) | 0;
    };
    this.#state = [next(), next(), next(), next() | 1];
  }

  #word(): number {
    const state = this.#state;
    const product = Math.imul(state[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result >>> 0;
  }

  /** Returns a number in [0, 1). */
  unit(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11)) / 2 ** 53;
  }

  chance(share: number): boolean {
    return share > 0 && this.unit() < share;
  }

  /** Returns an integer in [0, below). */
  integer(below: number): number {
    return Math.floor(this.unit() * below);
  }

  /** Returns `count` of the items in random order, or all if there are fewer. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (chosen.length < count && left.length > 0) chosen.push(left.splice(this.integer(left.length), 1)[0]!);
    return chosen;
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.unit();
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Returns seconds. */
  duration(duration: Duration): number {
    if (typeof duration === 'number') return duration;
    const sigma = Math.log(duration.p99 / duration.median) / Z99;
    return duration.median * Math.exp(sigma * this.#normal());
  }

  /** Returns `digits` hexadecimal digits. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.#word().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  /** Returns `length` of the letters that Kubernetes uses in generated names. */
  suffix(length: number): string {
    const letters = 'bcdfghjklmnpqrstvwxz2456789';
    return Array.from({ length }, () => letters[this.integer(letters.length)]).join('');
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
}
