/**
 * What a watch knows at this moment, so that each file can begin with it: a reader of one file then sees what vanished
 * while nobody watched, whatever file the object was last mentioned in.
 */
import { formatTime } from '../evidence/moment.ts';
import type { Listed, WatchEvent } from './api.ts';
import { type Resource, trim } from './trim.ts';

export class Roster {
  readonly query: string;
  readonly #resource: Resource;
  /** JSON of each object by uid: a string holds no more than its characters, and is written without being made again. */
  readonly #objects = new Map<string, string>();
  /** Up to when the objects are known to be all there was, as printed. */
  #knownAt: string | null = null;

  /** `query` says what is asked, so that answers to the same question are told as such. */
  constructor(resource: Resource, query: string) {
    this.#resource = resource;
    this.query = query;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Takes a complete list; returns its line. */
  takeList({ items, askedAt, answeredAt }: Listed): string {
    this.#objects.clear();
    for (const item of items) this.#set(item.metadata?.uid, JSON.stringify(trim(this.#resource, item)), item);
    // What is alive in the answer was alive when it was asked for.
    this.#knownAt = formatTime(askedAt);
    return this.#line(`"capturedAt":"${this.#knownAt}","answeredAt":"${formatTime(answeredAt)}"`);
  }

  /** Takes an event that came at `capturedAt`, in microseconds; returns its line, or null when it is of no use. */
  takeEvent({ type, object }: WatchEvent, capturedAt: number): string | null {
    const when = formatTime(capturedAt);
    let text: string;
    if (type === 'BOOKMARK' || type === 'ERROR') {
      if (type === 'BOOKMARK') this.#knownAt = when;
      text = JSON.stringify(object);
    } else {
      if (!this.#resource.wanted(object)) return null;
      text = JSON.stringify(trim(this.#resource, object));
      const uid = object.metadata?.uid;
      if (type === 'DELETED') this.#objects.delete(uid ?? '');
      else this.#set(uid, text, object);
    }
    return `{"capturedAt":"${when}","type":${JSON.stringify(type)},"object":${text}}\n`;
  }

  /** Returns what is known as the line of a listing, or null when nothing is. */
  line(): string | null {
    return this.#knownAt === null ? null : this.#line(`"capturedAt":"${this.#knownAt}"`);
  }

  /** Takes a line that an earlier run wrote, to know what it knew. Lines that are none are passed over: a kill cuts the last one. */
  recall(line: string): void {
    let value: Record<string, unknown>;
    try {
      value = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    const { capturedAt, type, object, query } = value;
    const list = value[this.#resource.listing] as { items?: Listed['items'] } | undefined;
    if (typeof capturedAt !== 'string') return;
    if (list?.items) {
      this.#objects.clear();
      this.#knownAt = query === this.query ? capturedAt : null;
      if (this.#knownAt !== null)
        for (const item of list.items) this.#set(item.metadata?.uid, JSON.stringify(item), item);
    } else if (this.#knownAt !== null && object && typeof type === 'string') {
      const { uid } = (object as Listed['items'][number]).metadata ?? {};
      if (type === 'BOOKMARK') this.#knownAt = capturedAt;
      else if (type === 'DELETED') this.#objects.delete(uid ?? '');
      else if (type !== 'ERROR') this.#set(uid, JSON.stringify(object), object as Listed['items'][number]);
    }
  }

  #set(uid: string | undefined, text: string, object: Listed['items'][number]): void {
    if (uid !== undefined && this.#resource.wanted(object)) this.#objects.set(uid, text);
  }

  #line(when: string): string {
    const items = [...this.#objects.values()].join(',');
    const list = `{"kind":"List","apiVersion":"v1","items":[${items}]}`;
    return `{${when},"query":${JSON.stringify(this.query)},"${this.#resource.listing}":${list}}\n`;
  }
}
