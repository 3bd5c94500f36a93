/**
 * Runs `load`: lists, leaves out what the ledger has, and batch by batch fetches, reads in the worker pool and stores in one
 * transaction. While one batch is stored the next is read. What a kill leaves behind is a spool folder and a transaction
 * that never happened, so the next run begins where the last commit was.
 */
import { mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Source } from '../../source/source.ts';
import { prepareBulk } from '../../store/bulk.ts';
import { MANIFEST } from '../../store/lake-manifest.ts';
import { knownObjects, nextObjectId } from '../../store/ledger.ts';
import {
  type Batches,
  countObject,
  drain,
  dropLost,
  inTransaction,
  readBatch,
  skip,
  storeAndRemove,
  storeResults,
  tellStored,
} from './batch-step.ts';
import { loadFailures } from './failures.ts';
import { loadLake } from './lake.ts';
import { type Lake, type ListedObject, splitLakes } from './lake-plan.ts';
import type { ObjectResult } from './object.ts';
import { type ListPart, ObjectList } from './object-list.ts';
import { keepOf, type PlannedObject, Planner } from './plan.ts';
import { RepeatedUris } from './repeated.ts';
import { emptyOutcome, type LoadOutcome, type LoadRequest } from './request.ts';
import { ROW_GROUPS, WorkerPool, workersFor } from './worker-pool.ts';

/** Listed objects between two lines of progress. */
const LISTED_STEP = 1000;

/** Listed objects that are compared with the ledger at once, in some 500 bytes each. */
const COMPARED = 20_000;

export async function runLoad(request: LoadRequest): Promise<LoadOutcome> {
  const { spoolDirectory } = request;
  const outcome = emptyOutcome();

  await makeSpoolFolder(spoolDirectory);
  const lists: ObjectList<unknown>[] = [];
  try {
    // List; what lakes hold comes first, so that the logs that it was read from are known.
    const listed = await ObjectList.create<ListedObject>(join(spoolDirectory, 'listed.jsonl'));
    lists.push(listed);
    const lakes = (await list(request, outcome, listed)) ? await lakesOf(listed) : [];
    for (const lake of lakes) await loadLake(lake, request, outcome);
    if (!request.signal.aborted && !outcome.fatal) {
      const planned = await ObjectList.create<PlannedObject>(join(spoolDirectory, 'planned.jsonl'));
      lists.push(planned);
      await loadObjects(listed, uriOfLakes(lakes), planned, request, outcome);
    }
  } finally {
    for (const source of request.sources) await source.close?.().catch(() => {});
    for (const list of lists) await list.close().catch(() => {});
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

async function loadObjects(
  listed: ObjectList<ListedObject>,
  inLakes: ReadonlySet<string>,
  planned: ObjectList<PlannedObject>,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const { connection, spoolDirectory, progress } = request;
  const settled = () => outcome.loaded.reduce((sum, kind) => sum + kind.objects, 0) + outcome.failed.length;
  const { parts, size } = await plan(listed, inLakes, planned, request, outcome);
  const before = settled();
  progress.planned(planned.length, size);
  if (planned.length === 0) return;

  const restore = await prepareBulk(connection, size);
  const pool = new WorkerPool(spoolDirectory, workersFor(size), (text, rows, failures) =>
    progress.read(text, rows, failures),
  );
  const batches = { count: parts.length, read: (number: number) => planned.part(parts[number]!) };
  try {
    if (request.keep === 'all') await loadAll(batches, pool, request, outcome);
    else await loadFailures(batches, pool, request, outcome);
  } finally {
    await pool.close();
    await restore();
  }
  outcome.left += planned.length - (settled() - before);
}

/** Writes the objects to load to `planned`; returns the batches as parts of it, and the stored bytes to read. */
async function plan(
  listed: ObjectList<ListedObject>,
  inLakes: ReadonlySet<string>,
  planned: ObjectList<PlannedObject>,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<{ parts: ListPart[]; size: number }> {
  const { connection, sources } = request;
  const next = await nextObjectId(connection);
  const mayRepeat = await repeatedIn(listed, sources);
  const planner = new Planner(next, keepOf(request), request.batchBytes, mayRepeat, request.clock ?? null);
  const starts: number[] = [];
  for await (const chunk of listed.chunks(COMPARED)) {
    const uris = chunk.map(({ object }) => object.uri);
    const known = await knownObjects(connection, uris);
    const stored: ListedObject[] = [];
    for (const one of chunk) {
      if (inLakes.has(one.object.uri)) continue;
      const todo = planner.plan(one, known.get(one.object.uri));
      if (todo?.begins) starts.push(planned.size);
      if (todo) await planned.add(todo.item);
      else if (known.has(one.object.uri)) stored.push(one);
    }
    await tellStored(stored, request, outcome);
  }
  outcome.known += planner.known;
  outcome.knownSkipped += planner.knownSkipped;
  if (planner.isRest && starts.length > 1) starts.pop();
  const parts = starts.map((at, number) => ({ at, bytes: (starts[number + 1] ?? planned.size) - at }));
  return { parts, size: planner.size };
}

/** Returns whether a uri may be listed more than once. One listing of a place has each object once. */
async function repeatedIn(
  listed: ObjectList<ListedObject>,
  sources: readonly Source[],
): Promise<(uri: string) => boolean> {
  if (sources.length === 1 && !sources[0]!.mayRepeat) return () => false;
  const repeated = new RepeatedUris();
  for await (const chunk of listed.chunks(COMPARED)) for (const { object } of chunk) repeated.add(object.uri);
  return repeated.filter();
}

/** Batches that are read before the one that is stored: enough that no thread waits. */
const AHEAD = 2;

/** Stores each batch while the next ones are read. */
async function loadAll(batches: Batches, pool: WorkerPool, request: LoadRequest, outcome: LoadOutcome): Promise<void> {
  const reading = new Map<number, Promise<{ objects: PlannedObject[]; results: ObjectResult[] }>>();
  let storing = 0;
  let begun = 0;
  let read = 0;
  const begin = (number: number) => {
    const batch = batches.read(number).then(async (objects) => {
      return { objects, results: await readBatch(objects, number, pool, request, outcome) };
    });
    reading.set(number, batch);
    batch.then(
      () => {
        read++;
        goOn();
      },
      // When it fails is met where it is awaited.
      () => {},
    );
  };
  /** Begins the next batch when the one before it is read, because the worker pool is free then. */
  const goOn = () => {
    if (begun === read && begun < batches.count && begun <= storing + AHEAD) begin(begun++);
  };
  for (; storing < batches.count; storing++) {
    goOn();
    const batch = reading.get(storing)!;
    await inTransaction(request.connection, async () => {
      await drain(pool, storing, batch, (spools) => storeAndRemove(request.connection, spools), ROW_GROUPS);
      const { objects, results } = await batch;
      await dropLost(request.connection, objects, results);
      await storeResults(request.connection, results);
      return () => {
        for (const one of results) {
          outcome.notes.push(...one.notes);
          countObject(one.entry, outcome, one);
        }
      };
    });
    reading.delete(storing);
    const { results } = await batch;
    await tellStored(
      results.map(({ item }) => item),
      request,
      outcome,
    );
    if (request.signal.aborted || outcome.fatal) return;
  }
}

/** Returns whether an object is the database that is loaded into, which may lie in the folder that is loaded. */
async function ownFiles(database: string): Promise<(uri: string) => boolean> {
  const folder = await realpath(dirname(resolve(database)));
  const own = pathToFileURL(join(folder, basename(database))).href;
  return (uri) =>
    uri.startsWith(own) && /^(?:\.wal(?:\.\w+)?|\.(?:\d+\.)?backup|\.(?:spool|tmp)\/.*)?$/.test(uri.slice(own.length));
}

/** Writes what the sources list to `listed`. Returns whether the manifest of a lake is among it. */
async function list(
  { sources, signal, progress, database }: LoadRequest,
  outcome: LoadOutcome,
  listed: ObjectList<ListedObject>,
): Promise<boolean> {
  const isOwn = await ownFiles(database);
  let hasLake = false;
  for (const [source, { list }] of sources.map((s) => ({ list: s.list.bind(s) })).entries()) {
    for await (const found of list(signal)) {
      if ('failed' in found) outcome.failed.push(found.failed);
      else if ('skipped' in found) skip(outcome, found.skipped.reason);
      else if (isOwn(found.object.uri)) skip(outcome, 'this database');
      else {
        hasLake ||= found.object.name === MANIFEST;
        await listed.add({ source, object: found.object });
      }
      if (listed.length % LISTED_STEP === 0) progress.listed(listed.length);
    }
  }
  progress.listed(listed.length);
  return hasLake;
}

/** Returns the lakes of a listing. Of its objects only those in question are in memory. */
async function lakesOf(listed: ObjectList<ListedObject>): Promise<Lake[]> {
  const inQuestion: ListedObject[] = [];
  for await (const chunk of listed.chunks(COMPARED)) {
    inQuestion.push(...chunk.filter(({ object }) => object.name === MANIFEST || object.name.endsWith('.parquet')));
  }
  return splitLakes(inQuestion).lakes;
}

/** Returns the uris of everything that belongs to a lake. */
const uriOfLakes = (lakes: readonly Lake[]): Set<string> =>
  new Set(lakes.flatMap(({ manifest, files }) => [manifest, ...files.values()].map(({ object }) => object.uri)));
