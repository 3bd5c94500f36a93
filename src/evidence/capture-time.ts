/** When a snapshot was taken, for the sources that do not print it: one rule for all of them. */
import { formatTime } from '../time/time.ts';
import type { ReadingContext } from './fact.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote } from './rejection.ts';

/** `moment` is null when nothing says when the object was taken; `note` is a sentence for the user. */
export interface CaptureTime {
  moment: Interval | null;
  note: string;
}

/** `<anything>@<RFC 3339>.<extensions>`, the colons of the time kept or replaced by `-`, for file systems that forbid them. */
const NAME =
  /@(\d{4}-\d{2}-\d{2})[Tt](\d{2})[:-]?(\d{2})[:-]?(\d{2}(?:\.\d{1,9})?)(?:([Zz])|([+-]\d{2})[:-]?(\d{2}))?(?:\.[A-Za-z][A-Za-z0-9]*)*$/;

/**
 * Returns when the object was taken, for records that do not say so themselves: as its name says, else `--captured-at`,
 * else its modification time. The caller hands the note on only if it used the time.
 */
export function captureTime(context: ReadingContext): CaptureTime {
  const named = timeInName(context.name, context.timezoneMinutes);
  if (named) return { moment: named, note: `Taken at ${formatTime(named.earliest)}, according to the file name.` };
  if (context.capturedAt !== null) {
    const moment = { earliest: context.capturedAt, latest: context.capturedAt };
    return { moment, note: `Taken at ${formatTime(context.capturedAt)}, as --captured-at says.` };
  }
  if (context.modifiedAt !== null) {
    const moment = { earliest: context.modifiedAt, latest: context.modifiedAt };
    const when = formatTime(context.modifiedAt);
    return {
      moment,
      note: `The file has no capture time, so its modification time counts, ${when}; --captured-at overrides this.`,
    };
  }
  return {
    moment: null,
    note: 'The file has no capture time, so it cannot show what was alive; give --captured-at.',
  };
}

function timeInName(name: string, timezoneMinutes: number): Interval | null {
  const match = NAME.exec(name);
  if (!match) return null;
  const [, day, hour, minute, second, utc, sign, minutes] = match;
  const zone = utc ?? (sign ? `${sign}:${minutes}` : '');
  return parseTime(`${day}T${hour}:${minute}:${second}${zone}`, timezoneMinutes);
}

/**
 * Returns when an envelope says that it was taken: `capturedAt`, to `answeredAt` where the asking took its time; null when
 * it does not say, and a reason (snake_case code, then ": detail") when what it says is no time.
 */
export function momentOf(envelope: Record<string, unknown>, timezoneMinutes: number): Interval | string | null {
  const said = envelope.capturedAt ?? null;
  if (said === null) return null;
  const asked = typeof said === 'string' ? parseTime(said, timezoneMinutes) : null;
  if (!asked) return `bad_time: capturedAt: ${quote(said)}`;
  const then = envelope.answeredAt ?? null;
  if (then === null) return asked;
  const answered = typeof then === 'string' ? parseTime(then, timezoneMinutes) : null;
  if (!answered || answered.latest < asked.earliest) return `bad_time: answeredAt: ${quote(then)}`;
  return { earliest: asked.earliest, latest: answered.latest };
}
