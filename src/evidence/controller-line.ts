/**
 * Reads the targets in one line of the AWS Load Balancer Controller: JSON of version 2 ("deRegistering targets" and
 * "deRegistered targets", before and after the call), the same as EKS Auto Mode delivers it (AUTO_MODE_LOAD_BALANCING_LOGS:
 * `event_timestamp` and `message` stand for `ts` and `msg`), or the text of version 1 ("Removing targets from", before it).
 */
import { END_OF_TIME, type Micros, SECOND, toMillis, toSeconds } from '../time/time.ts';
import { parsePort } from './address.ts';
import type { TargetChange } from './fact.ts';
import type { Outline } from './json-outline.ts';
import { asArray, asObject, asText } from './json-value.ts';
import { klogStart, klogTime, splitKlog } from './klog.ts';
import { type Interval, millisecondOf, parseTime } from './moment.ts';
import { printValue, quote } from './rejection.ts';
import type { CallLine, Target } from './target-call.ts';
import { parseTargetId, readTarget } from './target-id.ts';

/** A line that begins or ends a call, with the targets that cannot be read, and the reason for each. */
export interface ReadCall {
  call: Omit<CallLine, 'line' | 'moment'>;
  at: Interval;
  bad: { reason: string; text: string }[];
}

const MESSAGES: Readonly<Record<string, readonly [TargetChange['event'], CallLine['phase']]>> = {
  'registering targets': ['registered', 'begin'],
  'registered targets': ['registered', 'end'],
  'deRegistering targets': ['deregistered', 'begin'],
  'deRegistered targets': ['deregistered', 'end'],
};

/** Version 1 logs with klog; in its message the ingress, what it does, where and to whom. */
const CHANGE = /(?:^|: )(Adding targets to|Removing targets from) (arn:\S+): (.*)$/;

/** A line that was cut may be one that says something. */
const MENTIONS = /(?:egistering|egistered) targets|targets (?:to|from) arn:/;

/** Words of the lines that say something else and are the controller's nonetheless. */
const OWN_LOGGER = /^(?:controllers\.(?:ingress|service|targetGroupBinding)|backend-sg-provider|eventhandlers\.)/;
const OWN_TEXT = /aws-load-balancer-controller-leader|targetgroupbinding reconcile$/;

/** Auto Mode has the same objects in a group of its own. */
const OWN_GROUP = /^(?:elbv2\.k8s\.aws|elbv2\.eks\.amazonaws\.com|eks\.amazonaws\.com)$/;

/** Returns whether JSON is a line of the controller's: by keys and words that no other program with the same log library has. */
export function isControllerOutline(outline: Outline): boolean {
  if (!outline.has('level') || !(outline.has('ts') || outline.has('event_timestamp'))) return false;
  const message = outline.get('msg') ?? outline.get('message') ?? '';
  return (
    Object.hasOwn(MESSAGES, message) ||
    OWN_TEXT.test(message) ||
    OWN_LOGGER.test(outline.get('logger') ?? '') ||
    OWN_GROUP.test(outline.get('controllerGroup') ?? '') ||
    outline.get('controller') === 'targetGroupBinding' ||
    outline.has('ingressGroup')
  );
}

/** Returns whether JSON is a line of the log library that the controller has, whoever wrote it. */
export const isZapLine = (value: Record<string, unknown>): boolean =>
  'level' in value && (('ts' in value && 'msg' in value) || ('event_timestamp' in value && 'message' in value));

/** Returns where in a line one of version 1 that changes targets begins, -1 when none does. */
export function controllerStart(line: string): number {
  const at = line.includes('targets ') ? klogStart(line) : -1;
  return at >= 0 && CHANGE.test(line.slice(at)) ? at : -1;
}

/**
 * Returns what a line says of targets, null when it says nothing of them, or why it cannot be read. `latest` is a time
 * not before which the line was written, for the year that version 1 leaves out; `timezoneMinutes` its offset.
 */
export function readControllerLine(
  text: string,
  latest: Micros | null,
  timezoneMinutes: number,
): ReadCall | string | null {
  if (text.startsWith('{')) return readJson(text);
  const klog = splitKlog(text);
  const change = CHANGE.exec(text);
  if (!klog || !change) return MENTIONS.test(text) ? 'not_a_controller_line' : null;
  const at = klogTime(klog, latest, timezoneMinutes);
  if (typeof at === 'string') return at;
  const event = change[1]!.startsWith('Adding') ? 'registered' : 'deregistered';
  const { targets, bad } = readTargets(change[3]!.split(/,\s*/), endpoint);
  return { call: { event, phase: 'begin', target_group_arn: change[2]!, targets, actor: null }, at, bad };
}

function readJson(text: string): ReadCall | string | null {
  if (!MENTIONS.test(text)) return text.endsWith('}') ? null : 'bad_json: a line that was cut';
  let entry: Record<string, unknown> | null;
  try {
    entry = asObject(JSON.parse(text));
  } catch {
    return 'bad_json: a line that was cut';
  }
  const message = asText(entry?.msg) ?? asText(entry?.message) ?? '';
  if (!entry || !Object.hasOwn(MESSAGES, message)) return null;
  const [event, phase] = MESSAGES[message]!;
  const stamp = entry.ts ?? entry.event_timestamp;
  const at = timeOf(stamp);
  if (at === null) return `bad_time: ts: ${quote(stamp)}`;
  const target_group_arn = asText(entry.arn);
  if (target_group_arn === null) return `no_target_group: arn: ${quote(entry.arn)}`;
  const named = entry.targets ?? null;
  if (phase === 'begin' && !Array.isArray(named)) return `no_targets: targets: ${quote(named)}`;
  const { targets, bad } = readTargets(asArray(named), description);
  return { call: { event, phase, target_group_arn, targets: named === null ? null : targets, actor: null }, at, bad };
}

/** Seconds since the epoch with a fraction, milliseconds, or a printed time. */
function timeOf(ts: unknown): Interval | null {
  if (typeof ts === 'string') return parseTime(ts, 0);
  if (typeof ts === 'number' && ts >= 1e11 && ts < toMillis(END_OF_TIME)) return millisecondOf(Math.floor(ts));
  if (typeof ts !== 'number' || !(ts >= 0 && ts < toSeconds(END_OF_TIME))) return null;
  const micros = Math.floor(ts * SECOND);
  return { earliest: micros, latest: micros };
}

function readTargets<T>(
  values: readonly T[],
  read: (value: T) => Target | string,
): { targets: Target[]; bad: ReadCall['bad'] } {
  const targets: Target[] = [];
  const bad: ReadCall['bad'] = [];
  for (const value of values) {
    const target = read(value);
    if (typeof target === 'string')
      bad.push({ reason: target, text: typeof value === 'string' ? value : printValue(value) });
    else targets.push(target);
  }
  return { targets, bad };
}

function description(value: unknown): Target | string {
  const target = asObject(value);
  return readTarget(target?.Id, target?.Port, { id: 'Id', port: 'Port' });
}

function endpoint(text: string): Target | string {
  const colon = text.lastIndexOf(':');
  const target = parseTargetId(text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1'));
  if (target === null) return `target_not_ip: ${quote(text)}`;
  const port = parsePort(text.slice(colon + 1));
  return port === null ? `bad_port: ${quote(text)}` : { ...target, port };
}
