/** `draintrace queries`: lists the catalogue. */
import type { Argv } from 'yargs';
import { type Parameter, readCatalogue } from '../query/catalogue.ts';
import type { Format } from '../report/rows.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { EXIT } from './error.ts';
import { formatOption, type RowArguments, rowFormat, rowOptions } from './option.ts';
import { pickColumns, writeRowStream } from './output.ts';

interface QueriesArguments extends GlobalArguments, RowArguments {
  format: Format;
}

const builder = (yargs: Argv<GlobalArguments>): unknown =>
  yargs.option('format', { ...formatOption, default: 'table' as const }).options(rowOptions);

/** Formats as `limit=100`, or `from` without a default. */
const shortForm = ({ name, default: fallback }: Parameter): string =>
  fallback === null ? name : `${name}=${fallback}`;

const COLUMNS = ['group', 'name', 'title', 'parameters', 'why', 'needs', 'cost'] as const;
/** On a terminal the long texts would leave no room for the short ones. */
const SHORT_COLUMNS = ['group', 'name', 'title', 'parameters'] as const;

async function run(args: QueriesArguments, effects: Effects): Promise<number> {
  const format = rowFormat(args);
  const isData = format === 'json' || format === 'ndjson';
  const names = format === 'table' && args.columns === undefined ? SHORT_COLUMNS : COLUMNS;
  const rows = readCatalogue().map((query) => {
    const cells = {
      ...query,
      parameters: isData ? query.parameters : query.parameters.map(shortForm).join(', '),
      needs: isData ? query.needs : query.needs.join(', '),
    };
    return names.map((name) => cells[name]);
  });
  const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
  await writeRowStream(pickColumns({ columns, chunks: [rows] }, args.columns), format, effects);
  return EXIT.ok;
}

export const command: Command<QueriesArguments> = {
  command: 'queries',
  describe: 'List the questions that `query` answers',
  examples: [
    ['draintrace queries', 'names, titles and parameters'],
    ['draintrace queries --format json', 'the whole catalogue, with reasons and costs'],
  ],
  cost: 'Opens no database.',
  builder,
  run,
};
