/** `draintrace athena pull`: pulls the rows of a window that forensics needs, as if `load --keep failures` had read all of it. */
import { countsStatement } from '../athena/pull.ts';
import { PulledSource } from '../athena/pulled-source.ts';
import { BATCH_BYTES, keepOf, planLoad, SPOOL_BYTES } from '../load/main/plan.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { runLoad } from '../load/main/run.ts';
import type { SourceObject } from '../source/source.ts';
import { type Database, explain, openDatabase, StoreError } from '../store/database.ts';
import { knownObjects, nextObjectId } from '../store/ledger.ts';
import { storePulled } from '../store/pulled.ts';
import { ANYTHING, estimateFor, logObjects, sayEstimate, warnOfLimit } from './athena-estimate.ts';
import { type Fetch, type Fetched, fetchAll, sayUnseen } from './athena-fetch.ts';
import {
  type AthenaArguments,
  checkPrice,
  locationOf,
  placeOf,
  say,
  saying,
  windowOf,
  withAthena,
} from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { judgeLoaded } from './judge.ts';
import { grouped, Progress, plural } from './load-progress.ts';
import { summarizeTrouble } from './load-summary.ts';
import { noteTo } from './output.ts';

interface Pull extends Fetch {
  /** The ledger's keep value for the objects. */
  keep: string;
  /** The most bytes that one of the statements may read. */
  most: number;
}

export async function runPull(args: AthenaArguments, effects: Effects): Promise<number> {
  // Check the arguments before anything is listed.
  checkPrice(args);
  const { location, place } = await saying(async () => ({
    location: locationOf(args, effects),
    place: placeOf(args, effects),
  }));
  if (location === null) throw new CliError('pull needs --bucket and --account: where the logs lie', EXIT.usage);
  if (args.from === undefined) throw new CliError('pull needs --from: the start of the window', EXIT.usage);
  const { window } = windowOf(args, effects);
  const estimate = await saying(() => estimateFor(location, null, window, args, effects));
  await sayEstimate(estimate, 2, args, false, effects);
  if (args.dryRun) {
    await effects.stdout.write(`${countsStatement(location, window)}\n`);
    return EXIT.ok;
  }
  const keep = keepOf({ keep: 'failures', window });
  const spent = { bytes: 0, dollars: 0 };
  const pull: Pull = { place, location, window, more: null, spent, keep, most: estimate.bytes, args, effects };
  const database = await openDatabase(args.db, {
    ...{ readOnly: false, wait: args.wait, signal: effects.signal },
    directories: [`${args.db}.spool`],
    note: noteTo(effects),
  });
  try {
    const code = await pullInto(database, pull);
    const judged = await judgeLoaded(database.connection, effects);
    await database.seal();
    if (judged !== null) await say(effects, `judged ${plural(judged, 'failure')}`);
    return effects.signal.aborted ? EXIT.interrupted : code;
  } finally {
    database.close();
  }
}

async function pullInto(database: Database, pull: Pull): Promise<number> {
  const { args, effects, keep } = pull;
  const { connection } = database;

  // Leave out objects in the database: pulled for the same window, or loaded completely.
  const all = await saying(() => logObjects(pull.location, pull.window, args, effects));
  const listed = all.map((object) => ({ source: 0, object }));
  const plan = planLoad(listed, await knownObjects(connection), await nextObjectId(connection), keep);
  const objects = plan.batches.flat().map(({ object }) => object);
  if (objects.length === 0) {
    await say(
      effects,
      all.length > 0 ? `${plural(all.length, 'object')} already loaded` : 'no access log in that window',
    );
    return EXIT.ok;
  }

  const source = await PulledSource.open(objects);
  try {
    const fetched = await withAthena(args, effects, async (athena) => {
      await warnOfLimit(athena, pull.place, pull.most, effects);
      return fetchAll(athena, source, database, pull);
    });
    const unseen = source.leaveOutUnseen();
    if (unseen.length > 0 && source.isUnseen)
      throw new CliError(`${sayUnseen(unseen, pull)}; nothing is stored`, EXIT.source);
    const left = new Set(unseen);
    const outcome = await store(
      source,
      objects.filter((object) => !left.has(object)),
      fetched,
      database,
      pull,
    );
    for (const [i, { uri }] of unseen.entries()) {
      outcome.failed.push({ uri, message: i === 0 ? sayUnseen(unseen, pull) : `${uri}: no line of it either` });
    }
    await effects.stderr.write(summarizeTrouble(outcome));
    // Then nothing is stored, because storing is one transaction.
    if (effects.signal.aborted) return EXIT.interrupted;
    if (outcome.fatal) return EXIT.source;
    const sums = await connection.runAndReadAll(`
      SELECT count(*), coalesce(sum(lines), 0), coalesce(sum("rows"), 0), coalesce(sum(rejected), 0)
      FROM log_object o JOIN pulled_object p ON p.text = o.uri`);
    const [logs, lines, rows, rejected] = sums.getRows()[0]!.map(Number);
    await say(
      effects,
      `pulled ${plural(logs!, 'object')} of ALB access log: ${plural(lines!, 'line')} = ${plural(rows!, 'row')} + ${grouped(rejected!)} rejected; ` +
        `failures, and what lies near them of ${plural(fetched.targets.length, 'target')}, are rows; the rest is counted`,
    );
    return outcome.failed.length > 0 ? EXIT.partial : EXIT.ok;
  } finally {
    await source.close();
  }
}

/** Stores lines and counts as one transaction. */
async function store(
  source: PulledSource,
  objects: readonly SourceObject[],
  { times }: Fetched,
  { connection, path }: Database,
  { window, keep, effects }: Pull,
): Promise<LoadOutcome> {
  const progress = new Progress(effects, false);
  try {
    return await runLoad({
      keep: 'failures',
      batchBytes: BATCH_BYTES,
      spoolBytes: SPOOL_BYTES,
      sources: [source],
      selection: ANYTHING,
      connection,
      spoolDirectory: `${path}.spool`,
      database: path,
      window,
      capturedAt: null,
      timezoneMinutes: 0,
      counted: {
        times,
        store: () =>
          storePulled(
            connection,
            objects.map(({ uri }) => uri),
            keep,
          ),
      },
      signal: effects.signal,
      now: effects.now,
      progress,
    });
  } catch (error) {
    throw error instanceof StoreError ? error : explain(path, error);
  } finally {
    progress.end();
  }
}
