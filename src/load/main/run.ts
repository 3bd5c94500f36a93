/**
 * Runs `load`: lists, leaves out what the ledger has, and batch by batch fetches, reads in the worker pool and stores in one
 * transaction. While one batch is stored the next is read. What a kill leaves behind is a spool folder and a transaction
 * that never happened, so the next run begins where the last commit was.
 */
import { mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareBulk } from '../../store/bulk.ts';
import { knownObjects, nextObjectId } from '../../store/ledger.ts';
import {
  countObject,
  drain,
  dropLost,
  inTransaction,
  readBatch,
  skip,
  storeAndRemove,
  storeResults,
} from './batch-step.ts';
import { loadFailures } from './failures.ts';
import { loadLake } from './lake.ts';
import { type ListedObject, splitLakes } from './lake-plan.ts';
import type { ObjectResult } from './object.ts';
import { keepOf, type PlannedObject, planLoad } from './plan.ts';
import { emptyOutcome, type LoadOutcome, type LoadRequest } from './request.ts';
import { WorkerPool, workersFor } from './worker-pool.ts';

/** Listed objects between two lines of progress. */
const LISTED_STEP = 1000;

export async function runLoad(request: LoadRequest): Promise<LoadOutcome> {
  const { spoolDirectory } = request;
  const outcome = emptyOutcome();

  await makeSpoolFolder(spoolDirectory);
  try {
    // List; what lakes hold comes first, so that the logs that it was read from are known.
    const { lakes, rest } = splitLakes(await list(request, outcome));
    for (const lake of lakes) await loadLake(lake, request, outcome);
    if (!request.signal.aborted && !outcome.fatal) await loadObjects(rest, request, outcome);
  } finally {
    for (const source of request.sources) await source.close?.().catch(() => {});
    await rm(spoolDirectory, { recursive: true, force: true }).catch(() => {});
  }
  return outcome;
}

/**
 * Makes the folder of the spool anew, for this user alone. A folder that a killed run left is removed, and so is a link; the
 * name can be guessed, so whatever appears there in between is not used: Throws EEXIST.
 */
async function makeSpoolFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
}

async function loadObjects(listed: readonly ListedObject[], request: LoadRequest, outcome: LoadOutcome): Promise<void> {
  const { connection, spoolDirectory, progress } = request;
  const settled = () => outcome.loaded.reduce((sum, kind) => sum + kind.objects, 0) + outcome.failed.length;
  const before = settled();
  const next = await nextObjectId(connection);
  const plan = planLoad(listed, await knownObjects(connection), next, keepOf(request), request.batchBytes);
  outcome.known += plan.known;
  outcome.knownSkipped += plan.knownSkipped;
  const objects = plan.batches.reduce((sum, batch) => sum + batch.length, 0);
  progress.planned(objects, plan.size);
  if (objects === 0) return;

  const restore = await prepareBulk(connection, plan.size);
  const pool = new WorkerPool(spoolDirectory, workersFor(plan.size), (text, rows, failures) =>
    progress.read(text, rows, failures),
  );
  try {
    if (request.keep === 'all') await loadAll(plan.batches, pool, request, outcome);
    else await loadFailures(plan.batches, pool, request, outcome);
  } finally {
    await pool.close();
    await restore();
  }
  outcome.left += objects - (settled() - before);
}

/** Stores each batch while the next one is read. */
async function loadAll(
  batches: readonly PlannedObject[][],
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const reading: Promise<ObjectResult[]>[] = [];
  const start = (number: number) => {
    const batch = batches[number];
    if (!batch || reading[number]) return;
    reading[number] = readBatch(batch, number, pool, request, outcome);
    // When it fails is met where it is awaited; when it is done, the worker pool is free for the next.
    reading[number].then(
      () => start(number + 1),
      () => {},
    );
  };
  start(0);
  for (let number = 0; number < batches.length; number++) {
    await inTransaction(request.connection, async () => {
      await drain(pool, number, reading[number]!, (spools) => storeAndRemove(request.connection, spools));
      const results = await reading[number]!;
      await dropLost(request.connection, batches[number]!, results);
      await storeResults(request.connection, results);
      return () => {
        for (const one of results) {
          outcome.notes.push(...one.notes);
          countObject(one.entry, outcome, one);
        }
      };
    });
    if (request.signal.aborted || outcome.fatal) return;
    start(number + 1);
  }
}

/** Returns whether an object is the database that is loaded into, which may lie in the folder that is loaded. */
async function ownFiles(database: string): Promise<(uri: string) => boolean> {
  const folder = await realpath(dirname(resolve(database)));
  const own = pathToFileURL(join(folder, basename(database))).href;
  return (uri) =>
    uri.startsWith(own) && /^(?:\.wal(?:\.\w+)?|\.(?:\d+\.)?backup|\.(?:spool|tmp)\/.*)?$/.test(uri.slice(own.length));
}

async function list(
  { sources, signal, progress, database }: LoadRequest,
  outcome: LoadOutcome,
): Promise<ListedObject[]> {
  const isOwn = await ownFiles(database);
  const listed: ListedObject[] = [];
  for (const [source, { list }] of sources.map((s) => ({ list: s.list.bind(s) })).entries()) {
    for await (const found of list(signal)) {
      if ('failed' in found) outcome.failed.push(found.failed);
      else if ('skipped' in found) skip(outcome, found.skipped.reason);
      else if (isOwn(found.object.uri)) skip(outcome, 'this database');
      else listed.push({ source, object: found.object });
      if (listed.length % LISTED_STEP === 0) progress.listed(listed.length);
    }
  }
  progress.listed(listed.length);
  return listed;
}
