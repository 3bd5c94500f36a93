/** What the closed loop comes to, and what it must come to. */
import type { Scenario } from '../../src/simulate/scenario.ts';
import type { Pledge } from './loop-world.ts';

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
  promise: Pledge;
  /** The text of `draintrace advise`. */
  text: string;
  /** Seconds; null where nothing is advised. */
  advised: number | null;
  /** Settings that the advice would make smaller than they are, as `preStop 20 to 8`. */
  lowered: string[];
  /** Preventable failures without the advice and with it. */
  before: number;
  after: number;
  /** Of those with it: routed at or after the deletion, and cut at the end of the deregistration delay. */
  lateAfter: number;
  elapsedBefore: number;
  elapsedAfter: number;
  /** The least preStop that leaves as few; null where none is advised. */
  smallest: number | null;
  points: Point[];
}

export const LOOP_BAR = { worlds: 20, gone: 0.95, ratio: 1.5, errors: 3 };

/** Up to this share of long requests the advice rests on late routing, else on the longest request. */
const FEW_LONG = 0.002;

/** Seconds that count as none where the smallest preStop would do with 0: the margin is at least one. */
const MARGIN = 2;

/** Returns one sentence for each bar that is missed. */
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
  // What is in force already is not advised away, however much it is.
  const least = Math.max(smallest ?? 0, scenario.preStopSeconds);
  // How long the longest request of another run is, nobody can know.
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
