/** Logs of programs that take nodes away, line by line: Karpenter, the cluster autoscaler, the node termination handler. */
import { count } from '../../number/count.ts';
import { captureTime } from '../capture-time.ts';
import type { NodeFact, Reading, ReadingContext } from '../fact.ts';
import type { Interval } from '../moment.ts';
import { PAYLOAD } from '../payload.ts';
import { reject } from '../rejection.ts';
import type { Unwrapped } from '../unwrap/entry.ts';
import { unwrap } from '../unwrap/unwrap.ts';
import type { LogSaying } from './saying.ts';

/** A line of the program: when it was written, null where it does not say, and what it says. */
export interface LogLine {
  at: Interval | string | null;
  sayings: readonly LogSaying[];
}

/** Reads one line: null for one of another program, a text for one that cannot be used. */
export type ReadLine = (entry: Unwrapped, context: ReadingContext) => LogLine | string | null;

/** Returns one fact for each node that a line takes away or sees; lines about anything else count and give none. */
export function readNodeLog(text: string, context: ReadingContext, read: ReadLine): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const seen = new Map<string, Set<string>>();
  let others = 0;
  let passed = 0;
  for (const entry of unwrap(text, PAYLOAD)) {
    const line = entry.error ?? read(entry, context);
    if (line === null) {
      others++;
      continue;
    }
    if (typeof line === 'string') {
      reading.rejected.push(reject(entry.line, line, entry.text));
      continue;
    }
    reading.records++;
    if (line.sayings.length === 0) passed++;
    const at = line.at ?? entry.near ?? null;
    if (line.sayings.length > 0 && (at === null || typeof at === 'string')) {
      reading.rejected.push(reject(entry.line, at ?? 'no_time: the line holds none', entry.text));
      continue;
    }
    for (const { bound, ...saying } of line.sayings) {
      const { earliest, latest } = at as Interval;
      const fact: NodeFact = {
        kind: 'node',
        line: entry.line,
        ...saying,
        earliest: bound === 'by' ? null : earliest,
        latest,
      };
      const name = fact.node ?? fact.instance_id ?? '';
      const said = seen.get(name) ?? new Set<string>();
      // The same is logged again with each try, until the node is well again.
      if (fact.event === 'seen') said.clear();
      else if (said.has(`${fact.event} ${fact.detail}`)) continue;
      else said.add(`${fact.event} ${fact.detail}`);
      seen.set(name, said);
      reading.facts.push(fact);
    }
  }
  if (passed > 0 && passed === reading.records) {
    reading.notes.push('No line of it is about the end of a node.');
  }
  if (others > 0) reading.notes.push(`${count(others, 'line')} of other logs in it.`);
  return reading;
}

/** When the lines of an entry were written at the latest, for times without a year. */
export function latestOf({ takenAt, near }: Unwrapped, context: ReadingContext): number | null {
  return takenAt?.latest ?? near?.latest ?? captureTime(context).moment?.latest ?? null;
}

/** Returns whether a line that is no JSON object began as one; labels of Loki (`{app="x"} text`) did not. */
export const isCutJson = (line: string): boolean => /^\{\s*(?:"|$)/.test(line);
