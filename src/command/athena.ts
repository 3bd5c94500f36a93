/** `draintrace athena`: asks the same questions on Athena, where months of logs lie. */
import type { Argv } from 'yargs';
import { runAppend, runCompact } from './athena-append.ts';
import { runDdl } from './athena-ddl.ts';
import { ATHENA_DEFAULTS, type AthenaArguments } from './athena-option.ts';
import { runPull } from './athena-pull.ts';
import { runQuestion } from './athena-run.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { formatOption, fromOption, rowOptions, toOption, waitOption } from './option.ts';

const LOGS = 'Where the logs lie:';
const ASK = 'What is asked:';

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('action', {
      choices: ['ddl', 'run', 'pull', 'append', 'compact'] as const,
      demandOption: true,
      describe:
        'ddl prints the statements that create tables and views; run runs a question; pull fetches the rows that verdicts need; append adds a lake to tables of Iceberg; compact makes few files of many',
    })
    .positional('name', { type: 'string', describe: 'for run: a question of draintrace queries, or a .sql file' })
    .option('bucket', { type: 'string', requiresArg: true, group: LOGS, describe: 'bucket of the logs' })
    .option('prefix', {
      type: 'string',
      default: '',
      group: LOGS,
      describe: 'prefix before AWSLogs/, as configured at the load balancer',
    })
    .option('account', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      group: LOGS,
      describe: 'AWS account of the load balancer, or several (with commas, or --account again)',
    })
    .option('region', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      group: LOGS,
      describe: 'region of the load balancer, or several; the first is also that of Athena; default: AWS_REGION',
    })
    .option('one-table', {
      type: 'boolean',
      default: false,
      group: LOGS,
      describe:
        'logs of all accounts and regions below --prefix are one table, of which --account and --region name the partitions to read; the default for several',
    })
    .option('lake', {
      type: 'string',
      requiresArg: true,
      group: LOGS,
      describe: 's3://bucket/folder of a lake from draintrace export --to',
    })
    .option('iceberg', {
      type: 'string',
      requiresArg: true,
      group: LOGS,
      describe: 's3://bucket/folder of tables of Iceberg, which append fills from lakes',
    })
    .option('cloudwatch-table', {
      type: 'string',
      requiresArg: true,
      group: LOGS,
      describe:
        'for ddl and run: file with the answer of aws glue get-table, of an access log that CloudWatch writes to S3 Tables',
    })
    .option('lb', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      group: ASK,
      describe: 'for run and pull: only logs of this load balancer, by name or ARN; other objects are not read',
    })
    .option('database', {
      type: 'string',
      default: ATHENA_DEFAULTS.database,
      describe: 'database of Athena (and of Glue)',
    })
    .option('apply', {
      type: 'boolean',
      default: false,
      describe: 'for ddl: run the statements on Athena instead of printing them',
    })
    .option('form', {
      choices: ['sql', 'glue', 'terraform'] as const,
      default: 'sql' as const,
      describe: 'for ddl: statements, or the tables as JSON for the Glue API or as Terraform resources',
    })
    .option('from', { ...fromOption, group: ASK })
    .option('to', { ...toOption, group: ASK })
    .option('param', {
      alias: 'p',
      type: 'string',
      array: true,
      nargs: 1,
      group: ASK,
      describe: 'a parameter of the question, as key=value',
    })
    .option('workgroup', {
      type: 'string',
      requiresArg: true,
      group: ASK,
      describe: "workgroup; else the account's primary",
    })
    .option('output', {
      type: 'string',
      requiresArg: true,
      group: ASK,
      describe: 's3:// folder for results, if the workgroup has none',
    })
    .option('max-age', {
      type: 'string',
      requiresArg: true,
      group: ASK,
      describe: 'reuse the result of the same question if it is no older than this, as 60m',
    })
    .option('price', {
      type: 'number',
      default: ATHENA_DEFAULTS.price,
      group: ASK,
      describe: 'price of Athena in dollars for each terabyte read',
    })
    .option('max-scan', {
      type: 'string',
      requiresArg: true,
      group: ASK,
      describe: 'for run and pull: ask nothing that may read more than this, as 500GB',
    })
    .option('estimate', {
      type: 'boolean',
      group: ASK,
      describe: 'for run: --no-estimate does not list the window; else it is listed, to print its cost',
    })
    .option('dry-run', {
      type: 'boolean',
      default: false,
      group: ASK,
      describe: 'print the estimate and the statement, without a call to Athena',
    })
    .option('profile', { type: 'string', group: ASK, describe: 'profile of the AWS configuration' })
    .option('format', { ...formatOption, default: 'table' as const, group: ASK })
    .option('columns', { ...rowOptions.columns, group: ASK })
    .option('vertical', { ...rowOptions.vertical, group: ASK })
    .option('wait', waitOption);
}

async function run(args: AthenaArguments, effects: Effects): Promise<number> {
  const twice = Object.entries(args).find(
    ([key, value]) => Array.isArray(value) && !/^(?:param|p|lb|account|region|_)$/.test(key),
  );
  if (twice) throw new CliError(`--${twice[0]} is given twice: leave one of them out`, EXIT.usage);
  if (args.action !== 'run' && args.name !== undefined) {
    throw new CliError(`athena ${args.action} takes no ${args.name}: only run takes a question`, EXIT.usage);
  }
  const isAsked = args.action === 'run' || args.action === 'pull';
  if (!isAsked && (args.lb.length > 0 || args.maxScan !== undefined || args.estimate === false)) {
    throw new CliError(
      `athena ${args.action} takes no --lb, --max-scan and --no-estimate: they are for run and pull`,
      EXIT.usage,
    );
  }
  if (args.cloudwatchTable !== undefined && args.action !== 'run' && args.action !== 'ddl') {
    throw new CliError(`athena ${args.action} takes no --cloudwatch-table: it is for ddl and run`, EXIT.usage);
  }
  const writes = args.action === 'append' || args.action === 'compact';
  if (writes && args.bucket !== undefined) {
    throw new CliError(`athena ${args.action} takes no --bucket: it reads no logs in place`, EXIT.usage);
  }
  if (writes && args.region.length > 1) {
    throw new CliError(`--region is given twice: athena ${args.action} runs in one region`, EXIT.usage);
  }
  return { ddl: runDdl, run: runQuestion, pull: runPull, append: runAppend, compact: runCompact }[args.action](
    args,
    effects,
  );
}

export const command: Command<AthenaArguments> = {
  command: 'athena <action> [name]',
  describe: 'Ask the same questions on Athena, over logs in place',
  examples: [
    [
      'draintrace athena ddl --bucket my-alb-logs --account 111122223333 --region eu-central-1 > athena.sql',
      'tables and views, to be run once',
    ],
    [
      'draintrace athena run trace --bucket my-alb-logs --account 111122223333 --from -2h --db incident.duckdb',
      'failures with their causes, by two readings; evidence is that of --lake, else of --db',
    ],
  ],
  cost: 'Athena bills the bytes that it reads, by default $5 a terabyte; the command prints an estimate before and the cost after.',
  builder,
  run,
};
