/** Messages between the main thread of `load` and its worker threads. */
import type { ReadingContext } from '../evidence/fact.ts';

/** One object to read; its rows belong to `batch`. */
export interface ObjectTask {
  batch: number;
  objectId: number;
  /** A file with the object's whole content, and the object's own base name. */
  path: string;
  name: string;
  /** Rows whose time is outside [from, to) are dropped, in microseconds; null keeps all. */
  window: { from: number | null; to: number | null } | null;
  /** For evidence: what its text does not hold. */
  context: ReadingContext;
}

/** Arguments of a new thread: the folder of its spools, and the numbers `first`, `first + step`, ... for them. */
export interface WorkerData {
  directory: string;
  first: number;
  step: number;
}

export type ToWorker =
  | ({ type: 'read' } & ObjectTask)
  /** The batch has no more objects for you: write out what you hold. */
  | { type: 'flush'; batch: number }
  /** One of your spools has been stored. */
  | { type: 'stored' }
  /** No other thread reads large evidence now: go on with yours. */
  | { type: 'granted' };

/** Result of reading one object, beside its rows, facts and rejected lines, which are in spools. */
export interface ObjectReading {
  kind: string;
  /** For people, where the kind is not loadable. */
  looksLike: string;
  /** null when the object is sound. */
  damage: string | null;
  lines: number;
  rows: number;
  rejected: number;
  /** Rows that the window dropped; they count in `rows`. */
  dropped: number;
  /** Fields beyond the last known one, over all rows. */
  extraFields: number;
  /** Bytes of text. */
  text: number;
  /** Rows with elb_status_code 5xx or 460. */
  failures: number;
  /** Microseconds since the epoch. */
  firstTime: number | null;
  lastTime: number | null;
  /** Of evidence: when it counts as taken, and sentences for the user. */
  capturedAt: number | null;
  notes: string[];
  /** Evidence: it states that there was nothing, as an empty listing does. */
  saysNone: boolean;
}

export type FromWorker =
  | {
      type: 'spool';
      batch: number;
      rows: string | null;
      contexts: string | null;
      rejected: string | null;
      /** By table. */
      tables: Readonly<Record<string, readonly string[]>>;
    }
  | { type: 'read'; objectId: number; reading: ObjectReading }
  /** The object could not be read as a file. */
  | { type: 'failed'; objectId: number; message: string }
  /** The spool could not be written. */
  | { type: 'fatal'; message: string }
  | { type: 'flushed'; batch: number }
  /**
   * The object at hand is large evidence: waits for `granted`, which ends with its `read` or `failed`. All rows of earlier
   * objects are written out, so a thread that runs out of memory from here on loses this object alone.
   */
  | { type: 'large'; objectId: number }
  /** Since the last one. */
  | { type: 'progress'; text: number; failures: number; rows: number };

/** Returns the reading of an object of which nothing has been read. */
export const newReading = (): ObjectReading => ({
  kind: 'empty',
  looksLike: 'empty object',
  damage: null,
  lines: 0,
  rows: 0,
  rejected: 0,
  dropped: 0,
  extraFields: 0,
  text: 0,
  failures: 0,
  firstTime: null,
  lastTime: null,
  capturedAt: null,
  notes: [],
  saysNone: false,
});
