/** Compares what was said with what was true. */
import type { Truth } from '../../src/simulate/truth.ts';

export interface Said {
  trace_id: string;
  mechanism: string;
  cause: string | null;
  confidence: string | null;
  other_cause: string | null;
  /** No evidence says when the target was deregistered. */
  is_deregistration_unknown: boolean;
  /** No evidence names a pod at the address. */
  is_pod_unknown: boolean;
}

/** A row of the confusion matrix is a true cause, a column what was said: a cause, or that it is not settled. */
export const UNSETTLED = ['ambiguous', 'no_evidence'] as const;
/** A failure that no target is to blame for. */
export const NONE = 'none';

export interface Disagreement {
  truth: Truth;
  said: Said | null;
}

export interface Score {
  /** counts[truth][said]. */
  counts: Map<string, Map<string, number>>;
  failures: number;
  unsettled: number;
  /** Failures of stale targets that count as draining_target, because the evidence knows nothing of the deregistration. */
  untold: number;
  /** Failures at an address that had passed to another pod, which count as draining_target where no evidence knows of a pod. */
  passedOn: number;
  wrongMechanisms: Disagreement[];
  /** Settled, and another cause than the true one. */
  wrongCauses: Disagreement[];
  /** draining_target settled of a pod that was neither deleted nor deregistered. */
  slandered: Disagreement[];
}

/** Returns the column of a verdict. */
export function columnOf({ cause, confidence }: Said): string {
  if (cause === null) return NONE;
  if (cause === 'no_evidence') return 'no_evidence';
  return confidence === 'ambiguous' ? 'ambiguous' : cause;
}

/** Returns the score of all verdicts against all truths; a websocket is no failure to the log and is left out. */
export function score(truths: readonly Truth[], said: ReadonlyMap<string, Said>): Score {
  const result: Score = {
    counts: new Map(),
    failures: 0,
    unsettled: 0,
    untold: 0,
    passedOn: 0,
    wrongMechanisms: [],
    wrongCauses: [],
    slandered: [],
  };
  for (const truth of truths) {
    if (truth.mechanism === 'websocket') continue;
    result.failures++;
    const verdict = said.get(truth.trace_id) ?? null;
    const column = verdict === null ? 'missing' : columnOf(verdict);
    let row: string = truth.cause ?? NONE;
    // The two differ in the deregistration alone: where nothing is known of it, draining_target is what there is to say.
    if (row === 'stale_target' && column === 'draining_target' && verdict?.is_deregistration_unknown) {
      row = column;
      result.untold++;
    }
    // The target was deregistered; that its address is another pod's by now, only evidence of pods can tell.
    if (row === 'not_ready_target' && column === 'draining_target' && verdict?.is_pod_unknown && !truth.alive) {
      row = column;
      result.passedOn++;
    }
    // That the client went away is all there is to say without evidence, and true.
    if (truth.mechanism === 'client_closed' && column === NONE) row = column;
    const columns = result.counts.get(row) ?? new Map<string, number>();
    result.counts.set(row, columns);
    columns.set(column, (columns.get(column) ?? 0) + 1);
    if (verdict?.mechanism !== truth.mechanism) result.wrongMechanisms.push({ truth, said: verdict });
    if ((UNSETTLED as readonly string[]).includes(column)) result.unsettled++;
    else if (column !== row) result.wrongCauses.push({ truth, said: verdict });
    if (column === 'draining_target' && truth.alive) result.slandered.push({ truth, said: verdict });
  }
  return result;
}

export interface CauseScore {
  cause: string;
  failures: number;
  settled: number;
  /** Of the verdicts that say it, how many are right; null where none says it. */
  precision: number | null;
  /** Of the settled verdicts on failures with this cause, how many say it; null where none is settled. */
  recall: number | null;
}

/** Returns precision and recall of each cause that is true or was said. */
export function perCause({ counts }: Score): CauseScore[] {
  const names = new Set([...counts.keys()]);
  for (const columns of counts.values()) for (const column of columns.keys()) names.add(column);
  for (const unsettled of UNSETTLED) names.delete(unsettled);
  return [...names].sort().map((cause) => {
    let says = 0;
    for (const columns of counts.values()) says += columns.get(cause) ?? 0;
    const own = counts.get(cause) ?? new Map<string, number>();
    const failures = [...own.values()].reduce((sum, n) => sum + n, 0);
    const settled = failures - UNSETTLED.reduce((sum, column) => sum + (own.get(column) ?? 0), 0);
    const right = own.get(cause) ?? 0;
    return {
      cause,
      failures,
      settled,
      precision: says === 0 ? null : right / says,
      recall: settled === 0 ? null : right / settled,
    };
  });
}

/** The bars; the shares are those that docs/accuracy.md promises. */
export const BAR = { precision: 0.99, recall: 0.99, unsettled: 0.02 };

/** Returns one sentence for each bar that is missed. */
export function missed(set: string, result: Score): string[] {
  const broken: string[] = [];
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  for (const { cause, precision, recall } of perCause(result)) {
    if (precision !== null && precision < BAR.precision)
      broken.push(`${set}: precision of ${cause} is ${percent(precision)}`);
    if (set === 'full' && recall !== null && recall < BAR.recall)
      broken.push(`${set}: recall of ${cause} is ${percent(recall)}`);
  }
  const unsettled = result.unsettled / result.failures;
  if (set === 'full' && unsettled > BAR.unsettled) broken.push(`${set}: ${percent(unsettled)} are not settled`);
  if (result.wrongMechanisms.length > 0) broken.push(`${set}: ${result.wrongMechanisms.length} mechanisms are wrong`);
  if (result.slandered.length > 0) {
    broken.push(`${set}: draining_target is said of ${result.slandered.length} failures of living targets`);
  }
  return broken;
}
