/** Parses the flags of `draintrace athena`: location of the logs, window, and where Athena runs. */
import { readFile } from 'node:fs/promises';
import { Athena, type AthenaContext } from '../athena/client.ts';
import { type CloudwatchTable, readCloudwatchTable } from '../athena/cloudwatch-table.ts';
import { PRICE_PER_TERABYTE } from '../athena/cost.ts';
import { AthenaError } from '../athena/error.ts';
import { type LakePlace, type Location, readDatabase, readLake, readLocation } from '../athena/location.ts';
import { balancersOf, narrowTo } from '../athena/path-range.ts';
import type { Format } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import type { Access } from '../source/s3-client.ts';
import { SetupError } from '../source/s3-error.ts';
import { SourceError } from '../source/source.ts';
import { DAY, MINUTE, type Micros } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import type { Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { type RowArguments, reversedWindow, timeOption } from './option.ts';

export interface AthenaArguments extends GlobalArguments, RowArguments {
  action: 'ddl' | 'run' | 'pull' | 'append' | 'compact';
  name: string | undefined;
  bucket: string | undefined;
  prefix: string;
  account: string[];
  region: string[];
  oneTable: boolean;
  profile: string | undefined;
  lake: string | undefined;
  iceberg: string | undefined;
  cloudwatchTable: string | undefined;
  lb: string[];
  maxScan: string | undefined;
  estimate: boolean | undefined;
  database: string;
  param: string[] | undefined;
  from: string | undefined;
  to: string | undefined;
  workgroup: string | undefined;
  output: string | undefined;
  maxAge: string | undefined;
  price: number;
  dryRun: boolean;
  apply: boolean;
  form: 'sql' | 'glue' | 'terraform';
  format: Format;
  wait: number;
}

export const ATHENA_DEFAULTS = { database: 'draintrace', price: PRICE_PER_TERABYTE } as const;

/** Athena keeps reusable results at most this long. */
const LONGEST_AGE = 7 * DAY;

/** Runs `work`; turns errors of Athena and S3 into errors of the command line. */
export async function saying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AthenaError) {
      throw new CliError(error.message, error.blame === 'question' ? EXIT.usage : EXIT.source, { cause: error });
    }
    if (error instanceof SourceError || error instanceof SetupError) {
      throw new CliError(error.message, EXIT.source, { cause: error });
    }
    throw error;
  }
}

/** Returns the words of a flag that is given several times, or with commas. */
const wordsOf = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split(','));

/** Returns the location of the logs, null without --bucket. Throws CliError and AthenaError. */
export function locationOf(args: AthenaArguments, { env }: Effects): Location | null {
  const { bucket, prefix, oneTable, action } = args;
  const given = { accounts: wordsOf(args.account), regions: wordsOf(args.region) };
  if (bucket === undefined) {
    if (prefix !== '' || given.accounts.length > 0)
      throw new CliError('--prefix and --account need --bucket', EXIT.usage);
    if (oneTable || given.regions.length > 1)
      throw new CliError('--one-table and several --region need --bucket', EXIT.usage);
    return null;
  }
  // A wrong one is refused before anything is asked, whatever is asked.
  const balancers = balancersOf(args.lb);
  // ARNs say where their logs lie.
  const sites = balancers.every(({ site }) => site !== null) ? balancers.flatMap(({ site }) => site ?? []) : [];
  const own = [env.AWS_REGION || env.AWS_DEFAULT_REGION || ''].filter((one) => one !== '');
  const accounts = given.accounts.length > 0 ? given.accounts : sites.map(({ account }) => account);
  const named = given.regions.length > 0 ? given.regions : sites.map(({ region }) => region);
  const regions = named.length > 0 ? named : own;
  // A table that all share need not know them; a question must.
  if (!(oneTable && action === 'ddl')) {
    if (accounts.length === 0) throw new CliError('--bucket needs --account: the 12 digits below AWSLogs/', EXIT.usage);
    if (regions.length === 0) throw new CliError('--bucket needs --region, or AWS_REGION', EXIT.usage);
  }
  return narrowTo(readLocation({ bucket, prefix, accounts, regions, isShared: oneTable }), args.lb);
}

/** Returns where exported rows lie, null without --lake and --iceberg. Throws CliError and AthenaError. */
export function lakeOf({ lake, iceberg }: AthenaArguments): LakePlace | null {
  if (lake !== undefined && iceberg !== undefined) {
    throw new CliError('--lake and --iceberg hold the same tables: give the one to ask', EXIT.usage);
  }
  if (iceberg !== undefined) return readLake(iceberg, 'iceberg');
  return lake === undefined ? null : readLake(lake, 'parquet');
}

/** Returns the table that CloudWatch writes, null without --cloudwatch-table. Throws CliError and AthenaError. */
export async function cloudwatchOf({ cloudwatchTable, bucket }: AthenaArguments): Promise<CloudwatchTable | null> {
  if (cloudwatchTable === undefined) return null;
  if (bucket !== undefined) {
    throw new CliError('--bucket and --cloudwatch-table both name the access log: give the one to ask', EXIT.usage);
  }
  let text: string;
  try {
    text = await readFile(cloudwatchTable, 'utf8');
  } catch (cause) {
    throw new CliError(`${cloudwatchTable} cannot be read: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
  return readCloudwatchTable(text, cloudwatchTable);
}

export interface AskedFor {
  window: { from: Micros; to: Micros };
  /** Whether no flag set either side. */
  isDefault: boolean;
  /** The time that relative times refer to. */
  now: Micros;
}

/**
 * Returns the window, by default the last 24 hours. The current time is rounded down to the minute or to a multiple of
 * --max-age, because only an identical statement finds the result of an earlier run. Throws CliError.
 */
export function windowOf(args: AthenaArguments, effects: Effects): AskedFor {
  const unit = (maxAgeOf(args, effects) ?? 1) * MINUTE;
  const now = Math.floor(effects.now() / unit) * unit;
  const to = timeOption(args.to, 'to', now) ?? now;
  const from = timeOption(args.from, 'from', now) ?? to - DAY;
  if (from >= to) throw reversedWindow(args);
  return { window: { from, to }, isDefault: args.from === undefined && args.to === undefined, now };
}

/** Returns the greatest age of a reusable result, in minutes. Throws CliError. */
function maxAgeOf({ maxAge }: AthenaArguments, effects: Effects): number | null {
  if (maxAge === undefined) return null;
  const now = effects.now();
  const before = parseTypedTime(`-${maxAge}`, now);
  if (before === null || now - before < MINUTE || now - before > LONGEST_AGE) {
    throw new CliError(`--max-age ${maxAge} is not a time span from a minute to 7 days: write it as 60m`, EXIT.usage);
  }
  return Math.floor((now - before) / MINUTE);
}

/** Returns where a statement runs. Throws CliError and AthenaError. */
export function placeOf(args: AthenaArguments, effects: Effects): AthenaContext {
  const { output, workgroup } = args;
  if (output !== undefined && !/^s3:\/\/[a-z0-9][a-z0-9.-]+\/?/.test(output)) {
    throw new CliError(`--output ${output} is no folder in S3; write it as s3://bucket/folder/`, EXIT.usage);
  }
  return {
    database: readDatabase(args.database),
    workgroup: workgroup ?? null,
    output: output ?? null,
    maxAgeMinutes: maxAgeOf(args, effects),
  };
}

/** Throws CliError for an invalid price. */
export function checkPrice({ price }: AthenaArguments): void {
  if (!(price >= 0) || !Number.isFinite(price)) {
    throw new CliError('--price is not a number of dollars for a terabyte: write it as --price 5', EXIT.usage);
  }
}

/** Returns the region of Athena and S3: the first that is named; null if the AWS configuration must decide. */
export const regionOf = ({ region }: AthenaArguments): string | null => wordsOf(region)[0] ?? null;

/** Returns the AWS identity to use. */
const accessOf = (args: AthenaArguments, { env }: Effects): Access => ({
  endpointUrl: null,
  region: regionOf(args),
  profile: args.profile ?? null,
  env,
});

/** Opens Athena for `work` and always closes it. */
export async function withAthena<T>(
  args: AthenaArguments,
  effects: Effects,
  work: (athena: Athena) => Promise<T>,
): Promise<T> {
  const athena = new Athena(accessOf(args, effects));
  try {
    return await saying(() => work(athena));
  } finally {
    await athena.close();
  }
}

/** Writes one line to standard error. */
export const say = (effects: Effects, text: string): Promise<void> => effects.stderr.write(`${printable(text)}\n`);
