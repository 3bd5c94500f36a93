/** `draintrace query`: asks one question of the catalogue. */
import type { Argv } from 'yargs';
import type { Micros } from '../evidence/fact.ts';
import { type Query, readCatalogue } from '../query/catalogue.ts';
import { type BoundValue, defaultValues, typedValue } from '../query/parameter.ts';
import type { Format } from '../report/rows.ts';
import { parseTime } from '../source/time.ts';
import { select } from '../store/select.ts';
import { withDatabase, writeAnswer } from './answer.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { formatOption, unknownWord, waitOption } from './option.ts';

interface QueryArguments extends GlobalArguments {
  name: string;
  param: string[] | undefined;
  format: Format;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('name', {
      type: 'string',
      demandOption: true,
      describe: 'name of the question: see draintrace queries',
    })
    .option('param', { alias: 'p', type: 'string', array: true, nargs: 1, describe: 'a parameter, as key=value' })
    .option('format', { ...formatOption, default: 'table' as const })
    .option('wait', waitOption);
}

/** Returns the value of every parameter: as given, else its default. Throws CliError. */
function parametersOf(query: Query, given: readonly string[], now: Micros): Record<string, BoundValue> {
  const values = defaultValues(query.parameters);
  const known = query.parameters.map(({ name }) => name);
  for (const text of given) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new CliError(`--param ${text} is not key=value`, EXIT.usage);
    const key = text.slice(0, equals);
    const parameter = query.parameters.find(({ name }) => name === key);
    if (!parameter && known.length === 0) throw new CliError(`${query.name} has no parameters`, EXIT.usage);
    if (!parameter) throw unknownWord(`${query.name} has no parameter ${key}`, key, known);
    const value = typedValue(parameter, text.slice(equals + 1), (time) => parseTime(time, now));
    if (!value) throw new CliError(`--param ${text} is not of type ${parameter.type}`, EXIT.usage);
    values[key] = value;
  }
  return values;
}

async function run(args: QueryArguments, effects: Effects): Promise<number> {
  const catalogue = readCatalogue();
  const query = catalogue.find(({ name }) => name === args.name);
  if (!query) {
    const names = catalogue.map(({ name }) => name);
    throw unknownWord(`there is no query ${args.name}`, args.name, names);
  }
  const parameters = parametersOf(query, args.param ?? [], effects.now());
  return withDatabase({ ...args, readOnly: true }, effects, async (connection) => {
    await writeAnswer(await select(connection, query.sql, parameters), args.format, effects);
    return EXIT.ok;
  });
}

export const command: Command<QueryArguments> = {
  command: 'query <name>',
  describe: 'Answer a question of the catalogue',
  examples: [
    ['draintrace query failures-per-minute --param from=-2h', 'failures of the last two hours by mechanism'],
    ['draintrace query late-routing --format csv > late.csv', 'for a spreadsheet'],
  ],
  cost: 'As each question states: see draintrace queries --format json.',
  builder,
  run,
};
