/**
 * `--keep failures`, in two passes over the objects. The survey checks and counts every line; then it is known which
 * targets failed or went away, and only objects that know such a target, or hold a failure, are read once more for the
 * rows to keep. All of it is one transaction: which rows are kept depends on every object of the run, so a run that was
 * killed halfway must not leave half of the answer.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type SpoolFiles, storeCounts, storeTables } from '../store/batch.ts';
import { terminated } from '../store/terminated.ts';
import type { Crew } from './crew.ts';
import type { Gained } from './object.ts';
import type { Item } from './plan.ts';
import type { LoadOutcome, LoadRequest } from './request.ts';
import { count, drain, inTransaction, readBatch, storeAndRemove, storeGained } from './stage.ts';

interface Survey {
  /** Access logs, whose rows come with the second pass. */
  logs: Gained[];
  others: Gained[];
  /** Counts and rejected lines. */
  spools: SpoolFiles[];
}

export async function loadFailures(
  batches: readonly Item[][],
  crew: Crew,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const { connection, signal } = request;
  await inTransaction(connection, async () => {
    // First pass: check, count, and store what is no access log.
    const surveys: Survey[] = [];
    for (const [number, batch] of batches.entries()) {
      surveys.push(await survey(batch, number, crew, request, outcome));
      await storeGained(connection, surveys.at(-1)!.others);
      if (signal.aborted || outcome.fatal) break;
    }

    // Second pass: the rows to keep.
    const kept = await targetsToKeep(connection, surveys);
    crew.keep([...kept]);
    const stored: Gained[] = [];
    for (const [i, { logs, others, spools }] of surveys.entries()) {
      const again = logs.filter(({ reading }) => reading.failures > 0 || reading.targets.some((t) => kept.has(t)));
      const items = again.map(({ item }) => item);
      const number = batches.length + i;
      const reading = readBatch(items, number, 'extract', crew, request, outcome);
      await drain(crew, number, reading, (ready) => storeAndRemove(connection, ready));
      const found = new Set((await reading).map(({ item }) => item.objectId));
      // What could not be read twice is not loaded at all: it is in outcome.failed, or left to the next run.
      const done = logs.filter((one) => !again.includes(one) || found.has(one.item.objectId));
      const ids = [...done, ...others].map(({ item }) => item.objectId);
      await storeCounts(connection, spools, ids, [...kept]);
      await storeGained(connection, done);
      stored.push(...others, ...done);
    }
    if (signal.aborted || outcome.fatal) return null;
    return () => {
      for (const one of stored) count(one, outcome);
    };
  });
}

async function survey(
  batch: readonly Item[],
  number: number,
  crew: Crew,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<Survey> {
  const all: Survey = { logs: [], others: [], spools: [] };
  const reading = readBatch(batch, number, 'survey', crew, request, outcome);
  await drain(crew, number, reading, async (ready) => {
    all.spools.push(...ready);
    await storeTables(request.connection, ready);
  });
  for (const one of await reading) (one.entry.kind === 'alb_access_log' ? all.logs : all.others).push(one);
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
