/**
 * The walk of `load`: list, leave out what the ledger has, and batch by batch fetch, read in the crew and store in one
 * transaction. While one batch is stored the next is read. What a kill leaves behind is a spool folder and a transaction
 * that never happened, so the next run begins where the last commit was.
 */
import { mkdir, rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import pMap from 'p-map';
import type { Micros } from '../evidence/fact.ts';
import { type Failed, type Listed, type Source, SourceError } from '../source/source.ts';
import { storeSpools } from '../store/batch.ts';
import { addEntries, addFacts, addRejections, forgetObject, knownObjects, nextObjectId } from '../store/ledger.ts';
import { Crew, defaultWorkers } from './crew.ts';
import { type Gained, readObject } from './object.ts';
import { type Item, planLoad } from './plan.ts';

export interface LoadRequest {
  sources: readonly Source[];
  connection: DuckDBConnection;
  /** Folder beside the database for what is on its way; removed at the end. */
  spoolDirectory: string;
  /** Drop rows outside [from, to), microseconds; null keeps all. */
  window: { from: Micros | null; to: Micros | null } | null;
  capturedAt: Micros | null;
  timezoneMinutes: number;
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
  /** Left out by the plan or not loadable, by reason. */
  skipped: Map<string, number>;
  failed: Failed[];
  notes: string[];
  known: number;
  /** Objects still to load when the run was interrupted or a fatal error ended it. */
  left: number;
  /** The error that ended the run early, after what was complete had been stored. */
  fatal: Error | null;
}

/** Objects fetched and read at once: enough to hide the latency of S3 behind the reading. */
const IN_FLIGHT = 8;

export async function runLoad(request: LoadRequest): Promise<LoadOutcome> {
  const { connection, spoolDirectory, signal, progress, window } = request;
  const outcome: LoadOutcome = {
    loaded: [],
    damaged: [],
    skipped: new Map(),
    failed: [],
    notes: [],
    known: 0,
    left: 0,
    fatal: null,
  };

  // List, and leave out what is known.
  const listed = await list(request, outcome);
  const keep = window === null ? 'all' : `window ${window.from ?? ''}..${window.to ?? ''}`;
  const plan = planLoad(listed, await knownObjects(connection), await nextObjectId(connection), keep);
  outcome.known = plan.known;
  const objects = plan.batches.reduce((sum, batch) => sum + batch.length, 0);
  progress.planned(objects, plan.size);
  if (objects === 0) return outcome;

  // Read each batch while the one before it is stored.
  await rm(spoolDirectory, { recursive: true, force: true });
  await mkdir(spoolDirectory, { recursive: true });
  const crew = new Crew(spoolDirectory, defaultWorkers(), progress.read);
  try {
    const reading = plan.batches.map((batch, number) => ({ batch, number, gained: null as Promise<Gained[]> | null }));
    const start = (number: number) => {
      const next = reading[number];
      if (!next || next.gained) return;
      next.gained = readBatch(next.batch, next.number, crew, request, outcome);
      // Its failure is met where it is awaited, which may be a while from now.
      next.gained.catch(() => {});
    };
    start(0);
    for (const { number } of reading) {
      reading[number]!.gained!.then(
        () => start(number + 1),
        () => {},
      );
      await storeBatch(connection, crew, number, reading[number]!.gained!, outcome);
      if (signal.aborted || outcome.fatal) break;
    }
  } finally {
    await crew.close();
    await rm(spoolDirectory, { recursive: true, force: true });
  }
  const settled = outcome.loaded.reduce((sum, kind) => sum + kind.objects, 0);
  outcome.left = objects - settled - outcome.failed.length;
  return outcome;
}

async function list({ sources, signal, progress }: LoadRequest, outcome: LoadOutcome) {
  const listed: { source: number; object: Extract<Listed, { object: unknown }>['object'] }[] = [];
  for (const [source, { list }] of sources.map((s) => ({ list: s.list.bind(s) })).entries()) {
    for await (const found of list(signal)) {
      if ('object' in found) listed.push({ source, object: found.object });
      else if ('failed' in found) outcome.failed.push(found.failed);
      else outcome.skipped.set(found.skipped.reason, (outcome.skipped.get(found.skipped.reason) ?? 0) + 1);
      if (listed.length % 1000 === 0) progress.listed(listed.length);
    }
  }
  progress.listed(listed.length);
  return listed;
}

/** Reads a batch's objects; what could not be read is in `outcome.failed`. After an abort or a fatal error no new one is begun. */
async function readBatch(
  batch: readonly Item[],
  number: number,
  crew: Crew,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<Gained[]> {
  const gained = await pMap(
    batch,
    async (item) => {
      if (request.signal.aborted || outcome.fatal) return null;
      try {
        return await readObject(item, number, crew, request);
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
  crew.flush(number);
  return gained.filter((one) => one !== null);
}

async function storeBatch(
  connection: DuckDBConnection,
  crew: Crew,
  number: number,
  reading: Promise<Gained[]>,
  outcome: LoadOutcome,
): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  try {
    // A failure of reading must end the wait for spools.
    const broken = reading.then(
      () => new Promise<never>(() => {}),
      (error) => Promise.reject(error),
    );
    const spools = crew.spooled(number);
    for (;;) {
      const next = await Promise.race([spools.next(), broken]);
      if (next.done) break;
      await storeSpools(connection, next.value);
      for (const spool of next.value) {
        for (const path of [spool.rows, spool.contexts, spool.rejected]) if (path) await rm(path, { force: true });
        spool.stored();
      }
    }
    const gained = await reading;
    for (const { item, entry, facts, rejected } of gained) {
      if (item.replaces !== null) await forgetObject(connection, item.replaces);
      await addFacts(connection, entry.object_id, facts);
      await addRejections(connection, entry.object_id, rejected);
    }
    await addEntries(
      connection,
      gained.map(({ entry }) => entry),
    );
    await connection.run('COMMIT');
    for (const one of gained) count(one, outcome);
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

function count({ entry, notes }: Gained, outcome: LoadOutcome): void {
  outcome.notes.push(...notes);
  if (entry.status === 'damaged') outcome.damaged.push({ uri: entry.uri, detail: entry.detail ?? '' });
  if (entry.status === 'skipped') {
    const reason = entry.detail ?? entry.kind;
    outcome.skipped.set(reason, (outcome.skipped.get(reason) ?? 0) + 1);
  }
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
