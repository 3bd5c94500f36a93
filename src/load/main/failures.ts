/**
 * `--keep failures`, in two passes over the objects. The survey checks and counts every line, and keeps failures and the
 * rows of targets that are known to have failed when an object is begun. Afterwards all targets that failed or went away are
 * known, and only objects with such a target that was found too late are read once more. All of it is one transaction: every
 * object of the run decides which rows are kept, so a run that was killed halfway must not leave half of the answer.
 */
import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dropRows, type SpoolFiles, storeCounts, storeRows, storeTables } from '../../store/batch.ts';
import { terminated } from '../../store/terminated-target.ts';
import { countObject, drain, dropLost, inTransaction, readBatch, storeAndRemove, storeResults } from './batch-step.ts';
import type { ObjectResult } from './object.ts';
import type { PlannedObject } from './plan.ts';
import type { LoadOutcome, LoadRequest } from './request.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Stored bytes of objects whose copies stay on the disk until it is known whether they are read once more. */
const COPIED_BYTES = 1e9;

interface Survey {
  /** Access logs, some of whose rows may come with the second pass. */
  logs: ObjectResult[];
  others: ObjectResult[];
  /** Counts and rejected lines. */
  spools: SpoolFiles[];
}

/** The targets to keep, in the order in which they were found: the worker pool numbers them the same. */
class Keeping {
  readonly #numbers = new Map<string, number>();

  readonly #pool: WorkerPool;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  add(targets: Iterable<string>): void {
    const more = [...targets].filter((target) => !this.#numbers.has(target));
    for (const target of more) this.#numbers.set(target, this.#numbers.size);
    if (more.length > 0) this.#pool.keep(more);
  }

  numberOf(target: string): number {
    return this.#numbers.get(target) ?? Number.POSITIVE_INFINITY;
  }
}

export async function loadFailures(
  batches: readonly PlannedObject[][],
  pool: WorkerPool,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const { connection, signal } = request;
  let left = COPIED_BYTES;
  for (const item of batches.flat()) {
    item.keepsCopy = item.object.size <= left;
    if (item.keepsCopy) left -= item.object.size;
  }
  await inTransaction(connection, async () => {
    // First pass: check, count, and store what is no access log and which rows are known to be kept.
    const surveys: Survey[] = [];
    const keeping = new Keeping(pool);
    for (const [number, batch] of batches.entries()) {
      surveys.push(await survey(batch, number, pool, keeping, request, outcome));
      await storeResults(connection, surveys.at(-1)!.others);
      if (signal.aborted || outcome.fatal) break;
    }

    // Second pass: the rows of targets that were found too late.
    const kept = await targetsToKeep(connection, surveys);
    for (const target of request.counted?.kept ?? []) kept.add(target);
    keeping.add(kept);
    const isWhole = ({ reading }: ObjectResult) =>
      reading.targets.every((target) => !kept.has(target) || keeping.numberOf(target) < reading.wanted);
    const surveyed = surveys.flatMap(({ logs }) => logs);
    const whole = new Set(surveyed.filter(isWhole).map(({ item }) => item.objectId));
    const begun = batches.flat().map(({ objectId }) => objectId);
    await dropRows(
      connection,
      begun.filter((id) => !whole.has(id)),
    );
    const stored: ObjectResult[] = [];
    for (const [i, { logs, others, spools }] of surveys.entries()) {
      const again = logs.filter(({ item }) => !whole.has(item.objectId));
      const items = again.map(({ item }) => item);
      const number = batches.length + i;
      const reading = readBatch(items, number, 'extract', pool, request, outcome);
      await drain(pool, number, reading, (ready) => storeAndRemove(connection, ready));
      const found = new Set((await reading).map(({ item }) => item.objectId));
      // An object that could not be read twice is not loaded at all: it is in outcome.failed, or left to the next run.
      const done = logs.filter((one) => !again.includes(one) || found.has(one.item.objectId));
      const ids = [...done, ...others].map(({ item }) => item.objectId);
      await storeCounts(connection, spools, ids, [...kept]);
      await storeResults(connection, done);
      stored.push(...others, ...done);
    }
    if (signal.aborted || outcome.fatal) return null;
    await dropLost(connection, batches.flat(), stored);
    await request.counted?.store();
    return () => {
      for (const one of stored) {
        outcome.notes.push(...one.notes);
        countObject(one.entry, outcome, one);
      }
    };
  });
}

async function survey(
  batch: readonly PlannedObject[],
  number: number,
  pool: WorkerPool,
  keeping: Keeping,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<Survey> {
  const all: Survey = { logs: [], others: [], spools: [] };
  const reading = readBatch(batch, number, 'survey', pool, request, outcome, (one) => keeping.add(one.reading.failing));
  await drain(pool, number, reading, async (ready) => {
    await storeRows(request.connection, ready);
    for (const { rows, contexts } of ready)
      for (const path of [rows, contexts]) if (path) await rm(path, { force: true });
    all.spools.push(...ready);
    await storeTables(request.connection, ready);
  });
  const results = await reading;
  await dropLost(request.connection, batch, results);
  for (const one of results) (one.entry.kind === 'alb_access_log' ? all.logs : all.others).push(one);
  return all;
}

/** Targets at which the balancer failed, or which went away while these logs were written. */
async function targetsToKeep(connection: DuckDBConnection, surveys: readonly Survey[]): Promise<Set<string>> {
  const seen = new Map<string, string>();
  const kept = new Set<string>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { reading } of surveys.flatMap(({ logs }) => logs)) {
    for (const target of reading.failing) kept.add(target);
    // One string for each target, however many objects know it.
    for (const target of reading.targets) if (!seen.has(target)) seen.set(target, target);
    reading.targets = reading.targets.map((target) => seen.get(target) ?? target);
    first = Math.min(first, reading.firstTime ?? first);
    last = Math.max(last, reading.lastTime ?? last);
  }
  if (first > last) return kept;
  const { targets, ips } = await terminated(connection, first, last);
  for (const target of seen.keys()) {
    if (targets.has(target) || ips.has(target.slice(0, target.lastIndexOf(':')))) kept.add(target);
  }
  return kept;
}
