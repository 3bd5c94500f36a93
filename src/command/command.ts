/** Interface of a verb. Each verb is one file of this folder, imported only when it is used. */
import type { Argv } from 'yargs';
import type { Micros } from '../time/time.ts';

/** Takes text. Resolves when the next write is welcome, so a slow reader slows the writer and memory stays flat. */
export interface Output {
  write(text: string | Uint8Array): Promise<void>;
  readonly isTTY: boolean;
  /** Terminal width in cells; 80 without a terminal. */
  readonly columns: number;
  /** Terminal height in lines; 24 without a terminal. */
  readonly rows: number;
}

/** The outside world, the last argument of every command, so tests need no mocks. */
export interface Effects {
  /** Data only. */
  stdout: Output;
  /** Progress, notes, warnings and errors. */
  stderr: Output;
  stdin: NodeJS.ReadableStream;
  /** As --color says; `auto` if not given. */
  color?: ColorChoice;
  env: Readonly<Record<string, string | undefined>>;
  /** Microseconds since the epoch. */
  now(): Micros;
  /** Aborted at the first Ctrl-C: the command stops at the next safe point. The second Ctrl-C ends the process. */
  signal: AbortSignal;
}

/** Default database, without a flag and DRAINTRACE_DB. */
export const DEFAULT_DATABASE = 'draintrace.duckdb';

export const COLOR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** Options that every command has. */
export interface GlobalArguments {
  /** The database file. */
  db: string;
}

/** One verb. `A` is the type of its parsed flags. A command file exports it as `command`. */
export interface Command<A> {
  /** In yargs syntax: `load <source..>`. */
  command: string;
  /** One line for the list of commands. */
  describe: string;
  /** Two examples, as typed, with their effect. */
  examples: readonly (readonly [command: string, does: string])[];
  /** Cost of a run in one sentence, shown below the flags in --help. */
  cost: string;
  /** Adds the flags. The result is ignored, because yargs's types do not know `--target-group` as targetGroup. */
  builder(yargs: Argv<GlobalArguments>): unknown;
  /** Returns the exit code: EXIT.ok on success. Throws CliError for expected failures. */
  run(args: A, effects: Effects): Promise<number>;
}
