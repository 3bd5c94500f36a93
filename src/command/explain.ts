/** `draintrace explain`: requests as timelines: the events of their targets and nodes, and the verdict. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import type { BoundValue } from '../query/parameter.ts';
import { missingWord } from '../report/kind.ts';
import { remedyOf } from '../report/remedy.ts';
import { type Story, tellStory } from '../report/story.ts';
import { safeJson } from '../report/text.ts';
import { timelineOf } from '../report/timeline.ts';
import type { Cell } from '../store/select.ts';
import type { Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { findByName, findBySelector, type Matches, type RequestPlace, type Selector } from './explain-find.ts';
import { withDatabase } from './open.ts';
import { timeOption, waitOption, type ZoneArguments, zoneOption, zoneOptions } from './option.ts';
import { styleFor } from './output.ts';
import { usualKind } from './usual-kind.ts';

interface ExplainArguments extends GlobalArguments, ZoneArguments {
  request: string | undefined;
  client: string | undefined;
  target: string | undefined;
  url: string | undefined;
  status: number | undefined;
  rollout: string | undefined;
  at: string | undefined;
  limit: number | undefined;
  format: 'text' | 'json';
  wait: number;
}

type Row = Record<string, Cell>;

/** Most matches to list. */
const LISTED = 10;

const text = (value: string | null): BoundValue => ({ type: 'text', value });

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('request', {
      type: 'string',
      describe: 'trace id (Root=1-…, as X-Amzn-Trace-Id has it), or OBJECT:LINE, as trace prints object_id and line',
    })
    .option('client', { type: 'string', requiresArg: true, describe: 'instead of REQUEST: address of the client' })
    .option('target', { type: 'string', requiresArg: true, describe: 'address of the target, as 10.0.1.5:8080' })
    .option('url', { type: 'string', requiresArg: true, describe: 'part of the url' })
    .option('status', { type: 'number', requiresArg: true, describe: 'status code that the client got' })
    .option('rollout', {
      type: 'string',
      requiresArg: true,
      describe: 'failures of a rollout, by its name in draintrace query failures-per-rollout',
    })
    .option('at', {
      type: 'string',
      requiresArg: true,
      describe: 'time near which it was: the nearest requests first; without it the newest',
    })
    .option('limit', {
      type: 'number',
      requiresArg: true,
      describe: 'of several matches tell this many stories; default: list ten, tell the first',
    })
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'form of the story' })
    .options(zoneOptions)
    .option('wait', waitOption);
}

const str = (value: Cell | undefined): string | null => (value === null || value === undefined ? null : String(value));

/** R is the routing, F the failure, D the deletion, X the deregistration, T the exit (docs/verdicts.md). */
const NUMBERS = {
  'R-D': 'seconds_after_deletion',
  'R-X': 'seconds_after_deregistration',
  'R-T': 'seconds_after_exit',
  'F-T': 'failed_seconds_after_exit',
} as const;

function numbersOf(row: Row): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(NUMBERS).map(([name, column]) => {
      const value = row[column];
      return [name, typeof value === 'number' ? value : null];
    }),
  );
}

/** Kind of a target without evidence: the kind of the other targets. */
async function kindOf(connection: DuckDBConnection, row: Row): Promise<string | null> {
  const kind = str(row.target_kind);
  return kind === null || kind === 'unknown' ? usualKind(connection) : kind;
}

async function storyOf(connection: DuckDBConnection, place: RequestPlace): Promise<Story> {
  const parameters: Record<string, BoundValue> = {
    object: { type: 'integer', value: place.object_id },
    line: { type: 'integer', value: place.line },
  };
  const [routed] = await ask(connection, 'explain-request', { ...parameters, time: text(place.time) });
  const [verdict] = await ask(connection, 'explain-verdict', parameters);
  const row: Row = { ...routed, ...verdict };
  const around = {
    life: text(str(row.life)),
    routed: text(str(row.request_creation_time ?? row.time)),
    failed: text(str(row.time)),
  };
  // Other facts about the target around the request: restarts, warnings, lost readiness.
  const facts = await ask(connection, 'explain-facts', around);
  const calls = await ask(connection, 'explain-target-calls', {
    ...around,
    group: text(str(row.target_group_arn)),
    target_ip: text(str(row.target_ip)),
    target_port: { type: 'integer', value: row.target_port === null ? null : Number(row.target_port) },
  });
  const node = await ask(connection, 'explain-node', { ...around, node: text(str(row.node)) });
  const kind = await kindOf(connection, row);
  const missing = row.missing == null ? null : missingWord(String(row.missing), kind);
  const answer = row.target_status_code === null ? 'the balancer itself' : `the target (${row.target_status_code})`;
  return {
    traceId: str(row.trace_id),
    place: `${place.object_id}:${place.line}`,
    requestLine: str(row.request_line),
    routed: str(row.request_creation_time),
    failed: str(row.time) ?? '',
    status: `${row.elb_status_code ?? 'no status'} by ${answer}`,
    targetGroup: str(row.target_group_arn),
    mechanism: str(row.mechanism),
    cause: str(row.cause),
    confidence: str(row.confidence),
    otherCause: str(row.other_cause),
    rule: str(row.rule),
    condition: str(row.condition),
    told: str(row.told),
    targetWas: str(row.target_was),
    pattern: str(row.pattern),
    numbers: numbersOf(row),
    because: str(row.because),
    nextStep: str(row.next_step),
    missing,
    remedy: missing === null ? null : remedyOf(missing, kind),
    evidence: str(row.evidence)?.split('; ') ?? [],
    timeline: timelineOf({ request: row, facts, calls, node }),
  };
}

/** Returns the places of the requests to explain, and the list of all matches if there are several. */
async function placesOf(
  connection: DuckDBConnection,
  args: ExplainArguments,
  selector: Selector,
  zone: Zone,
): Promise<Matches> {
  if (args.request !== undefined)
    return { places: (await findByName(connection, args.request)).slice(0, args.limit), list: '', isFar: false };
  const { places, list, isFar } = await findBySelector(connection, selector, args.limit ?? LISTED, zone);
  return { places: args.limit === undefined ? places.slice(0, 1) : places, list, isFar };
}

async function run(args: ExplainArguments, effects: Effects): Promise<number> {
  const zone = zoneOption(args, effects.env);
  const at = timeOption(args.at, 'at', effects.now(), zone);
  const { client, target, url, status, rollout, limit } = args;
  const selector: Selector = { client, target, url, status, rollout, at };
  const isSelected = Object.values(selector).some((value) => value !== undefined && value !== null);
  if (args.request === undefined && !isSelected) {
    throw new CliError(
      'explain needs a request: a trace id, OBJECT:LINE, or --client, --target, --url, --status, --rollout, --at',
      EXIT.usage,
    );
  }
  if (args.request !== undefined && isSelected) {
    throw new CliError(`${args.request} names a request: leave --client, --target and the like out`, EXIT.usage);
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new CliError(`--limit ${limit} is not a number of requests above 0: write it as --limit 3`, EXIT.usage);
  }
  const needs = rollout === undefined ? ['verdict'] : ['verdict', 'rollout_failure'];
  return withDatabase({ ...args, readOnly: true, needs }, effects, async (connection) => {
    const { places, list, isFar } = await placesOf(connection, args, selector, zone);
    const isText = args.format === 'text';
    // The story is what was asked for, and the other matches come after it; but a match far from the time is not what was asked for.
    if (isText && isFar && list !== '') await effects.stdout.write(`${list}\n`);
    for (const [i, place] of places.entries()) {
      const story = await storyOf(connection, place);
      const text = args.format === 'json' ? `${safeJson(story)}\n` : tellStory(story, styleFor(effects), zone);
      await effects.stdout.write(i > 0 && isText ? `\n${text}` : text);
    }
    if (!isText) await effects.stderr.write(list);
    else if (!isFar && list !== '') await effects.stdout.write(places.length > 0 ? `\n${list}` : list);
    return EXIT.ok;
  });
}

export const command: Command<ExplainArguments> = {
  command: 'explain [request]',
  describe: 'Tell the story of one request as a timeline',
  examples: [
    ['draintrace explain Root=1-63b939e2-312611fa7a64f07e63d24099', 'its result, and why'],
    [
      'draintrace explain --client 203.0.113.7 --at 2026-03-10T14:01:20Z --status 504',
      'what somebody complains about: the nearest requests, and the story of the first',
    ],
  ],
  cost: 'One scan of the rows of two hours for the trace id, or of minutes around --at (of all rows without them); and the verdicts of the failed ones.',
  builder,
  run,
};
