/**
 * The answer in three lines: what failed, why, and what to do about the leading cause.
 *
 *     10 of 331 requests failed (3.0%) from 2026-03-10 14:00:15 to 14:02:20 UTC
 *     why: 9 × draining_target of catalog, 1 × container_restart of catalog;
 *          rollout shop/catalog@2026-03-10T14:00:20Z to catalog-7c9d6b8f54
 *     fix: Keep pods serving after their deletion: …
 */
import { share } from '../number/share.ts';
import { spanText, UTC, type Zone } from '../time/zone.ts';
import { commonPattern, fixFor, lateFix } from './sentence.ts';
import { count, markdownCell, printable, wrap } from './text.ts';
import { THRESHOLD } from './threshold.ts';

/** The columns of a verdict that the answer reads. */
export interface AnswerRow {
  time: string;
  request_creation_time: string | null;
  mechanism: string;
  cause: string | null;
  confidence: string | null;
  pattern: string | null;
  target_kind: string | null;
  workload: string | null;
  /** Version of the workload, as its ReplicaSet. */
  version: string | null;
  /** How much later than the deletion the deregistration came; null if that is not known. */
  deregistration_lateness_seconds: number | null;
}

/** Failures of one cause that one rollout made, as answer-rollouts has them. */
export interface RolloutShare {
  cause: string;
  /** As failures-per-rollout prints it. */
  rollout: string;
  /** rollout: to a new version; burst and deletion: without one. */
  kind: string | null;
  from_workload: string | null;
  to_workload: string | null;
  failures: number;
}

/** Failures of one cause. A failure without a cause counts under its mechanism. */
export interface AnswerCause {
  cause: string;
  failures: number;
  /** Number of failures that only the traffic judges. */
  likely: number;
  /** The pattern of most of them. */
  pattern: string | null;
  workloads: { workload: string; version: string | null; failures: number }[];
  rollouts: Omit<RolloutShare, 'cause'>[];
  fix: string;
}

/** The answer for programs. Times are ISO 8601, UTC. */
export interface BriefAnswer {
  what: string;
  why: string | null;
  fix: string | null;
  failures: number;
  /** Number of loaded requests; null if it is unknown. */
  requests: number | null;
  /** Share of the requests that failed, from 0 to 1; null if it is unknown. */
  share: number | null;
  from: string | null;
  to: string | null;
  incidents: number;
  causes: AnswerCause[];
}

/** The surroundings of the failures. */
export interface AnswerContext {
  /** Number of all requests; null if it is unknown. */
  requests: number | null;
  incidents: number;
  rollouts?: readonly RolloutShare[];
  zone?: Zone;
  /** Fix by the shape of the traffic; null if the shape says no more than the patterns of single failures. */
  shapeFix?: string | null;
  /** Name of the place that tells the evidence that settles most; default: the command. */
  adviser?: string;
}

/** Most causes, and workloads of a cause, to name. */
const NAMED = { causes: 3, workloads: 2 };
const WIDTH = 80;

interface CauseCount {
  failures: number;
  likely: number;
  kinds: Map<string, number>;
  patterns: Map<string, number>;
  /** Failures at targets that were deregistered late, and the longest delay. */
  late: { failures: number; most: number };
  /** Keys are workload and version. */
  workloads: Map<string, AnswerCause['workloads'][number]>;
}

/** Takes failures one by one and keeps only sums. */
export class Answer {
  #failures = 0;
  #first = '';
  #last = '';
  readonly #causes = new Map<string, CauseCount>();

  add(row: AnswerRow): void {
    const at = row.request_creation_time ?? row.time;
    if (this.#first === '' || at < this.#first) this.#first = at;
    if (at > this.#last) this.#last = at;
    this.#failures++;
    const word = row.cause ?? row.mechanism;
    let cause = this.#causes.get(word);
    if (!cause) {
      cause = {
        failures: 0,
        likely: 0,
        kinds: new Map(),
        patterns: new Map(),
        late: { failures: 0, most: 0 },
        workloads: new Map(),
      };
      this.#causes.set(word, cause);
    }
    cause.failures++;
    if (row.confidence === 'likely') cause.likely++;
    const lateness = row.deregistration_lateness_seconds ?? 0;
    if (lateness > THRESHOLD.usual_deregistration_seconds) {
      cause.late.failures++;
      cause.late.most = Math.max(cause.late.most, lateness);
    }
    for (const [counts, value] of [
      [cause.kinds, row.target_kind],
      [cause.patterns, row.pattern],
    ] as const) {
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    if (row.workload === null) return;
    const key = `${row.workload}\0${row.version}`;
    const own = cause.workloads.get(key) ?? { workload: row.workload, version: row.version, failures: 0 };
    own.failures++;
    cause.workloads.set(key, own);
  }

  get failures(): number {
    return this.#failures;
  }

  /** The causes, and the mechanisms of failures without one. */
  get words(): ReadonlySet<string> {
    return new Set(this.#causes.keys());
  }

  /** Returns the lines, none longer than 80 cells but for a name that is. */
  lines(context: AnswerContext): string[] {
    const { what, why, fix } = this.brief(context);
    if (why === null) return [];
    return briefLines({ what, why, fix });
  }

  /** Returns the answer for programs, and its sentences unwrapped. */
  brief({
    requests,
    incidents,
    rollouts = [],
    zone = UTC,
    shapeFix = null,
    adviser = 'draintrace evidence names',
  }: AnswerContext): BriefAnswer {
    const causes = [...this.#causes]
      .sort((a, b) => b[1].failures - a[1].failures)
      .map(([cause, own]) => causeOf(cause, own, rollouts, { adviser, shapeFix }));
    // Counted rows may lack requests that failed: then the number says nothing of them.
    const known = requests === null || requests < this.#failures ? null : requests;
    const [n, leading] = [this.#failures, causes[0]];
    const failed =
      known === null
        ? `${count(n, 'request')} failed`
        : `${n} of ${count(known, 'request')} failed (${share(n, known)})`;
    const span = n === 0 ? '' : spanText(this.#first, this.#last, zone);
    const when = span === '' ? '' : / to /.test(span) ? ` from ${span}` : ` at ${span}`;
    return {
      what: `${failed}${when}${incidents > 1 ? `, in ${incidents} incidents` : ''}`,
      why: leading ? whyText(causes) : null,
      fix: leading ? leading.fix : null,
      failures: n,
      requests: known,
      share: known ? n / known : null,
      from: this.#first || null,
      to: this.#last || null,
      incidents,
      causes,
    };
  }
}

/** Holds a number and its cause on one line while lines are broken. */
const TIMES = '\u00a0×\u00a0';

/** Returns the three sentences as lines of at most 80 cells, but for a name that is longer. */
export function briefLines({ what, why, fix }: Pick<BriefAnswer, 'what' | 'why' | 'fix'>): string[] {
  const lines = [
    ...wrap(what, WIDTH),
    ...(why === null ? [] : wrap(`why: ${why.replaceAll(' × ', TIMES)}`, WIDTH, '     ')),
    ...(fix === null ? [] : wrap(`fix: ${fix}`, WIDTH, '     ')),
  ];
  return lines.map((line) => line.replaceAll(TIMES, ' × '));
}

/** Returns the three sentences for a chat that reads Markdown. */
export function briefMarkdown({ what, why, fix }: Pick<BriefAnswer, 'what' | 'why' | 'fix'>): string {
  const rest = [
    ['why', why],
    ['fix', fix],
  ].flatMap(([word, text]) => (text === null ? [] : [`- ${word}: ${markdownCell(text!)}`]));
  return [`**${markdownCell(what)}**`, ...rest].map((line) => `${line}\n`).join('');
}

function causeOf(
  word: string,
  own: CauseCount,
  rollouts: readonly RolloutShare[],
  { adviser, shapeFix }: Pick<Required<AnswerContext>, 'adviser' | 'shapeFix'>,
): AnswerCause {
  const pattern = commonPattern(own.patterns, own.failures);
  const fix =
    word === 'no_evidence'
      ? pattern === null
        ? `Load more evidence: ${adviser} what settles most.`
        : (shapeFix ?? fixFor(word, null, pattern))
      : word === 'draining_target' && own.late.failures * 2 >= own.failures
        ? lateFix(first(own.kinds), own.late.most)
        : fixFor(word, first(own.kinds), pattern);
  return {
    cause: word,
    failures: own.failures,
    likely: own.likely,
    pattern,
    workloads: [...own.workloads.values()].sort((a, b) => b.failures - a.failures),
    rollouts: rollouts
      .filter(({ cause }) => cause === word)
      .map(({ cause: _, ...rollout }) => rollout)
      .sort((a, b) => b.failures - a.failures),
    fix,
  };
}

/** Returns the most frequent key. */
const first = (counts: ReadonlyMap<string, number>): string | null =>
  [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;

function whyText(causes: readonly AnswerCause[]): string {
  const parts = causes.slice(0, NAMED.causes).map(({ cause, failures, likely, pattern, workloads }) => {
    const names = [...new Set(workloads.map(({ workload }) => printable(workload)))];
    const more = names.length - NAMED.workloads;
    const whose = names.length === 0 ? '' : ` of ${names.slice(0, NAMED.workloads).join(' and ')}`;
    const doubt = likely === 0 ? [] : [likely === failures ? 'likely' : `${likely} likely`];
    const about = [...doubt, ...(pattern ? [printable(pattern)] : [])].join(', ');
    return `${failures} × ${printable(cause)}${about ? ` (${about})` : ''}${whose}${more > 0 ? ` and ${more} more` : ''}`;
  });
  const rest = causes.slice(NAMED.causes).reduce((sum, { failures }) => sum + failures, 0);
  if (rest > 0) parts.push(`${rest} of other causes`);
  return `${parts.join(', ')}${originText(causes)}`;
}

/** Names the rollout of most failures, with its new version; without one, the only version that failed. */
function originText(causes: readonly AnswerCause[]): string {
  const sums = new Map<string, { kind: string; to: string | null; failures: number }>();
  for (const { rollout, kind, to_workload: to, failures } of causes.flatMap(({ rollouts }) => rollouts)) {
    sums.set(rollout, { kind: kind ?? 'rollout', to, failures: (sums.get(rollout)?.failures ?? 0) + failures });
  }
  const [most] = [...sums].sort((a, b) => b[1].failures - a[1].failures);
  if (most) {
    const [name, { kind, to, failures }] = most;
    const others = sums.size - 1;
    const rest = others > 0 ? ` (${failures} of them), and ${count(others, 'other')}` : '';
    return `; ${printable(kind)} ${printable(name)}${to === null ? '' : ` to ${printable(to)}`}${rest}`;
  }
  const versions = new Set(causes[0]!.workloads.map(({ version }) => version));
  const [only] = versions;
  return versions.size === 1 && only ? `; version ${printable(only)}` : '';
}
