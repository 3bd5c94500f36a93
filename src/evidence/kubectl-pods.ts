/**
 * Pods of a capture (kubernetes-json.ts tells its shapes), followed by uid through all of it, so that the first deletion
 * is told from its later rewrites.
 */
import { formatTime, type Micros, SECOND } from '../time/time.ts';
import { type Capture, type Occurrence, WatchSpan } from './capture.ts';
import { captureTime } from './capture-time.ts';
import type { Fact, ReadingContext } from './fact.ts';

import { type Interval, later } from './moment.ts';
import { PodHosts } from './node/pod-host.ts';
import { PodLife } from './pod-life.ts';
import { readPodObject } from './pod-object.ts';

/** A complete listing, the last one of those that show the same pods. */
interface Listing {
  /** The query, where the capture names it: answers to the same query are of the same pods, shared or not. */
  query: string | null;
  keys: Set<string>;
  namespaces: Set<string | null>;
  moment: Interval | null;
}

/** Clocks of a laptop and a cluster that differ by less are not worth a word. */
const SKEW = 5 * SECOND;

export class PodCapture implements Capture {
  readonly #context: ReadingContext;
  readonly #end: Interval | null;
  readonly #lives = new Map<string, PodLife>();
  readonly #listings: Listing[] = [];
  readonly #notes = new Set<string>();
  #latestKnown: Micros | null = null;
  #records = 0;
  readonly #attention: WatchSpan;
  readonly #hosts = new PodHosts();

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

  take(value: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const pod = readPodObject(value);
    if (typeof pod === 'string') return pod;
    this.#records++;
    const key = pod.uid ?? `${pod.namespace}/${pod.name}/${pod.created?.earliest}`;
    let life = this.#lives.get(key);
    if (!life) {
      life = new PodLife(pod, at);
      this.#lives.set(key, life);
    } else if (!at.listing && life.removedLine === null) {
      // A watch prints a version once; the same version again, or ADDED again, is the listing of a new watch.
      const again = pod.resourceVersion !== null && pod.resourceVersion === life.pod.resourceVersion;
      if (again || at.change === 'ADDED') this.#attention.restarted(at.index);
    }
    life.mention(pod, at);
    this.#hosts.take(pod, at.line, at.change === 'DELETED' ? null : (at.moment ?? (at.listing ? this.#end : null)));
    this.#latestKnown = later(this.#latestKnown, pod.latestKnown);
    if (at.change === 'DELETED') life.removedLine = at.line;
    if (at.moment) life.see(at.line, at.moment);
    if (!at.listing && at.moment) {
      this.#attention.heard(at);
      // Objects that a watch adds belong to the listing before it: the next listing may lack them.
      const own = this.#listings.findLast(({ namespaces }) => namespaces.has(pod.namespace));
      (own ?? (this.#listings.length === 1 ? this.#listings[0] : undefined))?.keys.add(key);
    }
    return { key };
  }

  /**
   * A listing that holds a pod of an earlier one is taken for the same query asked again, so pods that it lacks are
   * gone. Listings that share no pod may be of two namespaces, and say nothing of each other, unless they name the same
   * query.
   */
  listed(keys: Set<string>, at: Occurrence, whole: boolean): void {
    const { moment, line, query } = at;
    // After a listing with its time, a watch begins anew.
    if (moment) this.#attention.restarted(at.index);
    const same = (listing: Listing) =>
      query !== null || listing.query !== null
        ? listing.query === query
        : [...keys].some((key) => listing.keys.has(key));
    const isEmpty = whole && keys.size === 0 && query === null;
    const before =
      this.#listings.findLast(same) ?? (this.#listings.length === 1 && isEmpty ? this.#listings[0] : undefined);
    const namespaces = new Set<string | null>();
    for (const key of keys) namespaces.add(this.#lives.get(key)!.pod.namespace);
    if (!before) {
      this.#listings.push({ query, keys, namespaces, moment });
      return;
    }
    for (const namespace of namespaces) before.namespaces.add(namespace);
    const forward = !moment || !before.moment || before.moment.earliest <= moment.latest;
    for (const key of before.keys) {
      const life = this.#lives.get(key)!;
      if (!whole || !forward || keys.has(key) || life.removedLine !== null || life.vanished) continue;
      const until = life.last.moment && this.#attention.heldUntil(life.last);
      if (until) life.see(until.line, until.moment);
      const mentioned = later(before.moment?.earliest ?? null, (until ?? life.last).moment?.earliest ?? null);
      const earliest = later(mentioned, life.pod.latestKnown);
      const latest = moment?.latest ?? this.#end?.latest ?? null;
      const wrong = latest !== null && earliest !== null && latest < earliest;
      life.vanished = { line, moment: { earliest, latest: wrong ? null : latest } };
    }
    before.keys = keys;
    before.moment = moment;
  }

  finish(): { records: number; facts: Iterable<Fact>; notes: string[] } {
    let isUntimed = false;
    for (const life of this.#lives.values()) {
      isUntimed ||= !life.last.moment;
      const until = this.#attention.heldUntil(life.last);
      if (!until) continue;
      life.see(until.line, until.moment);
      if (life.living) this.#hosts.take(life.pod, until.line, until.moment);
    }
    if (isUntimed) {
      this.#notes.add(captureTime(this.#context).note);
      const end = this.#end;
      if (end && this.#latestKnown !== null && this.#latestKnown > end.latest + SKEW) {
        const known = formatTime(this.#latestKnown);
        this.#notes.add(`That is before ${known}, a time inside it: the time of capture or a clock is wrong.`);
      }
    }
    return { records: this.#records, facts: this.#facts(), notes: [...this.#notes] };
  }

  *#facts(): Generator<Fact> {
    // Each life is let go when its facts are made: what takes them fills memory as they come.
    this.#listings.length = 0;
    for (const [key, life] of this.#lives) {
      this.#lives.delete(key);
      yield* life.facts(this.#end);
    }
    yield* this.#hosts.facts();
  }
}
