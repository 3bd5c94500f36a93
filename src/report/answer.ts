/**
 * The answer in three lines: what failed, why, and what to do about the leading cause.
 *
 *     10 of 331 requests failed (3.0%) from 2026-03-10 14:00:15 to 14:02:20 UTC
 *     why: 9 × draining_target of catalog, 1 × container_restart of catalog
 *     fix: Keep pods serving after their deletion: …
 */
import { share } from '../number/share.ts';
import { fixFor } from './sentence.ts';
import { count, printable, wrap } from './text.ts';

/** The columns of a verdict that the answer reads. */
export interface AnswerRow {
  time: string;
  request_creation_time: string | null;
  mechanism: string;
  cause: string | null;
  pattern: string | null;
  target_kind: string | null;
  workload: string | null;
}

/** Most causes, and workloads of a cause, to name. */
const NAMED = { causes: 3, workloads: 2 };
const WIDTH = 80;

interface CauseCount {
  failures: number;
  kinds: Map<string, number>;
  patterns: Map<string, number>;
  workloads: Map<string, number>;
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
      cause = { failures: 0, kinds: new Map(), patterns: new Map(), workloads: new Map() };
      this.#causes.set(word, cause);
    }
    cause.failures++;
    for (const [counts, value] of [
      [cause.kinds, row.target_kind],
      [cause.patterns, row.pattern],
      [cause.workloads, row.workload],
    ] as const) {
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }

  /** Returns the lines, none longer than 80 cells but for a name that is. `requests` is null if their number is unknown. */
  lines(requests: number | null, incidents: number): string[] {
    const causes = [...this.#causes].sort((a, b) => b[1].failures - a[1].failures);
    const leading = causes[0];
    if (!leading) return [];
    const [word, { kinds, patterns }] = leading;
    const pattern = first(patterns);
    const fix =
      word === 'no_evidence' && pattern === null
        ? 'Load more evidence: the last lines name what settles most.'
        : fixFor(word, first(kinds), pattern);
    return [
      ...wrap(this.#what(requests, incidents), WIDTH),
      ...wrap(`why: ${whyText(causes)}`, WIDTH, '     '),
      ...wrap(`fix: ${fix}`, WIDTH, '     '),
    ];
  }

  #what(requests: number | null, incidents: number): string {
    const failed =
      requests === null || requests < this.#failures
        ? `${count(this.#failures, 'request')} failed`
        : `${this.#failures} of ${count(requests, 'request')} failed (${share(this.#failures, requests)})`;
    const day = (time: string): string => time.slice(0, 10);
    const second = (time: string): string => time.slice(11, 19);
    const from = `${day(this.#first)} ${second(this.#first)}`;
    const to = day(this.#first) === day(this.#last) ? second(this.#last) : `${day(this.#last)} ${second(this.#last)}`;
    const when = this.#first.slice(0, 19) === this.#last.slice(0, 19) ? `at ${from} UTC` : `from ${from} to ${to} UTC`;
    return `${failed} ${when}${incidents > 1 ? `, in ${incidents} incidents` : ''}`;
  }
}

/** Returns the most frequent key. */
const first = (counts: ReadonlyMap<string, number>): string | null =>
  [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;

function whyText(causes: readonly (readonly [string, CauseCount])[]): string {
  const parts = causes.slice(0, NAMED.causes).map(([word, { failures, workloads, patterns }]) => {
    const names = [...workloads].sort((a, b) => b[1] - a[1]).map(([name]) => printable(name));
    const more = names.length - NAMED.workloads;
    const whose = names.length === 0 ? '' : ` of ${names.slice(0, NAMED.workloads).join(' and ')}`;
    const pattern = first(patterns);
    return `${failures} × ${word}${pattern ? ` (${pattern})` : ''}${whose}${more > 0 ? ` and ${more} more` : ''}`;
  });
  const rest = causes.slice(NAMED.causes).reduce((sum, [, { failures }]) => sum + failures, 0);
  if (rest > 0) parts.push(`${rest} of other causes`);
  return parts.join(', ');
}
