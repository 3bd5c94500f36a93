/**
 * Pods as kubectl prints them in JSON:
 * - a snapshot, `kubectl get pods -o json`: a List, a single Pod, an array of Pods, or any of them in our envelope
 *   `{"capturedAt": "<RFC 3339>", "pods": ...}`, one or many;
 * - a stream, `kubectl get pods -o json --watch`: Pods one after the other, or with `--output-watch-events`
 *   `{"type": "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR", "object": ...}`;
 * - what `draintrace watch` writes: listings and watch events, each with the time at which it came.
 *
 * Pods are followed by uid through the whole object, so that the first deletion is told from its later rewrites.
 */

import { captureTime, momentOf } from './capture-time.ts';
import type { Micros, Reading, ReadingContext, Rejection } from './fact.ts';
import { type JsonPiece, splitJson } from './json-stream.ts';
import { asObject, asText } from './json-value.ts';
import { formatTime, type Interval, later, SECOND } from './moment.ts';
import { type Mention, PodLife } from './pod-life.ts';
import { readPodObject } from './pod-object.ts';
import { printValue, quote, reject } from './rejection.ts';

/** Returns what the text says of pods; a value that is none of the shapes above is rejected, the others are read. */
export function readKubectlPods(text: string, context: ReadingContext): Reading {
  const capture = new Capture(context);
  for (const piece of splitJson(text)) capture.take(piece);
  return capture.reading();
}

/** A complete listing, the last one of those that show the same pods. */
interface Listing {
  /** What was asked, where the envelope says so: answers to the same query are of the same pods, shared or not. */
  query: string | null;
  keys: Set<string>;
  moment: Interval | null;
}

/** Clocks of a laptop and a cluster that differ by less are not worth a word. */
const SKEW = 5 * SECOND;

class Capture {
  readonly #context: ReadingContext;
  readonly #end: Interval | null;
  readonly #lives = new Map<string, PodLife>();
  readonly #listings: Listing[] = [];
  readonly #rejected: Rejection[] = [];
  readonly #notes = new Set<string>();
  readonly #leftOut = new Map<string, number>();
  #latestKnown: Micros | null = null;
  #records = 0;
  #index = 0;
  /** Index of the value where a watch was last seen to start over or to lose a value: what was not mentioned since may be gone. */
  #restartedAt = 0;
  /** Up to when a watch whose events say when they came has told all, and the line that says so. */
  #current: { line: number; moment: Interval } | null = null;
  /** The listing that such a watch goes on from: it holds what the watch adds. */
  #watched: Listing | null = null;

  constructor(context: ReadingContext) {
    this.#context = context;
    this.#end = captureTime(context).moment;
  }

  take(piece: JsonPiece): void {
    this.#index++;
    if (piece.error !== null) {
      this.#rejected.push(reject(piece.line, piece.error, piece.text));
      // It may have been the last word on any pod.
      this.#restart();
      return;
    }
    const value = asObject(piece.value);
    if (Array.isArray(piece.value)) {
      this.#takeListing(piece.value, piece, null, null);
    } else if (value && 'pods' in value) {
      this.#takeEnvelope(value, piece);
    } else if (value && Array.isArray(value.items)) {
      this.#takeListing(value.items, piece, null, null);
    } else if (value && typeof value.type === 'string' && 'object' in value) {
      this.#takeEvent(value.type, value, piece);
    } else {
      this.#takePod(value, this.#inStream(piece, null), () => piece.text);
    }
  }

  #inStream({ line }: JsonPiece, moment: Interval | null): Mention {
    return { index: this.#index, line, listing: false, moment };
  }

  /** What was not mentioned since may be gone; until here the watch had told all. */
  #restart(): void {
    this.#seeCurrent();
    this.#current = null;
    this.#restartedAt = this.#index;
  }

  #seeCurrent(): void {
    if (!this.#current) return;
    const { line, moment } = this.#current;
    if (this.#watched) this.#watched.moment = moment;
    for (const life of this.#lives.values()) if (life.last.index >= this.#restartedAt) life.see(line, moment);
  }

  #reject(piece: JsonPiece, reason: string): void {
    this.#rejected.push(reject(piece.line, reason, piece.text));
  }

  #takeEnvelope(envelope: Record<string, unknown>, piece: JsonPiece): void {
    const moment = momentOf(envelope, this.#context.timezoneMinutes);
    const pods = asObject(envelope.pods);
    const query = asText(envelope.query);
    if (typeof moment === 'string') this.#reject(piece, moment);
    else if (Array.isArray(envelope.pods)) this.#takeListing(envelope.pods, piece, moment, query);
    else if (pods) this.#takeListing(Array.isArray(pods.items) ? pods.items : [pods], piece, moment, query);
    else this.#reject(piece, 'bad_envelope: pods holds neither a List nor a Pod');
  }

  /** Returns the key of the life, or null when the object is no pod that can be used. */
  #takePod(value: Record<string, unknown> | null, at: Mention, text: () => string, added = false): string | null {
    // Items of a PodList from the API itself carry no kind.
    if (!value || (value.kind !== 'Pod' && (value.kind !== undefined || !asObject(value.status)))) {
      const kind = asText(value?.kind);
      if (kind && asObject(value?.metadata)) this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
      else this.#rejected.push(reject(at.line, 'not_a_pod', text()));
      return null;
    }
    const pod = readPodObject(value);
    if (typeof pod === 'string') {
      this.#rejected.push(reject(at.line, pod, text()));
      return null;
    }
    this.#records++;
    const key = pod.uid ?? `${pod.namespace}/${pod.name}/${pod.created?.earliest}`;
    let life = this.#lives.get(key);
    if (!life) {
      life = new PodLife(pod, at);
      this.#lives.set(key, life);
    } else if (!at.listing && life.removedLine === null) {
      // A watch prints a version once; the same version again, or ADDED again, is the listing of a new watch.
      const again = pod.resourceVersion !== null && pod.resourceVersion === life.pod.resourceVersion;
      if (again || added) this.#restart();
    }
    life.mention(pod, at);
    this.#latestKnown = later(this.#latestKnown, pod.latestKnown);
    return key;
  }

  #takeEvent(type: string, event: Record<string, unknown>, piece: JsonPiece): void {
    const moment = momentOf(event, this.#context.timezoneMinutes);
    if (typeof moment === 'string') {
      this.#reject(piece, moment);
      this.#restart();
      return;
    }
    const object = asObject(event.object);
    if (moment && type !== 'ERROR') this.#current = { line: piece.line, moment };
    if (type === 'BOOKMARK') {
      this.#records++;
    } else if (type === 'ERROR') {
      this.#records++;
      this.#notes.add(
        `The watch reported an error in line ${piece.line}: ${quote(asText(object?.message) ?? object)}.`,
      );
      if (moment) this.#restart();
    } else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const key = this.#takePod(object, this.#inStream(piece, moment), () => piece.text, type === 'ADDED');
      if (key !== null && moment) this.#watched?.keys.add(key);
      if (key !== null && type === 'DELETED') this.#lives.get(key)!.removedLine = piece.line;
    } else {
      this.#reject(piece, `unknown_event: ${quote(type)}`);
    }
  }

  /**
   * A listing that holds a pod of an earlier one is taken for the same query asked again, so pods that it lacks are
   * gone. Listings that share no pod may be of two namespaces, and say nothing of each other, unless they name the same
   * query.
   */
  #takeListing(items: unknown[], piece: JsonPiece, moment: Interval | null, query: string | null): void {
    // After a listing with its time, a watch begins anew.
    if (moment) this.#restart();
    const keys = new Set<string>();
    const rejectedBefore = this.#rejected.length;
    for (const [index, item] of items.entries()) {
      const line = piece.elementLines.length === items.length ? piece.elementLines[index]! : piece.line;
      const at = { index: this.#index, line, listing: true, moment };
      const key = this.#takePod(asObject(item), at, () => printValue(item));
      if (key === null) continue;
      keys.add(key);
      if (moment) this.#lives.get(key)!.see(line, moment);
    }
    if (items.length === 0) this.#notes.add('A listing in it holds no pods.');
    const same = (listing: Listing) =>
      query !== null || listing.query !== null
        ? listing.query === query
        : [...keys].some((key) => listing.keys.has(key));
    const only = this.#listings.length === 1 && items.length === 0 && query === null ? this.#listings[0] : undefined;
    const before = this.#listings.findLast(same) ?? only;
    if (!before) {
      this.#watched = { query, keys, moment };
      this.#listings.push(this.#watched);
      return;
    }
    this.#watched = before;
    const whole = this.#rejected.length === rejectedBefore;
    const forward = !moment || !before.moment || before.moment.earliest <= moment.latest;
    for (const key of before.keys) {
      const life = this.#lives.get(key)!;
      if (!whole || !forward || keys.has(key) || life.removedLine !== null || life.vanished) continue;
      const earliest = later(before.moment?.earliest ?? null, life.pod.latestKnown);
      const latest = moment?.latest ?? this.#end?.latest ?? null;
      const wrong = latest !== null && earliest !== null && latest < earliest;
      life.vanished = { line: piece.line, moment: { earliest, latest: wrong ? null : latest } };
    }
    before.keys = keys;
    before.moment = moment;
  }

  reading(): Reading {
    const end = this.#end;
    this.#seeCurrent();
    const lives = [...this.#lives.values()];
    for (const life of lives) {
      const { index, line, listing, moment } = life.last;
      if (end && !moment && (listing || index >= this.#restartedAt)) life.see(line, end);
    }
    if (lives.some((life) => !life.last.moment)) {
      this.#notes.add(captureTime(this.#context).note);
      if (end && this.#latestKnown !== null && this.#latestKnown > end.latest + SKEW) {
        const known = formatTime(this.#latestKnown);
        this.#notes.add(`That is before ${known}, a time inside it: the time of capture or a clock is wrong.`);
      }
    }
    if (this.#leftOut.size > 0) {
      const kinds = [...this.#leftOut].map(([kind, count]) => `${count} ${kind}`).join(', ');
      this.#notes.add(`Left out what is no pod: ${kinds}.`);
    }
    const facts = lives.flatMap((life) => life.facts(end));
    return { records: this.#records, facts, rejected: this.#rejected, notes: [...this.#notes] };
  }
}
