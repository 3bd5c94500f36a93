/**
 * Targets as `aws elbv2 describe-target-health` prints them, one answer or many (a poller's log): bare, or in our
 * envelope, which adds what the answer lacks:
 * `{"capturedAt": "<RFC 3339>", "targetGroupArn": "...", "TargetHealthDescriptions": [...]}`.
 */
import { captureTime, momentOf } from './capture-time.ts';
import type { Fact, FactSink, Moment, Reading, ReadingContext, Rejection } from './fact.ts';
import { isFlatTargets, isTargetText, withAnswers } from './flat-target.ts';
import type { JsonPiece } from './json-stream.ts';
import { asObject, asText } from './json-value.ts';
import { reject } from './rejection.ts';
import { SaidTimes, timedTargets } from './said-time.ts';
import { TargetGroup, type TargetListing } from './target-listing.ts';
import { splitValues } from './yaml-stream.ts';

/**
 * Returns the state of every target at every time it was asked for, and `absent` for a target that the answer before
 * for the same group still held. Answers without a targetGroupArn in one object count as one group.
 */
export function readTargetHealth(text: string, context: ReadingContext): Reading {
  const facts: Fact[] = [];
  const rejected: Rejection[] = [];
  const reader = new TargetHealthReader(context, {
    fact: (fact) => facts.push(fact),
    reject: (rejection) => rejected.push(rejection),
  });
  const isText = !/^\uFEFF?\s*[{[]/.test(text) && isTargetText(text.split('\n'));
  for (const piece of splitValues(isText ? withAnswers(text) : text)) reader.take(piece);
  return { facts, rejected, ...reader.end() };
}

/** Reads one answer after the other. */
export class TargetHealthReader {
  readonly #context: ReadingContext;
  readonly #sink: FactSink;
  readonly #capture: ReturnType<typeof captureTime>;
  readonly #groups = new Map<string, TargetGroup>();
  readonly #notes: string[] = [];
  readonly #times = new SaidTimes(timedTargets);
  #records = 0;
  #saysNone = false;
  /** The latest answer that does not say when it was given, and all after it: only the last of those is as late as the capture. */
  #held: JsonPiece[] = [];

  constructor(context: ReadingContext, sink: FactSink) {
    this.#context = context;
    this.#sink = sink;
    this.#capture = captureTime(context);
  }

  take(next: JsonPiece): void {
    const piece = this.#times.next(next);
    if (piece === null) return;
    const isUntimed = piece.error === null && asObject(piece.value)?.capturedAt == null;
    if (isUntimed) this.#release(false);
    if (isUntimed || this.#held.length > 0) this.#held.push(piece);
    else this.#read(piece, false);
  }

  end(): Pick<Reading, 'records' | 'notes' | 'saysNone'> {
    this.#release(true);
    return { records: this.#records, notes: this.#notes, ...(this.#saysNone ? { saysNone: true } : {}) };
  }

  #release(isLast: boolean): void {
    for (const [index, piece] of this.#held.entries()) this.#read(piece, isLast && index === 0);
    this.#held = [];
  }

  #read(piece: JsonPiece, isLastUntimed: boolean): void {
    const { moment, note } = this.#capture;
    const assumed = isLastUntimed && moment ? moment : { earliest: null, latest: moment?.latest ?? null };
    const listing = piece.error ?? findListing(piece, this.#context, assumed);
    if (typeof listing === 'string') {
      this.#sink.reject(reject(piece.line, listing, piece.text));
      return;
    }
    if (listing.moment.earliest === null && listing.moment.latest === null) {
      this.#sink.reject(reject(piece.line, 'no_capture_time: give --captured-at', piece.text));
      return;
    }
    if (asObject(piece.value)?.capturedAt == null && !this.#notes.includes(note)) this.#notes.push(note);
    if (listing.descriptions.length === 0) this.#saysNone = true;
    const key = listing.target_group_arn ?? '';
    const group = this.#groups.get(key) ?? new TargetGroup();
    this.#groups.set(key, group);
    const { facts, rejected } = group.next(listing);
    for (const fact of facts) {
      this.#sink.fact(fact);
      if (fact.state !== 'absent') this.#records++;
    }
    for (const rejection of rejected) this.#sink.reject(rejection);
  }
}

function findListing(piece: JsonPiece, context: ReadingContext, assumed: Moment): TargetListing | string {
  const shape = { line: piece.line, lines: piece.elementLines };
  // The array alone is what `--query TargetHealthDescriptions` prints.
  if (Array.isArray(piece.value)) {
    return { ...shape, moment: assumed, target_group_arn: null, descriptions: piece.value, isSelected: true };
  }
  const envelope = asObject(piece.value);
  if (!envelope || !Array.isArray(envelope.TargetHealthDescriptions)) return 'not_target_health';
  const moment = momentOf(envelope, context.timezoneMinutes);
  if (typeof moment === 'string') return moment;
  return {
    ...shape,
    moment: moment ?? assumed,
    target_group_arn: asText(envelope.targetGroupArn),
    descriptions: envelope.TargetHealthDescriptions,
    isSelected: isFlatTargets(envelope.TargetHealthDescriptions),
  };
}
