/** Interface of everything that provides bytes: local files, standard input, S3. A source does not know what the bytes mean. */

/** One readable object, with the identity of its content. */
export interface SourceObject {
  /** `file:///absolute/path`, `s3://bucket/key` (key as S3 has it, not percent-encoded) or `stdin:<sha256 of the content>`. */
  uri: string;
  /** Identity of the content: S3's ETag without quotes; for a file `<size>-<mtime in ns>`; for stdin the sha256. */
  etag: string;
  /** Stored bytes (compressed where compressed). */
  size: number;
  /** Modification time, microseconds since the epoch. */
  modified: number | null;
  /** Base name. */
  name: string;
  /** The user named this object itself, not a place that holds it. */
  isNamed?: boolean;
}

/** An object that the plan left out on purpose. `reason` is one of a few words, so counts by reason stay short. */
export interface Skipped {
  uri: string;
  reason: string;
}

/** A requested object or place that could not be read. It makes the run partial (exit code 4). */
export interface Failed {
  uri: string;
  /** One sentence: what was wrong and what to do. */
  message: string;
}

export type Listed = { object: SourceObject } | { skipped: Skipped } | { failed: Failed };

/** A place that holds objects. */
export interface Source {
  /** Objects in a stable order (by uri, byte-wise), each once, unless `mayRepeat`. */
  list(signal: AbortSignal): AsyncIterable<Listed>;
  /** Objects may be listed in any order, and more than once: somebody else wrote the list. */
  mayRepeat?: boolean;
  /**
   * Returns the path of a local file that holds the object's whole content: the file itself for local sources, else a
   * complete and length-checked copy inside `spoolDirectory`. The caller deletes a copy when `temporary` is true.
   * Throws SourceError when the object cannot be fetched as listed (gone, replaced, denied, retries exhausted).
   */
  fetch(
    object: SourceObject,
    spoolDirectory: string,
    signal: AbortSignal,
  ): Promise<{ path: string; temporary: boolean }>;
  /**
   * Called when the database has these objects for good, in this run or an earlier one. Returns what could not be done with
   * that knowledge.
   */
  stored?(uris: readonly string[], signal: AbortSignal): Promise<Failed[]>;
  /** Ends connections and deletes what `list` left on the disk. The source must not be used afterwards. */
  close?(): Promise<void>;
}

/** An object or place that could not be read. `fatal` stops the whole run (bad credentials, no such bucket). */
export class SourceError extends Error {
  override name = 'SourceError';
  constructor(
    message: string,
    readonly uri: string,
    readonly fatal: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
