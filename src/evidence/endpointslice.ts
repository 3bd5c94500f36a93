/**
 * EndpointSlices of a capture: which pods a Service would send to, and which of them are terminating. The objects hold
 * addresses but no times of what changed, so everything is bounded by the two mentions around it.
 */
import { parsePort } from './address.ts';
import { type Capture, type Occurrence, WatchSpan } from './capture.ts';
import { captureTime } from './capture-time.ts';
import { EndpointLife } from './endpoint-life.ts';
import type { Fact, Moment, ReadingContext } from './fact.ts';
import { asArray, asObject, asObjects, asText } from './json-value.ts';
import { type Interval, later, parseTime } from './moment.ts';
import { quote } from './rejection.ts';

export class EndpointSliceCapture implements Capture {
  readonly #context: ReadingContext;
  readonly #end: Interval | null;
  readonly #attention: WatchSpan;
  readonly #lives = new Map<string, EndpointLife>();
  /** Pods that each slice holds, by namespace and name of the slice. */
  readonly #slices = new Map<string, Set<string>>();
  readonly #versions = new Map<string, string>();
  #untimed = false;
  #records = 0;

  constructor(context: ReadingContext) {
    this.#context = context;
    this.#end = captureTime(context).moment;
    this.#attention = new WatchSpan(this.#end);
  }

  interrupted(index: number): void {
    this.#attention.restarted(index);
  }

  alive(at: Occurrence): void {
    this.#attention.heard(at);
  }

  take(slice: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const metadata = asObject(slice.metadata) ?? {};
    const name = asText(metadata.name);
    if (name === null) return 'missing_name: metadata.name';
    if (slice.endpoints != null && !Array.isArray(slice.endpoints)) return `bad_endpoints: ${quote(slice.endpoints)}`;
    this.#records++;
    const key = `${asText(metadata.namespace) ?? ''}/${name}`;
    const moment = this.#momentOf(metadata, at);
    if (at.listing) {
      // Nothing to learn of the watch from a snapshot.
    } else if (at.moment) {
      this.#attention.heard(at);
    } else if (at.change === 'ADDED' && this.#slices.has(key)) {
      this.#attention.restarted(at.index);
    } else if (this.#isAgain(key, metadata)) {
      this.#attention.restarted(at.index);
    }
    const ports = asObjects(slice.ports).flatMap((port) => parsePort(port.port) ?? []);
    const held = new Set<string>();
    for (const endpoint of at.change === 'DELETED' ? [] : asObjects(slice.endpoints)) {
      const pod = this.#lifeOf(endpoint, asText(metadata.namespace), at);
      if (!pod) continue;
      held.add(pod.key);
      pod.life.mention(endpoint, ports, at, moment);
    }
    const before = this.#slices.get(key);
    this.#slices.set(key, held);
    for (const pod of before ?? []) if (!held.has(pod)) this.#drop(pod, at, moment);
    return { key };
  }

  /** A version that a watch prints again comes from the listing of a new watch. */
  #isAgain(key: string, metadata: Record<string, unknown>): boolean {
    const version = asText(metadata.resourceVersion);
    const again = version !== null && this.#versions.get(key) === version;
    if (version !== null) this.#versions.set(key, version);
    return again;
  }

  /** Without a time of its own, a version was printed after the times that it holds and before the capture ended. */
  #momentOf(metadata: Record<string, unknown>, at: Occurrence): Moment {
    if (at.moment) return at.moment;
    this.#untimed = true;
    const times = [
      metadata.creationTimestamp,
      asObject(metadata.annotations)?.['endpoints.kubernetes.io/last-change-trigger-time'],
      ...asArray(metadata.managedFields).map((entry) => asObject(entry)?.time),
    ];
    const earliest = times
      .map((time) => (typeof time === 'string' ? (parseTime(time, 0)?.earliest ?? null) : null))
      .reduce<number | null>(later, null);
    const latest = this.#end?.latest ?? null;
    return { earliest: latest !== null && earliest !== null && latest < earliest ? null : earliest, latest };
  }

  /** Endpoints without a pod behind them (written by hand, or of another kind) are left out. */
  #lifeOf(endpoint: Record<string, unknown>, namespace: string | null, at: Occurrence) {
    const target = asObject(endpoint.targetRef);
    const name = asText(target?.name);
    if (!target || name === null || (target.kind !== undefined && target.kind !== 'Pod')) return null;
    const home = asText(target.namespace) ?? namespace;
    const uid = asText(target.uid);
    const key = uid ?? `${home}/${name}`;
    let life = this.#lives.get(key);
    if (!life) {
      life = new EndpointLife({ uid, namespace: home, name }, at);
      this.#lives.set(key, life);
    }
    return { key, life };
  }

  /** A pod that no slice holds any more. */
  #drop(pod: string, at: Occurrence, moment: Moment): void {
    for (const held of this.#slices.values()) if (held.has(pod)) return;
    this.#lives.get(pod)!.drop(at.line, moment);
  }

  /** Slices come and go with their Services: one that a later listing lacks was deleted, and says nothing of its pods. */
  listed(_keys: ReadonlySet<string>, at: Occurrence): void {
    if (at.moment) this.#attention.restarted(at.index);
  }

  finish(): { records: number; facts: Iterable<Fact>; notes: string[] } {
    for (const life of this.#lives.values()) {
      const until = this.#attention.heldUntil(life.last);
      if (until) life.see(until.line, until.moment);
    }
    const notes = this.#untimed ? [captureTime(this.#context).note] : [];
    return { records: this.#records, facts: this.#facts(), notes };
  }

  *#facts(): Generator<Fact> {
    for (const life of this.#lives.values()) yield* life.facts();
  }
}
