/** `draintrace doctor`: checks the setup, one row for each check, with the fix. */
import type { Argv } from 'yargs';
import type { Format } from '../report/rows.ts';
import { endpointOf } from '../source/s3-client.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import {
  checkAccessLogs,
  checkClock,
  checkDatabase,
  checkDisk,
  checkKubernetes,
  checkNode,
  checkSource,
  type Finding,
  isOutsideKubernetes,
  type SourceChoice,
} from './doctor-check.ts';
import { EXIT } from './error.ts';
import { formatOption, type RowArguments, rowFormat, rowOptions } from './option.ts';
import { pickColumns, writeRowStream } from './output.ts';

interface DoctorArguments extends GlobalArguments, RowArguments, SourceChoice {
  source: string[];
  format: Format;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('source', {
      type: 'string',
      array: true,
      default: [],
      describe: 'what `load` would be given: s3://…, prometheus+http://…, a folder',
    })
    .option('region', {
      type: 'string',
      array: true,
      default: [],
      describe: 'region of the load balancers, and of the bucket',
    })
    .option('endpoint-url', { type: 'string', describe: 'another S3 than that of AWS' })
    .option('profile', { type: 'string', describe: 'profile of the AWS configuration' })
    .option('format', { ...formatOption, default: 'table' as const })
    .options(rowOptions);
}

/** Returns a server with a trusted clock: the S3 or Prometheus of a source. */
function clockUrl(args: DoctorArguments, effects: Effects): string | null {
  for (const source of args.source) {
    if (/^s3:/i.test(source)) {
      const region = args.region[0] ?? effects.env.AWS_REGION ?? effects.env.AWS_DEFAULT_REGION ?? 'us-east-1';
      const own = endpointOf({ endpointUrl: args.endpointUrl ?? null, region, profile: null, env: effects.env });
      return own ?? `https://s3.${region}.amazonaws.com/`;
    }
    if (source.startsWith('prometheus+')) return source.slice('prometheus+'.length);
  }
  return null;
}

async function run(args: DoctorArguments, effects: Effects): Promise<number> {
  const url = clockUrl(args, effects);
  const onS3 = args.source.some((source) => /^s3:/i.test(source));
  const findings: Finding[] = [
    checkNode(),
    await checkDatabase(args.db, effects),
    await checkDisk(args.db),
    ...(await Promise.all(args.source.map((source) => checkSource(source, args, effects)))),
    ...(url === null ? [] : [await checkClock(url, effects)]),
    ...(onS3 ? [await checkAccessLogs(args, effects)] : []),
    ...((await isOutsideKubernetes(args.db, effects)) ? [] : [await checkKubernetes(effects)]),
  ];
  const columns = ['check', 'state', 'found', 'fix'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = findings.map(({ check, state, found, fix }) => [check, state, found, fix]);
  await writeRowStream(pickColumns({ columns, chunks: [rows] }, args.columns), rowFormat(args), effects);
  return findings.some(({ state }) => state === 'fail') ? EXIT.source : EXIT.ok;
}

export const command: Command<DoctorArguments> = {
  command: 'doctor [source..]',
  describe: 'Check the setup (credentials, bucket, clock, disk), and print the fix of each problem',
  examples: [
    ['draintrace doctor', 'the machine, the database, and Kubernetes'],
    [
      'draintrace doctor s3://my-logs/prod --region eu-central-1',
      'also credentials, the bucket, and whether logs arrive',
    ],
  ],
  cost: 'One listing of the last three hours per source, and a few small requests.',
  builder,
  run,
};
