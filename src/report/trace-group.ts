/** The failures of one incident with one mechanism and one cause, and their lines in the trace. */
import { share } from '../number/share.ts';
import { spanText, timesIn, wallTime, type Zone } from '../time/zone.ts';
import type { AnswerRow } from './answer.ts';
import { endingWord, kindWord } from './kind.ts';
import type { Style } from './style.ts';
import { count, duration, printable, wrap } from './text.ts';

/** The columns of a verdict that the summary reads. Rows come newest first. */
export interface TraceRow extends AnswerRow {
  target_group_arn: string | null;
  target_ip: string | null;
  target_port: number | null;
  confidence: string | null;
  other_cause: string | null;
  /** Whether the balancer knew that the target was going. */
  told: string | null;
  /** The one thing that would settle more. */
  missing: string | null;
  target_name: string | null;
  target_was: string | null;
  seconds_after_deletion: number | null;
  seconds_after_deregistration: number | null;
  seconds_after_exit: number | null;
  because: string;
}

/** Most targets of a group to show; the rest is counted. */
const TARGETS = 4;
const WIDTH = 80;

interface Span {
  least: number;
  most: number;
}

/** Sums of failures that share an incident, a mechanism and a cause. */
export interface TraceGroup {
  mechanism: string;
  cause: string | null;
  failures: number;
  first: string;
  last: string;
  confidence: Map<string, number>;
  otherCauses: Set<string>;
  told: Map<string, number>;
  patterns: Map<string, number>;
  targets: Map<string, number>;
  targetWas: Map<string, number>;
  deletion: Span | null;
  deregistration: Span | null;
  exit: Span | null;
  kind: string | null;
  because: string;
}

/** Adds a row to its group. */
export function addToGroup(groups: Map<string, TraceGroup>, row: TraceRow): void {
  const key = `${row.cause}\0${row.mechanism}\0${kindWord(row.target_kind)}`;
  const at = row.request_creation_time ?? row.time;
  let group = groups.get(key);
  if (!group) {
    group = {
      mechanism: row.mechanism,
      cause: row.cause,
      failures: 0,
      first: at,
      last: at,
      confidence: new Map(),
      otherCauses: new Set(),
      told: new Map(),
      patterns: new Map(),
      targets: new Map(),
      targetWas: new Map(),
      deletion: null,
      deregistration: null,
      exit: null,
      kind: row.target_kind,
      because: row.because,
    };
    groups.set(key, group);
  }
  group.failures++;
  if (at < group.first) group.first = at;
  if (at > group.last) group.last = at;
  if (row.confidence) increase(group.confidence, row.confidence);
  if (row.other_cause) group.otherCauses.add(row.other_cause);
  if (row.told) increase(group.told, row.told);
  if (row.pattern) increase(group.patterns, row.pattern);
  const target = targetText(row);
  if (target) increase(group.targets, target);
  if (row.target_was) increase(group.targetWas, row.target_was);
  group.deletion = widen(group.deletion, row.seconds_after_deletion);
  group.deregistration = widen(group.deregistration, row.seconds_after_deregistration);
  group.exit = widen(group.exit, row.seconds_after_exit);
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Ignores a routing before the event, because it is no delay after it. */
function widen(span: Span | null, value: number | null): Span | null {
  if (value === null || value < 0) return span;
  return span
    ? { least: Math.min(span.least, value), most: Math.max(span.most, value) }
    : { least: value, most: value };
}

function targetText(row: TraceRow): string | null {
  if (row.target_ip === null) return null;
  const address = printable(`${row.target_ip}:${row.target_port}`);
  if (row.target_name === null) return `target ${address}`;
  return `${kindWord(row.target_kind)} ${printable(row.target_name)}, target ${address}`;
}

const byCount = (counts: Map<string, number>): [string, number][] => [...counts].sort((a, b) => b[1] - a[1]);

/** Returns the lines of a group of an incident with `failures` in all. Names are never broken, whatever their length. */
export function groupLines(group: TraceGroup, failures: number, style: Style, zone: Zone): string[] {
  const confidence = byCount(group.confidence)
    .map(([word, n]) => (group.confidence.size === 1 ? word : `${n} ${word}`))
    .join(', ');
  const other = group.otherCauses.size > 0 ? `, or ${[...group.otherCauses].join(' or ')}` : '';
  const cause = group.cause ? `, cause ${group.cause}${confidence || other ? ` (${confidence}${other})` : ''}` : '';
  const [heading, ...more] = wrap(`${group.failures} × ${group.mechanism}${cause}`, WIDTH, '    ', '  ');
  const shown = group.cause === null ? '' : printable(group.cause);
  const lines = [heading!.replace(`cause ${shown}`, () => `cause ${style.cause(shown, shown)}`), ...more];
  const say = (text: string): void => void lines.push(...wrap(text, WIDTH, '      ', '    '));
  // Of the only group the heading of the incident says the same.
  if (group.failures < failures) say(`${share(group.failures, failures)} of the incident, ${whenText(group, zone)}`);
  const targets = byCount(group.targets);
  for (const [target, n] of targets.slice(0, TARGETS)) say(`${target}${targets.length > 1 ? ` (${n})` : ''}`);
  if (targets.length > TARGETS) say(`and ${count(targets.length - TARGETS, 'more target')}`);
  const when = group.cause === 'draining_target' ? routedText(group) : null;
  if (when) say(when);
  const counted = (counts: Map<string, number>): string =>
    byCount(counts)
      .map(([word, n]) => (group.failures === 1 ? word : `${word} ${n}×`))
      .join(', ');
  if (group.targetWas.size > 0) say(`the target was ${counted(group.targetWas)}`);
  if (group.told.size > 0) say(`the balancer had been told: ${counted(group.told)}`);
  if (group.patterns.size > 0) say(`pattern: ${counted(group.patterns)}`);
  if (!when || group.confidence.has('ambiguous')) {
    const prefix = group.failures > 1 && group.targets.size > 1 ? 'the newest: ' : '';
    say(timesIn(`${prefix}${group.because}`, zone));
  }
  return lines;
}

/** The times of a group within its incident, whose heading has the day: with a day only if the group spans several. */
function whenText({ first, last }: TraceGroup, zone: Zone): string {
  const [from, to] = [wallTime(first, zone), wallTime(last, zone)];
  if (from.day !== to.day || from.offset !== to.offset) return `from ${spanText(first, last, zone)}`;
  const [begin, end] = [from.clock.slice(0, 8), to.clock.slice(0, 8)];
  return begin === end ? `at ${begin}` : `from ${begin} to ${end}`;
}

/** Seconds count from the latest possible time of the event, hence "at least". */
function routedText({ deletion, deregistration, exit, kind }: TraceGroup): string | null {
  const parts: string[] = [];
  const add = (span: Span | null, what: string): void => {
    if (!span) return;
    const { least } = span;
    parts.push(
      least === span.most
        ? `at least ${duration(least)} after its ${what}`
        : `${duration(least)} to ${duration(span.most)} after its ${what}`,
    );
  };
  add(deletion, endingWord(kind));
  add(deregistration, 'deregistration');
  add(exit, 'exit');
  return parts.length > 0 ? `routed ${parts.join(', ')}` : null;
}
