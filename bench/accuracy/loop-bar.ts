/** Checks the results of the closed loop against its bars. */
import type { Scenario } from '../../src/simulate/scenario.ts';
import type { Pledge } from './loop-world.ts';

/** Difference between the curve and the result of another preStop. */
export interface Point {
  preStopSeconds: number;
  /** Shares of failing requests among those routed late. */
  predicted: number;
  observed: number;
  /** Standard errors between the two shares. */
  errors: number;
}

export interface Loop {
  scenario: Scenario;
  promise: Pledge;
  /** Output of `draintrace advise`. */
  text: string;
  /** Seconds; null without advice. */
  advised: number | null;
  /** Settings that the advice lowers, as `preStop 20 to 8`. */
  lowered: string[];
  /** Preventable failures without the advice and with it. */
  before: number;
  after: number;
  /** Failures with the advice that were routed at or after the deletion, or cut at the end of the deregistration delay. */
  lateAfter: number;
  elapsedBefore: number;
  elapsedAfter: number;
  /** The smallest preStop with as few failures; null without advice. */
  smallest: number | null;
  points: Point[];
}

export const LOOP_BAR = { worlds: 20, gone: 0.95, ratio: 1.5, errors: 3 };

/** Up to this share of long requests the advice rests on late routing, else on the longest request. */
const FEW_LONG = 0.002;

/** Ignores this many seconds when the smallest preStop is 0, because the margin is at least one. */
const MARGIN = 2;

/** Returns one sentence for each missed bar. */
export function missedLoops(loops: readonly Loop[], asked: number): string[] {
  const broken: string[] = [];
  const counted = loops.filter(({ before }) => before > 0).length;
  if (counted < Math.min(LOOP_BAR.worlds, asked)) broken.push(`advice: only ${counted} worlds had failures`);
  for (const loop of loops) broken.push(...missedLoop(loop));
  return broken;
}

function missedLoop(loop: Loop): string[] {
  const { scenario, promise, text, advised, lowered, before, after, smallest, points } = loop;
  const about = `advice: ${scenario.title || scenario.name}`;
  const broken: string[] = [];
  if (promise === 'controller') {
    if (!/controller/i.test(text)) broken.push(`${about}: the controller is not named`);
  } else if (advised === null && before > 0) {
    broken.push(`${about}: nothing is advised, and there were ${before} failures`);
  } else if (promise === 'none' && loop.lateAfter > 0) {
    broken.push(`${about}: ${loop.lateAfter} late failures are left, and none was promised`);
  } else if (after > (1 - LOOP_BAR.gone) * before) {
    broken.push(`${about}: ${after} of ${before} failures are left`);
  }
  if (loop.elapsedAfter > loop.elapsedBefore) {
    broken.push(`${about}: ${loop.elapsedAfter - loop.elapsedBefore} requests more are cut at the end of the delay`);
  }
  for (const change of lowered) broken.push(`${about}: ${change} is lower than it is now`);
  // The advice may keep a present setting, however long it is.
  const least = Math.max(smallest ?? 0, scenario.preStopSeconds);
  // The longest request of another run cannot be predicted.
  const isByRouting = promise !== 'controller' && scenario.longRequestShare <= FEW_LONG;
  if (isByRouting && advised !== null && advised > Math.max(LOOP_BAR.ratio * least, least + MARGIN)) {
    broken.push(`${about}: preStop ${advised} is advised where ${smallest} would do`);
  }
  for (const { preStopSeconds, errors } of points) {
    if (errors > LOOP_BAR.errors) {
      broken.push(`${about}: the curve is off by ${errors.toFixed(1)} errors at ${preStopSeconds} s`);
    }
  }
  return broken;
}
