/** `draintrace incident`: gathers what AWS and the cluster still know of a window, then loads, judges, answers and reports it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Argv } from 'yargs';
import { Aws } from '../gather/aws.ts';
import { EvidenceFolder, type GatheredState, STATE_FILE } from '../gather/folder.ts';
import { gapLines } from '../gather/gap-text.ts';
import { emptyScope, type Gap, type IncidentQuestion } from '../gather/outcome.ts';
import { PLAN } from '../gather/plan.ts';
import { planText } from '../gather/plan-text.ts';
import { gather } from '../gather/run.ts';
import type { Gathering } from '../gather/step.ts';
import { printable } from '../report/text.ts';
import { PATIENCE } from '../source/retry.ts';
import { formatMillis, formatSeconds, formatShort } from '../time/time.ts';
import { openCluster } from '../watch/cluster.ts';
import { orExplain } from './cluster-option.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import {
  type IncidentArguments,
  incidentOptions,
  incidentQuestion,
  regionAsked,
  withConfig,
} from './incident-option.ts';
import type { LoadArguments } from './load-option.ts';
import { zoneOption } from './option.ts';
import { orUnwritable } from './publish.ts';

const builder = (yargs: Argv<GlobalArguments>): unknown => incidentOptions(yargs);

async function run(given: IncidentArguments, effects: Effects): Promise<number> {
  const args = withConfig(given, effects.env);
  const asked = incidentQuestion(args, effects.now(), zoneOption(args, effects.env));
  if (args.plan) {
    await effects.stdout.write(planText(PLAN, asked === null ? 'a window' : windowText(asked)));
    return EXIT.ok;
  }

  if (args.kubeconfig !== undefined && !existsSync(args.kubeconfig)) {
    throw new CliError(`--kubeconfig ${args.kubeconfig} does not exist; check the path`, EXIT.usage);
  }

  // The question is that of the flags, or of the folder that an earlier run left.
  const path = args.out ?? (asked && `incident-${formatSeconds(asked.from).replaceAll(':', '-')}`);
  if (path === null) {
    throw new CliError('when was it? give --at TIME, --last 1h, or --from and --to', EXIT.usage);
  }
  const folder = new EvidenceFolder(path);
  const earlier = await stateOf(folder);
  const question = chosenQuestion(asked, earlier, path);
  if (!(await isAgreed(question, path, args, effects))) return EXIT.ok;

  // Gather.
  const say = (text: string): void => void effects.stderr.write(`${printable(text)}\n`);
  const state = await orUnwritable(path, async () =>
    gather(await gatheringOf(question, folder, args, effects), earlier, {
      began: ({ name }) => {
        if (effects.stderr.isTTY) void effects.stderr.write(`${name} ...`);
      },
      ended: ({ name }, { detail, gaps }, isKept) => {
        if (effects.stderr.isTTY) void effects.stderr.write('\r\x1b[2K');
        const bad = gaps.some(({ failed }) => failed);
        if (detail === '' && gaps.length === 0) return;
        say(`${name}: ${isKept ? 'kept: ' : ''}${detail || (bad ? 'failed' : 'nothing')}`);
      },
    }),
  );
  const outcomes = Object.values(state.steps);
  const gaps = outcomes.flatMap((one) => one.gaps);
  const failed = gaps.some((gap) => gap.failed);
  const again = outcomes.some((one) => one.again === true);
  if (outcomes.every(({ files }) => files.length === 0)) {
    await effects.stdout.write(gapText(gaps));
    throw new CliError('nothing could be gathered; the list above says why', EXIT.source);
  }

  // Load, judge, answer, report.
  const loaded = await load(path, args, effects);
  if (loaded === EXIT.interrupted) return loaded;
  const answered = loaded === EXIT.source ? loaded : await answer(state, path, args, effects);
  await effects.stdout.write(gapText(gaps));
  if (again)
    say(`some logs of the window are still to come: run draintrace incident --out ${path} again in ten minutes`);
  else if (failed) say(`draintrace incident --out ${path} tries again what failed, and keeps the rest`);
  if (answered !== EXIT.ok) return answered;
  return failed || loaded !== EXIT.ok ? EXIT.partial : EXIT.ok;
}

const windowText = ({ from, to }: IncidentQuestion): string => `${formatShort(from)} to ${formatShort(to)}`;

async function stateOf(folder: EvidenceFolder): Promise<GatheredState | null> {
  try {
    return await folder.state();
  } catch (cause) {
    const { message } = cause as Error;
    const file = join(folder.path, STATE_FILE);
    throw new CliError(`${file} cannot be used (${message}); choose another --out`, EXIT.usage, { cause });
  }
}

function chosenQuestion(asked: IncidentQuestion | null, earlier: GatheredState | null, path: string): IncidentQuestion {
  if (asked === null) {
    if (earlier === null) {
      throw new CliError(
        `${path} has no ${STATE_FILE} of an earlier run: give --at, --last, or --from and --to`,
        EXIT.usage,
      );
    }
    return earlier.question;
  }
  const isOther = earlier !== null && JSON.stringify(inOrder(asked)) !== JSON.stringify(inOrder(earlier.question));
  if (isOther) {
    const was = `${windowText(earlier.question)}${earlier.question.lb ? ` of ${earlier.question.lb}` : ''}`;
    throw new CliError(
      `${path} holds another incident (${was}): choose another --out, or give --out alone to complete it`,
      EXIT.usage,
    );
  }
  return asked;
}

const inOrder = ({ lb, targetGroup, cluster, from, to }: IncidentQuestion) => [lb, targetGroup, cluster, from, to];

/** Asks on a terminal. Without one it goes on: every call only reads, and costs next to nothing. */
async function isAgreed(
  question: IncidentQuestion,
  path: string,
  { yes }: IncidentArguments,
  effects: Effects,
): Promise<boolean> {
  const stdin = effects.stdin as NodeJS.ReadStream;
  await effects.stderr.write(
    `gathering ${windowText(question)} into ${printable(path)}: some dozens of calls that only read; what they cost is the S3 GETs\n`,
  );
  if (yes || !effects.stderr.isTTY || stdin.isTTY !== true) return true;
  const asking = createInterface({ input: stdin });
  try {
    await effects.stderr.write('--plan lists them. Go on? [Y/n] ');
    const said = await asking.question('', { signal: effects.signal });
    return /^\s*(?:y|yes)?\s*$/i.test(said);
  } finally {
    asking.close();
  }
}

async function gatheringOf(
  question: IncidentQuestion,
  folder: EvidenceFolder,
  args: IncidentArguments,
  effects: Effects,
): Promise<Gathering> {
  const { env, now, signal } = effects;
  const access = { endpointUrl: null, region: regionAsked(args.region, question), profile: args.profile ?? null, env };
  const region = await orExplain(() => Aws.regionOf(access));
  return {
    ...{ question, scope: emptyScope(), folder, env, now, signal },
    aws: region === null ? null : new Aws(region, access),
    cluster: {
      isNamed: args.context !== undefined,
      namespaces: args.namespace,
      open: () =>
        openCluster({ kubeconfig: args.kubeconfig ?? null, context: args.context ?? null, inCluster: false, env }),
    },
    prometheus: args.prometheus === undefined ? null : { url: args.prometheus, selector: args.selector ?? null },
    profile: args.profile ?? null,
    patience: PATIENCE,
    note: (text) => void effects.stderr.write(`${printable(text)}\n`),
  };
}

async function load(path: string, { db, wait }: IncidentArguments, effects: Effects): Promise<number> {
  const { command } = await import('./load.ts');
  const { loadDefaults } = await import('./load-option.ts');
  const args: LoadArguments = {
    ...loadDefaults,
    ...{ db, wait, source: [path], from: undefined, to: undefined, lookBack: '0', keep: 'all', timezone: 'Z' },
    // A limit, no need: to judge an hour with many failures takes more than to load it.
    ...{ memory: '2GB', quiet: false, judge: true },
    ...{ account: [], region: [], lb: [], logs: [], endpointUrl: undefined, profile: undefined, selector: undefined },
  };
  return command.run(args, effects);
}

/** Prints the answer and the groups as `draintrace trace` does, and writes the page. Returns the exit code of the answer. */
async function answer(
  { question, scope }: GatheredState,
  path: string,
  args: IncidentArguments,
  effects: Effects,
): Promise<number> {
  const { db, wait, timezone, local } = args;
  const window = { from: formatMillis(question.from), to: formatMillis(question.to) };
  const common = { db, wait, timezone, local, ...window };
  // The database may have other load balancers of that time.
  const [balancer] = scope.balancers.length === 1 ? scope.balancers : [];
  const lb = balancer?.arn.replace(/^.*:loadbalancer\//, '');
  const trace = (await import('./trace.ts')).command;
  const rest = {
    cause: undefined,
    mechanism: undefined,
    all: false,
    limit: undefined,
    format: undefined,
    columns: undefined,
    vertical: false,
  };
  const targetGroup = question.targetGroup ?? undefined;
  const code = await trace.run({ ...common, ...rest, targetGroup, lb }, effects);
  const report = (await import('./report.ts')).command;
  const out = join(path, 'report.html');
  await report.run({ ...common, rollout: undefined, out, format: 'html', brief: false }, effects);
  await effects.stdout.write(`\nreport: ${printable(out)}\n`);
  return code;
}

const gapText = (gaps: readonly Gap[]): string =>
  gapLines(gaps)
    .map((line) => `${printable(line)}\n`)
    .join('');

export const command: Command<IncidentArguments> = {
  command: 'incident',
  describe: 'Gather what AWS and the cluster still know of an incident, then load, judge and report it',
  examples: [
    [
      'draintrace incident --lb shop-public --last 1h',
      'everything of the last hour, into a folder, judged and reported',
    ],
    [
      'draintrace incident --lb shop-public --at 2026-03-10T14:01:00Z --plan',
      'the calls, their rights and cost, without credentials',
    ],
  ],
  cost: 'Some dozens of reading calls of AWS, free; one S3 GET for each log object of the window (0.0004 USD for a thousand); within the rate limits it takes half a minute to some minutes.',
  builder,
  run,
};
