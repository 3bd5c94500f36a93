/** Measures how much of a window is loaded: without it, "no failure found" proves nothing. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type BoundValue, nearest } from '../query/parameter.ts';
import { count, wrap } from '../report/text.ts';
import { MINUTE, type Micros, toMillis } from '../time/time.ts';
import { spanText, timeText, UTC, type Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import { EXIT } from './error.ts';

/** One log file covers five minutes, so rows this close to the end show that the window was written completely. */
const FILE_MICROS = 5 * MINUTE;
/** Most names of each kind to list. */
const NAMES = 5;
const WIDTH = 80;

export interface Asked {
  from: Micros | null;
  to: Micros | null;
  /** A part of the target group's ARN; null means every group. */
  targetGroup: string | null;
  /** A part of the load balancer's id; null means every one. */
  lb: string | null;
}

export interface Coverage {
  /** Number of requests in the window, the target group and the load balancer, with their first and last times. */
  requests: number;
  first: Micros | null;
  last: Micros | null;
  /** Number of requests in the window, for any target group and load balancer. */
  inWindow: number;
  /** Begin and end of all logs in the database; null without logs. */
  begin: Micros | null;
  end: Micros | null;
  all: number;
  /** Truncated access log objects that may have held rows of the window. */
  damaged: number;
  /** Names of target groups and ids of load balancers, busiest first; read only if no request is found. */
  groups: string[];
  balancers: string[];
}

/** Returns how much of the request is loaded. */
export async function coverageOf(connection: DuckDBConnection, asked: Asked): Promise<Coverage> {
  const window: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: asked.from },
    to: { type: 'timestamp', value: asked.to },
  };
  const [covered] = await ask(connection, 'covered-requests', {
    ...window,
    target_group: { type: 'text', value: asked.targetGroup },
    lb: { type: 'text', value: asked.lb },
  });
  const [ledger] = await ask(connection, 'covered-objects', window);
  const time = (value: unknown): Micros | null => (value === null || value === undefined ? null : Number(value));
  const names = Number(covered!.requests) > 0 ? [] : await ask(connection, 'covered-names');
  const namesOf = (kind: string): string[] => names.filter((row) => row.kind === kind).map(({ name }) => String(name));
  return {
    requests: Number(covered!.requests),
    first: time(covered!.first_time),
    last: time(covered!.last_time),
    inWindow: Number(covered!.in_window),
    begin: time(ledger!.begin_time),
    end: time(ledger!.end_time),
    all: Number(ledger!.logged),
    damaged: Number(ledger!.damaged),
    groups: namesOf('group').map((arn) => /targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn),
    balancers: namesOf('balancer'),
  };
}

/** Returns the end of the loaded logs if it is before the end of the window, else null. */
export function endsEarly({ last, end }: Coverage, { to }: Asked): Micros | null {
  const latest = Math.max(last ?? Number.NEGATIVE_INFINITY, end ?? Number.NEGATIVE_INFINITY);
  return to !== null && Number.isFinite(latest) && latest < to - FILE_MICROS ? latest : null;
}

/** Returns the loaded name that is nearest to a typed part of one: names have prefixes, ids and hashes that nobody types. */
function nearestName(typed: string, names: readonly string[]): string | null {
  const whole = new Map<string, string>();
  for (const name of names) {
    for (const part of [name, name.replace(/-[0-9a-f]{8,}$/, ''), ...name.split('/'), ...name.split('-')]) {
      if (part.length > 2 && !whole.has(part)) whole.set(part, name);
    }
  }
  const near = nearest(typed, [...whole.keys()]);
  return near === null ? null : whole.get(near)!;
}

const named = (what: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${what}: ${names.slice(0, NAMES).join(', ')}${names.length > NAMES ? ' and more' : ''}.`];

function rangeText(first: Micros, last: Micros, zone: Zone): string {
  const span = spanText(toMillis(first), toMillis(last), zone);
  return span.includes(' to ') ? `from ${span}` : `at ${span}`;
}

/** Says what is loaded: how many requests, from when to when, and of which load balancers and target groups. */
export function loadedLines(covered: Coverage, zone: Zone): string[] {
  const { begin, end, all, groups, balancers } = covered;
  if (begin === null || end === null) return [];
  return [
    `Loaded: ${count(all, 'request')}, ${rangeText(begin, end, zone)}.`,
    ...named('Load balancers', balancers),
    ...named('Target groups', groups),
  ];
}

/** Explains what "no failure" means here (lines ended), and whether all, a part, or nothing of the request is loaded. */
export function sayCoverage(
  covered: Coverage,
  asked: Asked,
  zone: Zone = UTC,
): { text: string; loaded: 'all' | 'part' | 'none' } {
  const { requests, first, last, inWindow, all, damaged, groups, balancers } = covered;
  const textOf = (lines: readonly string[]): string =>
    lines
      .flatMap((line) => wrap(line, WIDTH, '  '))
      .map((line) => `${line}\n`)
      .join('');
  const iso = (micros: Micros): string => timeText(toMillis(micros), zone);
  if (all + inWindow === 0) {
    return {
      text: textOf(['No access log is loaded, so failures are unknown: draintrace load SOURCE']),
      loaded: 'none',
    };
  }
  if (requests === 0) {
    const { from, to, targetGroup, lb } = asked;
    const parts = [
      ...(from === null && to === null && (targetGroup !== null || lb !== null) ? [] : ['window']),
      ...(targetGroup === null ? [] : ['target group']),
      ...(lb === null ? [] : ['load balancer']),
    ];
    const what = parts.length > 1 || parts[0] !== 'window' ? `that ${parts.join(' and ')}` : 'the window';
    const lines = [`No request of ${what} is loaded, so its failures are unknown.`];
    for (const [typed, kind, names] of [
      [targetGroup, 'target groups', groups],
      [lb, 'load balancers', balancers],
    ] as const) {
      if (typed === null) continue;
      const near = names.some((name) => name.includes(typed)) ? null : nearestName(typed, names);
      if (near !== null) lines.push(`Did you mean ${near}?`);
      if (inWindow > 0) lines.push(`Of other ${kind} ${count(inWindow, 'request')} of the window are loaded.`);
    }
    return { text: textOf([...lines, ...loadedLines(covered, zone)]), loaded: 'none' };
  }
  const early = endsEarly(covered, asked);
  const when = first === null || last === null ? '' : `, ${rangeText(first, last, zone)}`;
  const lines = [`No failure made by the balancer in ${count(requests, 'request')}${when}.`];
  if (early !== null) lines.push(`The loaded logs end at ${iso(early)}, before the end of the window.`);
  if (damaged > 0)
    lines.push(
      `${count(damaged, 'log object')} of it ${damaged === 1 ? 'is' : 'are'} damaged: draintrace query incomplete-objects`,
    );
  return { text: textOf(lines), loaded: early !== null || damaged > 0 ? 'part' : 'all' };
}

/** Exit codes for what is loaded of a question without failures. */
export const COVERAGE_CODE = { all: EXIT.ok, part: EXIT.partial, none: EXIT.source } as const;
