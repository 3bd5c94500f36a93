/** Tools for agents on single requests, on evidence, on settings, and on what is not loaded yet. */
import { z } from 'zod';
import { iamPolicy, PLAN, rbacRules } from '../gather/plan.ts';
import { CAUSE_MEANINGS } from '../query/word.ts';
import { own } from '../report/fence.ts';
import { missingWord } from '../report/kind.ts';
import { lookup } from '../report/lookup.ts';
import { remedyOf } from '../report/remedy.ts';
import { fixFor } from '../report/sentence.ts';
import { shellWord } from '../report/text.ts';
import { formatSeconds } from '../time/time.ts';
import { rowsAnswer, textAnswer } from './agent-capture.ts';
import { limitArgument, ROWS, textArgument, tool, windowArguments } from './agent-tool.ts';
import { CliError, EXIT } from './error.ts';
import { incidentQuestion } from './incident-option.ts';
import { withDatabase } from './open.ts';
import { usualKind } from './usual-kind.ts';

type Row = Record<string, unknown>;

const textIn = (row: Row, name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);

export const explainTool = tool({
  name: 'explain',
  title: 'Story of one request',
  description:
    'Tells the story of one request as a timeline: when it was routed and failed, what happened to its target, the rule that decided, the numbers behind it (R routing, F failure, D deletion, X deregistration, T exit, in seconds), the evidence by object and line, and what would settle more. Give a request (trace id, or OBJECT:LINE), or what a user reports: client, url, target, status, and the time.',
  input: z.strictObject({
    request: textArgument('trace id as trace prints it, or OBJECT:LINE'),
    client: textArgument('address of the client'),
    target: textArgument('address of the target, as 10.0.1.5:8080'),
    url: textArgument('part of the url'),
    status: z.int().min(100).max(999).optional().describe('status code that the client got'),
    rollout: textArgument('failures of this rollout, from the question failures-per-rollout'),
    at: textArgument('time near which it was: the nearest requests first', 60),
    limit: limitArgument(1, 5),
  }),
  output: { stories: z.array(z.looseObject({ rule: z.string().nullable(), cause: z.string().nullable() })) },
  async answer({ limit, ...given }, { db, wait, effects, rules }) {
    const { command } = await import('./explain.ts');
    const { request, client, target, url, status, rollout, at } = given;
    const common = { db, wait, timezone: undefined, local: false, format: 'json' as const, limit };
    const args = { ...common, request, client, target, url, status, rollout, at };
    const { rows, notes } = await rowsAnswer((inMemory) => command.run(args, inMemory), limit, effects);
    const stories = rows.map((story) => {
      const [cause, missing] = [textIn(story, 'cause'), textIn(story, 'missing')];
      const remedy = missing === null ? null : remedyOf(missing, null);
      const fix =
        cause !== null && lookup(CAUSE_MEANINGS, cause) ? fixFor(cause, null, textIn(story, 'pattern')) : null;
      return {
        ...story,
        meaning: own(lookup(CAUSE_MEANINGS, cause) ?? null),
        condition: own(rules.get(textIn(story, 'rule') ?? '') ?? null),
        remedy: remedy === missing ? story.remedy : own(remedy),
        ...(fix === null ? {} : { fix: own(fix) }),
      };
    });
    const next = rows.some(({ confidence, cause }) => cause === 'no_evidence' || confidence === 'ambiguous')
      ? ['The evidence does not settle it: `missing` and `remedy` say what would. Ask the user to load it.']
      : ['Call `trace` for how many requests failed for the same cause.'];
    return { stories, notes, next };
  },
});

export const evidenceTool = tool({
  name: 'evidence',
  title: 'Evidence and its gaps',
  description:
    'Shows, for each target group and hour, how many failures the evidence settles, what it lacks, and which one source would settle most of the rest. Call it when `trace` says no_evidence, ambiguous or likely.',
  input: z.strictObject({ ...windowArguments, limit: limitArgument(30, 500) }),
  output: {
    failures: z.number(),
    settled: z.number(),
    best_source: z.object({ missing: z.string(), settles: z.number(), how: z.string() }).nullable(),
    gaps: ROWS,
    more: z.boolean(),
  },
  async answer({ from, to, limit }, { db, wait, effects }) {
    const { command } = await import('./evidence.ts');
    const common = { db, wait, timezone: undefined, local: false, columns: undefined, vertical: false };
    const args = { ...common, from, to, format: 'ndjson' as const };
    const all = await rowsAnswer((inMemory) => command.run(args, inMemory), MOST_GAPS, effects);
    const kind = await withDatabase({ db, wait, readOnly: true }, effects, usualKind);
    const sum = (name: string): number => all.rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
    const gains = new Map<string, number>();
    for (const row of all.rows) {
      const missing = textIn(row, 'missing');
      if (missing !== null) gains.set(missing, (gains.get(missing) ?? 0) + Number(row.missing_settles ?? 0));
    }
    const [best] = [...gains].sort((a, b) => b[1] - a[1]);
    const word = best === undefined ? null : missingWord(best[0], kind);
    const how = word === null ? null : remedyOf(word, kind);
    const found =
      best === undefined || best[1] === 0
        ? null
        : { missing: word, settles: best[1], how: how === word ? how : own(how) };
    return {
      failures: sum('failures'),
      settled: sum('settled'),
      best_source: found,
      gaps: all.rows.slice(0, limit),
      more: all.more || all.rows.length > limit,
      notes: all.notes,
      next:
        found === null
          ? ['More evidence would change no cause here.']
          : ['Ask the user to load the best source (`how`) with `draintrace load`, then call `trace` again.'],
    };
  },
});

/** Most rows of evidence to sum. */
const MOST_GAPS = 5_000;
/** Most characters of the advice as text. */
const LONGEST_ADVICE = 12_000;

export const adviseTool = tool({
  name: 'advise',
  title: 'Settings that prevent it',
  description:
    'Computes, per workload and target group, how long targets must serve after their deletion: preStop, terminationGracePeriodSeconds and deregistration delay (ECS: stopTimeout), with the measurements behind them. A null advice means too little data: then give no number of your own. Changes nothing.',
  input: z.strictObject({
    namespace: textArgument('only this namespace'),
    workload: textArgument('only this Deployment, StatefulSet or ECS service'),
    percentile: z.number().gt(0).max(100).default(100).describe('which request length counts as the longest'),
  }),
  output: { workloads: ROWS, text: z.string().describe('the same in words, with the patch'), more: z.boolean() },
  async answer({ namespace, workload, percentile }, { db, wait, effects, fence }) {
    const { command } = await import('./advise.ts');
    const common = { db, wait, namespace, workload, percentile, allowLower: false, patch: false };
    const args = { ...common, manifest: undefined, columns: undefined, vertical: false };
    const numbers = await rowsAnswer((inMemory) => command.run({ ...args, format: 'ndjson' }, inMemory), 100, effects);
    const { text, notes } = await textAnswer(
      (inMemory) => command.run({ ...args, format: undefined }, inMemory),
      effects,
    );
    return {
      text: fence.lines(text, LONGEST_ADVICE),
      workloads: numbers.rows,
      more: numbers.more,
      notes,
      next:
        numbers.rows.length === 0
          ? [
              'No request was routed to a target that was going away, so there is no advice. Call `trace` for the causes.',
            ]
          : [
              'Show the user the numbers. `draintrace advise --patch` prints the patch; people apply it, this server does not.',
            ],
    };
  },
});

/** Arguments of `incident` that an agent cannot give. */
const NO_IDENTITY = {
  ...{ out: undefined, plan: true, yes: false, region: undefined, profile: undefined, kubeconfig: undefined },
  ...{ context: undefined, namespace: [], prometheus: undefined, selector: undefined, config: undefined },
  ...{ timezone: undefined, local: false },
};

export const incidentTool = tool({
  name: 'incident',
  title: 'Plan to gather an incident',
  description:
    'The plan of `draintrace incident` for a window: each reading call of AWS, Kubernetes and Prometheus, what it may settle, its cost, and the rights it needs. Makes no call and writes nothing; the command that carries it out is in the answer, for the user to run. Call it when nothing of the window is loaded.',
  input: z.strictObject({
    lb: textArgument('load balancer, by name or ARN'),
    target_group: textArgument('target group, by name or ARN, instead of lb'),
    cluster: textArgument('EKS cluster of the targets'),
    at: textArgument('a time within the incident: 15 minutes before and after it', 60),
    last: textArgument('up to now, as 1h or 30m', 20),
    from: textArgument('start of the window', 60),
    to: textArgument('end of the window; default: now', 60),
  }),
  output: {
    from: z.string(),
    to: z.string(),
    command: z.string().describe('for the user, in a shell with their credentials'),
    steps: z.array(z.looseObject({ name: z.string() })),
    iam_policy: z.looseObject({}),
    rbac_rules: z.array(z.looseObject({})),
  },
  async answer({ target_group: targetGroup, ...args }, { db, wait, effects }) {
    const { lb, cluster, at, last, from, to } = args;
    const asked = { db, wait, ...NO_IDENTITY, lb, targetGroup, cluster, at, last, from, to };
    const question = incidentQuestion(asked, effects.now());
    if (question === null) throw new CliError('when was it? give at, last, or from and to', EXIT.usage);
    const window = { from: formatSeconds(question.from), to: formatSeconds(question.to) };
    const flags = Object.entries({ lb, 'target-group': targetGroup, cluster, ...window });
    // The names are checked to be names, so that nothing else is in the command.
    const words = flags.flatMap(([name, value]) => (value == null ? [] : [`--${name}`, shellWord(value)]));
    return {
      ...window,
      command: own(['draintrace incident', ...words].join(' ')),
      steps: own(PLAN),
      iam_policy: own(iamPolicy(PLAN)),
      rbac_rules: own(rbacRules(PLAN)),
      next: ['Show the user the command and its cost; when it has run, call `trace` for the same window.'],
    };
  },
});
