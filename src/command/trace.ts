/** `draintrace trace`: each failure that the balancer caused, with its pod. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import type { Format } from '../report/rows.ts';
import { count } from '../report/text.ts';
import type { TraceRow } from '../report/trace-group.ts';
import { TraceSummary } from '../report/trace-summary.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { type Cell, type ResultRows, select } from '../store/select.ts';
import type { Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import { rolloutsOf } from './brief.ts';
import { clockText } from './clock-text.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { COVERAGE_CODE, coverageOf, sayCoverage } from './coverage.ts';
import { EXIT } from './error.ts';
import { keepAliveText } from './keep-alive.ts';
import { withDatabase } from './open.ts';
import {
  formatOption,
  fromOption,
  type RowArguments,
  rowFormat,
  rowOptions,
  toOption,
  waitOption,
  type ZoneArguments,
  zoneOption,
  zoneOptions,
} from './option.ts';
import { pickColumns, type RowStream, styleFor, writeRowStream } from './output.ts';
import { traceParameters } from './trace-parameter.ts';
import { shapesOf } from './traffic-shape.ts';

interface TraceArguments extends GlobalArguments, RowArguments, ZoneArguments {
  from: string | undefined;
  to: string | undefined;
  cause: string[] | undefined;
  mechanism: string[] | undefined;
  targetGroup: string | undefined;
  lb: string | undefined;
  all: boolean;
  limit: number | undefined;
  format: Format | undefined;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('from', fromOption)
    .option('to', toOption)
    .option('cause', { type: 'string', array: true, describe: 'only these causes' })
    .option('mechanism', { type: 'string', array: true, describe: 'only these mechanisms' })
    .option('target-group', { type: 'string', describe: 'only target groups whose ARN contains this' })
    .option('lb', { type: 'string', requiresArg: true, describe: 'only load balancers whose id contains this' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: "also the application's own errors and refused requests",
    })
    .option('limit', { type: 'number', describe: 'at most this many failures, the newest' })
    .option('format', {
      ...formatOption,
      describe: 'rows in this format; default: a summary. table and markdown show only the main columns',
    })
    .options(rowOptions)
    .options(zoneOptions)
    .option('wait', waitOption);
}

async function run(args: TraceArguments, effects: Effects): Promise<number> {
  const zone = zoneOption(args, effects.env);
  const parameters = traceParameters(args, effects.now(), zone);
  const format = rowFormat(args);
  const { sql } = catalogueQuery('trace');
  return withDatabase({ ...args, readOnly: true, needs: ['verdict'] }, effects, async (connection) => {
    // Computed once, because the summary, the left-out rows and the idle timeouts read the same verdicts.
    if (!isKept(connection, 'verdict')) await keepViews(connection, ['verdict'], { where: IN_WINDOW, parameters });
    const answer = await select(connection, sql, parameters);
    const summary = new TraceSummary();
    let failures: number;
    if (format) failures = await writeRowStream(forReading(answer, format, args.columns), format, effects);
    else failures = await addAll(answer, summary);
    if (!format && failures > 0) {
      const requests = await requestsOf(connection, parameters);
      // Rollouts are known of all failures of the window, which a limit or a mechanism does not show.
      const isPart = args.limit !== undefined || parameters.mechanism?.value != null;
      const rollouts = isPart ? [] : await rolloutsOf(connection, parameters, summary.causes);
      const isWhole = !parameters.cause?.value && !parameters.mechanism?.value;
      const looks = await shapesOf(connection, parameters, isWhole ? summary.unproven : [], zone);
      const context = { requests, rollouts, zone, shapeFix: looks.fix };
      await effects.stdout.write(summary.text(styleFor(effects), context, looks.lines));
      const { from, to } = parameters;
      const window = { from: from!, to: to! };
      await effects.stdout.write(await clockText(connection, window, 'log'));
      if (summary.keepAliveRaces > 0) await effects.stdout.write(await keepAliveText(connection, window));
    }
    const talk = format ? effects.stderr : effects.stdout;
    const found = failures > 0 || args.limit === 0 ? null : await noFailure(connection, parameters, zone);
    if (found) await talk.write(found.text);
    const note = await leftOut(connection, parameters);
    if (note) await talk.write(note);
    return found?.code ?? EXIT.ok;
  });
}

async function addAll({ columns, chunks }: ResultRows, summary: TraceSummary): Promise<number> {
  let failures = 0;
  for await (const rows of chunks) {
    for (const row of rows) {
      summary.add(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])) as unknown as TraceRow);
      failures++;
    }
  }
  return failures;
}

/** Returns the number of loaded requests of the window; null where not all of its failures are shown. */
async function requestsOf(
  connection: DuckDBConnection,
  { from, to, target_group: group, lb, limit }: Record<string, BoundValue>,
): Promise<number | null> {
  if (limit?.value !== null) return null;
  const [row] = await ask(connection, 'covered-requests', { from: from!, to: to!, target_group: group!, lb: lb! });
  return Number(row!.requests);
}

/** Explains an empty result: no failure, no failure of that kind, or no data loaded for the window. */
async function noFailure(
  connection: DuckDBConnection,
  parameters: Record<string, BoundValue>,
  zone: Zone,
): Promise<{ text: string; code: number }> {
  const { from, to, cause, mechanism, target_group: group, lb, all } = parameters;
  if (cause?.value || mechanism?.value) {
    const [row] = await ask(connection, 'trace-any-cause', {
      from: from!,
      to: to!,
      target_group: group!,
      lb: lb!,
      all: all!,
    });
    const others = Number(row!.failures);
    if (others > 0) {
      return { text: `None of ${count(others, 'failure')} is of that cause or mechanism.\n`, code: EXIT.ok };
    }
  }
  const asked = {
    from: from!.value as number | null,
    to: to!.value as number | null,
    targetGroup: group!.value as string | null,
    lb: lb!.value as string | null,
  };
  const { text, loaded } = sayCoverage(await coverageOf(connection, asked), asked, zone);
  return { text, code: COVERAGE_CODE[loaded] };
}

/** The columns of 28 that fit a page; programs get all. */
const SHORT_COLUMNS = [
  'time',
  'elb_status_code',
  'target_ip',
  'mechanism',
  'cause',
  'confidence',
  'target_kind',
  'target_name',
  'seconds_after_deletion',
];

function forReading(answer: ResultRows, format: Format, columns: string | undefined): RowStream {
  if (columns !== undefined) return pickColumns(answer, columns);
  if (format !== 'table' && format !== 'markdown') return answer;
  const places = SHORT_COLUMNS.map((name) => answer.columns.findIndex((column) => column.name === name));
  async function* chunks(): AsyncGenerator<Cell[][]> {
    for await (const rows of answer.chunks) yield rows.map((row) => places.map((i) => row[i]!));
  }
  return { columns: places.map((i) => answer.columns[i]!), chunks: chunks() };
}

/** The verdicts that the questions of one run read; the same condition as theirs. */
const IN_WINDOW = `(cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
    and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
    and (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0)
    and (cast($lb as varchar) is null or strpos(elb, cast($lb as varchar)) > 0)`;

async function leftOut(connection: DuckDBConnection, parameters: Record<string, BoundValue>): Promise<string | null> {
  if (parameters.all?.value || parameters.mechanism?.value || parameters.cause?.value) return null;
  if ((await ask(connection, 'trace-may-leave-out', parameters)).length === 0) return null;
  const rows = await ask(connection, 'trace-left-out', parameters);
  if (rows.length === 0) return null;
  const total = rows.reduce((sum, row) => sum + Number(row.failures), 0);
  const kinds = rows.map((row) => `${row.failures} ${row.mechanism}`).join(', ');
  return `left out: ${count(total, 'request')} (${kinds}); --all shows them\n`;
}

export const command: Command<TraceArguments> = {
  command: 'trace',
  describe: 'Name the cause of each failure, and the target',
  examples: [
    ['draintrace trace --from -2h', 'a summary of the last two hours, newest incident first'],
    [
      'draintrace trace --cause draining_target --format csv',
      'every request that was sent to a target that was going away',
    ],
  ],
  cost: 'Reads the failed rows and the lives of targets; 100,000 failures against 50,000 pods take seconds.',
  builder,
  run,
};
