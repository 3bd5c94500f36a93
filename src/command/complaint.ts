/** Says in one voice what is wrong with the words of the command line: the flag, its value, and a good example. Pure. */
import { nearest } from '../query/parameter.ts';
import type { Command } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { VERBS, type Verb, verbName } from './verb.ts';

/** The flags of a verb, as yargs lists them. */
export interface Flags {
  string: readonly string[];
  number: readonly string[];
  array: readonly string[];
  key: Readonly<Record<string, unknown>>;
  choices: Readonly<Record<string, readonly string[]>>;
  alias: Readonly<Record<string, readonly string[]>>;
  default: Readonly<Record<string, unknown>>;
}

/** The typed words, and the verb among them. */
export interface Typed {
  words: readonly string[];
  verb: Verb | undefined;
  command: Command<never> | undefined;
  flags: Flags | null;
}

/** Returns yargs's message as one sentence. */
export function complain(message: string, typed: Typed): string {
  const { words, verb, command, flags } = typed;
  const first = words.find((word) => !word.startsWith('-'));
  if (!verb) {
    if (first === undefined || !message.startsWith('Unknown')) return oneLine(message);
    const near = nearest(first, VERBS.map(verbName));
    return `there is no command ${first}: ${near ? `did you mean ${near}?` : 'draintrace --help lists them'}`;
  }
  const name = verbName(verb);
  if (message.startsWith('Not enough non-option arguments')) {
    return `an argument is missing: draintrace ${verb.command}, as ${exampleOf(command, '') ?? `draintrace ${name} --help`}`;
  }
  const needs = /^Not enough arguments following: (.+)$/.exec(message);
  if (needs) {
    const flag = longName(needs[1]!, flags);
    return `--${flag} needs a value${asIn(command, flag)}`;
  }
  const missing = /^Missing required arguments?: ([^,\n]+)/.exec(message);
  if (missing) return `--${missing[1]} is missing${asIn(command, missing[1]!)}`;
  const wrong = /Argument: ([\w-]+), Given: (.*), Choices: (.*)$/s.exec(message);
  if (wrong) return wrongChoice(wrong[1]!, wrong[2]!, typed);
  const unknown = /^Unknown (?:arguments?|command): ([^,]+)/.exec(message);
  if (!unknown) return oneLine(message);
  const word = unknown[1]!.trim();
  const dashes = words.find((one) => new RegExp(`^--?(?:no-)?${escaped(word)}(?:=|$)`, 's').test(one));
  if (dashes === undefined && words.includes(word))
    return `${name} takes no argument ${word}: draintrace ${name} --help shows what it takes`;
  const near =
    word.length < 2
      ? null
      : nearest(
          word,
          Object.keys(flags?.key ?? {}).filter((flag) => flag.length > 1),
        );
  return `${name} has no flag ${dashes?.replace(/=.*/s, '') ?? `--${word}`}: ${near ? `did you mean --${near}?` : `draintrace ${name} --help lists them`}`;
}

const oneLine = (message: string): string => message.replace(/\s*\n\s*/g, ' ').trim();
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Returns the name of a flag that people know: `param` for `p`. */
function longName(name: string, flags: Flags | null): string {
  const names = [name, ...(flags?.alias[name] ?? [])];
  for (const [other, aliases] of Object.entries(flags?.alias ?? {})) if (aliases.includes(name)) names.push(other);
  return names.reduce((long, one) => (one.length > long.length ? one : long));
}

function wrongChoice(name: string, given: string, { verb, flags }: Typed): string {
  const value = given.replace(/^"(.*)"$/s, '$1');
  const known = [...(flags?.choices[name] ?? [])];
  const near = nearest(value, known);
  const what =
    !verb || isFlag(verb, name) ? `--${name} ${value} is not known` : `${verbName(verb)} ${value} is not known`;
  return `${what}: ${near ? `did you mean ${near}?` : 'use'}${near ? ' One of' : ' one of'} ${known.join(', ')}`;
}

/** Returns an example of the command that has the flag, null without one. */
function exampleOf(command: Command<never> | undefined, flag: string): string | null {
  const found = command?.examples.find(([typed]) => typed.includes(flag))?.[0];
  return found ?? null;
}

/** Returns `, as in: draintrace …`; the form of the flag if no example has it. */
function asIn(command: Command<never> | undefined, name: string): string {
  const example = exampleOf(command, `--${name} `);
  if (example !== null) return `, as in: ${example}`;
  return command ? `: write it as --${name} VALUE (draintrace ${verbName(command)} --help says more)` : '';
}

/** Throws CliError for a flag whose value is empty or no number, or that is given twice where once is all it takes. */
export function refuseValues(args: Readonly<Record<string, unknown>>, flags: Flags, typed: Typed): void {
  for (const name of Object.keys(flags.key)) {
    const value = args[name];
    if (name.length > 1 && Array.isArray(value) && !flags.array.includes(name) && !isRest(typed.verb, name))
      throw new CliError(`--${name} is given twice: leave one of them out`, EXIT.usage);
    // As a script gives it whose variable is not set.
    if (
      isFlag(typed.verb, name) &&
      flags.default[name] !== '' &&
      (Array.isArray(value) ? value.includes('') : value === '')
    )
      throw new CliError(`--${name} is empty: give it a value, or leave it out`, EXIT.usage);
    if (typeof value !== 'number' || !Number.isNaN(value)) continue;
    const names = [name, ...(flags.alias[name] ?? [])];
    const at = typed.words.findIndex((word) => names.some((one) => word.replace(/^--?/, '').split('=')[0] === one));
    const given = typed.words[at]?.split('=')[1] ?? typed.words[at + 1] ?? '';
    throw new CliError(
      `--${name} ${given} is not a number: write it as --${name} ${sampleOf(typed.command, name)}`,
      EXIT.usage,
    );
  }
}

const isFlag = (verb: Verb | undefined, name: string): boolean =>
  !verb || !new RegExp(`[<[]${name}\\W`).test(verb.command);

const isRest = (verb: Verb | undefined, name: string): boolean => verb?.command.includes(`${name}..`) === true;

/** Returns a number as the examples of the command have it. */
function sampleOf(command: Command<never> | undefined, name: string): string {
  const example = exampleOf(command, `--${name} `);
  return new RegExp(`--${name} (\\d\\S*)`).exec(example ?? '')?.[1] ?? '10';
}
