/** Flags that several commands share, and how their text is read. */
import type { Micros } from '../evidence/fact.ts';
import { nearest } from '../query/parameter.ts';
import { FORMATS } from '../report/rows.ts';
import { parseTime } from '../source/time.ts';
import { CliError, EXIT } from './error.ts';

/** The database where neither a flag nor DRAINTRACE_DB names one. */
export const DEFAULT_DATABASE = 'draintrace.duckdb';

export const formatOption = {
  type: 'string',
  choices: FORMATS,
  describe: 'how the answer is written',
} as const;

export const waitOption = {
  type: 'number',
  default: 10,
  describe: 'seconds to wait while another draintrace holds the database',
} as const;

export const fromOption = {
  type: 'string',
  describe: 'start of the window: RFC 3339, a date, or relative as -2h',
} as const;

export const toOption = { type: 'string', describe: 'end of the window, not included' } as const;

/** Returns the time that a flag's text says, null where the flag is absent. Throws CliError. */
export function timeOption(text: string | undefined, flag: string, now: Micros): Micros | null {
  if (text === undefined) return null;
  const time = parseTime(text, now);
  if (time === null) {
    const hint = 'use RFC 3339 (2026-01-31T08:00:00Z), a date, or relative as -2h';
    throw new CliError(`--${flag} ${text} is not a time: ${hint}`, EXIT.usage);
  }
  return time;
}

/** Returns the comma list of words that a repeatable flag was given, null where there is none. Throws CliError. */
export function wordsOption(
  words: readonly string[] | undefined,
  flag: string,
  known: readonly string[],
): string | null {
  const given = (words ?? []).flatMap((word) => word.split(',')).filter((word) => word !== '');
  for (const word of given) {
    if (!known.includes(word)) throw unknownWord(`--${flag} ${word} is not known`, word, known);
  }
  return given.length > 0 ? given.join(',') : null;
}

/** Returns the error for a word that is none of the known ones: it names the nearest, else all. */
export function unknownWord(what: string, word: string, known: readonly string[]): CliError {
  const near = nearest(word, known);
  return new CliError(`${what}: ${near ? `did you mean ${near}?` : `use one of ${known.join(', ')}`}`, EXIT.usage);
}
