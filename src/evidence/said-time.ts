/**
 * Times that people write before an answer that says none: `date` before each round of a loop, the header of `watch`, a member
 * of another name than `capturedAt`. Without them an answer would count as given when the file was last changed.
 */
import { formatTime, MILLISECOND, type Micros, SECOND } from '../time/time.ts';
import { describedTarget } from './flat-target.ts';
import type { JsonPiece } from './json-stream.ts';
import { asObject } from './json-value.ts';
import { isList } from './long-list.ts';
import type { Interval } from './moment.ts';

/** A printed time with a word or two before it: `at 2024-05-14T10:00:10Z`, `[2024-05-14 10:00:10]`. */
const PRINTED =
  /^[^\d]{0,20}?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)[^\d]{0,8}$/;

/** `date` in its usual locales, with the month before the day or after it; `watch` prints the first, without a zone. */
const DATE =
  /^(?:Every \d.*: |[^\d]{0,12})(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat),? (?:([A-Z][a-z]{2}) +(\d{1,2})|(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})),? (\d{1,2})(:\d\d:\d\d)(?: ([AP]M))?(?: (UTC|GMT|[+-]\d\d:?\d\d))?(?: (\d{4}))?$/;

/** The same in a zone that is only letters, which many zones share. */
const LETTERS = /^[^\d]{0,20}\d{1,2}\b.*\d\d:\d\d(?: [AP]M)? ([A-Z]{3,5})(?: \d{4})?$/;

/** The header of `watch` holds the command. */
const MAX_LINE = 1000;

const EPOCH = /^(?:\d{10}(?:\.\d{1,9})?|\d{13})$/;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Returns the time that a line is, as RFC 3339 or without a zone where it has none; null for any other line. */
export function timeOfLine(line: string): string | null {
  const text = line.trim();
  if (text.length > MAX_LINE) return null;
  if (EPOCH.test(text)) return fromEpoch(Number(text));
  const printed = PRINTED.exec(text);
  if (printed) return printed[1]!.replace(/ ?UTC$/, 'Z');
  const date = DATE.exec(text);
  if (!date) return null;
  const [, before, dayBehind, dayBefore, behind, yearInside, hour, rest, half, zone, yearLast] = date;
  const month = MONTHS.indexOf(before ?? behind!) + 1;
  const year = yearInside ?? yearLast;
  if (month === 0 || year === undefined) return null;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  const two = (number: number) => String(number).padStart(2, '0');
  const offset = zone === 'UTC' || zone === 'GMT' ? 'Z' : (zone ?? '');
  return `${year}-${two(month)}-${two(Number(dayBehind ?? dayBefore))} ${two(hours)}${rest}${offset}`;
}

/** Seconds, or milliseconds, since 1970. */
function fromEpoch(number: number): string | null {
  const micros: Micros = Math.floor(number * (number < 1e11 ? SECOND : MILLISECOND));
  return Number.isSafeInteger(micros) && micros > 0 ? formatTime(micros) : null;
}

/** Names under which recorders keep the time of an answer, besides `capturedAt`. AWS and Kubernetes use none of them at the top. */
const NAMES = ['captured_at', 'ts', 'timestamp', '@timestamp', 'time', 'date', 'at'];

/** Returns the time that an object says under another name than `capturedAt`, as text; null where it says none. */
function ownTime(value: Record<string, unknown>): string | null {
  for (const name of NAMES) {
    const said = value[name];
    if (typeof said === 'string' || typeof said === 'number') return timeOfLine(String(said));
  }
  // boto3 keeps the head of the answer.
  const date = asObject(asObject(value.ResponseMetadata)?.HTTPHeaders)?.date;
  return typeof date === 'string' ? timeOfLine(date) : null;
}

/** Gives each value the time that was said of it, as `capturedAt`. The envelope is that of its reader. */
export class SaidTimes {
  readonly #envelope: (value: unknown, at: string) => Record<string, unknown> | null;
  #said: string | null = null;
  /** A value came before any time: whether a time is of the value before or behind it is unknown. */
  #isBehind = false;

  /** `envelope` returns the value with its time, or null for one that gets none. */
  constructor(envelope: (value: unknown, at: string) => Record<string, unknown> | null) {
    this.#envelope = envelope;
  }

  /** Returns the piece with its time; null for a piece that was only a time. */
  next(piece: JsonPiece): JsonPiece | null {
    if (piece.error !== null) return this.#other(piece);
    const said = this.#said;
    this.#said = null;
    const value = asObject(piece.value);
    if (value && 'capturedAt' in value) return piece;
    const at = (value && ownTime(value)) ?? said;
    if (at === null) {
      this.#isBehind = true;
      return piece;
    }
    return { ...piece, value: this.#envelope(piece.value, at) ?? piece.value };
  }

  #other(piece: JsonPiece): JsonPiece | null {
    if (piece.error !== 'not_json') return piece;
    const lines = piece.text.split('\n').filter((line) => line.trim() !== '');
    const last = (lines.at(-1) ?? '').trim();
    const at = timeOfLine(last);
    const letters = at === null && last.length <= 80 ? LETTERS.exec(last) : null;
    if (letters) return { ...piece, error: `bad_time: the zone ${letters[1]} is no offset: write date -u` };
    if (at === null) return piece;
    if (this.#isBehind) return { ...piece, error: 'bad_time: behind an answer: write it before the answer' };
    this.#said = at;
    return lines.length === 1 ? null : { ...piece, text: lines.slice(0, -1).join('\n') };
  }
}

/** An answer of describe-target-health, whole or only its list. */
export function timedTargets(value: unknown, at: string): Record<string, unknown> | null {
  if (Array.isArray(value)) return { capturedAt: at, TargetHealthDescriptions: value };
  const answer = asObject(value);
  return answer && 'TargetHealthDescriptions' in answer ? { capturedAt: at, ...answer } : null;
}

/** A listing of Kubernetes. A value of a watch gets no time: what is written before the first one is not of the others. */
export function timedListing(value: unknown, at: string): Record<string, unknown> | null {
  const listing = asObject(value);
  return isList(value) || (listing && isList(listing.items)) ? { capturedAt: at, object: value } : null;
}

/** Lists in answers of AWS that take a time. */
const ANSWERS: readonly string[] = [
  ...['TargetHealthDescriptions', 'TargetGroups', 'LoadBalancers', 'Attributes'],
  ...['tasks', 'services', 'containerInstances', 'serviceDeployments'],
  ...['Reservations', 'AutoScalingInstances', 'AutoScalingGroups', 'InstanceStatuses'],
];

/** Returns an answer, a listing or an object of Kubernetes in JSON with the time at which it was written, in as many lines; other text as it is. */
export function timedText(text: string, takenAt: Interval | null): string {
  if (takenAt === null || !/^[{[]/.test(text)) return text;
  const value = parsedOrNull(text);
  const object = asObject(value);
  if (object && ('capturedAt' in object || ownTime(object) !== null)) return text;
  const times = `{"capturedAt":"${formatTime(takenAt.earliest)}","answeredAt":"${formatTime(takenAt.latest)}",`;
  const isChange = object !== null && typeof object.type === 'string' && asObject(object.object) !== null;
  if (object && (isChange || ANSWERS.some((list) => Array.isArray(object[list])))) return `${times}${text.slice(1)}`;
  const isTargets = Array.isArray(value) && value.length > 0 && value.every(isTarget);
  if (isTargets) {
    return `${times}"TargetHealthDescriptions":${text}}`;
  }
  // An Event has its own time.
  const isObject = asObject(object?.metadata) !== null && typeof object?.kind === 'string' && object.kind !== 'Event';
  return object && (isList(object.items) || isObject) ? `${times}"object":${text}}` : text;
}

const isTarget = (value: unknown): boolean => asObject(describedTarget(value))?.TargetHealth !== undefined;

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
