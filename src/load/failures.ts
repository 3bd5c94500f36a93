/**
 * `--keep failures`, in two passes over the objects. The survey checks and counts every line; then it is known which
 * targets failed or went away, and only objects that know such a target, or hold a failure, are read once more for the
 * rows to keep. Evidence is stored between the two, because it tells which targets went away.
 */
import { type SpoolFiles, storeCounts } from '../store/batch.ts';
import { terminated } from '../store/terminated.ts';
import type { Crew } from './crew.ts';
import type { Gained } from './object.ts';
import type { Item } from './plan.ts';
import type { LoadOutcome, LoadRequest } from './request.ts';
import { count, drain, inTransaction, readBatch, storeAndRemove, storeGained } from './stage.ts';

interface Survey {
  gained: Gained[];
  /** Its counts and rejected lines, stored with the second pass so that an object is all there or not at all. */
  spools: SpoolFiles[];
}

export async function loadFailures(
  batches: readonly Item[][],
  crew: Crew,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<void> {
  const { connection, signal } = request;

  // First pass: check, count, and store what is no access log.
  const surveys: Survey[] = [];
  const seen = new Map<string, string>();
  const kept = new Set<string>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [number, batch] of batches.entries()) {
    const survey = await surveyBatch(batch, number, crew, request, outcome);
    for (const { reading } of survey.gained) {
      for (const target of reading.failing) kept.add(target);
      // One string for each target, however many objects know it.
      for (const target of reading.targets) if (!seen.has(target)) seen.set(target, target);
      reading.targets = reading.targets.map((target) => seen.get(target) ?? target);
      first = Math.min(first, reading.firstTime ?? first);
      last = Math.max(last, reading.lastTime ?? last);
    }
    surveys.push(survey);
    if (signal.aborted || outcome.fatal) break;
  }

  // Second pass: the rows to keep.
  if (first <= last) {
    const { targets, ips } = await terminated(connection, first, last);
    for (const target of seen.keys()) {
      if (targets.has(target) || ips.has(target.slice(0, target.lastIndexOf(':')))) kept.add(target);
    }
  }
  crew.keep([...kept]);
  for (const [i, { gained, spools }] of surveys.entries()) {
    const number = batches.length + i;
    const again = gained.filter(({ reading }) => reading.failures > 0 || reading.targets.some((t) => kept.has(t)));
    const reading = readBatch(
      again.map(({ item }) => item),
      number,
      'extract',
      crew,
      request,
      outcome,
    );
    await inTransaction(connection, async () => {
      await drain(crew, number, reading, (ready) => storeAndRemove(connection, ready));
      const found = new Set((await reading).map(({ item }) => item.objectId));
      // What could not be read twice is not loaded at all: it is in outcome.failed, or left to the next run.
      const done = gained.filter((one) => !again.includes(one) || found.has(one.item.objectId));
      const ids = done.map(({ item }) => item.objectId);
      await storeCounts(connection, spools, ids, [...kept]);
      await storeGained(connection, done);
      return () => {
        for (const one of done) count(one, outcome);
      };
    });
    if (signal.aborted || outcome.fatal) return;
  }
}

async function surveyBatch(
  batch: readonly Item[],
  number: number,
  crew: Crew,
  request: LoadRequest,
  outcome: LoadOutcome,
): Promise<Survey> {
  const { connection } = request;
  const spools: SpoolFiles[] = [];
  const reading = readBatch(batch, number, 'survey', crew, request, outcome);
  const logs: Gained[] = [];
  await inTransaction(connection, async () => {
    await drain(crew, number, reading, async (ready) => {
      spools.push(...ready);
    });
    const others: Gained[] = [];
    for (const one of await reading) (one.entry.kind === 'alb_access_log' ? logs : others).push(one);
    await storeGained(connection, others);
    return () => {
      for (const one of others) count(one, outcome);
    };
  });
  return { gained: logs, spools };
}
