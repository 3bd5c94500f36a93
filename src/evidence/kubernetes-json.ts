/**
 * Objects of the Kubernetes API as JSON, in whatever mix and shape they were written:
 * - a snapshot: `kubectl get ... -o json`, a List, a single object, an array of objects;
 * - a stream: `kubectl get ... -o json --watch`, objects one after the other, or with `--output-watch-events`
 *   `{"type": "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR", "object": ...}`;
 * - either with the time at which it was had, which the API does not give: `{"capturedAt": "<RFC 3339>", "object": ...}`
 *   and `{"capturedAt": "<RFC 3339>", "type": ..., "object": ...}`; a listing may stand under the name of its resource
 *   instead, `{"capturedAt": ..., "pods": ...}`, with the `query` that it answers;
 * - workloads, Services and bindings beside them, of which the settings are read;
 * - Events as exporters write them, without a kind, bare or inside `{"verb": ..., "event": ...}`.
 *
 * This file distinguishes shapes; the collector of each kind reads its objects.
 */
import type { Capture, Occurrence } from './capture.ts';
import { momentOf } from './capture-time.ts';
import { EndpointSliceCapture } from './endpointslice.ts';
import type { Fact, FactSink, Reading, ReadingContext, Rejection } from './fact.ts';
import { ServiceCapture, ServiceEndpoints } from './instance/service.ts';
import type { JsonPiece } from './json-stream.ts';
import { asObject, asText } from './json-value.ts';
import { PodCapture } from './kubectl-pods.ts';
import { EventCapture } from './kubernetes-event.ts';
import { isList, type List } from './long-list.ts';
import { ManifestCapture } from './manifest-capture.ts';
import { MANIFEST_KINDS } from './manifest-object.ts';
import { NodeCapture } from './node/node-capture.ts';
import { readNode, readNodeClaim } from './node/node-object.ts';
import { printValue, quote, reject } from './rejection.ts';
import { SaidTimes, timedListing } from './said-time.ts';
import { withApiNames } from './snake-case.ts';
import { splitValues } from './yaml-stream.ts';

/** Returns the reading of the text. A value of another shape than those above is rejected, the others are read. */
export function readKubernetesJson(text: string, context: ReadingContext): Reading {
  const facts: Fact[] = [];
  const rejected: Rejection[] = [];
  const reader = new KubernetesReader(context, {
    fact: (fact) => facts.push(fact),
    reject: (rejection) => rejected.push(rejection),
  });
  for (const piece of splitValues(text)) reader.take(piece);
  return { facts, rejected, ...reader.end() };
}

/** Reads one JSON value after the other. Rejections are given at once, facts in the end: a later value may change them. */
export class KubernetesReader {
  readonly #context: ReadingContext;
  readonly #captures: ReadonlyMap<string, Capture>;
  readonly #endpoints: ServiceEndpoints;
  /** The selectors of Services; their own collector reads their ports. */
  readonly #selected: ManifestCapture;
  readonly #sink: FactSink;
  #rejected = 0;
  readonly #notes = new Set<string>();
  readonly #leftOut = new Map<string, number>();
  readonly #times = new SaidTimes(timedListing);
  #records = 0;
  #index = 0;
  #saysNone = false;
  /** The kind of the last object that was taken: an empty List may be of any. */
  #lastKind = 'Pod';

  constructor(context: ReadingContext, sink: FactSink) {
    this.#context = context;
    this.#sink = sink;
    this.#selected = new ManifestCapture(context);
    const settings = new ManifestCapture(context);
    this.#captures = new Map<string, Capture>([
      ['Pod', new PodCapture(context)],
      ['EndpointSlice', new EndpointSliceCapture(context)],
      ['Event', new EventCapture()],
      ['Node', new NodeCapture(context, readNode)],
      ['NodeClaim', new NodeCapture(context, readNodeClaim)],
      ['Service', new ServiceCapture(context)],
      ...MANIFEST_KINDS.filter((kind) => kind !== 'Service').map((kind): [string, Capture] => [kind, settings]),
    ]);
    this.#endpoints = new ServiceEndpoints(context);
  }

  take(next: JsonPiece): void {
    const piece = this.#times.next(next);
    if (piece === null) return;
    this.#index++;
    if (piece.error !== null) {
      this.#reject(piece.line, piece.error, piece.text);
      this.#interrupt();
      return;
    }
    const value = asObject(piece.value);
    const at: Occurrence = {
      index: this.#index,
      line: piece.line,
      listing: false,
      moment: null,
      query: null,
      change: null,
    };
    if (isList(piece.value)) {
      this.#takeListing(piece.value, piece, at, null);
    } else if (value && (resourceOf(value) !== null || ('capturedAt' in value && 'object' in value))) {
      this.#takeEnvelope(value, piece, at);
    } else if (value && isList(value.items)) {
      this.#takeListing(value.items, piece, at, asText(value.kind));
    } else if (value && typeof value.type === 'string' && 'object' in value) {
      this.#takeChange(value.type, asObject(value.object), piece, at);
    } else {
      this.#takeObject(asObject(value?.event) ?? value, at, null, () => piece.text);
    }
  }

  #reject(line: number, reason: string, text: string): void {
    this.#rejected++;
    this.#sink.reject(reject(line, reason, text));
  }

  #interrupt(): void {
    for (const capture of new Set(this.#captures.values())) capture.interrupted(this.#index);
  }

  #takeEnvelope(envelope: Record<string, unknown>, piece: JsonPiece, at: Occurrence): void {
    const moment = momentOf(envelope, this.#context.timezoneMinutes);
    const resource = resourceOf(envelope);
    if (typeof moment === 'string') {
      this.#reject(piece.line, moment, piece.text);
      this.#interrupt();
      return;
    }
    const timed = { ...at, moment, query: asText(envelope.query) };
    const held = resource === null ? envelope.object : envelope[resource];
    const object = asObject(held);
    const listKind = resource === null ? null : `${RESOURCES.get(resource)}List`;
    if (typeof envelope.type === 'string' && resource === null) {
      this.#takeChange(envelope.type, object, piece, timed);
    } else if (isList(held)) {
      this.#takeListing(held, piece, timed, listKind);
    } else if (!object) {
      const reason = `bad_envelope: ${resource ?? 'object'} holds neither a List nor an object`;
      this.#reject(piece.line, reason, piece.text);
    } else if (isList(object.items)) {
      this.#takeListing(object.items, piece, timed, listKind ?? asText(object.kind));
    } else if (resource !== null) {
      this.#takeListing([object], piece, timed, listKind);
    } else {
      // One object says nothing of the others.
      this.#takeObject(object, { ...timed, listing: true }, null, () => piece.text);
    }
  }

  #takeChange(type: string, object: Record<string, unknown> | null, piece: JsonPiece, at: Occurrence): void {
    if (type === 'BOOKMARK') {
      this.#records++;
      this.#captures.get(asText(object?.kind) ?? '')?.alive(at);
    } else if (type === 'ERROR') {
      this.#records++;
      const message = quote(asText(object?.message) ?? object);
      this.#notes.add(`The watch reported an error in line ${piece.line}: ${message}.`);
      if (at.moment) this.#interrupt();
    } else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      this.#takeObject(object, { ...at, change: type }, null, () => piece.text);
    } else {
      this.#reject(piece.line, `unknown_event: ${quote(type)}`, piece.text);
    }
  }

  /** Gives the object to its collector. Returns its kind and key, or null for an object that cannot be used. */
  #takeObject(
    said: Record<string, unknown> | null,
    at: Occurrence,
    listKind: string | null,
    text: () => string,
  ): { kind: string; key: string } | null {
    const object = said && withApiNames(said);
    const kind = object && kindOf(object, listKind);
    const capture = this.#captures.get(kind ?? '');
    if (!object || kind === null || (!capture && !asObject(object.metadata))) {
      this.#reject(at.line, 'unknown_object', text());
      return null;
    }
    if (!capture) {
      this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
      return null;
    }
    const taken = capture.take(object, at);
    if (typeof taken === 'string') {
      this.#reject(at.line, taken, text());
      return null;
    }
    if (kind === 'EndpointSlice') this.#endpoints.take(object, at);
    if (kind === 'Service') this.#selected.take(object, at);
    this.#lastKind = kind;
    return { kind, key: taken.key };
  }

  #takeListing(items: List, piece: JsonPiece, at: Occurrence, listKind: string | null): void {
    const keys = new Map<string, Set<string>>();
    const rejectedBefore = this.#rejected;
    let index = 0;
    let mention: Occurrence = { ...at, listing: true };
    for (const item of items) {
      const line = piece.elementLines.length === items.length ? piece.elementLines[index++]! : piece.line;
      // Half a million pods may stand on one line.
      if (line !== mention.line) mention = { ...mention, line };
      const taken = this.#takeObject(asObject(item), mention, listKind, () => printValue(item));
      if (taken) keys.set(taken.kind, (keys.get(taken.kind) ?? new Set()).add(taken.key));
    }
    if (items.length === 0) {
      const kind = elementKind(listKind) ?? this.#lastKind;
      this.#notes.add(
        kind === 'Pod' ? 'A listing in it holds no pods.' : `A listing in it holds no ${printable(kind)}.`,
      );
      keys.set(kind, new Set());
      this.#saysNone = true;
    }
    const whole = this.#rejected === rejectedBefore;
    for (const [kind, held] of keys) this.#captures.get(kind)?.listed(held, { ...at, listing: true }, whole);
  }

  end(): { records: number; notes: string[] } {
    const notes = [...this.#notes];
    for (const capture of new Set(this.#captures.values())) {
      const said = capture.finish();
      this.#records += said.records;
      for (const fact of said.facts) this.#sink.fact(fact);
      notes.push(...said.notes);
    }
    for (const fact of this.#endpoints.facts()) this.#sink.fact(fact);
    for (const fact of this.#selected.finish().facts) this.#sink.fact(fact);
    if (this.#leftOut.size > 0) {
      const kinds = [...this.#leftOut].map(([kind, count]) => `${count} ${printable(kind)}`).join(', ');
      notes.push(`Left out objects of kinds that do not describe targets: ${kinds}.`);
    }
    return { records: this.#records, notes: [...new Set(notes)], ...(this.#saysNone ? { saysNone: true } : {}) };
  }
}

/** Names of resources under which an envelope may hold a listing, with the kind of their objects. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['pods', 'Pod'],
  ['endpointSlices', 'EndpointSlice'],
  ['events', 'Event'],
  ['nodes', 'Node'],
]);

function resourceOf(value: Record<string, unknown>): string | null {
  // `events` alone is what CloudWatch Logs calls its records, and `pods` was once enough.
  return [...RESOURCES.keys()].find((name) => name in value && (name === 'pods' || 'capturedAt' in value)) ?? null;
}

/** A kind from the input as it may stand in a sentence. */
const printable = (kind: string): string => kind.replace(/[^\x20-\x7E]/g, '?').slice(0, 60);

/** `PodList` holds Pods, a plain List anything. */
function elementKind(listKind: string | null): string | null {
  return /^(.+)List$/.exec(listKind ?? '')?.[1] ?? null;
}

/** Items of a list from the API itself carry no kind, neither do exported Events. */
function kindOf(object: Record<string, unknown>, listKind: string | null): string | null {
  const kind = asText(object.kind) ?? elementKind(listKind);
  if (kind !== null) return kind;
  if (asObject(object.involvedObject) ?? asObject(object.regarding)) return 'Event';
  if (Array.isArray(object.endpoints) && 'addressType' in object) return 'EndpointSlice';
  return asObject(object.status) ? 'Pod' : null;
}
