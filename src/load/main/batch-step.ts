/** The stages that every way of loading is made of: read a batch, take its spools, store what it gave, count it. */
import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import pMap from 'p-map';
import { isEvidenceKind } from '../../evidence/kind.ts';
import { SourceError } from '../../source/source.ts';
import { type SpoolFiles, storeSpools } from '../../store/batch.ts';
import { runInThreads } from '../../store/bulk.ts';
import type { StoredEntry } from '../../store/lake-read.ts';
import { addEntries, forgetObjects } from '../../store/ledger.ts';
import type { ListedObject } from './lake-plan.ts';
import { type ObjectResult, readObject } from './object.ts';
import type { PlannedObject } from './plan.ts';
import type { LoadOutcome, LoadRequest } from './request.ts';
import type { Spooled, Together, WorkerPool } from './worker-pool.ts';

/** Objects fetched and read at once: enough to hide the latency of S3 behind the reading. */
const IN_FLIGHT = 8;

/** The batches of a load, each read from the disk when its turn comes. */
export interface Batches {
  count: number;
  read(number: number): Promise<PlannedObject[]>;
}

/** Tells each source which of its objects the database has for good. */
export async function tellStored(
  objects: readonly ListedObject[],
  { sources, signal }: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  for (const [number, source] of sources.entries()) {
    const own = objects.filter((one) => one.source === number).map(({ object }) => object.uri);
    if (source.stored && own.length > 0) outcome.failed.push(...(await source.stored(own, signal)));
  }
}

/**
 * Reads a batch's objects; objects that cannot be read go to `outcome.failed`. After an abort or a fatal error no new one is
 * begun.
 */
export async function readBatch(
  batch: readonly PlannedObject[],
  number: number,
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<ObjectResult[]> {
  const results = await pMap(
    batch,
    async (item) => {
      if (request.signal.aborted || outcome.fatal) return null;
      try {
        return await readObject(item, number, pool, request);
      } catch (error) {
        if (request.signal.aborted) return null;
        if (!(error instanceof SourceError)) throw error;
        if (error.fatal) outcome.fatal ??= error;
        else outcome.failed.push({ uri: item.object.uri, message: error.message });
        return null;
      } finally {
        request.progress.done(item.object.size);
      }
    },
    { concurrency: IN_FLIGHT },
  );
  pool.flush(number);
  return results.filter((one) => one !== null);
}

/** Takes a batch's spools as they come, until the batch is read; the worker pool goes on when `take` is done with them. */
export async function drain(
  pool: WorkerPool,
  number: number,
  reading: Promise<unknown>,
  take: (spools: readonly Spooled[]) => Promise<void>,
  together: Together,
): Promise<void> {
  // A failure of reading must end the wait for spools.
  const broken = new Promise<never>((_, reject) => reading.catch(reject));
  broken.catch(() => {});
  const spools = pool.spooled(number, together);
  for (;;) {
    const next = await Promise.race([spools.next(), broken]);
    if (next.done) return;
    await take(next.value);
    for (const spool of next.value) spool.stored();
  }
}

/** Stores spools in the open transaction and removes their files. */
export async function storeAndRemove(connection: DuckDBConnection, spools: readonly SpoolFiles[]): Promise<void> {
  await storeSpools(connection, spools);
  for (const spool of spools) await removeFiles(spool);
}

/** Removes the files of a spool. */
export async function removeFiles({ rows, contexts, rejected, tables }: SpoolFiles): Promise<void> {
  for (const path of [rows, contexts, rejected, ...Object.values(tables).flat()])
    if (path) await rm(path, { force: true });
}

/** Commits what `work` did, then runs what it returned; rolls back when it fails or returns null. */
export async function inTransaction(
  connection: DuckDBConnection,
  work: () => Promise<(() => void) | null>,
): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  let committed: (() => void) | null;
  try {
    committed = await work();
    if (committed) await runInThreads(connection, 'COMMIT');
    else await connection.run('ROLLBACK');
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {});
    throw error;
  }
  committed?.();
}

/** Stores ledger entries of objects, and removes what they replace. */
export async function storeResults(connection: DuckDBConnection, results: readonly ObjectResult[]): Promise<void> {
  await forgetObjects(
    connection,
    results.flatMap(({ item }) => item.replaces ?? []),
  );
  await addEntries(
    connection,
    results.map(({ entry }) => entry),
  );
}

/**
 * Removes what was stored in the open transaction of objects that have no ledger entry: rows of an object are stored while it
 * is read, and it may still fail, or its thread may end.
 */
export async function dropLost(
  connection: DuckDBConnection,
  begun: readonly PlannedObject[],
  results: readonly ObjectResult[],
): Promise<void> {
  const kept = new Set(results.map(({ item }) => item.objectId));
  const lost = begun.map(({ objectId }) => objectId).filter((id) => !kept.has(id));
  await forgetObjects(connection, lost);
}

/** Counts something that was left out. */
export function skip(outcome: LoadOutcome, reason: string): void {
  outcome.skipped.set(reason, (outcome.skipped.get(reason) ?? 0) + 1);
}

/** Objects that hold nothing, which is as it should be. */
const BLANK: ReadonlySet<string> = new Set(['empty', 'alb_test_file']);

/** Why nothing of an object could be used; null when something could, or when there was nothing to use. */
function whyUnused(entry: StoredEntry, result: ObjectResult | undefined): string | null {
  if (entry.status === 'skipped') {
    if (BLANK.has(entry.kind)) return null;
    return entry.detail ?? entry.kind;
  }
  if (entry.status !== 'complete' || entry.rows > 0 || result === undefined || result.saysNone) return null;
  // An object of a log without a line holds nothing.
  if (!isEvidenceKind(entry.kind) && entry.lines === 0) return null;
  const rejected = entry.rejected > 0 ? `${entry.rejected} rejected` : 'no record of its kind';
  const notes = result.notes.length > 0 ? `; ${result.notes.join(' ')}` : '';
  return `recognised as ${result.reading.looksLike}, but no record of it could be used: ${rejected}${notes}`;
}

/** Adds a committed object to the outcome; `result` holds what this run read of it. */
export function countObject(entry: StoredEntry, outcome: LoadOutcome, result?: ObjectResult): void {
  if (entry.status === 'expired') {
    skip(outcome, 'expired before the lake was exported');
    return;
  }
  const unused = whyUnused(entry, result);
  if (unused !== null) {
    outcome.unusable++;
    // Other files of a folder are only counted. Those that were named, or meant as evidence, are reported one by one.
    const isMeant = entry.status !== 'skipped' || entry.kind === 'unread_evidence' || result?.item.object.isNamed;
    if (isMeant) outcome.unused.push({ uri: entry.uri, detail: unused });
  } else if (BLANK.has(entry.kind)) outcome.blank++;
  // Damaged before its first row: reported below.
  else if (entry.status === 'damaged' && entry.rows === 0) outcome.unusable++;
  else outcome.used++;
  if (entry.status === 'damaged') outcome.damaged.push({ uri: entry.uri, detail: entry.detail ?? '' });
  if (entry.status === 'skipped') skip(outcome, entry.detail ?? entry.kind);
  let sum = outcome.loaded.find((one) => one.kind === entry.kind);
  if (!sum) {
    sum = { kind: entry.kind, objects: 0, lines: 0, rows: 0, rejected: 0, dropped: 0, extraFields: 0 };
    outcome.loaded.push(sum);
  }
  sum.objects++;
  sum.lines += entry.lines;
  sum.rows += entry.rows;
  sum.rejected += entry.rejected;
  sum.dropped += entry.dropped;
  sum.extraFields += entry.extra_fields;
}
