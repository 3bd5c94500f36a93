/** `draintrace merge`: loads the units of many jobs into one database, and judges them together. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import type { LoadOutcome } from '../load/main/request.ts';
import { count, printable } from '../report/text.ts';
import { openDatabase, StoreError } from '../store/database.ts';
import { MANIFEST, parseManifest, tableOf } from '../store/lake-manifest.ts';
import { mergedUnits, recordMerged } from '../store/merged-unit.ts';
import { LOG_OBJECT } from '../store/table.ts';
import { parseUnit, type UnitManifest, unitOfFile } from '../store/unit.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { loadQuietly } from './load-quietly.ts';
import { memoryOption, waitOption } from './option.ts';
import { noteTo } from './output.ts';
import { type UnitPlace, unitPlace } from './unit-place.ts';

interface MergeArguments extends GlobalArguments {
  place: string;
  memory: string;
  region: string | undefined;
  endpointUrl: string | undefined;
  profile: string | undefined;
  wait: number;
  quiet: boolean;
}

const S3 = 'From S3:';

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('place', {
      type: 'string',
      demandOption: true,
      describe: 'folder or s3://bucket/prefix of `load --emit`',
    })
    .option('memory', { type: 'string', default: '400MB', describe: "DuckDB's memory limit, as 400MB or 50%" })
    .option('region', { type: 'string', group: S3, describe: 'region that S3 is asked in' })
    .option('endpoint-url', { type: 'string', group: S3, describe: 'another S3 than that of AWS' })
    .option('profile', { type: 'string', group: S3, describe: 'profile of the AWS configuration' })
    .option('wait', waitOption)
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'nothing but what went wrong' });
}

/** Requests at once for manifests. */
const AT_ONCE = 8;

async function run(args: MergeArguments, effects: Effects): Promise<number> {
  const { db, wait, region, endpointUrl, profile, memory } = args;
  const access = {
    ...{ endpointUrl: endpointUrl ?? null, region: region ?? null, profile: profile ?? null },
    env: effects.env,
  };
  const note = (text: string): void => void effects.stderr.write(`${printable(text)}\n`);
  const place = unitPlace(args.place, access, note, effects.signal);
  const { units, unread } = await unitsOf(place);
  if (units.length + unread.length === 0) {
    throw new CliError(
      `${place.place} has no complete unit: draintrace load SOURCE --emit ${place.place}`,
      EXIT.source,
    );
  }
  const known = await withRecord(args, effects, (connection) => mergedUnits(connection, place.place));
  const fresh: UnitManifest[] = [];
  for (const unit of units.filter(({ lake }) => !known.has(lake))) {
    const defect = await lakeDefectOf(place, unit);
    if (defect === null) fresh.push(unit);
    else unread.push(defect);
  }
  let code: number = EXIT.ok;
  let objects = 0;
  if (fresh.length > 0) {
    const flags = { memory: memoryWord(memory), region, 'endpoint-url': endpointUrl, profile, wait: String(wait) };
    const words = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]));
    let isWhole = false;
    let damaged: UnitManifest[] = [];
    const took = ({ fatal, failed, left, used }: LoadOutcome): void => {
      isWhole = fatal === null && failed.length + left === 0;
      damaged = fresh.filter(({ lake }) => failed.some(({ uri }) => uri.includes(lake)));
      objects = used;
    };
    const source = fresh.map(({ lake }) => place.urlOf(lake));
    code = await loadQuietly({ db, source, from: null, to: null, words: [...words, '--judge'], took }, effects);
    const files = damaged.map(({ lake }) => ({ file: `${lake.slice(0, lake.indexOf('/'))}.json` }));
    if (files.length > 0) note(againText(files, place));
    if (!isWhole || code === EXIT.interrupted) return code;
    const lakes = fresh.map(({ lake }) => lake);
    await withRecord(args, effects, (connection) => recordMerged(connection, place.place, lakes));
  }
  if (unread.length > 0) {
    note(`${count(unread.length, 'unit')} not merged:`);
    for (const { why } of unread) note(`  ${why}`);
    note(againText(unread, place));
    if (code === EXIT.ok) code = known.size + fresh.length > 0 ? EXIT.partial : EXIT.source;
  }
  if (!args.quiet) {
    const before = units.filter(({ lake }) => known.has(lake)).length;
    const earlier = before > 0 ? `; ${count(before, 'unit')} merged before` : '';
    await effects.stderr.write(
      `merged ${count(fresh.length, 'unit')}: ${count(objects, 'new object')} in ${printable(db)}${earlier}\n`,
    );
  }
  return code;
}

/** A unit that counts as complete is not emitted again, so its manifest has to go first. */
function againText(damaged: readonly { file: string }[], { place }: UnitPlace): string {
  const names = damaged.map(({ file }) => file);
  return `Where a unit stays unreadable, remove its manifest in ${place}, emit it again, and merge again: ${names.join(', ')}`;
}

/** Checks it before anything is listed. */
function memoryWord(memory: string): string {
  memoryOption(memory);
  return memory;
}

/** Opens the database to read or write its record of merged units. */
async function withRecord<T>(
  { db, wait }: MergeArguments,
  effects: Effects,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(db, { readOnly: false, wait, signal: effects.signal, note: noteTo(effects) });
  try {
    const done = await work(database.connection);
    await database.seal();
    return done;
  } finally {
    database.close();
  }
}

/** A manifest whose unit cannot be merged, with a sentence that says why. */
interface Unread {
  file: string;
  why: string;
}

/** Returns the complete units of a place, in the order of their names, and the manifests that cannot be read. */
async function unitsOf(place: UnitPlace): Promise<{ units: UnitManifest[]; unread: Unread[] }> {
  let files: string[];
  try {
    files = await place.files();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error;
    throw new CliError(`${place.place} cannot be read (${code}); check the path`, EXIT.source);
  }
  const names = files.filter((file) => unitOfFile(file) !== null).sort();
  const units: UnitManifest[] = [];
  const unread: Unread[] = [];
  const readOne = async (file: string): Promise<void> => {
    try {
      const text = await place.read(file);
      if (text === null) unread.push({ file, why: `${place.place}/${file} leads to no file` });
      else units.push(parseUnit(text, `${place.place}/${file}`));
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof CliError)) throw error;
      unread.push({ file, why: error.message });
    }
  };
  for (let i = 0; i < names.length; i += AT_ONCE) await Promise.all(names.slice(i, i + AT_ONCE).map(readOne));
  return { units: units.sort((a, b) => (a.lake < b.lake ? -1 : 1)), unread };
}

/** A unit whose lake is gone would count as merged, with nothing of it. */
async function lakeDefectOf(place: UnitPlace, { lake, objects }: UnitManifest): Promise<Unread | null> {
  const file = `${lake.slice(0, lake.indexOf('/'))}.json`;
  const path = `${lake}/${MANIFEST}`;
  try {
    const text = await place.read(path);
    if (text === null) return { file, why: `${place.urlOf(path)} is missing` };
    const { files } = parseManifest(text, place.urlOf(path));
    const found = files.filter((one) => tableOf(one) === LOG_OBJECT.name).reduce((sum, { rows }) => sum + rows, 0);
    return found === objects ? null : { file, why: `${place.urlOf(path)} has ${found} of ${count(objects, 'object')}` };
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof CliError)) throw error;
    return { file, why: error.message };
  }
}

export const command: Command<MergeArguments> = {
  command: 'merge <place>',
  describe: 'Load the units that many jobs emitted, and judge them together',
  examples: [
    ['draintrace merge s3://my-lake/units --db week.duckdb', 'what is new there since the last merge'],
    ['draintrace merge units && draintrace trace', 'of a folder, and ask as ever'],
  ],
  cost: 'Reads the Parquet files of each new unit once, and judges the whole database.',
  builder,
  run,
};
