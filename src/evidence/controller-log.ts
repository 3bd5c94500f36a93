/** Registrations and deregistrations in the log of the AWS Load Balancer Controller. */
import { count } from '../number/count.ts';
import { type CaptureTime, captureTime } from './capture-time.ts';
import { isZapLine, readControllerLine } from './controller-line.ts';
import { type EntryReader, readEntries } from './entry-reader.ts';
import type { EvidenceSummary, FactSink, Moment, Reading, ReadingContext } from './fact.ts';
import { asObject } from './json-value.ts';
import type { Interval } from './moment.ts';
import { reject } from './rejection.ts';
import { type CallLine, TargetCalls } from './target-call.ts';
import { parsed } from './unwrap/bracket.ts';
import type { Unwrapped } from './unwrap/entry.ts';

/**
 * Gives one fact for each target of each call: it happened between the line before the call and the line after it.
 * The controller's lines about anything else count as records and give no fact; lines of others do not count.
 * `context.timezoneMinutes` is that of version 1's times.
 */
export class ControllerLogReader implements EntryReader {
  readonly #context: ReadingContext;
  readonly #sink: FactSink;
  readonly #capture: CaptureTime;
  readonly #calls: CallLine[] = [];
  #isUntimed = false;
  #passed = 0;
  #others = 0;

  constructor(context: ReadingContext, sink: FactSink) {
    this.#context = context;
    this.#sink = sink;
    this.#capture = captureTime(context);
  }

  take(entry: Unwrapped): void {
    const latest = entry.takenAt?.latest ?? entry.near?.latest ?? this.#capture.moment?.latest ?? null;
    const read = entry.error ?? readControllerLine(entry.text, latest, this.#context.timezoneMinutes);
    if (typeof read === 'string') {
      this.#sink.reject(reject(entry.line, read, entry.text));
      return;
    }
    if (read === null) {
      if (isOwn(entry)) this.#passed++;
      else this.#others++;
      return;
    }
    for (const { reason, text } of read.bad) this.#sink.reject(reject(entry.line, reason, text || entry.text));
    this.#calls.push({ ...read.call, line: entry.line, moment: narrow(read.at, entry) });
    this.#isUntimed ||= !entry.text.startsWith('{') && entry.takenAt === null && entry.near === null;
  }

  end(): EvidenceSummary {
    const records = this.#calls.length + this.#passed;
    const notes = this.#isUntimed ? [this.#capture.note] : [];
    if (this.#passed > 0 && this.#passed === records) {
      notes.push(`No line of it names a change of targets: ${count(records, 'line')} about other things.`);
    }
    if (this.#others > 0) notes.push(`${count(this.#others, 'line')} of other logs in it.`);

    const paired = new TargetCalls();
    for (const call of inOrder(this.#calls)) paired.next(call);
    paired.finish();
    for (const fact of paired.facts) this.#sink.fact(fact);
    if (paired.unended > 0) {
      const targets = count(paired.unended, 'target');
      notes.push(
        `For ${targets} the log has the beginning of a call but not its end, so the time of the change has no upper bound.`,
      );
    }
    return { records, notes };
  }
}

/** Returns what a log of the controller says. */
export const readControllerLog = (text: string, context: ReadingContext): Reading =>
  readEntries(text, context, ControllerLogReader);

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
