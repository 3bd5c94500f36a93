/** Types of a load: its request, its progress and its outcome. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ClockOffset } from '../../evidence/fact.ts';
import type { Selection } from '../../source/key.ts';
import type { Failed, Source } from '../../source/source.ts';
import type { Micros } from '../../time/time.ts';

export interface LoadRequest {
  /** `failures`: failures, and what lies near them of targets that fail or terminate; everything else as counts. */
  keep: 'all' | 'failures';
  sources: readonly Source[];
  /** The requested part of a lake; sources select all other objects themselves. */
  selection: Selection;
  connection: DuckDBConnection;
  /** Folder beside the database for what is on its way; removed at the end. */
  spoolDirectory: string;
  /** Path of the database file. */
  database: string;
  /** Drop rows outside [from, to), microseconds; null keeps all. */
  window: { from: Micros | null; to: Micros | null } | null;
  /** Stored bytes of one transaction. */
  batchBytes: number;
  /** For `keep: 'failures'`: bytes of rows on disk until it is known which are kept; objects beyond are read twice. */
  spoolBytes: number;
  capturedAt: Micros | null;
  timezoneMinutes: number;
  /** How far the clocks of the evidence are ahead of the log's; null is not said. */
  clock?: ClockOffset | null;
  /** For `keep: 'failures'`: what was left out of the sources because it was counted elsewhere. */
  counted?: {
    /** First and last time of all that was counted; null where nothing was. */
    times: { first: Micros; last: Micros } | null;
    /** Adds the counts to the open transaction, when all else is in it. */
    store(): Promise<void>;
  };
  signal: AbortSignal;
  now(): Micros;
  progress: LoadProgress;
}

/** Told as the run goes. */
export interface LoadProgress {
  listed(objects: number): void;
  planned(objects: number, storedBytes: number): void;
  read(text: number, rows: number, failures: number): void;
  done(storedBytes: number): void;
}

export interface LoadOutcome {
  loaded: {
    kind: string;
    objects: number;
    lines: number;
    rows: number;
    rejected: number;
    dropped: number;
    extraFields: number;
  }[];
  damaged: { uri: string; detail: string }[];
  /** Recognised and of no use, or named by the user and not loadable: each with why. Told even when little is. */
  unused: { uri: string; detail: string }[];
  /** Objects that could be used, and those that were read and could not: what makes all of a run fail, or a part. */
  used: number;
  unusable: number;
  /** Objects that hold nothing, which is as it should be: the test file of AWS, a log without a line. */
  blank: number;
  /** Left out by the plan or not loadable, by reason. */
  skipped: Map<string, number>;
  failed: Failed[];
  notes: string[];
  known: number;
  /** Of the known ones: those that held nothing to load. */
  knownSkipped: number;
  /** Objects still to load when the run was interrupted or a fatal error ended it. */
  left: number;
  /** The error that ended the run early, after what was complete had been stored. */
  fatal: Error | null;
}

/** Returns the outcome of a run that has done nothing yet. */
export const emptyOutcome = (): LoadOutcome => ({
  loaded: [],
  damaged: [],
  unused: [],
  used: 0,
  unusable: 0,
  blank: 0,
  skipped: new Map(),
  failed: [],
  notes: [],
  known: 0,
  knownSkipped: 0,
  left: 0,
  fatal: null,
});
