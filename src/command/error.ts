/** Expected failures, and the exit codes of all. */
import { lockHolder, StoreError } from '../store/error.ts';

/** Exit codes, documented in docs/commands.md. */
export const EXIT = {
  ok: 0,
  /** A finding breaks a limit that the user set: `check`, `nightly`. */
  limit: 1,
  /** Wrong flags or arguments. */
  usage: 2,
  /** No given source was usable: no credentials, no such file, no known format. For `trace`, `report`, `evidence`, `explain`: nothing of what was asked for is loaded. */
  source: 3,
  /** Some objects were loaded; others failed, were empty, or were read only up to their damage. For questions without a failure: only a part of the window is loaded. */
  partial: 4,
  /** The database cannot be used: locked, not a database, disk full, read-only. */
  database: 5,
  /** A requested file could not be written. */
  output: 6,
  /** A bug in draintrace: the stack is printed. */
  bug: 70,
  interrupted: 130,
} as const;

/** An expected failure: one sentence that names the thing, what was wrong and what to do, and its exit code. */
export class CliError extends Error {
  override name = 'CliError';
  /** Lines below the sentence, safe for a terminal. */
  readonly below: readonly string[];

  constructor(
    message: string,
    readonly exitCode: number,
    options: ErrorOptions & { below?: readonly string[] } = {},
  ) {
    super(message, options);
    this.below = options.below ?? [];
  }
}

/** Returns the exit code of a run that ended with this error. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof CliError ? error.exitCode : error instanceof StoreError ? EXIT.database : EXIT.bug;

/** Returns whether an error may have passed when the same is tried again: of a source, or of a database that another process holds. */
export const mayPass = (error: unknown): error is Error =>
  (error instanceof CliError && error.exitCode === EXIT.source) ||
  (error instanceof StoreError && lockHolder(error.cause) !== null);

/** Returns the error for the command line if no more files could be opened, which neither a source nor a database caused. */
export function tooManyFiles(error: unknown): CliError | null {
  const { code, message } = error as NodeJS.ErrnoException;
  const found = /\b(?:EMFILE|ENFILE)\b/.exec(`${code} ${message}`)?.[0];
  if (found === undefined) return null;
  const how = 'raise the limit of open files (ulimit -n), 256 are enough';
  return new CliError(`too many files are open (${found}): ${how}`, EXIT.database, { cause: error });
}

/** Returns the words and the exit code for an error that no caller could catch, such as one of a library's own timers. */
export function strayError(error: unknown): { text: string; code: number } {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  if (/Out of memory|Array buffer allocation failed/i.test(message)) {
    const how = 'raise the limit of its address space or container (ulimit -v)';
    return { text: `draintrace: too little memory (${shown(message.split('\n')[0]!)}): ${how}\n`, code: EXIT.database };
  }
  const trace = (stack ?? message).split('\n').map(shown).join('\n');
  return { text: `draintrace: this is a bug in draintrace, please report it\n${trace}\n`, code: EXIT.bug };
}

/** Without control bytes. */
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
