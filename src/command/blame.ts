/** Decides what caused an unexpected error of a load. */
import { SourceError } from '../source/source.ts';
import { explain, StoreError } from '../store/database.ts';
import { CliError, EXIT, tooManyFiles } from './error.ts';

const NO_MEMORY = /^WebAssembly\.|out of memory|ENOMEM|Cannot allocate memory|memory limit|ERR_WORKER_OUT_OF_MEMORY/i;

/** Returns the error for the command line: of a source, of this machine's memory, else of the database. */
export function blame(db: string, error: unknown): Error {
  const full = tooManyFiles(error);
  if (full) return full;
  if (error instanceof SourceError) return new CliError(error.message, EXIT.source, { cause: error });
  if (error instanceof StoreError || error instanceof CliError) return error;
  const { name, message } = error as Error;
  // DuckDB names its own limit, and how to raise it.
  if (!/memory_limit|Out of Memory Error/.test(message) && (NO_MEMORY.test(message) || name === 'RangeError')) {
    const how = 'raise the limit of its address space or container (ulimit -v), or load less at a time';
    return new CliError(
      `too little memory for the readers of lines (${message.split('\n')[0]}): ${how}`,
      EXIT.database,
      {
        cause: error,
      },
    );
  }
  return explain(db, error);
}
