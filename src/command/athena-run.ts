/** `draintrace athena run`: asks one question on Athena, and prints its cost before and after. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { bytesText, costOf, dollars } from '../athena/cost.ts';
import { AthenaError } from '../athena/error.ts';
import { readsOf } from '../athena/estimate.ts';
import { checkLength, execute } from '../athena/execute.ts';
import type { Location } from '../athena/location.ts';
import { composeFor, countedTables, questionOf } from '../athena/relation.ts';
import { answerWay } from '../athena/way.ts';
import { type Query, readQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { formatShort } from '../time/time.ts';
import { answerFetched } from './athena-answer.ts';
import { estimateFor, maxScanOf, sayEstimate, warnOfLimit } from './athena-estimate.ts';
import {
  type AskedFor,
  type AthenaArguments,
  checkPrice,
  cloudwatchOf,
  lakeOf,
  locationOf,
  placeOf,
  say,
  saying,
  windowOf,
  withAthena,
} from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { rowFormat } from './option.ts';
import { pickColumns, writeRowStream } from './output.ts';
import { findQuery, parametersOf } from './query-argument.ts';

type Asked = Pick<Query, 'name' | 'sql' | 'needs' | 'parameters'> & Partial<Pick<Query, 'athena'>>;

export async function runQuestion(args: AthenaArguments, effects: Effects): Promise<number> {
  // Check the arguments before anything is listed.
  if (args.name === undefined) throw new CliError('name a question of draintrace queries, or a file', EXIT.usage);
  checkPrice(args);
  const format = rowFormat(args);
  const { location, lake, place, cloudwatch } = await saying(async () => ({
    location: locationOf(args, effects),
    lake: lakeOf(args),
    place: placeOf(args, effects),
    cloudwatch: await cloudwatchOf(args),
  }));
  if (location === null && lake === null && cloudwatch === null) {
    throw new CliError(
      'give --bucket and --account, where the logs lie, --lake for exported ones, --iceberg, or --cloudwatch-table',
      EXIT.usage,
    );
  }
  const asked = windowOf(args, effects);
  const question = await saying(() => questionNamed(args.name!));
  const parameters = withWindow(question, parametersOf(question, args.param ?? [], asked.now), args, asked);
  checkNarrowing(args, location);
  const way = answerWay(question);
  if (way === 'loaded') {
    const how = 'draintrace athena pull, or load, then draintrace query';
    throw new CliError(`${question.name} is answered by a database alone: ${how} ${question.name}`, EXIT.usage);
  }
  if (location !== null && way === 'fetched') {
    await sayWindow(asked, effects);
    return answerFetched({ question, parameters, location, lake, place, window: asked.window, format }, args, effects);
  }
  const places = { location, lake, cloudwatch };
  const statement = await saying(() => composeFor(question, asked.window, places, parameters));
  await saying(async () => checkLength(statement));

  // Print the estimate.
  await sayWindow(asked, effects);
  let most: number | null = null;
  if (cloudwatch !== null) await say(effects, 'no estimate: a table of CloudWatch cannot be listed');
  else if (args.estimate !== false) {
    const found = await saying(() => estimateFor(location, lake, asked.window, args, effects));
    const tables = await countedTables(places);
    const reads = tables.reduce((sum, table) => sum + readsOf(statement, table), 0);
    await sayEstimate(found, reads, args, location === null, effects);
    most = found.bytes * reads;
  }
  if (args.dryRun) {
    await effects.stdout.write(`${statement}\n`);
    return EXIT.ok;
  }

  // Run the statement and print what it read.
  return withAthena(args, effects, async (athena) => {
    await warnOfLimit(athena, place, most, effects);
    const answer = await execute(athena, statement, place, effects.signal, {
      started: (id) => void say(effects, `execution ${id}`),
    });
    await writeRowStream(pickColumns(answer, args.columns), format, effects);
    await say(
      effects,
      answer.reused
        ? 'reused an earlier result: nothing read, nothing billed'
        : `read ${bytesText(answer.scanned)}: ${dollars(costOf(answer.scanned, args.price))}`,
    );
    return EXIT.ok;
  });
}

/** Throws CliError for flags that would have no effect. */
function checkNarrowing(args: AthenaArguments, location: Location | null): void {
  if (args.lb.length > 0 && location === null) {
    throw new CliError(
      '--lb needs --bucket: it chooses among logs in place, by the names of their objects',
      EXIT.usage,
    );
  }
  if (maxScanOf(args) !== null && (args.estimate === false || args.cloudwatchTable !== undefined)) {
    throw new CliError('--max-scan needs the estimate: leave out --no-estimate and --cloudwatch-table', EXIT.usage);
  }
}

/** Returns the question of the catalogue or of a file, with a header like those of queries/ or without one. */
async function questionNamed(name: string): Promise<Asked> {
  if (!name.endsWith('.sql') && !name.includes('/')) return findQuery(name);
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (error) {
    throw new CliError(`${name} cannot be read: ${(error as Error).message}`, EXIT.usage, { cause: error });
  }
  if (!text.startsWith('-- Title:'))
    return { name: basename(name), parameters: [], ...(await bareQuestion(name, text)) };
  try {
    const query = readQuery(basename(name, '.sql'), text);
    return { ...query, ...(await bareQuestion(name, query.sql)) };
  } catch (error) {
    if (error instanceof AthenaError) throw error;
    throw new CliError(`${name}: ${(error as Error).message}`, EXIT.usage, { cause: error });
  }
}

async function bareQuestion(name: string, text: string): Promise<{ sql: string; needs: string[] }> {
  const { sql, needs } = await questionOf(name, text);
  return { sql, needs: [...needs] };
}

/** Sets a question's own `from` and `to` to the window, unless the user set them. */
function withWindow(
  { parameters }: Asked,
  values: Record<string, BoundValue>,
  { param = [] }: AthenaArguments,
  { window }: AskedFor,
): Record<string, BoundValue> {
  const all = { ...values };
  for (const side of ['from', 'to'] as const) {
    const isTime = parameters.some(({ name, type }) => name === side && type === 'timestamp');
    const isGiven = param.some((text) => text.startsWith(`${side}=`));
    if (isTime && !isGiven) all[side] = { type: 'timestamp', value: window[side] };
  }
  return all;
}

async function sayWindow({ window, isDefault }: AskedFor, effects: Effects): Promise<void> {
  const why = isDefault ? ', the last 24 hours: --from and --to choose another' : '';
  await say(effects, `window ${formatShort(window.from)} to ${formatShort(window.to)}${why}`);
}
