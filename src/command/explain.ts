/** `draintrace explain`: one request as a timeline: the events of its pod and target, and the verdict. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import type { BoundValue } from '../query/parameter.ts';
import { endingWord, kindWord, missingWord } from '../report/kind.ts';
import { type Story, type StoryEvent, tellStory } from '../report/story.ts';
import { safeJson } from '../report/text.ts';
import type { Cell } from '../store/select.ts';
import { HOUR_MS, SECOND_MS } from '../time/time.ts';
import { ask } from './ask.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { withDatabase } from './open.ts';
import { waitOption } from './option.ts';
import { styleFor } from './output.ts';
import { usualKind } from './usual-kind.ts';

interface ExplainArguments extends GlobalArguments {
  request: string;
  format: 'text' | 'json';
  wait: number;
}

type Row = Record<string, Cell>;

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('request', {
      type: 'string',
      demandOption: true,
      describe: 'trace id (Root=1-…, as X-Amzn-Trace-Id has it), or OBJECT:LINE, as trace prints object_id and line',
    })
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'form of the story' })
    .option('wait', waitOption);
}

/** A row of the log. */
interface Place {
  object_id: number;
  line: number;
  time: string;
}

const asText = (value: string | null): BoundValue => ({ type: 'text', value });
const asInteger = (value: number): BoundValue => ({ type: 'integer', value });

/** Returns the rows that the word names, at most a few: a trace id may be repeated. Throws CliError. */
async function find(connection: DuckDBConnection, given: string): Promise<Place[]> {
  // A word copied from a CSV ends in a carriage return and may be quoted.
  const request = given.trim().replace(/^"(.*)"$/, '$1');
  const [, object, line] = /^(.+):(\d{1,15})$/.exec(request) ?? [];
  const rows =
    object !== undefined && line !== undefined
      ? await findLine(connection, object, Number(line))
      : await findTraceId(connection, request);
  if (rows.length === 0) {
    throw new CliError(
      `no request ${request} is loaded: give a trace id as Root=1-… or OBJECT:LINE, as trace --format csv prints them`,
      EXIT.usage,
    );
  }
  return rows.map((row) => ({ object_id: Number(row.object_id), line: Number(row.line), time: String(row.time) }));
}

async function findLine(connection: DuckDBConnection, object: string, line: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const named of await ask(connection, 'explain-object', { object: asText(object) })) {
    const found = await ask(connection, 'explain-by-line', {
      object: asInteger(Number(named.object_id)),
      line: asInteger(line),
      first: asText(str(named.first_time)),
      last: asText(str(named.last_time)),
    });
    rows.push(...found);
  }
  return rows;
}

/** Looks around the second that the id holds, and in all rows if it is not there: a client may send an old id, or one of its own. */
async function findTraceId(connection: DuckDBConnection, request: string): Promise<Row[]> {
  const bare = request.replace(/^Root=/, '').replace(/[%_]/g, '');
  const among = (from: string | null, to: string | null): Promise<Row[]> =>
    ask(connection, 'explain-by-trace-id', {
      id: asText(request),
      bare: asText(bare),
      from: asText(from),
      to: asText(to),
    });
  const [, second] = /^1-([0-9a-f]{8})-/.exec(bare) ?? [];
  if (second !== undefined) {
    const made = Number.parseInt(second, 16) * SECOND_MS;
    const iso = (ms: number): string => new Date(ms).toISOString();
    const rows = await among(iso(made - HOUR_MS), iso(made + HOUR_MS));
    if (rows.length > 0) return rows;
  }
  return among(null, null);
}

const str = (value: Cell | undefined): string | null => (value === null || value === undefined ? null : String(value));

/** Returns the event of the columns `<name>_earliest` and `<name>_latest`, if either is known. */
function event(row: Row, name: string, what: string): StoryEvent[] {
  const earliest = str(row[`${name}_earliest`]);
  const latest = str(row[`${name}_latest`]);
  return earliest === null && latest === null ? [] : [{ earliest, latest, what }];
}

const moment = (time: Cell | undefined, what: string): StoryEvent[] =>
  str(time) === null ? [] : [{ earliest: str(time), latest: str(time), what }];

function timelineOf(row: Row, facts: readonly Row[]): StoryEvent[] {
  const target = row.target_ip === null ? null : `${row.target_ip}:${row.target_port}`;
  const kind = str(row.target_kind);
  const pod = `${kindWord(kind)} ${row.target_name}`;
  const ending = `${endingWord(kind)} of ${pod} ${kind === 'ecs_task' ? 'began' : 'was asked for'}`;
  const why = [row.deleted_reason, row.deleted_detail].filter((part) => part != null).join(': ');
  const failed = row.mechanism === null ? 'answered' : `failed (${row.mechanism})`;
  const by = row.deleted_by === null || row.deleted_by === undefined ? '' : ` by ${row.deleted_by}`;
  const timeline = [
    ...moment(row.request_creation_time, `ROUTED to ${target ?? 'no target'}`),
    ...moment(row.time, `${failed.toUpperCase()} with ${row.elb_status_code}`).map((one) => ({
      ...one,
      follows: row.target_was === 'cut off' ? str(row.exited_earliest) : null,
    })),
    ...moment(row.answered_before, `${target} had last answered a request routed then`),
    ...moment(row.answered_after, `${target} answered the next request, routed then`),
  ];
  if (row.life !== null) {
    timeline.push(...event(row, 'created', `${pod} was created`), ...event(row, 'ready', `${pod} was ready`));
    if (row.deleted_latest !== null)
      timeline.push(...event(row, 'deleted', `${ending}${by}${kind === 'ecs_task' && why !== '' ? ` (${why})` : ''}`));
    else timeline.push(...moment(row.seen_until, `${pod} was last seen running`));
    timeline.push(
      ...event(row, 'first_finished', `first container of ${pod} ended`),
      ...event(row, 'finished', `last container of ${pod} ended`),
      ...event(row, 'gone', `${pod} was gone`),
    );
  }
  timeline.push(
    ...moment(row.registered_from, `${target} was registered by then`),
    ...(row.drained_latest === null ? [] : event(row, 'drained', `${target} was no longer draining`)),
  );
  if (row.deregistered_latest !== null) timeline.push(...event(row, 'deregistered', `${target} was deregistered`));
  else timeline.push(...moment(row.deregistered_earliest, `${target} was last seen registered`));
  for (const fact of facts) {
    const detail = [fact.reason, fact.detail].filter((part) => part !== null).join(': ');
    timeline.push(...event(fact, 'fact', `${fact.event} ${fact.container ?? ''} ${detail}`.replace(/ +/g, ' ').trim()));
  }
  return timeline;
}

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

async function storyOf(connection: DuckDBConnection, place: Place): Promise<Story> {
  const parameters = { object: asInteger(place.object_id), line: asInteger(place.line) };
  const [routed] = await ask(connection, 'explain-request', { ...parameters, time: asText(place.time) });
  const [verdict] = await ask(connection, 'explain-verdict', parameters);
  const row: Row = { ...routed, ...verdict };
  // Other facts about the pod around the request: restarts, warnings, lost readiness.
  const facts = await ask(connection, 'explain-facts', {
    life: asText(str(row.life)),
    routed: asText(str(row.request_creation_time ?? row.time)),
    failed: asText(str(row.time)),
  });
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
    missing: row.missing == null ? null : missingWord(String(row.missing), await kindOf(connection, row)),
    evidence: str(row.evidence),
    timeline: timelineOf(row, facts),
  };
}

async function run(args: ExplainArguments, effects: Effects): Promise<number> {
  return withDatabase({ ...args, readOnly: true, needs: ['verdict'] }, effects, async (connection) => {
    const places = await find(connection, args.request);
    for (const [i, place] of places.entries()) {
      const story = await storyOf(connection, place);
      const text = args.format === 'json' ? `${safeJson(story)}\n` : tellStory(story, styleFor(effects));
      await effects.stdout.write(i > 0 && args.format === 'text' ? `\n${text}` : text);
    }
    return EXIT.ok;
  });
}

export const command: Command<ExplainArguments> = {
  command: 'explain <request>',
  describe: 'Tell the story of one request as a timeline',
  examples: [
    ['draintrace explain Root=1-63b939e2-312611fa7a64f07e63d24099', 'its result, and why'],
    ['draintrace explain 1:1 --format json', 'the first line of the first object, for a program'],
  ],
  cost: 'One scan of the rows of two hours for the trace id (of all rows if it is not there), and the verdicts of the failed ones.',
  builder,
  run,
};
