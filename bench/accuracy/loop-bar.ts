/** What the closed loop comes to, and what it must come to. */
import type { Scenario } from '../../src/simulate/scenario.ts';

/** How far the curve was from what another preStop showed. */
export interface Point {
  preStopSeconds: number;
  /** Shares of the requests routed late that fail. */
  predicted: number;
  observed: number;
  /** Standard errors between them. */
  errors: number;
}

export interface Loop {
  scenario: Scenario;
  advised: number;
  /** Preventable failures without the advice and with it. */
  before: number;
  after: number;
  /** The least preStop that leaves as few. */
  smallest: number;
  points: Point[];
}

export const LOOP_BAR = { scenarios: 30, gone: 0.95, ratio: 1.5, errors: 3 };

/** Returns one sentence for each bar that is missed. */
export function missedLoops(loops: readonly Loop[]): string[] {
  const broken: string[] = [];
  const counted = loops.filter(({ before }) => before > 0).length;
  if (counted < LOOP_BAR.scenarios) broken.push(`advice: only ${counted} scenarios had failures`);
  for (const { scenario, advised, before, after, smallest, points } of loops) {
    if (after > (1 - LOOP_BAR.gone) * before)
      broken.push(`advice: ${scenario.name}: ${after} of ${before} failures are left`);
    if (advised > LOOP_BAR.ratio * smallest) {
      broken.push(`advice: ${scenario.name}: preStop ${advised} is advised where ${smallest} would do`);
    }
    for (const { preStopSeconds, errors } of points) {
      if (errors > LOOP_BAR.errors)
        broken.push(`advice: ${scenario.name}: the curve is off by ${errors.toFixed(1)} errors at ${preStopSeconds} s`);
    }
  }
  return broken;
}
