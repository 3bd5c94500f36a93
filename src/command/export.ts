/** `draintrace export`: the tables as Parquet for other engines, or a copy of the database for other readers. */
import { existsSync, statSync } from 'node:fs';
import { copyFile, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { publishFile } from '../publish/publish.ts';
import { printable } from '../report/text.ts';
import { makeFolder } from '../source/folder.ts';
import { parseS3Url, type S3Location } from '../source/plan.ts';
import { SourceError } from '../source/source.ts';
import { StoreError } from '../store/database.ts';
import { exportLake } from '../store/lake.ts';
import { PARTITION_KEYS, type PartitionKey } from '../store/lake-part.ts';
import { folderTarget, type LakeTarget } from '../store/lake-target.ts';
import { withBucketTarget } from './bucket-target.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { megabytes, plural } from './load-progress.ts';
import { withDatabase } from './open.ts';
import { parseRetention, RETENTION_HINT, unknownWord, waitOption } from './option.ts';
import { orUnwritable } from './publish.ts';

interface ExportArguments extends GlobalArguments {
  to: string | undefined;
  snapshot: string | undefined;
  partition: string;
  prune: boolean;
  retention: string | undefined;
  region: string | undefined;
  endpointUrl: string | undefined;
  profile: string | undefined;
  wait: number;
}

const S3 = 'To S3:';

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('to', {
      type: 'string',
      requiresArg: true,
      describe: 'folder of Parquet files, or s3://bucket/prefix; unchanged files stay',
    })
    .option('snapshot', { type: 'string', requiresArg: true, describe: 'file that becomes a copy of the database' })
    .option('partition', {
      type: 'string',
      default: 'day,elb',
      describe: 'partition columns of alb_log: day, elb, or both',
    })
    .option('prune', {
      type: 'boolean',
      default: false,
      describe: 'also remove rows from the lake that the database no longer has; by default expired rows stay there',
    })
    .option('retention', {
      type: 'string',
      requiresArg: true,
      describe: 'remove what ended longer ago from the lake, as 400d; by default nothing is',
    })
    .option('region', { type: 'string', group: S3, describe: 'region that S3 is asked in' })
    .option('endpoint-url', { type: 'string', group: S3, describe: 'another S3 than that of AWS' })
    .option('profile', { type: 'string', group: S3, describe: 'profile of the AWS configuration' })
    .option('wait', waitOption);
}

async function run(args: ExportArguments, effects: Effects): Promise<number> {
  if ((args.to === undefined) === (args.snapshot === undefined)) {
    throw new CliError('give --to FOLDER or --snapshot FILE', EXIT.usage);
  }
  const { to, snapshot } = args;
  const ofLake = args.prune ? 'prune' : args.retention === undefined ? null : 'retention';
  if (snapshot !== undefined && ofLake !== null)
    throw new CliError(`--${ofLake} is of a lake, and a snapshot has all of the database: leave it out`, EXIT.usage);
  if (snapshot !== undefined) return publishSnapshot(args, snapshot, effects);
  const keys = partitionKeys(args.partition);
  const retention = args.retention === undefined ? undefined : parseRetention(args.retention);
  if (retention === null) throw new CliError(`--retention ${args.retention} ${RETENTION_HINT}`, EXIT.usage);
  const before = retention === undefined ? null : effects.now() - retention;
  const bucket = parseS3Url(to!);
  if (bucket === null && /^(?:s3:|[a-z0-9]+:\/\/)/i.test(to!)) {
    throw new CliError(`${to} is no folder and no s3://bucket/prefix: write it as --to lake`, EXIT.usage);
  }
  const write = (target: LakeTarget) =>
    withDatabase({ ...args, readOnly: true, directories: [target.directory] }, effects, (connection) =>
      exportLake(connection, target, {
        keys,
        prune: args.prune,
        before,
        note: () => {
          if (effects.signal.aborted) throw effects.signal.reason;
        },
      }),
    );
  const done = bucket ? await toBucket(bucket, args, effects, write) : await toFolder(to!, write);
  const removed = done.removed > 0 ? `, ${plural(done.removed, 'file')} removed` : '';
  const kept = done.kept > 0 ? `, ${plural(done.kept, 'file')} kept that the database no longer has` : '';
  await effects.stderr.write(
    `${plural(done.written, 'file')} written and ${bucket ? 'verified' : 'read back'}, ${done.unchanged} unchanged${removed}${kept}: ` +
      `${plural(done.rows, 'row')}, ${megabytes(done.bytes)} in ${printable(to!)}\n`,
  );
  return EXIT.ok;
}

async function toFolder<T>(folder: string, write: (target: LakeTarget) => Promise<T>): Promise<T> {
  await orUnwritable(folder, () => makeFolder(folder));
  return orUnwritable(folder, () => write(folderTarget(folder)));
}

async function toBucket<T>(
  place: S3Location,
  { endpointUrl, region, profile }: ExportArguments,
  effects: Effects,
  write: (target: LakeTarget) => Promise<T>,
): Promise<T> {
  const access = {
    endpointUrl: endpointUrl ?? null,
    region: region ?? null,
    profile: profile ?? null,
    env: effects.env,
  };
  const note = (sentence: string) => void effects.stderr.write(`${printable(sentence)}\n`);
  try {
    return await withBucketTarget(place, access, note, effects.signal, write);
  } catch (error) {
    if (error instanceof SourceError) throw new CliError(error.message, EXIT.output, { cause: error });
    throw error;
  }
}

function partitionKeys(list: string): PartitionKey[] {
  return list.split(',').map((word) => {
    const key = PARTITION_KEYS.find((known) => known === word);
    if (!key) throw unknownWord(`--partition ${word} is not known`, word, PARTITION_KEYS);
    return key;
  });
}

/** Nobody can write the database while it is open for reading, so the copied file is complete. */
async function publishSnapshot(args: ExportArguments, path: string, effects: Effects): Promise<number> {
  const real = (file: string) => realpath(file).catch(() => resolve(file));
  const source = await real(args.db);
  if ((await real(path)) === source) throw new CliError('--snapshot names the database itself', EXIT.usage);
  return withDatabase({ ...args, readOnly: true }, effects, async () => {
    if (existsSync(`${source}.wal`) && statSync(`${source}.wal`).size > 0) {
      throw new StoreError(`${args.db} was not closed by its last writer: run draintrace load again, then export`);
    }
    // Users who may not read the database may not read the copy.
    const mode = statSync(source).mode & 0o777;
    await orUnwritable(path, () => publishFile(path, (unfinished) => copyFile(source, unfinished), { mode }));
    await effects.stderr.write(`${megabytes(statSync(path).size)} in ${printable(path)}\n`);
    return EXIT.ok;
  });
}

export const command: Command<ExportArguments> = {
  command: 'export',
  describe: 'Write the tables as Parquet for other engines, or a copy of the database for other readers',
  examples: [
    [
      'draintrace export --to s3://my-lake/prod',
      'Parquet by day and load balancer, in a bucket or a folder; the next time only what changed',
    ],
    [
      'draintrace export --snapshot /srv/draintrace.duckdb',
      'a copy that readers may hold open while the next load runs',
    ],
  ],
  cost: 'One scan to find what changed, and one of each changed day; every file that is written is read back.',
  builder,
  run,
};
