/** Measures how much of a window is loaded: without it, "no failure found" proves nothing. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BoundValue } from '../query/parameter.ts';
import { count } from '../report/text.ts';
import { formatSeconds, MINUTE, type Micros } from '../time/time.ts';
import { ask } from './ask.ts';

/** One log file covers five minutes, so rows this close to the end show that the window was written completely. */
const FILE_MICROS = 5 * MINUTE;

export interface Asked {
  from: Micros | null;
  to: Micros | null;
  /** A part of the target group's ARN; null means every group. */
  targetGroup: string | null;
}

export interface Coverage {
  /** Number of requests in the window and the target group, with their first and last times. */
  requests: number;
  first: Micros | null;
  last: Micros | null;
  /** Number of requests in the window, for any target group. */
  inWindow: number;
  /** Begin and end of all logs in the database; null without logs. */
  begin: Micros | null;
  end: Micros | null;
  all: number;
  /** Truncated access log objects that may have held rows of the window. */
  damaged: number;
  /** Names of target groups, busiest first. */
  groups: string[];
}

/** Returns how much of the request is loaded. */
export async function coverageOf(connection: DuckDBConnection, asked: Asked): Promise<Coverage> {
  const window: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: asked.from },
    to: { type: 'timestamp', value: asked.to },
  };
  const group: BoundValue = { type: 'text', value: asked.targetGroup };
  const [covered] = await ask(connection, 'covered-requests', { ...window, target_group: group });
  const [ledger] = await ask(connection, 'covered-objects', window);
  const time = (value: unknown): Micros | null => (value === null || value === undefined ? null : Number(value));
  const groups = Number(covered!.requests) > 0 ? [] : await ask(connection, 'covered-groups');
  return {
    requests: Number(covered!.requests),
    first: time(covered!.first_time),
    last: time(covered!.last_time),
    inWindow: Number(covered!.in_window),
    begin: time(ledger!.begin_time),
    end: time(ledger!.end_time),
    all: Number(ledger!.logged),
    damaged: Number(ledger!.damaged),
    groups: groups.map(({ arn }) => /targetgroup\/([^/]+)/.exec(String(arn))?.[1] ?? String(arn)),
  };
}

/** Returns the end of the loaded logs if it is before the end of the window, else null. */
export function endsEarly({ last, end }: Coverage, { to }: Asked): Micros | null {
  const latest = Math.max(last ?? Number.NEGATIVE_INFINITY, end ?? Number.NEGATIVE_INFINITY);
  return to !== null && Number.isFinite(latest) && latest < to - FILE_MICROS ? latest : null;
}

const iso = (micros: Micros): string => `${formatSeconds(micros).slice(0, -1).replace('T', ' ')} UTC`;

/** Explains what "no failure" means here (lines ended), and whether all, a part, or nothing of the request is loaded. */
export function sayCoverage(covered: Coverage, asked: Asked): { text: string; loaded: 'all' | 'part' | 'none' } {
  const { requests, first, last, inWindow, begin, end, all, damaged, groups } = covered;
  const lines: string[] = [];
  const early = endsEarly(covered, asked);
  if (all + inWindow === 0) {
    return {
      text: 'No access log is loaded, so failures are unknown: draintrace load SOURCE\n',
      loaded: 'none',
    };
  }
  if (requests === 0) {
    const { from, to, targetGroup } = asked;
    const what =
      targetGroup === null
        ? 'the window'
        : from === null && to === null
          ? 'that target group'
          : 'that window and target group';
    lines.push(`No request of ${what} is loaded, so its failures are unknown.`);
    if (targetGroup !== null && inWindow > 0)
      lines.push(`Of other target groups ${count(inWindow, 'request')} of the window are loaded.`);
    if (begin !== null && end !== null)
      lines.push(`Loaded: ${count(all, 'request')} from ${iso(begin)} to ${iso(end)}.`);
    if (targetGroup !== null && groups.length > 0) {
      lines.push(`Target groups: ${groups.slice(0, 5).join(', ')}${groups.length > 5 ? ' and more' : ''}.`);
    }
    return { text: `${lines.join('\n')}\n`, loaded: 'none' };
  }
  const when = first === null || last === null ? '' : `, from ${iso(first)} to ${iso(last)}`;
  lines.push(`No failure made by the balancer in ${count(requests, 'request')}${when}.`);
  if (early !== null) lines.push(`The loaded logs end at ${iso(early)}, before the end of the window.`);
  if (damaged > 0)
    lines.push(
      `${count(damaged, 'log object')} of it ${damaged === 1 ? 'is' : 'are'} damaged: draintrace query incomplete-objects`,
    );
  return { text: `${lines.join('\n')}\n`, loaded: early !== null || damaged > 0 ? 'part' : 'all' };
}
