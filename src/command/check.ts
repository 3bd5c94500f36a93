/** `draintrace check`: guards a rollout. Exit code 0 if no limit is broken and the data suffices for a judgement. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { count } from '../number/count.ts';
import type { BoundValue } from '../query/parameter.ts';
import { CAUSES, MECHANISMS } from '../query/word.ts';
import { CHECK_FORMATS, type Checked, type CheckFormat, checkMessage, printChecks } from '../report/check-report.ts';
import type { RunMessage } from '../report/message.ts';
import { formatMillis, MINUTE, type Micros, SECOND_MS, toMillis } from '../time/time.ts';
import { UTC } from '../time/zone.ts';
import { ask } from './ask.ts';
import {
  type GateArguments,
  gateOptions,
  gateTimes,
  type Judged,
  type JudgedWindow,
  judgeAtGate,
  type Reasons,
} from './check-gate.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { coverageOf, endsEarly, loadedLines } from './coverage.ts';
import { CliError, EXIT } from './error.ts';
import { loadQuietly } from './load-quietly.ts';
import { failedMessage, Notifier, type NotifyArguments, notifyOption, notifyWhenOption } from './notify-option.ts';
import { withDatabase } from './open.ts';
import { fromOption, reversedWindow, timeOption, toOption, unknownWord, waitOption } from './option.ts';

interface CheckArguments extends GlobalArguments, GateArguments, NotifyArguments {
  from: string | undefined;
  to: string | undefined;
  max: string[];
  load: string[];
  lb: string[];
  profile: string | undefined;
  settle: number | undefined;
  allowMissing: boolean;
  format: CheckFormat;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return gateOptions(yargs)
    .option('from', fromOption)
    .option('to', toOption)
    .option('max', {
      type: 'string',
      array: true,
      nargs: 1,
      demandOption: true,
      describe: 'limit of failures with a cause or mechanism, as draining_target=0; repeatable',
    })
    .option('load', { type: 'string', array: true, nargs: 1, default: [], describe: 'load this first; repeatable' })
    .option('lb', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'of --load only these load balancers, by name, id or ARN; repeatable. All of the database is judged',
    })
    .option('profile', { type: 'string', describe: 'for --load: profile of the AWS configuration' })
    .option('settle', {
      type: 'number',
      describe:
        'wait until this many minutes after --to before loading and judging; logs arrive about ten minutes late',
    })
    .option('allow-missing', {
      type: 'boolean',
      default: false,
      describe: 'pass even if logs or evidence of the window are missing',
    })
    .option('format', { choices: CHECK_FORMATS, default: 'text' as const, describe: 'how the outcome is written' })
    .option('notify', notifyOption)
    .option('notify-when', notifyWhenOption)
    .option('wait', waitOption);
}

/** Parses the limits by word. Throws CliError. */
function limitsOf(given: readonly string[]): Map<string, number> {
  const known: readonly string[] = [...CAUSES, ...MECHANISMS];
  const limits = new Map<string, number>();
  for (const text of given) {
    const [, word, number] = /^([a-z_]+)=(\d{1,12})$/.exec(text) ?? [];
    if (word === undefined || number === undefined) {
      throw new CliError(`--max ${text} is not CAUSE=NUMBER, as draining_target=0`, EXIT.usage);
    }
    if (!known.includes(word)) throw unknownWord(`--max ${word} is not known`, word, known);
    limits.set(word, Number(number));
  }
  return limits;
}

/** Returns the flags of `load`. */
function loadWords({ wait, lb, profile }: CheckArguments): string[] {
  const of = profile === undefined ? [] : ['--profile', profile];
  return ['--wait', String(wait), ...lb.flatMap((one) => ['--lb', one]), ...of];
}

/** Sleeps until `time`, or throws at the first Ctrl-C. */
async function waitUntil(time: Micros, effects: Effects): Promise<void> {
  const milliseconds = Math.ceil(toMillis(time - effects.now()));
  if (milliseconds <= 0) return;
  await effects.stderr.write(`waiting ${Math.ceil(milliseconds / SECOND_MS)} s for the logs of the window\n`);
  await sleep(milliseconds, undefined, { signal: effects.signal });
}

/** Returns why the window cannot be judged, one sentence each; empty if it can. */
async function missingData(connection: DuckDBConnection, window: JudgedWindow): Promise<string[]> {
  const asked = { ...window, targetGroup: null, lb: null };
  const covered = await coverageOf(connection, asked);
  const reasons: string[] = [];
  if (covered.requests === 0) {
    const loaded = loadedLines(covered, UTC)[0]?.replace(/^L(.*)\.$/, ' (l$1)') ?? ' (no access log is loaded)';
    reasons.push(`no request of the window is loaded${loaded}`);
  }
  const early = endsEarly(covered, asked);
  if (reasons.length === 0 && early !== null) {
    reasons.push(`the loaded logs end at ${formatMillis(early)}, before the end of the window`);
  }
  if (covered.damaged > 0) reasons.push(`${covered.damaged} log objects are damaged`);
  return reasons;
}

/** Judges the window. `sure` are reasons against a pass whatever else is missing, `doubts` further missing data. */
async function judge(
  connection: DuckDBConnection,
  window: JudgedWindow,
  { sure, doubts }: Reasons,
  args: CheckArguments,
): Promise<Checked[]> {
  const limits = limitsOf(args.max);
  const parameters: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: window.from },
    to: { type: 'timestamp', value: window.to },
  };
  const rows = await ask(connection, 'check-verdicts', parameters);
  const sum = (matches: (row: (typeof rows)[number]) => boolean): number =>
    rows.filter(matches).reduce((total, row) => total + Number(row.failures), 0);
  const checks = [...limits].map(([name, limit]): Checked => {
    // A likely cause breaks no limit: the traffic alone does not prove it.
    const isOf = (row: (typeof rows)[number]): boolean =>
      row.mechanism === name || (row.cause === name && row.confidence !== 'likely');
    const found = sum(isOf);
    const example = rows.find(isOf)?.example;
    const such = typeof example === 'string' ? `, such as ${example}` : '';
    const message = `${count(found, 'failure')}, ${limit} allowed${found > limit ? such : ''}`;
    return { name, limit, found, passed: found <= limit, message };
  });
  if (args.allowMissing) return sure.length === 0 ? checks : [...checks, dataCheck(sure)];
  const reasons = [...sure, ...doubts, ...(await missingData(connection, window))];
  const limited = (word: unknown): boolean => typeof word === 'string' && limits.has(word);
  const untold = sum((row) => row.cause === 'no_evidence');
  const open = sum((row) => row.confidence === 'ambiguous' && limited(row.other_cause) && !limited(row.cause));
  const likely = sum((row) => row.confidence === 'likely' && limited(row.cause));
  const isByCause = [...limits.keys()].some((word) => (CAUSES as readonly string[]).includes(word));
  if (isByCause && untold > 0)
    reasons.push(
      `${count(untold, 'failure')} without evidence of ${untold === 1 ? 'its' : 'their'} cause (draintrace evidence)`,
    );
  if (likely > 0) {
    const are = likely === 1 ? 'is' : 'are';
    reasons.push(`${count(likely, 'failure')} ${are} only likely of a limited cause (draintrace evidence)`);
  }
  if (open > 0) reasons.push(`${count(open, 'failure')} may be of a limited cause, which is not settled`);
  return [...checks, dataCheck(reasons)];
}

/** Whether the data suffices for a judgement; it does without a reason why not. */
function dataCheck(reasons: readonly string[]): Checked {
  const message = reasons.length === 0 ? 'nothing is missing' : reasons.join('; ');
  return { name: 'data', limit: null, found: reasons.length, passed: reasons.length === 0, message };
}

async function run(args: CheckArguments, effects: Effects): Promise<number> {
  const now = effects.now();
  const window = { from: timeOption(args.from, 'from', now), to: timeOption(args.to, 'to', now) };
  if (window.from !== null && window.to !== null && window.from >= window.to) {
    throw reversedWindow(args);
  }
  limitsOf(args.max);
  if (args.settle !== undefined && !(args.settle >= 0))
    throw new CliError(`--settle ${args.settle} is not a number of minutes: write it as --settle 10`, EXIT.usage);
  if (args.load.length === 0 && args.lb.length > 0)
    throw new CliError('--lb chooses among the logs of --load: give --load too', EXIT.usage);
  const times = gateTimes(args);
  const notifier = new Notifier(args, args.profile ?? null, effects);
  try {
    const judged = times
      ? await judgeAtGate(
          { ...args, window, now, times, words: loadWords(args), judge: (...how) => judge(...how, args) },
          effects,
        )
      : await judgeOnce(args, window, now, effects);
    if (!('checks' in judged)) {
      if (judged.unloaded !== EXIT.interrupted) await notifier.send(unloadedMessage(judged.unloaded));
      return judged.unloaded;
    }
    const { checks } = judged;
    const shown = { from: shownTime(window.from), to: shownTime(window.to) };
    await effects.stdout.write(printChecks(checks, shown, args.format));
    const code = checks.every(({ passed }) => passed) ? EXIT.ok : EXIT.limit;
    await notifier.send(checkMessage(checks, shown, code));
    return notifier.codeOf(code);
  } catch (error) {
    if (!effects.signal.aborted) await notifier.send(failedMessage('check', error));
    throw error;
  }
}

async function judgeOnce(args: CheckArguments, window: JudgedWindow, now: Micros, effects: Effects): Promise<Judged> {
  if (args.settle !== undefined) await waitUntil((window.to ?? now) + args.settle * MINUTE, effects);
  if (args.load.length > 0) {
    const code = await loadQuietly({ db: args.db, source: args.load, ...window, words: loadWords(args) }, effects);
    if (code !== EXIT.ok) return { unloaded: code };
  }
  const checks = await withDatabase({ ...args, readOnly: true, needs: ['rollout_failure'] }, effects, (connection) =>
    judge(connection, window, { sure: [], doubts: [] }, args),
  );
  return { checks };
}

const shownTime = (time: Micros | null): string | null => (time === null ? null : formatMillis(time));

const unloadedMessage = (code: number): RunMessage =>
  failedMessage('check', new CliError('a source of --load could not be read completely, so nothing was judged', code));

export const command: Command<CheckArguments> = {
  command: 'check',
  describe: 'Fail when a window has more failures of a cause than allowed',
  examples: [
    ['draintrace check --from -30m --max draining_target=0 --max killed_in_flight=0', 'after a deployment'],
    [
      'draintrace check --gate --from -5m --load s3://logs --max draining_target=0',
      'end as soon as a limit is broken, or the logs of the rollout are complete',
    ],
  ],
  cost: 'The verdicts of all failed rows; waits only with --settle and --gate.',
  builder,
  run,
};
