/** The shape of a verb: one file of this room each, imported only when it is asked for. */
import type { Argv } from 'yargs';
import type { Micros } from '../evidence/fact.ts';

/** Where text goes. Resolves when the next write is welcome, so a slow reader slows the writer and memory stays flat. */
export interface Output {
  write(text: string | Uint8Array): Promise<void>;
  readonly isTTY: boolean;
  /** Terminal width in cells; 80 where there is no terminal. */
  readonly columns: number;
  /** Terminal height in lines; 24 where there is no terminal. */
  readonly rows: number;
}

/** The outside world, the last argument of every command, so that tests need no mocks. */
export interface Effects {
  /** Data, and nothing else. */
  stdout: Output;
  /** Talk: progress, notes, warnings, errors. */
  stderr: Output;
  stdin: NodeJS.ReadableStream;
  env: Readonly<Record<string, string | undefined>>;
  /** Microseconds since the epoch. */
  now(): Micros;
  /** Aborted at the first Ctrl-C; the command then stops at the next safe place. The second Ctrl-C ends the process. */
  signal: AbortSignal;
}

/** Options that every command has. */
export interface GlobalArguments {
  /** The database file. */
  db: string;
}

/** One verb. `A` is what its flags parse to. A command file has it as its one export named `command`. */
export interface Command<A> {
  /** As yargs spells it: `load <source..>`. */
  command: string;
  /** One line for the list of commands. */
  describe: string;
  /** Two of them, as typed, and what each does. */
  examples: readonly (readonly [command: string, does: string])[];
  /** What running it costs, one sentence: shown below the flags in --help. */
  cost: string;
  /** Adds the flags; what it returns is not used, because the types of yargs do not know `--target-group` as targetGroup. */
  builder(yargs: Argv<GlobalArguments>): unknown;
  /** Returns the exit code, EXIT.ok when all went well. Throws CliError for expected failures. */
  run(args: A, effects: Effects): Promise<number>;
}
