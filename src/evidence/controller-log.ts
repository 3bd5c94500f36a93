/** Registrations and deregistrations in the log of the AWS Load Balancer Controller. */
import { captureTime } from './capture-time.ts';
import { isZapLine, readControllerLine } from './controller-line.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import { asObject } from './json-value.ts';
import type { Interval } from './moment.ts';
import { PAYLOAD } from './payload.ts';
import { reject } from './rejection.ts';
import { type CallLine, TargetCalls } from './target-call.ts';
import { parsed } from './unwrap/bracket.ts';
import type { Unwrapped } from './unwrap/entry.ts';
import { unwrap } from './unwrap/unwrap.ts';

/**
 * Returns one fact for each target of each call: it happened between the line before the call and the line after it.
 * The controller's lines about anything else count as records and give no fact; lines of others do not count. `context.timezoneMinutes` is that of version 1's times.
 */
export function readControllerLog(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  const calls: CallLine[] = [];
  let passed = 0;
  let others = 0;
  for (const entry of unwrap(text, PAYLOAD)) {
    const latest = entry.takenAt?.latest ?? entry.near?.latest ?? capture.moment?.latest ?? null;
    const read = entry.error ?? readControllerLine(entry.text, latest, context.timezoneMinutes);
    if (typeof read === 'string') {
      reading.rejected.push(reject(entry.line, read, entry.text));
      continue;
    }
    if (read === null) {
      if (isOwn(entry)) passed++;
      else others++;
      continue;
    }
    reading.records++;
    for (const { reason, text } of read.bad) reading.rejected.push(reject(entry.line, reason, text || entry.text));
    calls.push({ ...read.call, line: entry.line, moment: narrow(read.at, entry) });
    if (
      !entry.text.startsWith('{') &&
      entry.takenAt === null &&
      entry.near === null &&
      !reading.notes.includes(capture.note)
    ) {
      reading.notes.push(capture.note);
    }
  }

  reading.records += passed;
  if (passed > 0 && passed === reading.records) {
    reading.notes.push(`No line of it names a change of targets: ${plural(passed, 'line')} about other things.`);
  }
  if (others > 0) reading.notes.push(`${plural(others, 'line')} of other logs in it.`);

  const paired = new TargetCalls();
  for (const call of inOrder(calls)) paired.next(call);
  paired.finish();
  for (const fact of paired.facts) reading.facts.push(fact);
  if (paired.unended > 0) {
    const targets = plural(paired.unended, 'target');
    reading.notes.push(
      `For ${targets} the log shows the begin of a call and not its end, so nothing bounds when it was done.`,
    );
  }
  return reading;
}

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A line of the controller's log library, or of klog. */
function isOwn({ text, isPayload }: Unwrapped): boolean {
  if (isPayload || /^[IWEF]\d{4} \d\d:\d\d:\d\d\./.test(text)) return true;
  const value = text.startsWith('{') ? asObject(parsed(text)) : null;
  return value !== null && isZapLine(value);
}

/** Written at `at`, and no later than the runtime took it; a runtime whose clock says otherwise is not believed. */
function narrow(at: Interval, { takenAt }: Unwrapped): Moment {
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
