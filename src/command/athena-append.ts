/** `draintrace athena append` and `compact`: fill tables of Iceberg from lakes, and make few files of many. */
import pMap from 'p-map';
import { compactStatements } from '../athena/ddl.ts';
import { isConflict, needsMoreRuns } from '../athena/error.ts';
import { type AthenaResult, execute } from '../athena/execute.ts';
import { type LakePlace, originOf, placedName, readDatabase, readLake } from '../athena/location.ts';
import { type Append, changedStatements, type Merge, mergeStatements, pendingStatement } from '../engine/iceberg.ts';
import { icebergTables } from '../engine/iceberg-table.ts';
import { EVERYTHING } from '../engine/relation.ts';
import { PATIENCE } from '../source/retry.ts';
import { askAthena } from './athena-fetch.ts';
import { type AthenaArguments, checkPrice, placeOf, say, saying, windowOf, withAthena } from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { plural } from './load-progress.ts';

/** Writers wait longer each time, so that one of them comes through. */
const TRIES = 8;
const FIRST_WAIT_MS = 2000;
/** Tables that are compacted beside each other: each takes a slot of the account's quota for statements. */
const AT_ONCE = 4;
/** Athena compacts a bounded number of files in one statement. */
const MOST_RUNS = 50;

function icebergOf({ iceberg, action }: AthenaArguments): LakePlace {
  if (iceberg === undefined)
    throw new CliError(`athena ${action} needs --iceberg: the folder of the tables in S3`, EXIT.usage);
  return readLake(iceberg, 'iceberg');
}

export async function runAppend(args: AthenaArguments, effects: Effects): Promise<number> {
  checkPrice(args);
  const { lake, iceberg, place } = await saying(async () => {
    if (args.lake === undefined)
      throw new CliError('athena append needs --lake: the exported lake or unit to take', EXIT.usage);
    return { lake: readLake(args.lake, 'parquet'), iceberg: icebergOf(args), place: placeOf(args, effects) };
  });
  const asked = windowOf(args, effects);
  const append: Append = {
    origin: originOf(lake),
    window: asked.isDefault ? EVERYTHING : asked.window,
    nameOf: (table) => placedName(table, { location: null, lake: table.startsWith('iceberg_') ? iceberg : lake }),
  };
  const pending = pendingStatement(append);
  if (args.dryRun) {
    // Which tables get rows is only known there: print all statements.
    const merges = await mergeStatements(append, null);
    for (const { sql } of merges) await effects.stdout.write(`${sql};\n\n`);
    return EXIT.ok;
  }
  return withAthena(args, effects, async (athena) => {
    const spent = { bytes: 0, dollars: 0 };
    const context = { place: { ...place, maxAgeMinutes: null }, spent, args, effects };
    const [[objects = 0] = []] = await numbersOf(askAthena(athena, pending, 'new objects', context));
    if (Number(objects) > 0) {
      const tables: string[] = [];
      for (const question of await changedStatements(append)) {
        const changed = await numbersOf(askAthena(athena, question, 'their tables', context));
        tables.push(...changed.map(([name]) => String(name)));
      }
      for (const merge of await mergeStatements(append, tables)) {
        await persistently(() => askAthena(athena, merge.sql, merge.table, context), merge, effects);
      }
    }
    await say(effects, `appended ${plural(Number(objects), 'object')} of ${lake.folder} to ${iceberg.folder}`);
    return EXIT.ok;
  });
}

/** Returns all rows of a short answer. */
async function numbersOf(asked: Promise<AthenaResult>): Promise<(string | number | boolean | null)[][]> {
  const rows = [];
  for await (const chunk of (await asked).chunks) rows.push(...chunk);
  return rows;
}

/** Repeats a statement that another writer's commit made void: asked again, it sees what the other wrote. */
async function persistently<T>(ask: () => Promise<T>, { table }: Merge, effects: Effects): Promise<T> {
  for (let tries = 1, ms = FIRST_WAIT_MS; ; tries++, ms *= 2) {
    try {
      return await ask();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (tries === TRIES) {
        const again = 'run this one again when the others have ended';
        throw new CliError(`other appends wrote ${table} at the same time, again and again: ${again}`, EXIT.source, {
          cause: error,
        });
      }
      await say(effects, `${table}: another append wrote it at the same time; trying again`);
      await PATIENCE.sleep(ms * (0.5 + Math.random()), effects.signal);
    }
  }
}

/** Repeats a statement of which Athena does one part each time. */
async function toItsEnd<T>(ask: () => Promise<T>): Promise<T> {
  for (let runs = 1; ; runs++) {
    try {
      return await ask();
    } catch (error) {
      if (!needsMoreRuns(error) || runs === MOST_RUNS) throw error;
    }
  }
}

export async function runCompact(args: AthenaArguments, effects: Effects): Promise<number> {
  const { iceberg, place, database } = await saying(async () => ({
    iceberg: icebergOf(args),
    place: placeOf(args, effects),
    database: readDatabase(args.database),
  }));
  if (args.lake !== undefined)
    throw new CliError('athena compact takes no --lake: it compacts tables of Iceberg', EXIT.usage);
  const tables = await icebergTables();
  const merges = tables.map((table) =>
    compactStatements(database, table, iceberg).map((sql): Merge => ({ table: table.of.name, sql })),
  );
  if (args.dryRun) {
    for (const { sql } of merges.flat()) await effects.stdout.write(`${sql};\n\n`);
    return EXIT.ok;
  }
  return withAthena(args, effects, async (athena) => {
    // Statements beside one that fails are stopped: they cost money.
    const failed = new AbortController();
    const signal = AbortSignal.any([effects.signal, failed.signal]);
    const compact = async (statements: readonly Merge[]): Promise<void> => {
      for (const merge of statements) {
        await persistently(() => toItsEnd(() => execute(athena, merge.sql, place, signal)), merge, effects);
      }
    };
    await pMap(merges, compact, { concurrency: AT_ONCE }).catch((error) => {
      failed.abort();
      throw error;
    });
    await say(effects, `compacted ${plural(tables.length, 'table')} of ${iceberg.folder}`);
    return EXIT.ok;
  });
}
