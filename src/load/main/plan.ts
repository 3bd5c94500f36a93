/** Which of the listed objects are to be loaded, and in which batches: pure, so that it can be checked without loading. */

import { etagWith, plainEtag } from '../../evidence/clock.ts';
import type { ClockOffset } from '../../evidence/fact.ts';
import { isEvidenceKind } from '../../evidence/kind.ts';
import type { SourceObject } from '../../source/source.ts';
import type { Known } from '../../store/ledger.ts';

/** An object to load. */
export interface PlannedObject {
  /** Which of the run's sources lists it. */
  source: number;
  object: SourceObject;
  objectId: number;
  /** The entry that it replaces: the same uri with other content, or kept in part only. */
  replaces: number | null;
}

export interface Plan {
  batches: PlannedObject[][];
  /** Objects that the ledger has, or that were listed twice. */
  known: number;
  /** Of these: what the ledger has as skipped. */
  knownSkipped: number;
  /** Stored bytes to read. */
  size: number;
}

/** Value of log_object.keep for an access log that is loaded so. */
export function keepOf(request: {
  keep: 'all' | 'failures';
  window: { from: number | null; to: number | null } | null;
}): string {
  const { keep, window } = request;
  return window === null ? keep : `${keep} in ${window.from ?? ''}..${window.to ?? ''}`;
}

/** Stored bytes of one transaction: a dozen row groups of today's logs, some ten seconds of work to repeat after a kill. */
export const BATCH_BYTES = 128e6;
const BATCH_OBJECTS = 2000;

/** Bytes of spools that stay on the disk until it is known which of their rows are kept: those of some 30 GB of text. */
export const SPOOL_BYTES = 8e9;

/**
 * Plans objects one by one, in listing order. An object is known when the ledger has its uri with the same etag and kept all
 * of it, or kept what is asked for now.
 */
export class Planner {
  /** Objects that the ledger has, or that were listed twice. */
  known = 0;
  /** Of these: what the ledger has as skipped. */
  knownSkipped = 0;
  /** Stored bytes to read. */
  size = 0;
  #objects = 0;
  #bytes = 0;
  readonly #seen = new Set<string>();
  readonly #mayRepeat: (uri: string) => boolean;
  readonly #keep: string;
  readonly #batchBytes: number;
  readonly #clock: ClockOffset | null;
  #objectId: number;

  /** `mayRepeat` says of a uri whether it may be listed again: only those are remembered. */
  constructor(
    nextObjectId: number,
    keep: string,
    batchBytes: number,
    mayRepeat: (uri: string) => boolean = () => true,
    clock: ClockOffset | null = null,
  ) {
    this.#clock = clock;
    this.#objectId = nextObjectId;
    this.#keep = keep;
    this.#batchBytes = batchBytes;
    this.#mayRepeat = mayRepeat;
  }

  /** Whether the batch that was begun last is small: then it belongs to the one before, because the end of a batch leaves cores idle. */
  get isRest(): boolean {
    return this.#bytes < this.#batchBytes / 2 && this.#objects < BATCH_OBJECTS / 2;
  }

  /** Returns the object to load and whether a batch begins with it, or null for an object that is known. */
  plan({ source, object }: Listing, entry: Known | undefined): { item: PlannedObject; begins: boolean } | null {
    const same =
      entry && isSame(entry, object.etag, this.#clock) && (entry.keep === 'all' || entry.keep === this.#keep);
    if (same || this.#seen.has(object.uri)) {
      this.known++;
      if (entry?.status === 'skipped') this.knownSkipped++;
      return null;
    }
    if (this.#mayRepeat(object.uri)) this.#seen.add(object.uri);
    const isFull = this.#bytes + object.size > this.#batchBytes || this.#objects >= BATCH_OBJECTS;
    const begins = this.#objects === 0 || isFull;
    if (begins) this.#objects = this.#bytes = 0;
    this.#objects++;
    this.#bytes += object.size;
    this.size += object.size;
    const item = { source, object, objectId: this.#objectId++, replaces: entry ? entry.object_id : null };
    return { item, begins };
  }
}

/** Evidence is read again for another offset of its clocks, and keeps the one that it has where none is said. */
function isSame(entry: Known, etag: string, clock: ClockOffset | null): boolean {
  if (clock === null) return plainEtag(entry.etag) === etag;
  return entry.etag === (isEvidenceKind(entry.kind) ? etagWith(etag, clock) : etag);
}

interface Listing {
  source: number;
  object: SourceObject;
}

/** Returns the batches of a whole listing. */
export function planLoad(
  listed: readonly Listing[],
  known: ReadonlyMap<string, Known>,
  nextObjectId: number,
  keep: string,
  batchBytes = BATCH_BYTES,
  clock: ClockOffset | null = null,
): Plan {
  const planner = new Planner(nextObjectId, keep, batchBytes, undefined, clock);
  const batches: PlannedObject[][] = [];
  for (const one of listed) {
    const planned = planner.plan(one, known.get(one.object.uri));
    if (planned?.begins) batches.push([]);
    if (planned) batches.at(-1)!.push(planned.item);
  }
  return { batches, known: planner.known, knownSkipped: planner.knownSkipped, size: planner.size };
}
