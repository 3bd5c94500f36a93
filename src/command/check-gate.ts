/** `check --gate`: its flags, and the looks at the window. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { count } from '../number/count.ts';
import type { Checked } from '../report/check-report.ts';
import { printable } from '../report/text.ts';
import { formatMillis, fromMillis, MINUTE, type Micros, SECOND_MS } from '../time/time.ts';
import type { Effects, GlobalArguments } from './command.ts';
import { coverageOf } from './coverage.ts';
import { deliveredNodes } from './delivered-node.ts';
import { CliError, EXIT, mayPass } from './error.ts';
import { followRollouts } from './follow-rollout.ts';
import { passGate } from './gate.ts';
import { loadQuietly } from './load-quietly.ts';
import { withDatabase } from './open.ts';
import { durationOption } from './option.ts';

export interface GateArguments {
  gate: boolean;
  drain: string | undefined;
  longest: string | undefined;
  every: string | undefined;
}

/** The usual values of the flags. */
const USUAL = { drain: '5m', longest: '1h', every: '30s' };

/** Minutes after the end of the window after which its logs are here, or late. */
const SETTLE = 20;

/** Adds the flags of the gate. */
export function gateOptions(yargs: Argv<GlobalArguments>) {
  return yargs
    .option('gate', {
      type: 'boolean',
      default: false,
      describe: `load and judge again and again, until a limit is broken or the logs of the window are complete, at the latest --settle (${SETTLE}) minutes after its end; without --to the window ends with the rollouts since --from`,
    })
    .option('drain', {
      type: 'string',
      describe: `for --gate without --to: where the evidence shows no rollout since --from, the window ends so much from now (${USUAL.drain})`,
    })
    .option('longest', {
      type: 'string',
      describe: `for --gate without --to: a rollout that has not ended by then fails the check (${USUAL.longest})`,
    })
    .option('every', { type: 'string', describe: `for --gate: time between two looks (${USUAL.every})` });
}

/** Times of a gate. */
interface GateTimes {
  settle: Micros;
  drain: Micros;
  longest: Micros;
  everyMs: number;
}

interface GateFlags extends GateArguments {
  load: readonly string[];
  from: string | undefined;
  to: string | undefined;
  settle: number | undefined;
}

/** Returns the times of a gate; null where none is asked for. Throws CliError, so that what cannot work is told before the wait. */
export function gateTimes(args: GateFlags): GateTimes | null {
  const wrong = (sentence: string): CliError => new CliError(sentence, EXIT.usage);
  const { gate, load, from, to, settle = SETTLE } = args;
  const given = (['drain', 'longest', 'every'] as const).filter((flag) => args[flag] !== undefined);
  if (!gate) {
    if (given.length > 0) throw wrong(`--${given[0]} is of a gate: give --gate too`);
    return null;
  }
  if (load.length === 0) throw wrong('--gate loads again and again: say what, as --load s3://my-alb-logs');
  if (load.includes('-')) throw wrong('--gate loads again and again, and standard input can be read once: name a file');
  const following = given.find((flag) => flag !== 'every');
  if (to !== undefined && following !== undefined)
    throw wrong(`--${following} is for rollouts that the gate follows: leave out --to or --${following}`);
  if (to === undefined && from === undefined)
    throw wrong('--gate follows the rollouts since --from: say since when, as --from -5m, or give --to');
  const [drain, longest, every] = (['drain', 'longest', 'every'] as const).map((flag) =>
    durationOption(args[flag] ?? USUAL[flag], flag),
  ) as [number, number, number];
  const times = { settle: settle * MINUTE, drain: fromMillis(drain), longest: fromMillis(longest) };
  if (times.drain > times.longest + times.settle)
    throw wrong(
      `--drain ${args.drain ?? USUAL.drain} is longer than --longest ${args.longest ?? USUAL.longest} and --settle ${count(settle, 'minute')} together, so the gate would end before its window: give a longer --longest`,
    );
  return { ...times, everyMs: Math.max(SECOND_MS, every) };
}

/** The gate moves the end of the window that it judges. */
export interface JudgedWindow {
  from: Micros | null;
  to: Micros | null;
}

/** Why a window cannot be judged, one sentence each. */
export interface Reasons {
  /** These fail the check in any case, because they are no missing data. */
  sure: readonly string[];
  doubts: readonly string[];
}

/** The checks, or the exit code of a load that read only a part. */
export type Judged = { checks: Checked[] } | { unloaded: number };

interface JudgeRequest {
  db: string;
  wait: number;
  load: readonly string[];
  /** Flags of `load`. */
  words: readonly string[];
  allowMissing: boolean;
  window: JudgedWindow;
  now: Micros;
  times: GateTimes;
  judge(connection: DuckDBConnection, window: JudgedWindow, reasons: Reasons): Promise<Checked[]>;
}

/** Judges the window when the gate lets it pass. */
export async function judgeAtGate(
  { db, wait, load, words, allowMissing, window, now, times, judge }: JudgeRequest,
  effects: Effects,
): Promise<Judged> {
  const { settle, drain, longest, everyMs } = times;
  const fixed = window.to;
  let unloaded: number = EXIT.ok;
  let isSeen = true;
  const { outcome, why } = await passGate({
    settle,
    deadline: fixed ?? now + longest,
    everyMs,
    now: effects.now,
    async look() {
      unloaded = await loadQuietly({ db, source: load, from: window.from, to: fixed, words }, effects);
      if (unloaded === EXIT.interrupted) effects.signal.throwIfAborted();
      return withDatabase({ db, wait, readOnly: true, needs: ['rollout_failure'] }, effects, async (connection) => {
        const followed =
          fixed === null
            ? await followRollouts(connection, window.from!, now + drain)
            : { to: fixed, going: '', isSeen: true, unknown: '' };
        const { to, going, unknown } = followed;
        isSeen = followed.isSeen;
        window.to = to ?? effects.now();
        const checks = await judge(connection, window, {
          // A rollout that goes on is not missing data: its failures are still to come.
          sure: going === '' ? [] : [`the rollout has not ended: ${going}`],
          doubts: unknown === '' ? [] : [unknown],
        });
        const { end, requests } = await coverageOf(connection, { ...window, targetGroup: null, lb: null });
        const nodes = await deliveredNodes(connection, window.to);
        const isBroken = checks.some(({ passed, limit }) => !passed && limit !== null);
        const ends = [end, nodes.end].filter((time) => time !== null);
        return {
          ...{ outcome: checks, isBroken, to, requests, going, late: nodes.late },
          lacks: unloaded !== EXIT.ok ? 'a source could not be read completely' : allowMissing ? '' : unknown,
          end: ends.length === 0 ? null : Math.max(...ends),
        };
      });
    },
    mayPass: (error): error is Error => !effects.signal.aborted && mayPass(error),
    sleep: async (milliseconds) => void (await sleep(milliseconds, undefined, { signal: effects.signal })),
    note: (text) => effects.stderr.write(`${printable(text)}\n`),
  });
  if (!isSeen && why !== 'broken') {
    const end = formatMillis(window.to!);
    await effects.stderr.write(`the evidence shows no rollout since --from, so the window ended at ${end}\n`);
  }
  // A limit that is broken is broken whatever is missing.
  if (unloaded !== EXIT.ok && why !== 'broken') return { unloaded };
  return { checks: outcome };
}
