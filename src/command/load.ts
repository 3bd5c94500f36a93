/** `draintrace load`: loads logs and evidence into the database, each object once. */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import { redactedUrl } from '../evidence/redact.ts';
import { BATCH_BYTES, SPOOL_BYTES } from '../load/main/plan.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { runLoad } from '../load/main/run.ts';
import type { Selection } from '../source/key.ts';
import { PATIENCE } from '../source/retry.ts';
import type { Source } from '../source/source.ts';
import { openDatabase } from '../store/database.ts';
import { SMALL } from '../store/judge.ts';
import { SECOND_MS } from '../time/time.ts';
import { parseOffset, parseTypedTime } from '../time/typed.ts';
import { blame } from './blame.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { judgeLoaded } from './judge.ts';
import { Progress } from './load-progress.ts';
import { openSources, type SourceArguments, spoolDirectoryOf } from './load-source.ts';
import { isEmpty, isQuiet, isUseless, summarize, summarizeTrouble } from './load-summary.ts';
import { fromOption, memoryOption, reversedWindow, timeOption, toOption, waitOption } from './option.ts';
import { noteTo } from './output.ts';

export interface LoadArguments extends GlobalArguments, SourceArguments {
  source: string[];
  from: string | undefined;
  to: string | undefined;
  lookBack: string;
  keep: 'all' | 'failures';
  capturedAt: string | undefined;
  timezone: string;
  memory: string;
  batch: number;
  spool: number;
  wait: number;
  judge: boolean | undefined;
  quiet: boolean;
  /** Not a flag: sources in which nothing is found are no error, because the caller looks at what is loaded. */
  mayBeEmpty?: boolean;
  /** Not a flag: nor are sources with nothing but other files, because a log may come. */
  mayBeUseless?: boolean;
}

/** Defaults of the flags. */
export const loadDefaults = {
  dropOutside: false,
  judge: undefined,
  capturedAt: undefined,
  batch: BATCH_BYTES / 1e6,
  spool: SPOOL_BYTES / 1e6,
  readTimeout: PATIENCE.idleMs / SECOND_MS,
} as const;

const S3 = 'From S3:';
const EVIDENCE = 'For evidence:';
const PROMETHEUS = 'From Prometheus:';

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('source', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'file, folder, s3://bucket/prefix, prometheus+http://host:9090, or - for standard input',
    })
    .option('from', fromOption)
    .option('to', toOption)
    .option('drop-outside', {
      type: 'boolean',
      default: false,
      describe: 'also drop rows whose own time is outside the window; by default the window only selects objects',
    })
    .option('look-back', {
      type: 'string',
      default: '2d',
      describe: 'how far beyond --from and --to late deliveries are searched, if earlier runs requested that time',
    })
    .option('keep', {
      choices: ['all', 'failures'] as const,
      default: 'all' as const,
      describe: 'failures: rows of failures, and near them of targets that fail or terminate; counts of the rest',
    })
    .option('account', { type: 'string', array: true, default: [], group: S3, describe: 'only these AWS accounts' })
    .option('region', {
      type: 'string',
      array: true,
      default: [],
      group: S3,
      describe: 'only logs of these regions; the first is also the region of the S3 requests',
    })
    .option('lb', {
      type: 'string',
      array: true,
      default: [],
      group: S3,
      describe: 'only these load balancers, by name, id or ARN; * stands for any characters',
    })
    .option('logs', {
      choices: ['access', 'connection', 'health'] as const,
      array: true,
      default: [],
      group: S3,
      describe: 'only these kinds of log, by name of the object; all kinds lie in the same folders',
    })
    .option('endpoint-url', { type: 'string', group: S3, describe: 'another S3 than that of AWS' })
    .option('read-timeout', {
      type: 'number',
      default: loadDefaults.readTimeout,
      group: S3,
      describe: 'a request that receives no byte for this many seconds is repeated',
    })
    .option('profile', { type: 'string', group: S3, describe: 'profile of the AWS configuration' })
    .option('captured-at', {
      type: 'string',
      group: EVIDENCE,
      describe: 'time of snapshots that do not contain their time; default: their modification time',
    })
    .option('timezone', {
      type: 'string',
      default: 'Z',
      group: EVIDENCE,
      describe: 'offset of times that do not state one, as +08:00',
    })
    .option('selector', {
      type: 'string',
      group: PROMETHEUS,
      describe: 'only series with these labels, as namespace="shop",pod=~"api-.*"',
    })
    .option('memory', { type: 'string', default: '400MB', describe: "DuckDB's memory limit, as 400MB or 50%" })
    .option('batch', {
      type: 'number',
      default: loadDefaults.batch,
      describe: 'compressed MB per transaction; at most this much is loaded again after a kill',
    })
    .option('spool', {
      type: 'number',
      default: loadDefaults.spool,
      describe: 'MB of disk for rows that --keep failures may still keep; objects beyond that are read twice',
    })
    .option('judge', {
      type: 'boolean',
      describe: `judge the failures, so that questions find their verdicts: by itself up to ${SMALL.rows.toLocaleString('en')} rows; --no-judge never`,
    })
    .option('wait', waitOption)
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'nothing but what went wrong' });
}

async function run(args: LoadArguments, effects: Effects): Promise<number> {
  // Check the arguments before anything is changed.
  const now = effects.now();
  const from = timeOption(args.from, 'from', now);
  const to = timeOption(args.to, 'to', now);
  if (from !== null && to !== null && from >= to) throw reversedWindow(args);
  if (args.dropOutside && from === null && to === null) {
    throw new CliError('--drop-outside needs --from or --to', EXIT.usage);
  }
  const timezoneMinutes = parseOffset(args.timezone);
  if (timezoneMinutes === null) {
    throw new CliError(`--timezone ${args.timezone} is not an offset from UTC: write it as +08:00`, EXIT.usage);
  }
  const memory = memoryOption(args.memory);
  const lookBack = args.lookBack === '0' ? now : parseTypedTime(`-${args.lookBack}`, now);
  if (lookBack === null) {
    throw new CliError(`--look-back ${args.lookBack} is not a time span: write it as 2d or 12h`, EXIT.usage);
  }
  if (!(args.readTimeout > 0))
    throw new CliError(
      `--read-timeout ${args.readTimeout} is not a number of seconds above 0: write it as --read-timeout 30`,
      EXIT.usage,
    );
  if (!(args.batch > 0)) throw new CliError(`--batch ${args.batch} is not a number of MB above 0`, EXIT.usage);
  if (!(args.spool >= 0)) throw new CliError(`--spool ${args.spool} is not a number of MB`, EXIT.usage);
  const window = from === null && to === null ? null : { from, to };
  const prometheus = args.source.find((argument) => /^prometheus\+/i.test(argument));
  if (prometheus !== undefined && (from === null || to === null)) {
    throw new CliError(`${redactedUrl(prometheus)} needs --from and --to: the window to ask for`, EXIT.usage);
  }
  const progress = new Progress(effects, args.quiet);
  const database = await openDatabase(args.db, {
    readOnly: false,
    memory,
    wait: args.wait,
    signal: effects.signal,
    directories: [`${args.db}.spool`, ...localFolders(args.source)],
    note: noteTo(effects),
  });
  const onAbort = () => {
    if (!args.quiet) progress.note('stopping after the current batch is stored; Ctrl-C again stops at once');
  };
  effects.signal.addEventListener('abort', onAbort, { once: true });
  let outcome: LoadOutcome;
  let judged: number | null = null;
  try {
    const sources: Source[] = [];
    for (const argument of args.source) {
      sources.push(await openSources(argument, { window, lookBack: now - lookBack, now }, args, database, effects));
    }
    outcome = await runLoad({
      keep: args.keep,
      batchBytes: args.batch * 1e6,
      spoolBytes: args.spool * 1e6,
      sources,
      selection: selectionOf(args, window),
      connection: database.connection,
      spoolDirectory: spoolDirectoryOf(args.db),
      database: args.db,
      window: args.dropOutside ? window : null,
      capturedAt: timeOption(args.capturedAt, 'captured-at', now),
      timezoneMinutes,
      signal: effects.signal,
      now: effects.now,
      progress,
    });
    if (args.judge !== false) progress.judging();
    judged = await judgeLoaded(database.connection, effects, args.judge);
  } catch (error) {
    throw blame(args.db, error);
  } finally {
    effects.signal.removeEventListener('abort', onAbort);
    progress.end();
    database.close();
  }
  if (!effects.signal.aborted && ((args.mayBeEmpty && isEmpty(outcome)) || (args.mayBeUseless && isUseless(outcome))))
    return EXIT.ok;
  if (isQuiet(outcome) && from !== null && from >= now) {
    throw new CliError('nothing to load: --from lies in the future', EXIT.source);
  }
  await effects.stderr.write(args.quiet ? summarizeTrouble(outcome) : summarize(outcome, args.db, judged));
  return exitCode(outcome, effects);
}

/** Returns the local folders among the sources, because DuckDB reads a lake's files in place. */
function localFolders(sources: readonly string[]): string[] {
  return sources.flatMap((argument) => {
    if (argument === '-' || /^(?!file:)[a-z0-9+]+:\/\//i.test(argument)) return [];
    try {
      const path = realpathSync(argument.startsWith('file:') ? fileURLToPath(argument) : argument);
      return [statSync(path).isDirectory() ? path : dirname(path)];
    } catch {
      // The source itself reports why it cannot be read.
      return [];
    }
  });
}

function selectionOf(args: SourceArguments, window: Selection['window']): Selection {
  const { account: accounts, region: regions, lb: loadBalancers, logs } = args;
  return { window, accounts, regions, loadBalancers, logs, lookBackDays: 0 };
}

function exitCode(outcome: LoadOutcome, effects: Effects): number {
  const loaded = outcome.used > 0 || outcome.known > 0;
  if (effects.signal.aborted) return EXIT.interrupted;
  if (outcome.fatal !== null) return loaded ? EXIT.partial : EXIT.source;
  if (outcome.failed.length > 0) return loaded ? EXIT.partial : EXIT.source;
  if ((outcome.unusable > 0 || (isEmpty(outcome) && !isQuiet(outcome))) && !loaded) return EXIT.source;
  return outcome.damaged.length > 0 || outcome.unused.length > 0 ? EXIT.partial : EXIT.ok;
}

export const command: Command<LoadArguments> = {
  command: 'load <source..>',
  describe: 'Load access logs and evidence: each object once, every line accounted for',
  examples: [
    ['draintrace load s3://my-logs/prod --from -2h --lb my-alb', 'the last two hours of one load balancer'],
    [
      'draintrace load ./logs pods.json --captured-at 2026-01-31T08:00:00Z',
      'a folder of logs, and a snapshot of the pods',
    ],
  ],
  cost: 'Reads every new object once and keeps it in the database (about a tenth of the text); objects that are known cost a listing.',
  builder,
  run,
};
