/** Which of the listed objects are to be loaded, and in which batches: pure, so that it can be checked without loading. */
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
 * Returns the batches in listing order. An object is known when the ledger has its uri with the same etag and kept all
 * of it, or kept what is asked for now.
 */
export function planLoad(
  listed: readonly { source: number; object: SourceObject }[],
  known: ReadonlyMap<string, Known>,
  nextObjectId: number,
  keep: string,
  batchBytes = BATCH_BYTES,
): Plan {
  const plan: Plan = { batches: [], known: 0, knownSkipped: 0, size: 0 };
  const seen = new Set<string>();
  let batch: PlannedObject[] = [];
  let bytes = 0;
  let objectId = nextObjectId;
  for (const { source, object } of listed) {
    const entry = known.get(object.uri);
    const same = entry && entry.etag === object.etag && (entry.keep === 'all' || entry.keep === keep);
    if (same || seen.has(object.uri)) {
      plan.known++;
      if (entry?.status === 'skipped') plan.knownSkipped++;
      continue;
    }
    seen.add(object.uri);
    if (batch.length > 0 && (bytes + object.size > batchBytes || batch.length >= BATCH_OBJECTS)) {
      plan.batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push({
      source,
      object,
      objectId: objectId++,
      replaces: entry ? entry.object_id : null,
    });
    bytes += object.size;
    plan.size += object.size;
  }
  if (batch.length > 0) plan.batches.push(batch);
  return plan;
}
