/** The commands of the shell: their help, the words of other shells that mean the same, and what they ask the database. */
import { FORMATS } from '../report/rows.ts';
import type { SqlError } from '../store/error.ts';
import { CliError, EXIT } from './error.ts';

/** Usage and effect of each command. */
export const HELP: Record<string, string> = {
  '.tables': 'tables and views, the main ones first; \\d too',
  '.schema [NAME]': 'columns of a table or view; \\d NAME too',
  '.macros': 'functions of the views',
  '.queries': 'the questions that .run answers',
  '.run NAME [key=value ...]': 'answer a question',
  '.export FILE': 'write the last answer to a file: .csv, .json, .ndjson, .md',
  '.mode FORMAT': `${FORMATS.join(', ')}; .format too`,
  '.timing on|off': 'show the time of each answer',
  '.help': 'this list; help too',
  '.quit': 'leave; exit, quit and Ctrl-D do too',
};
export const SHELL_COMMANDS = Object.keys(HELP).map((usage) => usage.split(' ')[0]!);

/** Words of other shells that people type without thinking. */
const FOREIGN: readonly (readonly [word: RegExp, command: string])[] = [
  [/^(?:exit|quit|\\q)$/i, '.quit'],
  [/^(?:help|\\\?|\\h|\?)$/i, '.help'],
  [/^(?:show tables|\\d[tv]?\+?)$/i, '.tables'],
  [/^\\df$/i, '.macros'],
  [/^\\d\+? +(\S+)$/i, '.schema $1'],
  [/^\\timing (on|off)$/i, '.timing $1'],
  [/^\\x$/i, '.mode vertical'],
];

/** Returns the line as a command with a dot (`exit;` is `.quit`), null for SQL. */
export function commandOf(line: string): string | null {
  const bare = line.trim().replace(/\s*;$/, '');
  if (bare.startsWith('.')) return line.trim();
  for (const [word, command] of FOREIGN) if (word.test(bare)) return bare.replace(word, command);
  if (bare.startsWith('\\'))
    throw new CliError(`there is no command ${bare.split(' ')[0]}: .help lists them`, EXIT.usage);
  return null;
}

/** A view that is kept as a table stands beside its table. */
export const RELATIONS = `
  select table_name as name, 'table' as kind from duckdb_tables() where not internal and table_name not in (from (select view_name from duckdb_views()))
  union select view_name, 'view' from duckdb_views() where not internal
  order by name`;

export const MACROS = `
  select distinct function_name as name, function_type as kind from duckdb_functions()
  where not internal and function_type in ('macro', 'table_macro') order by kind desc, name`;

/** Says which flag allows what was refused. */
export function hintFor({ message }: SqlError): string {
  if (/read-only mode/.test(message)) return ' (draintrace sql --write allows it)';
  return /disabled by configuration/.test(message) ? ' (--allow-external allows it)' : '';
}
