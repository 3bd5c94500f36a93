/** `draintrace sql`: runs any SQL, or a shell. Without a flag it can change nothing and reach no other file. */
import { readFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import type { Format } from '../report/rows.ts';
import { placeLines } from '../report/sql-place.ts';
import { SqlError } from '../store/error.ts';
import { LooseDatabase } from '../store/loose-database.ts';
import { keepEvidence } from '../store/materialised-view.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { interruptible } from './open.ts';
import { formatOption, type RowArguments, rowFormat, rowOptions, waitOption } from './option.ts';
import { errorStyle, noteTo } from './output.ts';
import { runScript, runShell } from './shell.ts';
import { Session } from './shell-session.ts';

interface SqlArguments extends GlobalArguments, RowArguments {
  statement: string | undefined;
  file: string | undefined;
  write: boolean;
  allowExternal: boolean;
  /** Not a flag: statements may change no setting, such as the limit of memory. */
  isLocked?: boolean;
  format: Format;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .positional('statement', { type: 'string', describe: 'statements, quoted; without one a shell' })
    .option('file', { alias: 'f', type: 'string', requiresArg: true, describe: 'run the statements of this file' })
    .option('write', { type: 'boolean', default: false, describe: 'let it change the database' })
    .option('allow-external', {
      type: 'boolean',
      default: false,
      describe: 'let SQL read and write files and use the network',
    })
    .option('format', { ...formatOption, default: 'table' as const })
    .options(rowOptions)
    .option('wait', waitOption);
}

async function run(args: SqlArguments, effects: Effects): Promise<number> {
  if (args.statement !== undefined && args.file !== undefined) {
    throw new CliError('give a statement or --file, not both', EXIT.usage);
  }
  const script = args.file === undefined ? null : await readScript(args.file);
  const database = await LooseDatabase.open(args.db, {
    ...{ readOnly: !args.write, external: args.allowExternal, wait: args.wait, signal: effects.signal },
    note: noteTo(effects),
  });
  const session = new Session(database, effects, { format: rowFormat(args), columns: args.columns });
  return interruptible(database, effects, async () => {
    try {
      const words = (args.statement ?? script ?? '').match(/\w+/g) ?? [];
      if (!args.write) await keepEvidence(database.connection, words);
      if (args.isLocked) await database.connection.run('SET lock_configuration = true');
      if (args.statement !== undefined) await runScript(args.statement, session, effects);
      else if (script !== null) await runScript(script, session, effects);
      else return await runShell(session, effects);
    } catch (error) {
      if (!(error instanceof SqlError) || effects.signal.aborted) throw error;
      const below = error.place === null ? [] : placeLines(error.place, errorStyle(effects));
      throw new CliError(`the SQL could not be run: ${error.message}`, EXIT.usage, { cause: error, below });
    } finally {
      await session.end();
    }
    return EXIT.ok;
  });
}

async function readScript(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}`, EXIT.usage, { cause: error });
  }
}

export const command: Command<SqlArguments> = {
  command: 'sql [statement]',
  describe: 'Run SQL on the tables and views, or a shell for it',
  examples: [
    ['draintrace sql', 'a shell with history, completion and pages'],
    ['draintrace sql "select cause, count(*) from verdict group by cause"', 'verdicts by cause'],
  ],
  cost: 'The cost of the statement; rows are written one by one, never collected in memory.',
  builder,
  run,
};
