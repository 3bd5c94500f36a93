/**
 * State cache of a watch, so each file can begin with the known state: a reader of one file then sees what vanished while
 * nobody watched, whichever file mentioned the object last.
 */
import { formatTime } from '../time/time.ts';
import type { KubernetesList, WatchEvent } from './api.ts';
import { type Resource, trimObject } from './trim.ts';

export class StateCache {
  readonly query: string;
  readonly #resource: Resource;
  /** JSON of each object by uid. A string needs less memory than an object and is written without formatting it again. */
  readonly #objects = new Map<string, string>();
  /** Time until which these objects are known to be complete, as printed. */
  #knownAt: string | null = null;

  /** `query` identifies the request, so answers to the same request are recognised. */
  constructor(resource: Resource, query: string) {
    this.#resource = resource;
    this.query = query;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Takes a complete list and returns its line. */
  takeList({ items, askedAt, answeredAt }: KubernetesList): string {
    this.#objects.clear();
    for (const item of items) this.#set(item.metadata?.uid, JSON.stringify(trimObject(this.#resource, item)), item);
    // An object in the answer was alive when the request was sent.
    this.#knownAt = formatTime(askedAt);
    return this.#line(`"capturedAt":"${this.#knownAt}","answeredAt":"${formatTime(answeredAt)}"`);
  }

  /** Takes an event that came at `capturedAt` (microseconds). Returns its line, or null for a useless event. */
  takeEvent({ type, object }: WatchEvent, capturedAt: number): string | null {
    const when = formatTime(capturedAt);
    let text: string;
    if (type === 'BOOKMARK' || type === 'ERROR') {
      if (type === 'BOOKMARK') this.#knownAt = when;
      text = JSON.stringify(object);
    } else {
      if (!this.#resource.wanted(object)) return null;
      text = JSON.stringify(trimObject(this.#resource, object));
      const uid = object.metadata?.uid;
      if (type === 'DELETED') this.#objects.delete(uid ?? '');
      else this.#set(uid, text, object);
    }
    return `{"capturedAt":"${when}","type":${JSON.stringify(type)},"object":${text}}\n`;
  }

  /** Returns the known state as the line of a listing, or null for no state. */
  line(): string | null {
    return this.#knownAt === null ? null : this.#line(`"capturedAt":"${this.#knownAt}"`);
  }

  /** Restores the state from a line of an earlier run. Skips invalid lines: a kill cuts the last one. */
  recall(line: string): void {
    let value: Record<string, unknown>;
    try {
      value = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    const { capturedAt, type, object, query } = value;
    const list = value[this.#resource.listing] as { items?: KubernetesList['items'] } | undefined;
    if (typeof capturedAt !== 'string') return;
    if (list?.items) {
      this.#objects.clear();
      this.#knownAt = query === this.query ? capturedAt : null;
      if (this.#knownAt !== null)
        for (const item of list.items) this.#set(item.metadata?.uid, JSON.stringify(item), item);
    } else if (this.#knownAt !== null && object && typeof type === 'string') {
      const { uid } = (object as KubernetesList['items'][number]).metadata ?? {};
      if (type === 'BOOKMARK') this.#knownAt = capturedAt;
      else if (type === 'DELETED') this.#objects.delete(uid ?? '');
      else if (type !== 'ERROR') this.#set(uid, JSON.stringify(object), object as KubernetesList['items'][number]);
    }
  }

  #set(uid: string | undefined, text: string, object: KubernetesList['items'][number]): void {
    if (uid !== undefined && this.#resource.wanted(object)) this.#objects.set(uid, text);
  }

  #line(when: string): string {
    const items = [...this.#objects.values()].join(',');
    const list = `{"kind":"List","apiVersion":"v1","items":[${items}]}`;
    return `{${when},"query":${JSON.stringify(this.query)},"${this.#resource.listing}":${list}}\n`;
  }
}
