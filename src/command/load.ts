/** `draintrace load`: loads logs and evidence into the database, each object once. */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClockOffset } from '../evidence/fact.ts';
import { redactedUrl } from '../evidence/redact.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { runLoad } from '../load/main/run.ts';
import { parseQueue } from '../queue/queue.ts';
import type { Selection } from '../source/key.ts';
import type { Source } from '../source/source.ts';
import { openDatabase } from '../store/database.ts';
import { DAY_SECONDS, fromSeconds } from '../time/time.ts';
import { parseOffset, parseTypedTime } from '../time/typed.ts';
import { blame } from './blame.ts';
import type { Command, Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { judgeLoaded } from './judge.ts';
import { type LoadArguments, loadOptions } from './load-option.ts';
import { Progress } from './load-progress.ts';
import { openSources, type SourceArguments, spoolDirectoryOf } from './load-source.ts';
import { isEmpty, isQuiet, isUseless, summarize, summarizeTrouble } from './load-summary.ts';
import { memoryOption, reversedWindow, timeOption } from './option.ts';
import { noteTo } from './output.ts';

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
  const isQueue = args.source.map((argument) => parseQueue(argument) !== null);
  if (args.deleteMessages && !isQueue.includes(true)) {
    throw new CliError('--delete-messages needs a queue among the sources: its url or ARN', EXIT.usage);
  }
  if (args.emit !== undefined && isQueue.includes(true)) {
    throw new CliError('--emit needs sources that a job can read again; load a queue into a database', EXIT.usage);
  }
  if (args.emit !== undefined && clockOption(args) !== null) {
    throw new CliError('--clock cannot go with --emit: load that evidence into the merged database', EXIT.usage);
  }
  if (args.emit !== undefined) {
    const { emitUnits } = await import('./emit.ts');
    return emitUnits(args, { from, to }, effects, run);
  }
  if (args.of !== undefined || args.index !== undefined)
    throw new CliError('--of and --index divide units: give --emit too', EXIT.usage);
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
      clock: clockOption(args),
      signal: effects.signal,
      now: effects.now,
      progress,
    });
    if (args.judge !== false) progress.judging();
    judged = await judgeLoaded(database.connection, effects, args.judge);
    await database.seal();
  } catch (error) {
    throw blame(args.db, error);
  } finally {
    effects.signal.removeEventListener('abort', onAbort);
    progress.end();
    database.close();
  }
  args.took?.(outcome);
  if (!effects.signal.aborted && ((args.mayBeEmpty && isEmpty(outcome)) || (args.mayBeUseless && isUseless(outcome))))
    return EXIT.ok;
  if (isQuiet(outcome) && from !== null && from >= now) {
    throw new CliError('nothing to load: --from lies in the future', EXIT.source);
  }
  // A queue without a new log is what a run that comes too early finds.
  const isEmptyQueue = isEmpty(outcome) && !isQueue.includes(false) && !effects.signal.aborted;
  if (isEmptyQueue && args.quiet) return EXIT.ok;
  await effects.stderr.write(args.quiet ? summarizeTrouble(outcome) : summarize(outcome, args.db, judged));
  if (isEmptyQueue) return EXIT.ok;
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

/** Returns how far the clocks of the evidence are ahead; null where no flag says so. */
function clockOption({ clock, nodeClock }: LoadArguments): ClockOffset | null {
  for (const [flag, value] of [
    ['clock', clock],
    ['node-clock', nodeClock],
  ] as const) {
    if (value !== undefined && !(Math.abs(value) <= DAY_SECONDS))
      throw new CliError(
        `--${flag} is not a number of seconds of at most a day: write it as --${flag} 6 or --${flag} -4.5`,
        EXIT.usage,
      );
  }
  if (clock === undefined && nodeClock === undefined) return null;
  return { clock: fromSeconds(clock ?? 0), nodeClock: fromSeconds(nodeClock ?? clock ?? 0) };
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
  builder: loadOptions,
  run,
};
