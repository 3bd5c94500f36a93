/** Turns database errors into one sentence about the file. */

/** The database cannot be used: locked, not a database, missing, of another version, disk full, read-only. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** The statement itself is wrong; the message is DuckDB's, as one sentence. */
export class SqlError extends Error {
  override name = 'SqlError';
  /** The line of the statement with the mistake, and its place there; null where DuckDB names none. */
  readonly place: SqlPlace | null;

  constructor(message: string, options: ErrorOptions & { place?: SqlPlace | null } = {}) {
    super(message, options);
    this.place = options.place ?? null;
  }
}

/** The place of a mistake in a statement: so many terminal cells of `text`, which may be cut, are before it. */
export interface SqlPlace {
  line: number;
  text: string;
  cells: number;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Returns the lock holder from DuckDB's message, or null for another error. */
export function lockHolder(error: unknown): string | null {
  const text = messageOf(error);
  if (!text.includes('Could not set lock on file')) return null;
  const held = /held in (.+?) \(PID (\d+)\)/.exec(text);
  return held ? `process ${held[2]} (${held[1]})` : 'another process';
}

const SENTENCES: readonly (readonly [sign: RegExp, sentence: (path: string, text: string) => string])[] = [
  [
    /not a valid DuckDB database|Missing Extension Error|Extension Autoloading Error|Extension "[^"]+" not found/,
    (path) => `${path} is not a DuckDB database: name another file with --db, or move this one away`,
  ],
  // DuckDB speaks of a newer version of the database where it means a later moment, so this comes first.
  [
    /WAL does not match|WAL was created for|does not match the database file/,
    (path) =>
      `${path}.wal does not belong to ${path}: one of the two was copied or restored without the other. Restore the two ` +
      `that belong together. If ${path} is a complete copy, move ${path}.wal away`,
  ],
  [
    /Corrupt WAL file|replaying WAL file/,
    (path) =>
      `${path}.wal is damaged: put back a backup of ${path} and ${path}.wal. Without one, move ${path}.wal away: the next ` +
      'load reads again what was only in it',
  ],
  [
    /version number|newer version|newer storage/i,
    (path, text) => {
      const found = /version number (\d+)/.exec(text)?.[1];
      const storage = found === undefined ? '' : ` (storage version ${found})`;
      return (
        `${path} was written by a newer DuckDB${storage} than the one in this draintrace: use the draintrace that wrote it, ` +
        'or load the logs into a new file'
      );
    },
  ],
  [
    /duplicate key/i,
    (path) =>
      `${path} holds an object twice: rows of two databases are mixed in it. Use a backup, or load the logs into a new file`,
  ],
  [
    /Corrupt database file|Could not read enough bytes/,
    (path) => `${path} is damaged or cut short: put back a backup of it, or load the logs into a new file`,
  ],
  [/Is a directory/, (path) => `${path} is a folder: name a file with --db`],
  [/No such file or directory/, (path) => `${path} cannot be created: its folder does not exist`],
  [/Permission denied/, (path) => `${path} cannot be opened: permission denied`],
  [/Read-only file system/, (path) => `${path} cannot be written: the file system is read-only`],
  [/EFBIG|File too large/, (path) => `${path} cannot be written: no file may grow that large here (ulimit -f)`],
  [/No space left|disk full/i, (path) => `${path} cannot be written: the disk is full`],
];

/** Returns a DuckDB error as one sentence about the file. */
export function explain(path: string, error: unknown): StoreError {
  const text = messageOf(error);
  const known = SENTENCES.find(([sign]) => sign.test(text));
  return new StoreError(known ? known[1](path, text) : `${path} cannot be used: ${text.split('\n')[0]}`, {
    cause: error,
  });
}

/** Classes of DuckDB errors that are caused by the file, the disk or the memory, not by the statement. */
const OF_THE_FILE =
  /^(?:IO|Serialization|FATAL|INTERNAL|Permission|Out of Memory|TransactionContext|Constraint|Conversion|Out of Range) Error/;

/** Returns the sentence for an error that the file caused in a statement of this program; null for all other errors. */
export function explainFile(path: string, error: unknown): StoreError | null {
  return OF_THE_FILE.test(messageOf(error)) ? explain(path, error) : null;
}
