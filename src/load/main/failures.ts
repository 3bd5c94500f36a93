/**
 * `--keep failures`: which rows are kept is known when every object of the run has been read. So all rows are spooled and counted,
 * and then the spools are filtered. What would take too much disk is read once more instead. All of it is one transaction: every
 * object of the run decides which rows are kept, so a run that was killed halfway must not leave half of the answer.
 */
import { stat } from 'node:fs/promises';
import { type SpoolFiles, storeOthers } from '../../store/batch.ts';
import { beginKeeping, chooseRows, countRows, keepObjects, storeCounts, storeKeptRows } from '../../store/kept-row.ts';
import {
  type Batches,
  countObject,
  drain,
  dropLost,
  inTransaction,
  readBatch,
  removeFiles,
  storeResults,
  tellStored,
} from './batch-step.ts';
import type { ObjectResult } from './object.ts';
import type { PlannedObject } from './plan.ts';
import type { LoadOutcome, LoadProgress, LoadRequest } from './request.ts';
import { ALL_READY, type WorkerPool } from './worker-pool.ts';

const QUIET: LoadProgress = { listed() {}, planned() {}, read() {}, done() {} };

/** A batch that has been read. `spools` is null where its rows must be read once more. */
interface ReadBatch {
  results: ObjectResult[];
  spools: SpoolFiles[] | null;
}

export async function loadFailures(
  batches: Batches,
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const { connection, signal } = request;
  const isStopped = (): boolean => signal.aborted || outcome.fatal !== null;
  let kept: PlannedObject[] = [];
  await inTransaction(connection, async () => {
    // Read: check and count every row, and store all that is no access log.
    await beginKeeping(connection);
    const done: ReadBatch[] = [];
    let room = request.spoolBytes;
    for (let number = 0; number < batches.count; number++) {
      const one = await readAndCount(await batches.read(number), number, pool, request, outcome);
      room -= await sizeOfRows(one.spools!);
      if (room < 0) {
        for (const spool of one.spools!) await removeFiles(spool);
        one.spools = null;
      }
      done.push(one);
      if (isStopped()) return null;
    }

    // Choose, and store the rows that are kept.
    const results = done.flatMap((one) => one.results);
    await keepObjects(connection, idsOf(results));
    await chooseRows(connection, request.counted?.times ?? spanOf(results));
    const stored: ObjectResult[] = [];
    for (const [i, { results, spools }] of done.entries()) {
      if (spools !== null) {
        await storeKeptRows(connection, spools);
        for (const spool of spools) await removeFiles(spool);
        stored.push(...results);
      } else {
        stored.push(...(await readAgain(results, batches.count + i, pool, request, outcome)));
      }
      if (isStopped()) return null;
    }
    const begun = done.flatMap((one) => one.results.map(({ item }) => item));
    await dropLost(connection, begun, stored);
    await keepObjects(connection, idsOf(stored));
    await storeCounts(connection);
    await storeResults(connection, stored);
    await request.counted?.store();
    return () => {
      for (const one of stored) {
        outcome.notes.push(...one.notes);
        countObject(one.entry, outcome, one);
      }
      kept = stored.map(({ item }) => item);
    };
  });
  await tellStored(kept, request, outcome);
}

async function readAndCount(
  batch: readonly PlannedObject[],
  number: number,
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<ReadBatch> {
  const spools: SpoolFiles[] = [];
  const reading = readBatch(batch, number, pool, request, outcome);
  await drain(
    pool,
    number,
    reading,
    async (ready) => {
      await storeOthers(request.connection, ready);
      await countRows(request.connection, ready);
      spools.push(...ready);
    },
    ALL_READY,
  );
  const results = await reading;
  await dropLost(request.connection, batch, results);
  return { results, spools };
}

/** Reads objects once more and stores the rows that are kept; what cannot be read twice is not loaded: it is in outcome.failed. */
async function readAgain(
  results: readonly ObjectResult[],
  number: number,
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<ObjectResult[]> {
  const logs = results.filter(({ entry }) => entry.kind === 'alb_access_log');
  const items = logs.map(({ item }) => item);
  const reading = readBatch(items, number, pool, { ...request, progress: QUIET }, outcome);
  await drain(
    pool,
    number,
    reading,
    async (ready) => {
      await storeKeptRows(request.connection, ready);
      for (const spool of ready) await removeFiles(spool);
    },
    ALL_READY,
  );
  const found = new Set((await reading).map(({ item }) => item.objectId));
  return results.filter((one) => !logs.includes(one) || found.has(one.item.objectId));
}

const idsOf = (results: readonly ObjectResult[]): number[] => results.map(({ item }) => item.objectId);

async function sizeOfRows(spools: readonly SpoolFiles[]): Promise<number> {
  let sum = 0;
  for (const { rows } of spools) if (rows !== null) sum += (await stat(rows)).size;
  return sum;
}

/** Returns the first and the last time of the access logs, in microseconds; null without a row. */
function spanOf(results: readonly ObjectResult[]): { first: number; last: number } | null {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { entry, reading } of results) {
    if (entry.kind !== 'alb_access_log') continue;
    first = Math.min(first, reading.firstTime ?? first);
    last = Math.max(last, reading.lastTime ?? last);
  }
  return first > last ? null : { first, last };
}
