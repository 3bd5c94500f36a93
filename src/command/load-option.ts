/** The flags of `draintrace load`, and their defaults for commands that load without having them. */
import type { Argv } from 'yargs';
import { BATCH_BYTES, SPOOL_BYTES } from '../load/main/plan.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { PATIENCE } from '../source/retry.ts';
import { SMALL } from '../store/judge.ts';
import { SECOND_MS } from '../time/time.ts';
import type { GlobalArguments } from './command.ts';
import type { SourceArguments } from './load-source.ts';
import { fromOption, toOption, waitOption } from './option.ts';

export interface LoadArguments extends GlobalArguments, SourceArguments {
  source: string[];
  from: string | undefined;
  to: string | undefined;
  lookBack: string;
  keep: 'all' | 'failures';
  capturedAt: string | undefined;
  timezone: string;
  clock: number | undefined;
  nodeClock: number | undefined;
  memory: string;
  batch: number;
  spool: number;
  wait: number;
  judge: boolean | undefined;
  quiet: boolean;
  /** Not a flag: sources in which nothing is found are no error, because the caller looks at what is loaded. */
  mayBeEmpty?: boolean;
  /** Not a flag: nor are sources with nothing but other files, because a log may come. */
  mayBeUseless?: boolean;
  /** Not a flag: gets what the load came to. */
  took?: (outcome: LoadOutcome) => void;
  emit: string | undefined;
  index: string | undefined;
  of: number | undefined;
}

/** Defaults of the flags. */
export const loadDefaults = {
  dropOutside: false,
  judge: undefined,
  capturedAt: undefined,
  clock: undefined,
  nodeClock: undefined,
  batch: BATCH_BYTES / 1e6,
  spool: SPOOL_BYTES / 1e6,
  readTimeout: PATIENCE.idleMs / SECOND_MS,
  deleteMessages: false,
  emit: undefined,
  index: undefined,
  of: undefined,
} as const;

const S3 = 'From S3:';
const SQS = 'From SQS:';
const EVIDENCE = 'For evidence:';
const PROMETHEUS = 'From Prometheus:';
const JOBS = 'In many jobs:';

/** Adds the flags of `load`. */
export function loadOptions(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('source', {
      type: 'string',
      array: true,
      demandOption: true,
      describe:
        'file, folder, s3://bucket/prefix, manifest.json of an S3 inventory, url or ARN of an SQS queue, prometheus+http://host:9090, or - for standard input',
    })
    .option('from', fromOption)
    .option('to', toOption)
    .option('drop-outside', {
      type: 'boolean',
      default: false,
      describe: 'also drop rows whose own time is outside the window; by default the window only selects objects',
    })
    .option('look-back', {
      type: 'string',
      default: '2d',
      describe: 'how far beyond --from and --to late deliveries are searched, if earlier runs requested that time',
    })
    .option('keep', {
      choices: ['all', 'failures'] as const,
      default: 'all' as const,
      describe: 'failures: rows of failures, and near them of targets that fail or terminate; counts of the rest',
    })
    .option('account', { type: 'string', array: true, default: [], group: S3, describe: 'only these AWS accounts' })
    .option('region', {
      type: 'string',
      array: true,
      default: [],
      group: S3,
      describe: 'only logs of these regions; the first is also the region of the S3 requests',
    })
    .option('lb', {
      type: 'string',
      array: true,
      default: [],
      group: S3,
      describe: 'only these load balancers, by name, id or ARN; * stands for any characters',
    })
    .option('logs', {
      choices: ['access', 'connection', 'health'] as const,
      array: true,
      default: [],
      group: S3,
      describe: 'only these kinds of log, by name of the object; all kinds lie in the same folders',
    })
    .option('endpoint-url', { type: 'string', group: S3, describe: 'another S3 than that of AWS' })
    .option('read-timeout', {
      type: 'number',
      default: loadDefaults.readTimeout,
      group: S3,
      describe: 'a request that receives no byte for this many seconds is repeated',
    })
    .option('profile', { type: 'string', group: S3, describe: 'profile of the AWS configuration' })
    .option('delete-messages', {
      type: 'boolean',
      default: loadDefaults.deleteMessages,
      group: SQS,
      describe: 'delete each message of the queue when the database has its objects',
    })
    .option('captured-at', {
      type: 'string',
      group: EVIDENCE,
      describe: 'time of snapshots that do not contain their time; default: their modification time',
    })
    .option('timezone', {
      type: 'string',
      default: 'Z',
      group: EVIDENCE,
      describe: 'offset of times that do not state one, as +08:00',
    })
    .option('clock', {
      type: 'number',
      requiresArg: true,
      group: EVIDENCE,
      describe: "seconds by which its clock is ahead of the log's (behind: -4.5): all its times are moved back by that",
    })
    .option('node-clock', {
      type: 'number',
      requiresArg: true,
      group: EVIDENCE,
      describe: 'the same for times that nodes write (starts, readiness and ends of containers), where theirs differs',
    })
    .option('selector', {
      type: 'string',
      group: PROMETHEUS,
      describe: 'only series with these labels, as namespace="shop",pod=~"api-.*"',
    })
    .option('memory', { type: 'string', default: '400MB', describe: "DuckDB's memory limit, as 400MB or 50%" })
    .option('batch', {
      type: 'number',
      default: loadDefaults.batch,
      describe: 'compressed MB per transaction; at most this much is loaded again after a kill',
    })
    .option('spool', {
      type: 'number',
      default: loadDefaults.spool,
      describe: 'MB of disk for rows that --keep failures may still keep; objects beyond that are read twice',
    })
    .option('judge', {
      type: 'boolean',
      describe: `judge the failures, so that questions find their verdicts: by itself up to ${SMALL.rows.toLocaleString('en')} rows; --no-judge never`,
    })
    .option('emit', {
      type: 'string',
      requiresArg: true,
      group: JOBS,
      describe: 'keep no database: write a unit there, a folder or s3://bucket/prefix, for draintrace merge',
    })
    .option('of', {
      type: 'number',
      requiresArg: true,
      group: JOBS,
      describe: 'number of jobs that share the window: a unit for each day (UTC) and --lb',
    })
    .option('index', {
      type: 'string',
      requiresArg: true,
      group: JOBS,
      describe: 'which job this is, from 0; by default as Kubernetes and AWS Batch say it',
    })
    .option('wait', waitOption)
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'nothing but what went wrong' });
}
