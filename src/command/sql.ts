/** `draintrace sql`: any SQL; it can change nothing and reach no file unless --write is given. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Argv } from 'yargs';
import type { Format } from '../report/rows.ts';
import { SqlError, select } from '../store/select.ts';
import { withDatabase, writeAnswer } from './answer.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { formatOption, waitOption } from './option.ts';

interface SqlArguments extends GlobalArguments {
  statement: string;
  write: boolean;
  format: Format;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('statement', { type: 'string', demandOption: true, describe: 'one statement, quoted' })
    .option('write', {
      type: 'boolean',
      default: false,
      describe: 'let it change the database, and read and write files',
    })
    .option('format', { ...formatOption, default: 'table' as const })
    .option('wait', waitOption);
}

async function run(args: SqlArguments, effects: Effects): Promise<number> {
  return withDatabase({ ...args, readOnly: !args.write }, effects, async (connection) => {
    try {
      await ask(connection, args, effects);
    } catch (error) {
      if (!(error instanceof SqlError) || effects.signal.aborted) throw error;
      const hint = /read-only mode|disabled by configuration/.test(error.message) ? ' (--write allows it)' : '';
      throw new CliError(`the SQL could not be run: ${error.message}${hint}`, EXIT.usage, { cause: error });
    }
    return EXIT.ok;
  });
}

async function ask(connection: DuckDBConnection, { statement, format }: SqlArguments, effects: Effects): Promise<void> {
  await writeAnswer(await select(connection, statement), format, effects);
}

export const command: Command<SqlArguments> = {
  command: 'sql <statement>',
  describe: 'Run SQL on the tables and views, read-only unless --write',
  examples: [
    ['draintrace sql "select cause, count(*) from verdict group by cause"', 'verdicts by cause'],
    ['draintrace sql --write "copy (select * from verdict) to \'verdict.parquet\'"', 'a file for another tool'],
  ],
  cost: 'What the statement costs.',
  builder,
  run,
};
