/** `draintrace watch --live`: loads new logs again and again, and shows each failure once, with its cause. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoadOutcome } from '../load/main/request.ts';
import { catalogueQuery } from '../query/catalogue.ts';
import { emptyMessage, type RunMessage } from '../report/message.ts';
import { count, duration, printable, safeJson } from '../report/text.ts';
import { showingMetrics } from '../report/watch-metrics.ts';
import { OTHER_BALANCER } from '../source/key.ts';
import { type Cell, selectAll } from '../store/select.ts';
import { formatMillis, fromMillis, MINUTE, type Micros, SECOND_MS, toMillis, toSeconds } from '../time/time.ts';
import { timeText, UTC } from '../time/zone.ts';
import type { ClusterArguments } from './cluster-option.ts';
import type { Effects } from './command.ts';
import { coverageOf } from './coverage.ts';
import { CliError, EXIT, mayPass } from './error.ts';
import { loadQuietly } from './load-quietly.ts';
import { MetricsFile } from './metrics-file.ts';
import { withDatabase } from './open.ts';
import { durationOption, timeOption } from './option.ts';
import { traceParameters } from './trace-parameter.ts';

/** Flags of `watch`: those of --live, and those that a recording reads. */
export interface LiveArguments extends ClusterArguments {
  out: string | undefined;
  live: string[];
  lb: string[];
  last: string;
  every: string;
  format: 'text' | 'ndjson';
  metrics: string | undefined;
  kubernetes: boolean | undefined;
  ecs: string[];
  nodes: boolean;
  quiet: boolean;
}

interface LiveRequest {
  db: string;
  source: readonly string[];
  /** Flags of `load`. */
  words: readonly string[];
  /** How far back failures are shown. */
  last: Micros;
  /** At least a second. */
  everyMs: number;
  format: 'text' | 'ndjson';
  /** File for metrics, if any. */
  metrics: string | undefined;
  quiet: boolean;
}

/** Returns what --live is asked for. Throws CliError for flags that it would pass over. */
export function liveRequest(args: LiveArguments, now: Micros): LiveRequest {
  if (args.out !== undefined)
    throw new CliError('--live shows and --out records: run them as two commands', EXIT.usage);
  const { namespace, selector, context, kubeconfig, ecs, nodes, kubernetes, lb, region, profile } = args;
  const { inCluster, targetGroup } = args;
  const recorded = { namespace, selector, context, kubeconfig, ecs, nodes, kubernetes };
  const others = { ...recorded, 'in-cluster': inCluster, 'target-group': targetGroup };
  const given = Object.entries(others).find(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value)));
  if (given !== undefined)
    throw new CliError(
      `--${given[0]} is of a recording (--out): give --live the folder of one beside the logs`,
      EXIT.usage,
    );
  const flags = [...lb.map((one) => ['lb', one]), ['region', region], ['profile', profile]];
  return {
    ...{ db: args.db, source: args.live, format: args.format, quiet: args.quiet, metrics: args.metrics },
    words: flags.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value])),
    last: now - timeOption(`-${args.last}`, 'last', now)!,
    everyMs: durationOption(args.every, 'every'),
  };
}

/** A balancer writes a log file for five minutes and delivers it minutes later; so a window is searched at least this long. */
const DELIVERED = 30 * MINUTE;
/** Causes of one round, most frequent first, in a message. */
const CAUSES_TOLD = 5;

type Row = Record<string, Cell>;
/** A failure is shown again when evidence gave it another cause. */
type Shown = Map<string, { cause: string; time: Micros }>;

/** Shows failures until `signal` is aborted; a look that has begun is finished, unless Ctrl-C ends it. `tell` gets a message of each round with new failures. Returns the exit code. */
export async function showLive(
  request: LiveRequest,
  effects: Effects,
  signal: AbortSignal,
  tell: (message: RunMessage) => Promise<void>,
): Promise<number> {
  const shown: Shown = new Map();
  const everyMs = Math.max(SECOND_MS, request.everyMs);
  let end: Micros | null = null;
  let text = '';
  let sawLog = false;
  const metrics = new MetricsFile(request.metrics, (problem) => void effects.stderr.write(`${printable(problem)}\n`));
  for (let round = 1; round === 1 || !signal.aborted; round++) {
    const now = effects.now();
    const { db, source, words } = request;
    const from = now - Math.max(request.last, DELIVERED);
    try {
      let isOfOthers = false;
      const took = (outcome: LoadOutcome): void => {
        sawLog ||= outcome.known > 0 || outcome.loaded.some(({ kind }) => kind === 'alb_access_log');
        isOfOthers = outcome.skipped.has(OTHER_BALANCER);
      };
      const code = await loadQuietly({ db, source, from, to: null, words, mayBeUseless: true, took }, effects);
      if (code === EXIT.source && round === 1) return code;
      if (round === 1 && !sawLog && isOfOthers && words.includes('--lb'))
        await effects.stderr.write(`${printable(othersText(request))}\n`);
    } catch (error) {
      if (effects.signal.aborted) break;
      // A wrong place is wrong at once. Later, a network may come back.
      if (round === 1 || !mayPass(error)) throw error;
      await effects.stderr.write(`${printable(error.message)}; trying again\n`);
    }
    const asked = now - request.last;
    const seen = await lookUnlessEnded(db, asked, effects, round > 1);
    if (seen === 'ended') break;
    if (seen === 'held') {
      await sleep(everyMs, undefined, { signal }).catch(() => {});
      continue;
    }
    const fresh = seen.rows.filter((row) => isNew(row, shown)).reverse();
    for (const row of fresh) await effects.stdout.write(lineOf(row, request.format));
    for (const [key, { time }] of shown) if (time < asked - DELIVERED) shown.delete(key);
    if (!request.quiet && (fresh.length > 0 || seen.end !== end || round === 1)) {
      await effects.stderr.write(`${printable(statusOf(fresh.length, seen.end, now, placeOf(request)))}\n`);
    }
    end = seen.end;
    sawLog ||= end !== null;
    text = metricsOf(seen, now);
    if (round === 1) await metrics.begin(() => text);
    else metrics.write();
    if (fresh.length > 0) await tell(messageOf(fresh, asked, now));
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
  await metrics.close();
  if (sawLog || effects.signal.aborted) return EXIT.ok;
  // A mistyped name looks like a balancer without requests.
  await effects.stderr.write(`${printable(`no log came: check ${placeOf(request)}`)}\n`);
  return EXIT.source;
}

/** The source, and the balancer if one is asked for, as they were typed. */
function placeOf({ source, words }: LiveRequest): string {
  const balancers = words.flatMap((word, i) => (words[i - 1] === '--lb' ? [`--lb ${word}`] : []));
  return [...source, ...balancers].join(' ');
}

const othersText = (request: LiveRequest): string =>
  `the logs there are of other load balancers: check ${placeOf(request)}`;

interface Seen {
  rows: Row[];
  end: Micros | null;
}

/** `held`: another process has the database, which a later round may get. `ended`: Ctrl-C. */
async function lookUnlessEnded(
  db: string,
  from: Micros,
  effects: Effects,
  mayWait: boolean,
): Promise<Seen | 'held' | 'ended'> {
  if (effects.signal.aborted) return 'ended';
  try {
    const how = { db, wait: 10, readOnly: true, needs: ['verdict'] };
    return await withDatabase(how, effects, (connection) => look(connection, from));
  } catch (error) {
    if (effects.signal.aborted) return 'ended';
    if (!mayWait || !mayPass(error)) throw error;
    await effects.stderr.write(`${printable(error.message)}; trying again\n`);
    return 'held';
  }
}

async function look(connection: DuckDBConnection, from: Micros): Promise<Seen> {
  const parameters = traceParameters({ from: formatMillis(from), all: false }, from);
  const rows = await selectAll(connection, catalogueQuery('trace').sql, parameters);
  const { end } = await coverageOf(connection, { from, to: null, targetGroup: null, lb: null });
  return { rows, end };
}

function isNew(row: Row, shown: Shown): boolean {
  const key = `${row.object_id} ${row.line}`;
  const cause = causeOf(row);
  if (shown.get(key)?.cause === cause) return false;
  shown.set(key, { cause, time: fromMillis(Date.parse(String(row.time))) });
  return true;
}

const causeOf = (row: Row): string => String(row.cause ?? row.mechanism);

function lineOf(row: Row, format: LiveRequest['format']): string {
  if (format === 'ndjson') {
    return `${safeJson(row)}\n`;
  }
  const target = row.target_name ?? row.pod_name;
  const place = row.target_ip === null ? 'no target' : `${row.target_ip}:${row.target_port}`;
  const words = [
    timeOf(row),
    row.elb_status_code,
    causeOf(row),
    row.confidence === null ? null : `(${row.confidence})`,
    target,
    place,
    row.request_line,
  ];
  return `${printable(words.filter((word) => word !== null && word !== undefined).join('  '))}\n`;
}

const timeOf = (row: Row): string => String(row.request_creation_time ?? row.time);

function statusOf(fresh: number, end: Micros | null, now: Micros, place: string): string {
  const late = 'logs arrive some five minutes after the five minutes that they are of';
  if (end === null) return `${timeText(toMillis(now), UTC)}: no log yet of ${place}; ${late}`;
  const behind = duration(toSeconds(Math.max(0, now - end)));
  return `${timeText(toMillis(now), UTC)}: ${count(fresh, 'new failure')}; logs are here up to ${timeText(toMillis(end), UTC)}, ${behind} ago; ${late}`;
}

function metricsOf({ rows, end }: Seen, now: Micros): string {
  return showingMetrics({ causes: causesOf(rows), logsEnd: end === null ? null : toSeconds(end) }, toSeconds(now));
}

function causesOf(rows: readonly Row[]): Map<string, number> {
  const causes = new Map<string, number>();
  for (const row of rows) causes.set(causeOf(row), (causes.get(causeOf(row)) ?? 0) + 1);
  return causes;
}

function messageOf(fresh: readonly Row[], from: Micros, to: Micros): RunMessage {
  const sorted = [...causesOf(fresh)]
    .map(([cause, failures]) => ({ cause, failures }))
    .sort((a, b) => b.failures - a.failures);
  return {
    ...emptyMessage('watch', `${count(fresh.length, 'new failure')}, the last at ${timeOf(fresh.at(-1)!)}`),
    ...{ outcome: 'failures', from: formatMillis(from), to: formatMillis(to), failures: fresh.length },
    causes: sorted.slice(0, CAUSES_TOLD),
  };
}
