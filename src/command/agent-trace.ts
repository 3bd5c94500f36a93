/** Tools for agents that name causes: `trace`, `report`, and the sums that both answer with. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { CAUSE_MEANINGS, CAUSES, CONFIDENCES, MECHANISMS } from '../query/word.ts';
import { Answer, type AnswerRow, type BriefAnswer } from '../report/answer.ts';
import { own } from '../report/fence.ts';
import { lookup } from '../report/lookup.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { type Cell, select } from '../store/select.ts';
import { UTC } from '../time/zone.ts';
import { textAnswer } from './agent-capture.ts';
import { type AgentCall, limitArgument, ROWS, textArgument, tool, windowArguments } from './agent-tool.ts';
import { type Brief, readBrief, rolloutsOf } from './brief.ts';
import { withDatabase } from './open.ts';
import { traceParameters } from './trace-parameter.ts';

type Row = Record<string, Cell>;

const number = z.number().nullable();
const CAUSE = z.looseObject({
  cause: z.string().describe('a cause; of requests without one, the mechanism'),
  meaning: z.string().nullable(),
  failures: z.number(),
  likely: z.number().describe('how many of them only the traffic judges'),
  confidences: z.record(z.string(), z.number()),
  rules: z.array(z.object({ rule: z.string(), when: z.string().nullable(), failures: z.number() })),
  fix: z.string(),
});

/** The members that tell of a window. */
const WINDOW = {
  coverage: z
    .enum(['all', 'part', 'none'])
    .describe('how much of the window is loaded; without failures, "all" means that none failed'),
  failures: z.number(),
  requests: number,
  share: number.describe('share of the requests that failed, 0 to 1'),
  first_failure: z.string().nullable(),
  last_failure: z.string().nullable(),
  causes: z.array(CAUSE),
  said: z.array(z.string()).describe('what failed, and why, in one sentence each'),
};

/** Counts rules and confidences of failures by cause. */
class Counts {
  readonly #of = new Map<string, { rules: Map<string, number>; confidences: Map<string, number> }>();

  add({ cause, mechanism, rule, confidence }: Row): void {
    const word = String(cause ?? mechanism);
    const own = this.#of.get(word) ?? { rules: new Map(), confidences: new Map() };
    this.#of.set(word, own);
    for (const [counts, value] of [
      [own.rules, rule],
      [own.confidences, confidence],
    ] as const) {
      if (value != null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
  }

  rulesOf(cause: string, whens: ReadonlyMap<string, string>): unknown[] {
    const rules = [...(this.#of.get(cause)?.rules ?? [])].sort((a, b) => b[1] - a[1]);
    return rules.map(([rule, failures]) => ({ rule, when: own(whens.get(rule) ?? null), failures }));
  }

  confidencesOf(cause: string): Record<string, number> {
    const counts = this.#of.get(cause)?.confidences;
    return Object.fromEntries(CONFIDENCES.flatMap((word) => (counts?.has(word) ? [[word, counts.get(word)!]] : [])));
  }
}

/** Returns the sums as members of an answer. The fixes are sentences of ours without names. */
function membersOf({ answer, loaded }: Pick<Brief, 'answer' | 'loaded'>, counts: Counts, { rules }: AgentCall) {
  return {
    coverage: own(loaded),
    failures: answer.failures,
    requests: answer.requests,
    share: answer.share,
    first_failure: answer.from,
    last_failure: answer.to,
    causes: answer.causes.map(({ fix, cause, ...rest }) => ({
      cause,
      meaning: own(lookup(CAUSE_MEANINGS, cause) ?? null),
      ...rest,
      confidences: own(counts.confidencesOf(cause)),
      rules: counts.rulesOf(cause, rules),
      fix: own(fix),
    })),
    said: [answer.what, answer.why].filter((sentence) => sentence !== null),
  };
}

/** Says how to go on from the causes. */
function nextSteps({ causes, failures }: BriefAnswer, loaded: Brief['loaded'], counts = new Counts()): string[] {
  if (loaded === 'none')
    return [
      'Nothing of this window is loaded. Ask the user to run `draintrace load SOURCE`, or call `incident` for the plan that gathers it.',
    ];
  if (loaded === 'part' && failures === 0)
    return [
      'Only a part of the window is loaded, and none of its requests failed in the load balancer. Ask the user to load the rest.',
    ];
  if (failures === 0)
    return [
      'No request of the window failed in the load balancer. Check the window and the load balancer with the user.',
    ];
  const isOpen = ({ cause, likely }: BriefAnswer['causes'][number]): boolean =>
    cause === 'no_evidence' || likely > 0 || 'ambiguous' in counts.confidencesOf(cause);
  const open = causes.some(isOpen);
  return [
    ...causes.slice(0, 3).flatMap(({ cause, fix }) => (lookup(CAUSE_MEANINGS, cause) ? [`${cause}: ${fix}`] : [])),
    'Call `explain` with the trace_id of one failed request for its timeline and evidence.',
    ...(open ? ['Call `evidence`: some causes are not settled, and it names the source that settles most.'] : []),
    ...(causes.some(({ cause }) => ADVISED.includes(cause))
      ? ['Call `advise` for the settings that would have prevented it.']
      : []),
  ];
}

/** Causes that settings of the targets prevent. */
const ADVISED = ['draining_target', 'killed_in_flight', 'drain_delay_elapsed'];

const TRACE_INPUT = z.strictObject({
  ...windowArguments,
  cause: z.array(z.enum(CAUSES)).max(CAUSES.length).optional().describe('only these causes'),
  mechanism: z.array(z.enum(MECHANISMS)).max(MECHANISMS.length).optional().describe('only these mechanisms'),
  target_group: textArgument('only target groups whose ARN contains this'),
  lb: textArgument('only load balancers whose id contains this'),
  all: z.boolean().default(false).describe("also the application's own errors and refused requests"),
  limit: limitArgument(20, 500),
});

/** Returns the first failures of a window, and the sums of all of them. */
async function failuresOf(connection: DuckDBConnection, parameters: Record<string, BoundValue>, limit: number) {
  const counts = new Counts();
  const sums = new Answer();
  const failures: Row[] = [];
  let total = 0;
  const { columns, chunks } = await select(connection, catalogueQuery('trace').sql, parameters);
  for await (const rows of chunks) {
    for (const cells of rows) {
      // An absent column says as much as null, in less room.
      const known = columns.flatMap(({ name }, i) => (cells[i] === null ? [] : [[name, cells[i]!] as const]));
      const row = Object.fromEntries(known) as Row;
      counts.add(row);
      sums.add({ ...EMPTY, ...(row as unknown as AnswerRow) });
      if (total++ < limit) failures.push(row);
    }
  }
  return { counts, sums, failures, total };
}

const EMPTY: Partial<AnswerRow> = {
  ...{ request_creation_time: null, cause: null, confidence: null, pattern: null, target_kind: null },
  ...{ workload: null, version: null, deregistration_lateness_seconds: null },
};

export const traceTool = tool({
  name: 'trace',
  title: 'Causes of failed requests',
  description:
    'Names the cause of each 502, 503, 504 and 460 of the load balancer in the loaded logs, and the pod, task or instance behind it. Start here. Answers with sums by cause (rule ids, confidence, fix) for the window, and with the newest failed requests, each with rule, evidence and the seconds that decided. "exact" and "bounded" are settled; "ambiguous" names other_cause; "likely" rests on the traffic alone; "no_evidence" is not a cause.',
  input: TRACE_INPUT,
  output: { ...WINDOW, failed_requests: ROWS.describe('newest first; absent columns are unknown'), more: z.boolean() },
  async answer(args, call) {
    const parameters = traceParameters(
      { ...args, targetGroup: args.target_group, limit: undefined },
      call.effects.now(),
    );
    const { db, wait, effects } = call;
    const isFiltered =
      [args.cause, args.mechanism, args.target_group, args.lb].some((word) => word !== undefined) || args.all;
    return withDatabase(
      { db, wait, readOnly: true, needs: ['verdict', 'rollout_failure'] },
      effects,
      async (connection) => {
        if (!isKept(connection, 'verdict')) await keepViews(connection, ['concluded', 'verdict']);
        const { counts, sums, failures, total } = await failuresOf(connection, parameters, args.limit);
        const window = { from: parameters.from!.value as number | null, to: parameters.to!.value as number | null };
        const whole = isFiltered && total > 0 ? null : await readBrief(connection, window, UTC);
        const rollouts = whole ? [] : await rolloutsOf(connection, parameters, sums.words);
        const brief: Pick<Brief, 'answer' | 'loaded'> = whole ?? {
          answer: sums.brief({ requests: null, incidents: 1, rollouts }),
          loaded: 'all',
        };
        // A filter that nothing passes: the window may still have failures.
        const others = isFiltered && total === 0 && brief.answer.failures > 0;
        const answer = others ? sums.brief({ requests: null, incidents: 0 }) : brief.answer;
        return {
          ...membersOf({ answer, loaded: brief.loaded }, counts, call),
          failed_requests: failures,
          more: total > failures.length,
          next: others
            ? ['No failure fits this filter, but the window has others: call `trace` without it.']
            : nextSteps(answer, brief.loaded, counts),
        };
      },
    );
  },
});

/** Most characters of a report in Markdown. */
const LONGEST_REPORT = 30_000;

export const reportTool = tool({
  name: 'report',
  title: 'Incident report',
  description:
    'The incident of a window or of one rollout as text to hand to people: `brief` is three lines (what failed, why, the fix), `markdown` is the whole report for a post-mortem. Writes no file. Call `trace` first for the numbers.',
  input: z.strictObject({
    ...windowArguments,
    rollout: textArgument('instead of a window: the name of a rollout, from the question failures-per-rollout'),
    form: z.enum(['brief', 'markdown']).default('brief'),
  }),
  output: { coverage: WINDOW.coverage, form: z.string(), report: z.string() },
  async answer({ from, to, rollout, form }, { db, wait, effects, fence }) {
    const { command } = await import('./report.ts');
    const common = { db, wait, from, to, rollout, out: undefined, timezone: undefined, local: false };
    const args = { ...common, format: 'markdown' as const, brief: form === 'brief' };
    const { text, notes, coverage } = await textAnswer((inMemory) => command.run(args, inMemory), effects);
    const next =
      coverage === 'none'
        ? nextSteps(NOTHING, 'none')
        : ['Give the report to the user as it is; `draintrace report --out incident.html` draws it as a page.'];
    return { coverage: own(coverage), form: own(form), report: fence.lines(text, LONGEST_REPORT), notes, next };
  },
});

const NOTHING: BriefAnswer = new Answer().brief({ requests: null, incidents: 0 });
