/** Compares verdicts with the truth. */
import type { TrueCause, Truth } from '../../src/simulate/truth.ts';

export interface Said {
  trace_id: string;
  mechanism: string;
  cause: string | null;
  confidence: string | null;
  other_cause: string | null;
  /** The rule that decided; for a program without rules, mechanism and cause. */
  rule: string;
  told: string | null;
  pattern: string | null;
  /** Of a target that is no pod its own name. */
  pod_name: string | null;
  because: string | null;
}

/** A row of the confusion matrix is a true cause. A column is the verdict: a cause, or one of these unsettled words. */
export const UNSETTLED = ['likely', 'ambiguous', 'no_evidence', 'missing'] as const;
/** A failure that no target caused. */
export const NONE = 'none';

/** Causes of a target that went away on purpose. The traffic alone cannot distinguish them. */
const GOING: ReadonlySet<string> = new Set(['draining_target', 'killed_in_flight', 'drain_delay_elapsed']);

/** Why a verdict is listed: wrong cause, pod, `told` or `pattern`; neither reading is the truth; or nothing is settled. */
export type Fault = 'cause' | 'mechanism' | 'pod' | 'told' | 'pattern' | 'likely' | 'readings' | 'unsettled';

export interface Wrong {
  fault: Fault;
  truth: Truth;
  said: Said | null;
}

/** Right verdicts and all verdicts of one rule or confidence. */
export interface Share {
  right: number;
  all: number;
}

export interface Score {
  /** counts[truth][verdict], for failures with a cause and verdicts with a cause. */
  counts: Map<string, Map<string, number>>;
  /** Failures that have a cause. */
  failures: number;
  /** Exact or bounded verdicts among these. */
  settled: number;
  /** Right verdicts among all settled ones. */
  precision: Share;
  /** Wrong settled verdicts, by rule. */
  rules: Map<string, Share>;
  likely: Share;
  /** Failures that a rollout caused, and those among them with a right `likely` verdict. */
  rollout: Share;
  /** Failures that a rollout caused, and those among them that the verdict calls `no_evidence`. */
  unevidenced: Share;
  /** `pattern` of verdicts that are correctly healthy_target. */
  patterns: Share;
  told: Share;
  pods: Share;
  /** Ambiguous verdicts of which one reading is the true cause. */
  readings: Share;
  wrong: Wrong[];
  /** Failures with a cause but without a settled verdict. */
  unsettled: Wrong[];
}

/** Returns the column of a verdict. */
export function columnOf({ cause, confidence }: Said): string {
  if (cause === null) return NONE;
  if (cause === 'no_evidence') return 'no_evidence';
  return confidence === 'ambiguous' || confidence === 'likely' ? confidence : cause;
}

const isRight = (truth: Truth, cause: string | null): boolean =>
  truth.cause === cause || truth.also.includes(cause as TrueCause | null);

/** From traffic alone, it is right that the target went (for any reason), and that a zone is silent (for any reason). */
function isLikelyRight(truth: Truth, { cause, pattern }: Said): boolean {
  if (isRight(truth, cause)) return true;
  if (GOING.has(cause ?? '') && (GOING.has(truth.cause ?? '') || truth.is_gone)) return true;
  return truth.cause === 'node_lost' && (pattern === 'zone' || pattern === 'one_target');
}

/** Whether an ambiguous verdict names the true cause as one of its readings. */
const isAmongReadings = (truth: Truth, verdict: Said | null): boolean =>
  verdict?.confidence === 'ambiguous' && (isRight(truth, verdict.cause) || isRight(truth, verdict.other_cause));

const add = (share: Share, isCounted: boolean): void => {
  share.all++;
  if (isCounted) share.right++;
};

const share = (): Share => ({ right: 0, all: 0 });

/** Scores all verdicts against all truths. Skips websockets, because the log shows no failure for them. */
export function score(truths: readonly Truth[], said: ReadonlyMap<string, Said>): Score {
  const result: Score = {
    counts: new Map(),
    failures: 0,
    settled: 0,
    precision: share(),
    rules: new Map(),
    likely: share(),
    rollout: share(),
    unevidenced: share(),
    patterns: share(),
    told: share(),
    pods: share(),
    readings: share(),
    wrong: [],
    unsettled: [],
  };
  for (const truth of truths) {
    if (truth.mechanism === 'websocket') continue;
    scoreOne(result, truth, said.get(truth.trace_id) ?? null);
  }
  return result;
}

function scoreOne(result: Score, truth: Truth, verdict: Said | null): void {
  const fail = (fault: Fault): void => void result.wrong.push({ fault, truth, said: verdict });
  const column = verdict === null ? 'missing' : columnOf(verdict);
  // A client that closes is no failure of the load balancer, so listing it or not is a matter of taste.
  const isAside = truth.mechanism === 'client_closed';
  // A missing cause is no verdict: it misses a failure with a cause, but it is not wrong with confidence.
  const isSettled = column !== NONE && !(UNSETTLED as readonly string[]).includes(column);
  if (verdict === null ? !isAside : verdict.mechanism !== truth.mechanism) fail('mechanism');
  if (truth.is_rollout && !isAside) {
    add(result.rollout, verdict?.confidence === 'likely' && isLikelyRight(truth, verdict));
    add(result.unevidenced, column === 'no_evidence' || column === 'missing');
  }
  if (!isAside && truth.cause !== null) {
    result.failures++;
    if (isSettled || (truth.is_shared && isAmongReadings(truth, verdict))) result.settled++;
    else result.unsettled.push({ fault: 'unsettled', truth, said: verdict });
  }
  // A cause that is also right counts as the true one.
  const row = isRight(truth, column === NONE ? null : column) ? column : (truth.cause ?? NONE);
  if (!isAside && (row !== NONE || column !== NONE)) {
    const columns = result.counts.get(row) ?? new Map<string, number>();
    result.counts.set(row, columns);
    columns.set(column, (columns.get(column) ?? 0) + 1);
  }
  if (verdict === null) return;
  if (column === 'likely') {
    add(result.likely, isLikelyRight(truth, verdict));
    if (!isLikelyRight(truth, verdict)) fail('likely');
    return;
  }
  if (column === 'ambiguous') {
    const isNamed = isAmongReadings(truth, verdict);
    add(result.readings, isNamed);
    if (!isNamed) fail('readings');
    return;
  }
  if (!isSettled) return;
  const right = isRight(truth, verdict.cause);
  add(result.precision, right);
  const rule = result.rules.get(verdict.rule) ?? share();
  result.rules.set(verdict.rule, rule);
  add(rule, right);
  if (!right) fail('cause');
  else scoreDetails(result, truth, verdict, fail);
}

/** Scores the columns beside the cause, for a verdict with the right cause. */
function scoreDetails(result: Score, truth: Truth, verdict: Said, fail: (fault: Fault) => void): void {
  const name = truth.target_name ?? truth.pod;
  if (verdict.pod_name !== null && name !== null) {
    // Who says that the target was going means the pod that it stood for.
    const isNamed =
      verdict.pod_name === name || (verdict.cause === 'draining_target' && verdict.pod_name === truth.previous_pod);
    add(result.pods, isNamed);
    if (!isNamed) fail('pod');
  }
  if (
    truth.told !== null &&
    verdict.cause === 'draining_target' &&
    verdict.told !== null &&
    verdict.told !== 'unknown'
  ) {
    add(result.told, verdict.told === truth.told);
    if (verdict.told !== truth.told) fail('told');
  }
  if (truth.pattern !== null && verdict.cause === 'healthy_target') {
    add(result.patterns, verdict.pattern === truth.pattern);
    if (verdict.pattern !== truth.pattern) fail('pattern');
  }
}

export interface CauseScore {
  cause: string;
  failures: number;
  settled: number;
  /** Share of right verdicts among those with this cause; null without any. */
  precision: number | null;
  /** Share of verdicts with this cause among all failures with it, settled or not. */
  recall: number | null;
}

/** Returns precision and recall of each cause that occurs in truths or verdicts. */
export function perCause({ counts }: Score): CauseScore[] {
  const names = new Set([...counts.keys()]);
  for (const columns of counts.values()) for (const column of columns.keys()) names.add(column);
  for (const unsettled of [...UNSETTLED, NONE]) names.delete(unsettled);
  return [...names].sort().map((cause) => {
    let says = 0;
    for (const columns of counts.values()) says += columns.get(cause) ?? 0;
    const own = counts.get(cause) ?? new Map<string, number>();
    const failures = [...own.values()].reduce((sum, n) => sum + n, 0);
    const settled = failures - [...UNSETTLED, NONE].reduce((sum, column) => sum + (own.get(column) ?? 0), 0);
    const right = own.get(cause) ?? 0;
    return {
      cause,
      failures,
      settled,
      precision: says === 0 ? null : right / says,
      recall: failures === 0 ? null : right / failures,
    };
  });
}

/** The bars. docs/accuracy.md promises these shares. */
export interface Bar {
  precision: number;
  /** Share of all failures with a cause. */
  settled?: number;
  /** Interim bar until `settled` is reached: the run reports the gap, but does not fail for it. */
  settledSoFar?: number;
  /** Precision of `likely`, and the share of a rollout's failures that it covers. */
  likely?: { precision: number; covers: number };
  /** Largest share of a rollout's failures with the verdict `no_evidence`. */
  noEvidence?: number;
}

const ratio = ({ right, all }: Share, ofNone = 1): number => (all === 0 ? ofNone : right / all);

/** Returns one sentence for each aim that is not reached yet and does not fail the run. */
export function notReached(set: string, result: Score, bar: Bar): string[] {
  const share = result.settled / result.failures;
  if (bar.settledSoFar === undefined || bar.settled === undefined || share >= bar.settled) return [];
  const percent = (part: number) => `${(part * 100).toFixed(2)} %`;
  return [`${set}: the settled share is ${percent(share)}; the aim is ${percent(bar.settled)}`];
}

/** Returns one sentence for each missed bar. */
export function missed(set: string, result: Score, bar: Bar): string[] {
  const broken: string[] = [];
  const percent = (part: number) => `${(part * 100).toFixed(2)} %`;
  const hold = (what: string, value: number, least: number) => {
    if (value < least) broken.push(`${set}: ${what} is ${percent(value)}, not ${percent(least)}`);
  };
  hold('precision', ratio(result.precision), bar.precision);
  hold('the share of verdicts that name the right pod', ratio(result.pods), bar.precision);
  const settled = bar.settledSoFar ?? bar.settled;
  if (settled !== undefined) hold('the settled share', result.settled / result.failures, settled);
  if (bar.likely) {
    hold('precision of likely', ratio(result.likely), bar.likely.precision);
    hold('the share of rollout failures that likely covers', ratio(result.rollout), bar.likely.covers);
  }
  if (bar.noEvidence !== undefined && ratio(result.unevidenced, 0) > bar.noEvidence) {
    broken.push(
      `${set}: ${percent(ratio(result.unevidenced, 0))} of the failures of rollouts have no evidence, more than ${percent(bar.noEvidence)}`,
    );
  }
  const mechanisms = result.wrong.filter(({ fault }) => fault === 'mechanism').length;
  if (mechanisms > 0) broken.push(`${set}: ${mechanisms} mechanisms are wrong`);
  return broken;
}
