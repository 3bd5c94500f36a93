/** Completes the last word of a command line, for the scripts of completion.ts: verbs, flags, and the values of flags. */
import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import yargs, { type Argv } from 'yargs';
import { readCatalogue } from '../query/catalogue.ts';
import { defaultValues } from '../query/parameter.ts';
import { CAUSE_MEANINGS, CAUSES, MECHANISMS } from '../query/word.ts';
import { printable } from '../report/text.ts';
import { COLOR_CHOICES, DEFAULT_DATABASE, type Effects, type GlobalArguments } from './command.ts';
import type { Flags } from './complaint.ts';
import { SHELLS } from './completion.ts';
import { VERBS, type Verb, verbName } from './verb.ts';

/** A word that may stand there, and what it means. */
interface Candidate {
  word: string;
  about: string;
}

const bare = (words: readonly string[]): Candidate[] => words.map((word) => ({ word, about: '' }));

/** Flags of every command. */
const COMMON: Candidate[] = [
  { word: '--db', about: 'the database file' },
  { word: '--color', about: 'colours on standard output' },
  { word: '--help', about: 'the help' },
];

/**
 * Returns the lines for the shell, best first. bash gives the line as typed and its own idea of the last word; the others give the
 * words. fish and zsh get the meaning of each word too.
 */
export async function completionLines([shell, ...given]: readonly string[], effects: Effects): Promise<string[]> {
  let words = given;
  let cut = 0;
  if (shell === 'bash') {
    const [line = '', own = ''] = given;
    words = line.trimStart().split(/\s+/).slice(1);
    // bash ends a word at : = and @ too, and replaces only what comes after it.
    const last = words.at(-1) ?? '';
    const kept = /^[:=@]*$/.test(own) ? '' : own;
    cut = last.length - kept.length;
  }
  const current = words.at(-1) ?? '';
  const found = await candidatesOf(words.slice(0, -1), current, effects);
  const fits = found.filter(({ word }) => word.startsWith(current));
  const seen = new Set<string>();
  return fits.flatMap(({ word, about }) => {
    // A word with a blank or a sign of the shell would become several words, or a command.
    if (seen.has(word) || !/^[\w.@%+=:,/*~-]+$/.test(word)) return [];
    seen.add(word);
    if (shell === 'fish') return [about === '' ? word : `${word}\t${printable(about)}`];
    if (shell === 'zsh')
      return [about === '' ? word.replaceAll(':', '\\:') : `${word.replaceAll(':', '\\:')}:${printable(about)}`];
    return [word.slice(cut)];
  });
}

async function candidatesOf(words: readonly string[], current: string, effects: Effects): Promise<Candidate[]> {
  const verb = VERBS.find((known) => words.includes(verbName(known)));
  if (!verb || words[0] === 'help') {
    if (current.startsWith('-')) return [...COMMON, { word: '--version', about: 'the version' }];
    return VERBS.map((known) => ({ word: verbName(known), about: known.describe }));
  }
  const { flags, about } = await flagsOf(verb);
  const long = (name: string): string =>
    [name, ...(flags.alias[name] ?? [])].reduce((a, b) => (b.length > a.length ? b : a));
  const takesValue = (name: string): boolean =>
    [flags.string, flags.number, flags.array].some((list) => list.includes(name)) || name in flags.choices;
  const joined = /^--([a-z][a-z-]*)=(.*)$/s.exec(current);
  if (joined) {
    const values = await valuesOf(long(joined[1]!), joined[2]!, { verb, words, flags, effects });
    return values.map(({ word, about: means }) => ({ word: `--${joined[1]}=${word}`, about: means }));
  }
  const before = /^--?([a-z][a-z-]*)$/.exec(words.at(-1) ?? '')?.[1];
  if (before !== undefined && takesValue(long(before)))
    return valuesOf(long(before), current, { verb, words, flags, effects });
  if (current.startsWith('-')) {
    const names = Object.keys(flags.key).filter((name) => name.length > 1 && !/[A-Z]/.test(name));
    return [...names.map((name) => ({ word: `--${name}`, about: about[name] ?? '' })), ...COMMON];
  }
  return argumentsOf(verb, words);
}

/** Returns the flags of a verb, and one line about each. */
async function flagsOf(verb: Verb): Promise<{ flags: Flags; about: Readonly<Record<string, string | undefined>> }> {
  const command = await verb.import();
  const parser = yargs().option('db', { type: 'string' }).option('color', { choices: COLOR_CHOICES });
  command.builder(parser as unknown as Argv<GlobalArguments>);
  const inner = parser as unknown as {
    getOptions(): Flags;
    getInternalMethods(): { getUsageInstance(): { getDescriptions(): Record<string, string | undefined> } };
  };
  return { flags: inner.getOptions(), about: inner.getInternalMethods().getUsageInstance().getDescriptions() };
}

/** Arguments that stand alone. Files are left to the shell. */
function argumentsOf(verb: Verb, words: readonly string[]): Candidate[] {
  const questions = (): Candidate[] => readCatalogue().map(({ name, title }) => ({ word: name, about: title }));
  const given = words.slice(words.indexOf(verbName(verb)) + 1).filter((word) => !word.startsWith('-'));
  switch (verbName(verb)) {
    case 'query':
      return given.length === 0 ? questions() : [];
    case 'athena':
      return given.length === 0 ? bare(['ddl', 'run', 'pull']) : given[0] === 'run' ? questions() : [];
    case 'completion':
      return bare(SHELLS);
    default:
      return [];
  }
}

interface Place {
  verb: Verb;
  words: readonly string[];
  flags: Flags;
  effects: Effects;
}

async function valuesOf(flag: string, current: string, { verb, words, flags, effects }: Place): Promise<Candidate[]> {
  const choices = flags.choices[flag];
  if (choices) return bare(choices.map(String));
  const database = (read: (connection: DuckDBConnection) => Promise<string[]>) => fromDatabase(words, effects, read);
  const causes = CAUSES.map((word) => ({ word: word as string, about: CAUSE_MEANINGS[word] }));
  switch (flag) {
    case 'cause':
      return causes;
    case 'mechanism':
      return bare(MECHANISMS);
    case 'max':
      return [...causes, ...bare(MECHANISMS)].map(({ word, about }) => ({ word: `${word}=0`, about }));
    case 'param':
      return parametersOf(words).map(({ name, description }) => ({ word: `${name}=`, about: description }));
    case 'timezone':
      return bare(Intl.supportedValuesOf('timeZone'));
    case 'scenario':
      return (await import('./scenario.ts')).scenarioNames().map((word) => ({ word, about: '' }));
    case 'columns': {
      const given = current.slice(0, current.lastIndexOf(',') + 1);
      const names = await database((connection) => columnsOf(connection, verb, words));
      return bare(names.map((name) => given + name));
    }
    case 'rollout':
      return bare(await database((connection) => column(connection, 'explain-rollouts', 'rollout', () => true)));
    case 'lb':
      return bare(
        await database((connection) => column(connection, 'covered-names', 'name', ({ kind }) => kind === 'balancer')),
      );
    case 'target-group': {
      const arns = await database((connection) =>
        column(connection, 'covered-names', 'name', ({ kind }) => kind === 'group'),
      );
      return bare(arns.map((arn) => /targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn));
    }
    case 'namespace':
      return bare(await database((connection) => column(connection, 'advise-names', 'namespace', () => true)));
    case 'workload':
      return bare(await database((connection) => column(connection, 'advise-names', 'deployment', () => true)));
    default:
      return [];
  }
}

const parametersOf = (words: readonly string[]) =>
  readCatalogue().find(({ name }) => words.includes(name))?.parameters ?? [];

/** Reads from the database that the words name. Without one, or while another process writes it, there is nothing to offer. */
async function fromDatabase(
  words: readonly string[],
  effects: Effects,
  read: (connection: DuckDBConnection) => Promise<string[]>,
): Promise<string[]> {
  const at = words.indexOf('--db');
  const db = at >= 0 ? words[at + 1] : effects.env.DRAINTRACE_DB || DEFAULT_DATABASE;
  if (!db || !existsSync(db)) return [];
  const { openDatabase } = await import('../store/database.ts');
  try {
    const database = await openDatabase(db, {
      readOnly: true,
      external: false,
      directories: [],
      wait: 0,
      signal: effects.signal,
      note: () => {},
    });
    try {
      return await read(database.connection);
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}

async function column(
  connection: DuckDBConnection,
  question: string,
  name: string,
  isWanted: (row: Record<string, unknown>) => boolean,
): Promise<string[]> {
  const { ask } = await import('./ask.ts');
  const rows = await ask(connection, question);
  return rows.filter(isWanted).flatMap((row) => (row[name] === null ? [] : [String(row[name])]));
}

/** Returns the columns of the question that the words ask; those of `trace` without one. */
async function columnsOf(connection: DuckDBConnection, verb: Verb, words: readonly string[]): Promise<string[]> {
  const own: Readonly<Record<string, string>> = { evidence: 'evidence-gaps', advise: 'advice', trace: 'trace' };
  const name = own[verbName(verb)];
  const query = readCatalogue().find((known) =>
    name === undefined ? words.includes(known.name) : known.name === name,
  );
  if (!query) return [];
  const { select } = await import('../store/select.ts');
  const { columns, chunks } = await select(
    connection,
    `select * from (${query.sql}\n) limit 0`,
    defaultValues(query.parameters),
  );
  for await (const _ of chunks);
  return columns.map(({ name: own }) => own);
}
