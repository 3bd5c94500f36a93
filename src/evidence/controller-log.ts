/** Registrations and deregistrations in the log of the AWS Load Balancer Controller. */
import { captureTime } from './capture-time.ts';
import { readControllerLine } from './controller-line.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import { type LogLine, logLines } from './log-line.ts';
import type { Interval } from './moment.ts';
import { reject } from './rejection.ts';
import { type CallLine, TargetCalls } from './target-call.ts';

/**
 * Returns one fact for each target of each call: it happened between the line before the call and the line after it.
 * Lines about anything else count as records and give no fact. `context.timezoneMinutes` is that of version 1's times.
 */
export function readControllerLog(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  const calls: CallLine[] = [];
  for (const entry of logLines(text)) {
    const latest = entry.takenAt?.latest ?? capture.moment?.latest ?? null;
    const read = readControllerLine(entry.text, latest, context.timezoneMinutes);
    if (typeof read === 'string') {
      reading.rejected.push(reject(entry.line, read, entry.text));
      continue;
    }
    reading.records++;
    if (read === null) continue;
    for (const { reason, text } of read.bad) reading.rejected.push(reject(entry.line, reason, text || entry.text));
    calls.push({ ...read.call, line: entry.line, moment: narrow(read.at, entry) });
    if (!entry.text.startsWith('{') && entry.takenAt === null && !reading.notes.includes(capture.note)) {
      reading.notes.push(capture.note);
    }
  }

  const paired = new TargetCalls();
  for (const call of inOrder(calls)) paired.next(call);
  paired.finish();
  for (const fact of paired.facts) reading.facts.push(fact);
  if (paired.unended > 0) {
    const targets = paired.unended === 1 ? '1 target' : `${paired.unended} targets`;
    reading.notes.push(
      `For ${targets} the log shows the begin of a call and not its end, so nothing bounds when it was done.`,
    );
  }
  return reading;
}

/** Written at `at`, and no later than the runtime took it; a runtime whose clock says otherwise is not believed. */
function narrow(at: Interval, { takenAt }: LogLine): Moment {
  if (takenAt === null || takenAt.latest < at.earliest) return at;
  return { earliest: at.earliest, latest: Math.min(at.latest, takenAt.latest) };
}

/** By time; lines of the same time as they stand, or the other way round where the whole log runs backwards. */
function inOrder(calls: CallLine[]): CallLine[] {
  const start = ({ moment }: CallLine) => moment.earliest ?? 0;
  let direction = 0;
  for (let i = 1; i < calls.length; i++) direction += Math.sign(start(calls[i]!) - start(calls[i - 1]!));
  const ordered = direction < 0 ? calls.reverse() : calls;
  return ordered.sort((a, b) => start(a) - start(b));
}
