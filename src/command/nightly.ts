/** `draintrace nightly`: the command for a timer. Safe to run twice, to miss nights, to kill, and to overlap. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import { defaultValues } from '../query/parameter.ts';
import { type Day, judgeNight, type Night, nightMarkdown, nightMessage, nightMetrics } from '../report/night.ts';
import { safeJson } from '../report/text.ts';
import { openDatabase } from '../store/database.ts';
import { takeLock } from '../store/lock.ts';
import { isKept, keepEvidence } from '../store/materialised-view.ts';
import { expire, type NightRun, storedNights, storedRun, storeNight, storeRun } from '../store/night.ts';
import { type Cell, selectAll } from '../store/select.ts';
import { DAY, dayNumber, formatDay, formatMillis, fromMillis, toSeconds } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import { UTC } from '../time/zone.ts';
import { readBrief, withCoverage } from './brief.ts';
import { type Command, DEFAULT_DATABASE, type Effects, type GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { judgeLoaded } from './judge.ts';
import type { LoadArguments } from './load-option.ts';
import { Teller } from './night-teller.ts';
import {
  CONFIG_KEYS,
  describeKey,
  flagOf,
  givenFlags,
  isListKey,
  type NightlyConfig,
  readConfig,
  variableOf,
} from './nightly-config.ts';
import { failedMessage, Notifier } from './notify-option.ts';
import { memoryOption } from './option.ts';
import { noteTo } from './output.ts';
import { publish } from './publish.ts';
import { readIncident } from './read-incident.ts';
import { pageOf } from './report.ts';
import { dayOfSummary } from './stored-day.ts';

interface NightlyArguments extends GlobalArguments {
  config: string | undefined;
  day: string | undefined;
  [key: string]: unknown;
}

/** Number of earlier nights to compare a day with. */
const COMPARED = 7;
const WAIT_SECONDS = 600;

function builder(yargs: Argv<GlobalArguments>): unknown {
  yargs
    .option('config', { type: 'string', requiresArg: true, describe: 'file in YAML or JSON with the keys below' })
    .option('day', {
      type: 'string',
      requiresArg: true,
      describe: 'the day to report, as 2026-03-10; default: all days since the last night',
    });
  for (const key of CONFIG_KEYS) {
    if (key === 'db') continue;
    yargs.option(flagOf(key), {
      type: 'string',
      ...(isListKey(key) ? { array: true, nargs: 1 } : { requiresArg: true }),
      describe: `${describeKey(key)} (${key} in the file, ${variableOf(key)})`,
    });
  }
  return yargs;
}

async function run(args: NightlyArguments, effects: Effects): Promise<number> {
  const flags = givenFlags(args);
  // --db always has a value. A default must not override the file.
  if (args.db !== (effects.env.DRAINTRACE_DB || DEFAULT_DATABASE)) flags.db = args.db;
  const config = readConfig(args.config, effects.env, flags);
  memoryOption(config.memory, 'memory');
  const notifier = new Notifier(config, config.profile ?? null, effects);
  const teller = new Teller(effects, config.logFormat);
  const lock = await takeLock(`${config.db}.nightly`);
  if ('holder' in lock) {
    await teller.tell('already running', { by: lock.holder });
    return EXIT.ok;
  }
  try {
    const nights: Night[] = [];
    const code = await runNight(config, args.day, teller, effects, nights);
    for (const night of nights) {
      const metrics = nightMetrics(night, Math.floor(toSeconds(effects.now())));
      await notifier.send(nightMessage(night, code, code === EXIT.partial), metrics);
    }
    return notifier.codeOf(code);
  } catch (error) {
    if (!effects.signal.aborted) await notifier.send(failedMessage('nightly', error));
    throw error;
  } finally {
    lock.release();
  }
}

async function runNight(
  config: NightlyConfig,
  asked: string | undefined,
  teller: Teller,
  effects: Effects,
  nights: Night[],
): Promise<number> {
  const { days, last } = await daysToDo(config, asked, effects);
  if (days.length === 0) {
    // A retry must report the same result as the first try.
    await teller.tell('nothing to do', { reason: 'the last day is reported' });
    for (const broken of last?.broken ?? []) await teller.tell('limit broken', broken);
    return last === null ? EXIT.ok : codeOf(last);
  }

  // Load new data, logs first, because evidence may be about them.
  const from = days[0]!;
  const to = days.at(-1)! + DAY;
  let partial = false;
  for (const [what, sources] of [
    ['logs', config.sources],
    ['evidence', config.evidence],
  ] as const) {
    if (sources.length === 0) continue;
    const loaded = await load(config, sources, from, to, what === 'evidence', effects);
    await teller.tell('loaded', { what, from: formatMillis(from), to: formatMillis(to), complete: loaded === EXIT.ok });
    if (loaded === EXIT.interrupted) return loaded;
    if (loaded !== EXIT.ok) partial = true;
  }

  const database = await openDatabase(config.db, {
    ...{ readOnly: false, wait: WAIT_SECONDS, signal: effects.signal, note: noteTo(effects) },
    memory: memoryOption(config.memory, 'memory'),
  });
  try {
    const expired = await expire(database.connection, parseTypedTime(`-${config.retention}`, effects.now())!);
    await teller.tell('expired', { objects: expired, olderThan: config.retention });
    await judgeLoaded(database.connection, effects);
    await keepEvidence(database.connection, ['rollouts', 'late_request']);
    let run = beginRun(last, days.map(formatDay), partial, asked !== undefined);
    for (const start of days) {
      if (effects.signal.aborted) return EXIT.interrupted;
      const night = await reportDay(database.connection, start, config, effects);
      const { day } = night.day;
      nights.push(night);
      await teller.tell('day', { ...night.day, workloads: night.day.workloads.length });
      if (night.answer) await teller.answer(day, night.answer);
      for (const broken of night.broken) await teller.tell('limit broken', { day, ...broken });
      for (const change of night.changes) await teller.tell('change', { day, says: change });
      const others = run.broken.filter((one) => one.day !== day);
      run = { ...run, broken: [...others, ...night.broken.map((broken) => ({ day, ...broken }))] };
      // Record broken limits before the day counts as done: after a kill in between, the day is done again.
      if (asked === undefined || last?.days.includes(day)) await storeRun(database.connection, run);
      await storeNight(database.connection, day, night.day);
    }
    if (asked === undefined) await storeRun(database.connection, { ...run, finished: true });
    else run = { ...run, partial, broken: run.broken.filter((one) => one.day === asked) };
    await database.seal();
    return codeOf(run);
  } finally {
    database.close();
  }
}

/** A source that could not be read completely outweighs limits, because a retry may find more. */
const codeOf = ({ partial, broken }: NightRun): number =>
  partial ? EXIT.partial : broken.length > 0 ? EXIT.limit : EXIT.ok;

/** Returns the run to make: continues a run that was killed between two days; a requested day replaces its part of its run. */
function beginRun(last: NightRun | null, days: string[], partial: boolean, isAsked: boolean): NightRun {
  if (last !== null && (isAsked || !last.finished)) {
    return { ...last, days: [...new Set([...last.days, ...days])].sort(), partial: isAsked ? last.partial : partial };
  }
  return { days, partial, broken: [], finished: false };
}

interface ToDo {
  /** Starts of days, microseconds. */
  days: number[];
  last: NightRun | null;
}

/** Returns the days to report: the requested one, else those since the last night, else those of a run that read only a part. */
async function daysToDo(config: NightlyConfig, asked: string | undefined, effects: Effects): Promise<ToDo> {
  const day = asked !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(asked) ? parseTypedTime(asked, effects.now()) : null;
  if (asked !== undefined && day === null) {
    throw new CliError(`--day ${asked} is not a day: write it as 2026-03-10`, EXIT.usage);
  }
  const options = { readOnly: false, wait: WAIT_SECONDS, signal: effects.signal, note: noteTo(effects) };
  const database = await openDatabase(config.db, options);
  try {
    const last = await storedRun(database.connection);
    if (day !== null) return { days: [day], last };
    const yesterday = (dayNumber(effects.now()) - 1) * DAY;
    const latest = [...(await storedNights(database.connection)).keys()].sort().at(-1);
    const startOf = (name: string): number => fromMillis(Date.parse(`${name}T00:00:00Z`));
    const first = Math.max(
      latest === undefined ? yesterday : startOf(latest) + DAY,
      yesterday - (config.catchUp - 1) * DAY,
    );
    const days = Array.from({ length: Math.max(0, (yesterday - first) / DAY + 1) }, (_, i) => first + i * DAY);
    return { days: days.length === 0 && last?.partial ? last.days.map(startOf) : days, last };
  } finally {
    database.close();
  }
}

async function load(
  config: NightlyConfig,
  source: string[],
  from: number,
  to: number,
  mayBeEmpty: boolean,
  effects: Effects,
): Promise<number> {
  const { db, account, region, lb, endpointUrl, profile, keep, lookBack, timezone, selector, memory } = config;
  const { command } = await import('./load.ts');
  const { loadDefaults } = await import('./load-option.ts');
  const args: LoadArguments = {
    ...loadDefaults,
    ...{ db, account, region, lb, endpointUrl, profile, keep, lookBack, timezone, selector, memory },
    logs: [],
    source,
    from: formatMillis(from),
    to: formatMillis(to),
    wait: WAIT_SECONDS,
    ...{ judge: false, quiet: true, mayBeEmpty },
  };
  return command.run(args, effects);
}

/** Judges a day and writes the requested outputs. */
async function reportDay(
  connection: DuckDBConnection,
  start: number,
  config: NightlyConfig,
  effects: Effects,
): Promise<Night> {
  const window = { from: start, to: start + DAY };
  const day = await readDay(connection, window);
  const nights = await storedNights(connection);
  const earliest = formatDay(start - COMPARED * DAY);
  const before = [...nights]
    .filter(([name]) => name < day.day && name >= earliest)
    .flatMap(([, summary]) => dayOfSummary(summary) ?? []);
  const place = (template: string) => template.replaceAll('{day}', day.day);
  const incident = config.report ? await readIncident(connection, window) : null;
  const brief = await readBrief(connection, window, UTC, { withRollouts: isKept(connection, 'verdict') });
  const { answer } = brief;
  if (incident) {
    const shown = incident.failures === 0 ? withCoverage(incident, brief) : incident;
    await publish(place(config.report!), pageOf(shown));
  }
  const night = judgeNight(day, before, config.limits as Record<string, number>, answer);
  if (config.summary) await publish(place(config.summary), nightMarkdown(night));
  if (config.json) await publish(place(config.json), `${safeJson(night)}\n`);
  if (config.metrics) await publish(config.metrics, nightMetrics(night, Math.floor(toSeconds(effects.now()))));
  return night;
}

const COUNTED = ['requests', 'failures'];
const TAILS = ['late_requests', 'late_p99_seconds', 'late_max_seconds'];

async function readDay(connection: DuckDBConnection, window: { from: number; to: number }): Promise<Day> {
  const ask = (name: string): Promise<Record<string, Cell>[]> => {
    const query = catalogueQuery(name);
    return selectAll(connection, query.sql, {
      ...defaultValues(query.parameters),
      from: { type: 'timestamp', value: window.from },
      to: { type: 'timestamp', value: window.to },
    });
  };
  const row = (await ask('day-summary'))[0] ?? {};
  const number = (key: string): number => Number(row[key] ?? 0);
  const tail = (key: string): number | null => (row[key] === null || row[key] === undefined ? null : Number(row[key]));
  const causes = Object.keys(row).filter((key) => key !== 'day' && !COUNTED.includes(key) && !TAILS.includes(key));
  return {
    day: formatDay(window.from),
    requests: number('requests'),
    failures: number('failures'),
    causes: Object.fromEntries(causes.map((key) => [key, number(key)])),
    late_p99_seconds: tail('late_p99_seconds'),
    late_max_seconds: tail('late_max_seconds'),
    workloads: (await ask('failing-workloads')).map(({ workload, failures }) => ({
      workload: String(workload),
      failures: Number(failures),
    })),
  };
}

export const command: Command<NightlyArguments> = {
  command: 'nightly',
  describe: 'Load new data, report the day, compare it with the days before, and apply a retention',
  examples: [
    ['draintrace nightly --config /etc/draintrace.yaml', 'what a timer runs once a night'],
    ['draintrace nightly --config draintrace.yaml --day 2026-03-10 --log-format json', 'one day again, facts as JSON'],
  ],
  cost: 'Lists the window and its look-back, reads what is new, and asks a few questions of one day.',
  builder,
  run,
};
