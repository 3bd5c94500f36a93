/**
 * Targets as `aws elbv2 describe-target-health` prints them, one answer or many (a poller's log): bare, or in our
 * envelope, which adds what the answer lacks:
 * `{"capturedAt": "<RFC 3339>", "targetGroupArn": "...", "TargetHealthDescriptions": [...]}`.
 */

import { captureTime, momentOf } from './capture-time.ts';
import type { Moment, Reading, ReadingContext } from './fact.ts';
import type { JsonPiece } from './json-stream.ts';
import { asObject, asText } from './json-value.ts';
import { reject } from './rejection.ts';
import { TargetGroup, type TargetListing } from './target-listing.ts';
import { splitValues } from './yaml-stream.ts';

/**
 * Returns the state of every target at every time it was asked for, and `absent` for a target that the answer before
 * for the same group still held. Answers without a targetGroupArn in one object count as one group.
 */
export function readTargetHealth(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const pieces = [...splitValues(text)];
  const lastUntimed = pieces.findLast((piece) => piece.error === null && asObject(piece.value)?.capturedAt == null);
  const capture = captureTime(context);
  /** Of an answer that does not say when it was given, only the last one is as late as the capture. */
  const assumed = (piece: JsonPiece): Moment =>
    piece === lastUntimed && capture.moment
      ? capture.moment
      : { earliest: null, latest: capture.moment?.latest ?? null };

  const groups = new Map<string, TargetGroup>();
  for (const piece of pieces) {
    const listing = piece.error ?? findListing(piece, context, assumed);
    if (typeof listing === 'string') {
      reading.rejected.push(reject(piece.line, listing, piece.text));
      continue;
    }
    if (listing.moment.earliest === null && listing.moment.latest === null) {
      reading.rejected.push(reject(piece.line, 'no_capture_time: give --captured-at', piece.text));
      continue;
    }
    if (asObject(piece.value)?.capturedAt == null && !reading.notes.includes(capture.note)) {
      reading.notes.push(capture.note);
    }
    if (listing.descriptions.length === 0) reading.saysNone = true;
    const key = listing.target_group_arn ?? '';
    const group = groups.get(key) ?? new TargetGroup();
    groups.set(key, group);
    const { facts, rejected } = group.next(listing);
    for (const fact of facts) {
      reading.facts.push(fact);
      if (fact.state !== 'absent') reading.records++;
    }
    for (const rejection of rejected) reading.rejected.push(rejection);
  }
  return reading;
}

function findListing(
  piece: JsonPiece,
  context: ReadingContext,
  assumed: (piece: JsonPiece) => Moment,
): TargetListing | string {
  const shape = { line: piece.line, lines: piece.elementLines };
  // The array alone is what `--query TargetHealthDescriptions` prints.
  if (Array.isArray(piece.value)) {
    return { ...shape, moment: assumed(piece), target_group_arn: null, descriptions: piece.value };
  }
  const envelope = asObject(piece.value);
  if (!envelope || !Array.isArray(envelope.TargetHealthDescriptions)) return 'not_target_health';
  const moment = momentOf(envelope, context.timezoneMinutes);
  if (typeof moment === 'string') return moment;
  return {
    ...shape,
    moment: moment ?? assumed(piece),
    target_group_arn: asText(envelope.targetGroupArn),
    descriptions: envelope.TargetHealthDescriptions,
  };
}
