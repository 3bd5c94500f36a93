/** When kube-state-metrics was scraped: what a series that is not there means depends on it. */
import type { Micros } from '../time/time.ts';
import type { Series } from './prometheus-series.ts';

/** The scraped process: two of them (shards, or one after the other) have clocks of their own. */
export const scrapeTargetOf = ({ labels }: Series): string => `${labels.job ?? ''} ${labels.instance ?? ''}`;

/** Times of the scrapes that succeeded, by scraped process: every sample of one scrape has the same time. */
export class ScrapeClock {
  readonly #times = new Map<string, Micros[]>();

  constructor(series: readonly Series[]) {
    const sets = new Map<string, Set<Micros>>();
    for (const one of series) {
      if (!one.scraped) continue;
      const set = sets.get(scrapeTargetOf(one)) ?? new Set();
      sets.set(scrapeTargetOf(one), set);
      // `up` is 0 where a scrape failed.
      for (const { time, value } of one.samples) if (one.name !== 'up' || value === 1) set.add(time);
    }
    for (const [target, set] of sets)
      this.#times.set(
        target,
        [...set].sort((a, b) => a - b),
      );
  }

  /** Returns the first scrape of the target after this time, null if there is none. */
  after(target: string, time: Micros): Micros | null {
    const times = this.#times.get(target) ?? [];
    return times[lowerBound(times, time + 1)] ?? null;
  }

  /** Returns the last scrape of the target before this time, null if there is none. */
  before(target: string, time: Micros): Micros | null {
    const times = this.#times.get(target) ?? [];
    return times[lowerBound(times, time) - 1] ?? null;
  }
}

/** Index of the first element that is not below the value. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
