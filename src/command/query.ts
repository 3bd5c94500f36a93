/** `draintrace query`: asks one question of the catalogue. */
import type { Argv } from 'yargs';
import type { Format } from '../report/rows.ts';
import { select } from '../store/select.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { EXIT } from './error.ts';
import { withDatabase } from './open.ts';
import { formatOption, type RowArguments, rowFormat, rowOptions, waitOption } from './option.ts';
import { pickColumns, writeRowStream } from './output.ts';
import { findQuery, parametersOf } from './query-argument.ts';

interface QueryArguments extends GlobalArguments, RowArguments {
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
    .options(rowOptions)
    .option('wait', waitOption);
}

async function run(args: QueryArguments, effects: Effects): Promise<number> {
  const query = findQuery(args.name);
  const parameters = parametersOf(query, args.param ?? [], effects.now());
  const format = rowFormat(args);
  return withDatabase({ ...args, readOnly: true, needs: query.needs }, effects, async (connection) => {
    const answer = await select(connection, query.sql, parameters);
    await writeRowStream(pickColumns(answer, args.columns), format, effects);
    return EXIT.ok;
  });
}

export const command: Command<QueryArguments> = {
  command: 'query <name>',
  describe: 'Answer a question of the catalogue',
  examples: [
    ['draintrace query failures-per-minute --param from=-2h', 'failures of the last two hours by mechanism'],
    ['draintrace query late-routing --format excel > late.csv', 'for a spreadsheet'],
  ],
  cost: 'As each question states: see draintrace queries --format json.',
  builder,
  run,
};
