/** `draintrace simulate`: generates a synthetic incident: logs, evidence and ground truth. */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { count } from '../number/count.ts';
import { publishFile } from '../publish/publish.ts';
import type { Format } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import { overrideScenario, ScenarioError } from '../simulate/check.ts';
import type { Scenario } from '../simulate/scenario.ts';
import { simulate } from '../simulate/simulate.ts';
import type { Truth } from '../simulate/truth.ts';
import { writeSimulation } from '../simulate/write/simulation.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { formatOption, unknownWord } from './option.ts';
import { writeRowStream } from './output.ts';
import { orUnwritable } from './publish.ts';
import { bytesOf, namedScenario, readScenario, scenarioNames } from './scenario.ts';

interface SimulateArguments extends GlobalArguments {
  scenario: string | undefined;
  seed: number;
  out: string | undefined;
  set: string[] | undefined;
  list: boolean;
  format: Format;
}

const builder = (yargs: Argv<GlobalArguments>): unknown =>
  yargs
    .option('scenario', { type: 'string', requiresArg: true, describe: 'a name of --list, or a JSON file' })
    .option('seed', { type: 'number', default: 1, describe: 'random seed: the same seed gives the same bytes' })
    .option('out', { type: 'string', requiresArg: true, describe: 'folder of the output; new or empty' })
    .option('set', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'KEY=VALUE overrides a value of the scenario, as preStopSeconds=5',
    })
    .option('list', { type: 'boolean', default: false, describe: 'list the scenarios that come with the program' })
    .option('format', { ...formatOption, default: 'table' as const });

async function run(args: SimulateArguments, effects: Effects): Promise<number> {
  if (args.list) {
    const rows = scenarioNames().map((name) => {
      const { title, teaches } = namedScenario(name);
      return [name, title, teaches];
    });
    const columns = ['name', 'title', 'teaches'].map((name) => ({ name, type: 'VARCHAR' }));
    await writeRowStream({ columns, chunks: [rows] }, args.format, effects);
    return EXIT.ok;
  }
  if (args.scenario === undefined || args.out === undefined) {
    throw new CliError('simulate needs --scenario and --out; --list shows the scenarios', EXIT.usage);
  }
  if (!Number.isSafeInteger(args.seed))
    throw new CliError(`--seed ${args.seed} is not a whole number: write it as --seed 7`, EXIT.usage);
  const scenario = scenarioOf(args.scenario, args.set ?? []);
  if (existsSync(args.out) && readdirSync(args.out).length > 0) {
    throw new CliError(`--out ${args.out} is not empty: name a folder that is new`, EXIT.usage);
  }
  const { files, requests, truths } = writeSimulation(simulate(scenario, args.seed));
  const folder = args.out;
  for (const out of files) {
    const file = join(folder, out.path);
    await orUnwritable(folder, () => publishFile(file, (unfinished) => writeFile(unfinished, bytesOf(out))));
  }
  const counts = countTruths(truths);
  await writeRowStream(counts, args.format, effects);
  await effects.stderr.write(
    `${count(requests, 'request')}, ${truths.length} of them failed; ${count(files.length, 'file')} in ${printable(args.out)}\n`,
  );
  return EXIT.ok;
}

function scenarioOf(name: string, settings: readonly string[]): Scenario {
  const names = scenarioNames();
  const isFile = name.endsWith('.json') || name.includes('/');
  if (!isFile && !names.includes(name)) throw unknownWord(`there is no scenario ${name}`, name, names);
  try {
    const scenario = isFile ? readScenario(name) : namedScenario(name);
    return settings.reduce(overrideScenario, scenario);
  } catch (error) {
    if (error instanceof ScenarioError) throw new CliError(`scenario ${name}: ${error.message}`, EXIT.usage);
    throw new CliError(`scenario ${name} cannot be read: ${(error as Error).message}`, EXIT.source);
  }
}

function countTruths(truths: readonly Truth[]) {
  const counts = new Map<string, number>();
  for (const { mechanism, cause } of truths) {
    const key = `${mechanism}\t${cause ?? ''}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => {
      const [mechanism, cause] = key.split('\t');
      return [mechanism!, cause === '' ? null : cause!, count];
    });
  const columns = [
    { name: 'mechanism', type: 'VARCHAR' },
    { name: 'cause', type: 'VARCHAR' },
    { name: 'failures', type: 'INTEGER' },
  ];
  return { columns, chunks: [rows] };
}

export const command: Command<SimulateArguments> = {
  command: 'simulate',
  describe: 'Generate a synthetic incident: logs and evidence in the real formats, with the ground truth',
  examples: [
    ['draintrace simulate --scenario rollout --seed 7 --out tmp/rollout', 'a rollout without a preStop sleep'],
    ['draintrace simulate --scenario rollout --set preStopSeconds=5 --out tmp/five', 'what if preStop were 5 s?'],
  ],
  cost: 'Some seconds for 200,000 requests, and about 1 kB of memory for each; opens no database.',
  builder,
  run,
};
