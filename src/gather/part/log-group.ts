/** Events of a log group of CloudWatch, filtered on the server, as `aws logs filter-log-events` prints them. */
import { toMillis } from '../../time/time.ts';
import type { AwsAnswer } from '../aws.ts';
import { AwsError } from '../aws-error.ts';
import type { Gap } from '../outcome.ts';
import { evidenceWindow, type Gathering } from '../step.ts';

export interface LogQuestion {
  /** Name of the log group. */
  group: string;
  streamPrefix?: string;
  pattern?: string;
  /** Changes each message before it is written. */
  change?(message: string): string;
}

/** Pages of 1 MB, or of a part of the search: ten minutes of four calls a second. */
const MOST_PAGES = 2400;

/** Writes the events of the evidence window to a file. Returns their number and what was cut; null if there is no such group. */
export async function writeLogEvents(
  name: string,
  { group, streamPrefix, pattern, change }: LogQuestion,
  gathering: Gathering,
): Promise<{ events: number; isCut: boolean } | null> {
  const { from, to } = evidenceWindow(gathering);
  let events = 0;
  let isCut = false;
  async function* pages(): AsyncGenerator<string> {
    let nextToken: unknown;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer: AwsAnswer = await gathering.aws!.json(
        'logs',
        'FilterLogEvents',
        {
          logGroupName: group,
          logStreamNamePrefix: streamPrefix,
          filterPattern: pattern,
          startTime: Math.floor(toMillis(from)),
          endTime: Math.ceil(toMillis(to)),
          nextToken,
        },
        gathering.signal,
      );
      const found = Array.isArray(answer.events) ? answer.events : [];
      events += found.length;
      // One a line, so that evidence names the line of each.
      if (found.length > 0) yield found.map((event) => lineOf(event, change)).join('');
      nextToken = answer.nextToken ?? undefined;
      if (nextToken === undefined) return;
    }
    isCut = true;
  }
  try {
    await gathering.folder.write(name, pages());
  } catch (error) {
    if (error instanceof AwsError && error.trouble === 'absent') return null;
    throw error;
  }
  return { events, isCut };
}

function lineOf(event: unknown, change: LogQuestion['change']): string {
  const { message, ...rest } = event as { message?: unknown };
  const changed = typeof message === 'string' && change ? change(message) : message;
  return `${JSON.stringify({ events: [{ ...rest, message: changed }] })}\n`;
}

/** Returns the gap of a search that was too long. */
export const cutGap = (what: string): Gap => ({
  what,
  reason: 'there was too much to search: only the first part of the window was read',
  next: 'ask for a shorter window',
  failed: false,
});

/** Returns a part of a file's name from the name of a log group or cluster: of 512 characters the last ones are kept. */
export const fileOfGroup = (group: string): string =>
  group
    .replace(/^\/+/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(-180);
