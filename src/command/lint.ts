/** `draintrace lint`: finds settings in manifests that give 5xx at rollouts, before anything is applied. */
import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import { lint } from '../lint/lint.ts';
import { LINT_FORMATS, type LintFormat, placeText, printLinted } from '../lint/print.ts';
import { SEVERITIES } from '../lint/rule.ts';
import { type Measured, NOTHING_MEASURED } from '../lint/window.ts';
import { count } from '../number/count.ts';
import { catalogueQuery } from '../query/catalogue.ts';
import { defaultValues } from '../query/parameter.ts';
import type { AdviceRow } from '../report/advice-row.ts';
import { printable } from '../report/text.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { selectAll } from '../store/select.ts';
import { type Command, DEFAULT_DATABASE, type Effects, type GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { readLintInput } from './lint-input.ts';
import { withDatabase } from './open.ts';
import { waitOption } from './option.ts';
import { noteTo, styleFor } from './output.ts';
import { version } from './version.ts';

const FAIL_ON = [...SEVERITIES, 'never'] as const;

interface LintArguments extends GlobalArguments {
  path: string[];
  format: LintFormat;
  failOn: (typeof FAIL_ON)[number];
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('path', {
      type: 'string',
      array: true,
      describe: 'files or folders of manifests (YAML, JSON), or - for standard input',
    })
    .option('format', { choices: LINT_FORMATS, default: 'text' as const, describe: 'how the findings are written' })
    .option('fail-on', {
      choices: FAIL_ON,
      default: 'warning' as const,
      describe: 'the least severity that makes the exit code 1',
    })
    .option('wait', waitOption);
}

/** Reads what the database has measured; nothing where there is none and none was asked for. */
async function measure(args: LintArguments, effects: Effects): Promise<Measured> {
  if (args.db === DEFAULT_DATABASE && !existsSync(args.db)) return NOTHING_MEASURED;
  return withDatabase({ ...args, readOnly: true, needs: ['late_request'] }, effects, async (connection) => {
    if (!isKept(connection, 'affected_request')) await keepViews(connection, ['concluded', 'late_request']);
    const advice = (await rowsOf(connection, 'advice')) as unknown as AdviceRow[];
    const races = await rowsOf(connection, 'keep-alive-races');
    const keepAlive = races.flatMap(({ workload, idle_timeout_seconds: seconds, agreeing_races }) =>
      typeof workload === 'string' && typeof seconds === 'number'
        ? [{ workload, seconds, races: Number(agreeing_races) }]
        : [],
    );
    const known = advice.filter(({ needed_pre_stop_seconds }) => needed_pre_stop_seconds !== null);
    noteTo(effects)(
      `${args.db} has measured late routing of ${count(known.length, 'workload')}; for others the documented defaults hold.`,
    );
    return { advice, keepAlive };
  });
}

function rowsOf(connection: DuckDBConnection, name: string): Promise<Record<string, unknown>[]> {
  const { sql, parameters } = catalogueQuery(name);
  return selectAll(connection, sql, defaultValues(parameters));
}

async function run(args: LintArguments, effects: Effects): Promise<number> {
  const input = await readLintInput(args.path, effects.stdin);
  const note = noteTo(effects);
  for (const sentence of input.notes) note(sentence);
  if (input.texts.length === 0) throw new CliError(input.failures.join('; '), EXIT.source);
  for (const failure of input.failures) await effects.stderr.write(`draintrace: ${printable(failure)}\n`);
  const linted = lint(input.texts, await measure(args, effects));
  const sentences = linted.troubles.map(({ place, message }) => `${placeText(place)} ${message}`);
  if (linted.objects === 0) {
    const what = 'holds no manifest of Kubernetes, and no answer of ECS or Elastic Load Balancing';
    const how = 'give the Ingress, Service and Deployment, or the service and task definition';
    const more = sentences.length > 1 ? ` (and ${sentences.length - 1} more like it)` : '';
    throw new CliError(sentences.length === 0 ? `the input ${what}: ${how}` : `${sentences[0]}${more}`, EXIT.source);
  }
  for (const sentence of sentences) await effects.stderr.write(`draintrace: ${printable(sentence)}\n`);
  for (const { place, message } of linted.notes) note(`${placeText(place)} ${message}`);
  if (linted.others.length > 0)
    note(
      `${count(linted.others.length, 'document')} of another kind left out, the first at ${placeText(linted.others[0]!)}`,
    );
  const options = { style: styleFor(effects), version: version() };
  await effects.stdout.write(printLinted(linted, args.format, options));
  const worst = args.failOn === 'never' ? -1 : SEVERITIES.indexOf(args.failOn);
  if (linted.findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= worst)) return EXIT.limit;
  return linted.troubles.length > 0 || input.failures.length > 0 ? EXIT.partial : EXIT.ok;
}

export const command: Command<LintArguments> = {
  command: 'lint <path..>',
  describe: 'Find settings in manifests that give 5xx at rollouts, before they are applied',
  examples: [
    ['draintrace lint deploy/', 'all manifests of a folder, joined; exit code 1 for a warning'],
    ['helm template chart | draintrace lint - --format sarif > lint.sarif', 'what a chart renders, for code scanning'],
  ],
  cost: 'Reads the files: two or three seconds for a megabyte. A database that is there adds the cost of advise.',
  builder,
  run,
};
