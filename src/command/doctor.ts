/** `draintrace doctor`: checks the setup, one row for each check, with the fix. */
import type { Argv } from 'yargs';
import type { Format } from '../report/rows.ts';
import { cellWidth, pad, printable, wrap } from '../report/text.ts';
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
import { pickColumns, styleFor, writeRowStream } from './output.ts';

interface DoctorArguments extends GlobalArguments, RowArguments, SourceChoice {
  source: string[];
  format: Format | undefined;
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
    .option('format', { ...formatOption, describe: 'rows in this format; without it a text' })
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
  const format = rowFormat(args);
  if (format === undefined) await effects.stdout.write(textOf(findings, effects));
  else await writeFindings(findings, format, args.columns, effects);
  return findings.some(({ state }) => state === 'fail') ? EXIT.source : EXIT.ok;
}

const WIDTH = 80;

/** Returns a paragraph for each check: nothing of it is cut, because a fix is typed. */
function textOf(findings: readonly Finding[], effects: Effects): string {
  const style = styleFor(effects);
  const state = (word: Finding['state']): string => pad(word, 4, 'right');
  const widest = Math.max(...findings.map(({ check }) => cellWidth(printable(check))));
  const indent = ' '.repeat(4 + 2 + widest + 2);
  const lines = findings.flatMap((finding) => {
    const { check, found, fix } = finding;
    const label = `${state(finding.state)}  ${pad(printable(check), widest, 'right')}  `;
    const [first, ...more] = wrap(found, WIDTH, indent, label);
    const shown = finding.state === 'ok' ? first! : style.bad(first!.slice(0, 4)) + first!.slice(4);
    return [shown, ...more, ...(fix ? wrap(`fix: ${fix}`, WIDTH, `${indent}     `, indent) : [])];
  });
  return lines.map((line) => `${line}\n`).join('');
}

async function writeFindings(
  findings: readonly Finding[],
  format: Format,
  wanted: string | undefined,
  effects: Effects,
): Promise<void> {
  const columns = ['check', 'state', 'found', 'fix'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = findings.map(({ check, state, found, fix }) => [check, state, found, fix]);
  await writeRowStream(pickColumns({ columns, chunks: [rows] }, wanted), format, effects);
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
