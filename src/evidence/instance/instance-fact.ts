/** Facts of instances, and the parts of AWS's answers and events that lead to them in the same way. */
import { END_OF_TIME, fromMillis, MILLISECOND, SECOND, SECOND_MS, toSeconds } from '../../time/time.ts';
import { type Moment, type NodeFact, UNSAID_NODE } from '../fact.ts';
import { asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { isStatusCheck, isTakenBefore, whyGone } from '../node/reason.ts';

export type Said = { event: NodeFact['event']; moment: Moment; reason?: string | null; detail?: string | null };

export function factsOf(line: number, identity: Partial<NodeFact>, said: readonly Said[]): NodeFact[] {
  return said
    .filter(({ moment }) => moment.earliest !== null || moment.latest !== null)
    .map(({ event, moment: { earliest, latest }, reason = null, detail = null }) => ({
      ...UNSAID_NODE,
      kind: 'node',
      line,
      event,
      earliest: earliest !== null && latest !== null && latest < earliest ? null : earliest,
      latest,
      ...identity,
      reason,
      detail,
    }));
}

export const STATUS_CHECK = 'failing its status checks';

const reasonOf = (cause: string | null): string | null =>
  whyGone(cause) ?? (isTakenBefore(cause) ? null : 'scale-down');

/**
 * Returns what an activity that takes an instance out of its group says: why, and from when. Where somebody else had ended the
 * instance, or where it was lost, that was some time before.
 */
export function chosen(cause: string | null, start: Interval, detail = cause): Said[] {
  const before = { earliest: null, latest: start.latest };
  const moment = isTakenBefore(cause) ? before : start;
  const said: Said[] = [{ event: 'going', moment, reason: reasonOf(cause), detail }];
  if (isStatusCheck(cause)) said.push({ event: 'unready', moment: before, reason: STATUS_CHECK, detail });
  return said;
}

/** The instance was gone when the activity ended. */
export function ended(cause: string | null, start: Interval, { latest }: Interval): Said {
  const earliest = isTakenBefore(cause) ? null : start.earliest;
  return { event: 'gone', moment: { earliest, latest }, reason: reasonOf(cause), detail: cause };
}

/** The command line prints times as text, or, of CodeDeploy, as seconds with a fraction. */
export function printedTime(value: unknown): Interval | null {
  if (typeof value === 'number' && value > 0 && value < toSeconds(END_OF_TIME)) {
    const at = fromMillis(Math.floor(value * SECOND_MS));
    return { earliest: at, latest: Number.isInteger(value) ? at + SECOND - 1 : at + MILLISECOND - 1 };
  }
  return parseTime(asText(value) ?? '', 0);
}
