/** Answers a question from fetched rows: two readings of the log on Athena, evidence from there too, verdicts and the answer here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Athena, AthenaContext } from '../athena/client.ts';
import { bytesText, dollars } from '../athena/cost.ts';
import { evidenceStatement, neededEvidence, textOfView, textSelect } from '../athena/evidence.ts';
import type { LakePlace, Location } from '../athena/location.ts';
import { countsStatement } from '../athena/pull.ts';
import { PulledSource } from '../athena/pulled-source.ts';
import { composeFor } from '../athena/relation.ts';
import { WHOLE_VIEWS } from '../athena/way.ts';
import { BATCH_BYTES, keepOf, SPOOL_BYTES } from '../load/main/plan.ts';
import { runLoad } from '../load/main/run.ts';
import { makeScratch } from '../publish/scratch.ts';
import type { Query } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import type { Format } from '../report/rows.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { addGiven, beginGiven, describeGiven } from '../store/given-table.ts';
import { addNames, beginNames, renameRows } from '../store/line-name.ts';
import { storePulled } from '../store/pulled.ts';
import { rolloutTargets } from '../store/rollout-target.ts';
import { select } from '../store/select.ts';
import type { Micros } from '../time/time.ts';
import { ANYTHING, estimateFor, logObjects, sayEstimate, warnOfLimit } from './athena-estimate.ts';
import { askAthena, type Fetch, fetchAll, type MoreLines, sayUnseen } from './athena-fetch.ts';
import { type AthenaArguments, say, saying, withAthena } from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { Progress, plural } from './load-progress.ts';
import { summarizeTrouble } from './load-summary.ts';
import { interruptible } from './open.ts';
import { pickColumns, writeRowStream } from './output.ts';

/** A question, and the logs that it is about. */
export interface FetchedQuestion {
  question: Pick<Query, 'name' | 'sql' | 'needs'>;
  parameters: Readonly<Record<string, BoundValue>>;
  location: Location;
  lake: LakePlace | null;
  place: AthenaContext;
  window: { from: Micros; to: Micros };
  format: Format;
  /** The most bytes that one of its statements may read; null where nothing was estimated. */
  most?: number | null;
}

/** How often the raw log is read. */
const readingsOf = ({ needs }: Pick<Query, 'needs'>): number =>
  2 + needs.filter((name) => WHOLE_VIEWS.includes(name)).length;

/** Prints the answer and returns the exit code. */
export async function answerFetched(asked: FetchedQuestion, args: AthenaArguments, effects: Effects): Promise<number> {
  const { question, location, lake, window } = asked;
  let most: number | null = null;
  if (args.estimate !== false) {
    const estimate = await saying(() => estimateFor(location, null, window, args, effects));
    await sayEstimate(estimate, readingsOf(question), args, false, effects);
    // Each of the readings is a statement of its own.
    most = estimate.bytes;
  }
  if (args.dryRun) {
    const evidence = await evidenceStatement(await neededEvidence(question.needs), lake);
    await effects.stdout.write(`${evidence};\n\n${countsStatement(location, window)}\n`);
    await say(effects, 'the last statement, for the lines, depends on the answers of these');
    return EXIT.ok;
  }
  return withFetched({ ...asked, most }, args, effects, async (connection, code) => {
    const answer = await select(connection, question.sql, asked.parameters);
    await writeRowStream(pickColumns(answer, args.columns), asked.format, effects);
    return code;
  });
}

/** A question without its text: only its needs decide which rows are fetched. */
type Fetching = Omit<FetchedQuestion, 'question' | 'format'> & { question: Pick<Query, 'needs'> };

/** Gives `work` a private database with what the question needs, and the exit code so far; then removes it. */
async function withFetched<T>(
  asked: Fetching,
  args: AthenaArguments,
  effects: Effects,
  work: (connection: DuckDBConnection, code: number) => Promise<T>,
): Promise<T> {
  const { question, location, lake, place, window } = asked;
  const objects = await saying(() => logObjects(location, window, args, effects));
  const context: Context = { place, spent: { bytes: 0, dollars: 0 }, args, effects };
  const scratch = await makeScratch();
  try {
    const database = await openDatabase(join(scratch.path, 'answer.duckdb'), {
      ...{ readOnly: false, signal: effects.signal },
      directories: [join(scratch.path, 'answer.duckdb.spool')],
    });
    return await interruptible(database, effects, async () => {
      const source = await PulledSource.open(objects);
      try {
        await withAthena(args, effects, async (athena) => {
          await warnOfLimit(athena, place, asked.most ?? null, effects);
          await takeEvidence(athena, question.needs, lake, database, context);
          await takeWholeViews(athena, asked, database, context);
          const more = await moreLines(asked, database);
          return fetchAll(athena, source, database, { ...context, location, window, more });
        });
        const code = await store(source, database, { ...context, location, window, more: null });
        await say(effects, `read ${bytesText(context.spent.bytes)} in all: ${dollars(context.spent.dollars)}`);
        return await work(database.connection, code);
      } finally {
        await source.close();
      }
    });
  } finally {
    await scratch.remove();
  }
}

type Context = Pick<Fetch, 'place' | 'spent' | 'args' | 'effects'>;

/** Makes tables of the evidence that Athena has; where it has none, of the local database's. */
async function takeEvidence(
  athena: Athena,
  needs: readonly string[],
  lake: LakePlace | null,
  { connection }: Database,
  context: Context,
): Promise<void> {
  const { args, effects } = context;
  const tables = await neededEvidence(needs);
  const statement = await evidenceStatement(tables, lake);
  for (const table of tables) await beginGiven(connection, table);
  const take = async (rows: AsyncIterable<readonly (readonly unknown[])[]>): Promise<number> => {
    let sum = 0;
    for await (const chunk of rows) {
      effects.signal.throwIfAborted();
      for (const [i, table] of tables.entries()) {
        const own = chunk.filter(([number]) => Number(number) === i);
        sum += own.length;
        if (own.length > 0)
          await addGiven(
            connection,
            table,
            own.map((row) => row.slice(1) as (string | null)[]),
          );
      }
    }
    return sum;
  };
  const there = await take((await askAthena(athena, statement, 'evidence', context)).chunks);
  if (there > 0 || !existsSync(args.db)) return say(effects, `evidence: ${plural(there, 'row')} from Athena`);
  const local = await openDatabase(args.db, { readOnly: true, wait: args.wait, signal: effects.signal });
  try {
    const here = await take((await select(local.connection, textSelect(tables))).chunks);
    await say(effects, `evidence: none on Athena, ${plural(here, 'row')} from ${args.db}`);
  } finally {
    local.close();
  }
}

/** Makes tables of the views that only all requests together give. */
async function takeWholeViews(
  athena: Athena,
  { question: { needs }, location, lake, window }: Fetching,
  { connection }: Database,
  context: Context,
): Promise<void> {
  for (const name of needs.filter((need) => WHOLE_VIEWS.includes(need))) {
    const table = await describeGiven(connection, name);
    const question = { sql: textOfView(table), needs: [name] };
    const statement = await composeFor(question, window, { location, lake }, {});
    await beginGiven(connection, table);
    for await (const rows of (await askAthena(athena, statement, name, context)).chunks) {
      await addGiven(connection, table, rows as (string | null)[][]);
    }
  }
}

/** Returns the lines that the question needs beside failures and targets that go. */
async function moreLines({ question, parameters, window }: Fetching, { connection }: Database): Promise<MoreLines> {
  const countsRollouts = question.needs.some((name) => name === 'rollout' || name === 'rollouts');
  const none = { ips: new Set<string>(), spans: [] };
  const { trace_id: trace } = parameters;
  return {
    ...(countsRollouts ? await rolloutTargets(connection, window) : none),
    text: trace?.type === 'text' && trace.value !== '' ? trace.value : null,
  };
}

/** Stores lines and counts, and returns the exit code: whether Athena had lines of every object. */
async function store(source: PulledSource, { connection, path }: Database, fetch: Fetch): Promise<number> {
  const { window, effects } = fetch;
  const unseen = source.leaveOutUnseen();
  if (unseen.length > 0 && source.isUnseen) throw new CliError(sayUnseen(unseen, fetch), EXIT.source);
  const uris = source.uris();
  await beginNames(connection);
  for await (const { uri, lines } of source.lines()) await addNames(connection, uri, lines);
  const progress = new Progress(effects, true);
  const outcome = await runLoad({
    ...{ keep: 'all', batchBytes: BATCH_BYTES, spoolBytes: SPOOL_BYTES, sources: [source], selection: ANYTHING },
    ...{ connection, spoolDirectory: `${path}.spool`, database: path, window, capturedAt: null, timezoneMinutes: 0 },
    ...{ signal: effects.signal, now: effects.now, progress },
  });
  progress.end();
  effects.signal.throwIfAborted();
  await storePulled(connection, uris, keepOf({ keep: 'failures', window }));
  await renameRows(connection);
  for (const [i, { uri }] of unseen.entries()) {
    outcome.failed.push({ uri, message: i === 0 ? sayUnseen(unseen, fetch) : `${uri}: no line of it either` });
  }
  await effects.stderr.write(summarizeTrouble(outcome));
  if (outcome.fatal) throw new CliError('the fetched rows cannot be stored', EXIT.source);
  return outcome.failed.length > 0 ? EXIT.partial : EXIT.ok;
}
