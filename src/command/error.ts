/** Exit codes, documented in docs/commands.md. */
export const EXIT = {
  ok: 0,
  /** What was found breaks a limit that was set: `check`, `nightly`. */
  limit: 1,
  /** Wrong flags or arguments. */
  usage: 2,
  /** Nothing that was given could be used: no credentials, no such file, nothing that is read here. Of `trace`: nothing asked for is loaded. */
  source: 3,
  /** Some objects were loaded, others not, gave nothing, or only up to where they are damaged. Of `trace`: a part of the window is loaded. */
  partial: 4,
  /** The database cannot be used: locked, not a database, disk full, read-only. */
  database: 5,
  /** A file that was asked for could not be written. */
  output: 6,
  /** A bug in draintrace: the stack is printed. */
  bug: 70,
  interrupted: 130,
} as const;

/** An expected failure: one sentence that names the thing, what was wrong and what to do, and its exit code. */
export class CliError extends Error {
  override name = 'CliError';
  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
