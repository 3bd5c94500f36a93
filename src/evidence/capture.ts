/** Interface of the collectors that turn all mentions of one Kubernetes kind in a capture into facts. */
import type { Fact } from './fact.ts';
import type { Interval } from './moment.ts';

/** Where in a capture an object was mentioned. */
export interface Occurrence {
  /** Order of the value in the capture. */
  index: number;
  line: number;
  /** By a snapshot, which proves that the object existed then; a stream also prints what has just vanished. */
  listing: boolean;
  /** When, if the capture says so. */
  moment: Interval | null;
  /** The query, if the capture names it. */
  query: string | null;
  /** The type of the watch event: added, modified or deleted. */
  change: 'ADDED' | 'MODIFIED' | 'DELETED' | null;
}

/** Gathers what a capture shows of the objects of one kind. */
export interface Capture {
  /** Takes one object. Returns its key, or a reason why it cannot be used. */
  take(object: Record<string, unknown>, at: Occurrence): { key: string } | string;
  /** Takes over the keys of a complete listing, after its objects were taken. `whole` when every one could be used. */
  listed(keys: Set<string>, at: Occurrence, whole: boolean): void;
  /** Something between two values was lost: it may have been the last word on any object. */
  interrupted(index: number): void;
  /** A watch said that it still goes on. */
  alive(at: Occurrence): void;
  /** Facts may be made one by one: a capture of a whole cluster has more than should be held at once. */
  finish(): { records: number; facts: Iterable<Fact>; notes: string[] };
}

/** A time at which a capture said something, and the line of that. */
interface TimedLine {
  line: number;
  moment: Interval;
}

/** How long the last state of an object holds: until the watch that would have reported a change ended. */
export class WatchSpan {
  readonly #end: Interval | null;
  /**
   * Where a watch was seen to start over or to lose a value, and when it had last said something by then: what was not
   * mentioned since may be gone.
   */
  readonly #restarts: { index: number; heard: TimedLine | null }[] = [];
  /** When the watch last said something, of a capture that says when. */
  #heard: TimedLine | null = null;

  /** `end` is when the capture ended, for values that do not say when they were had. */
  constructor(end: Interval | null) {
    this.#end = end;
  }

  restarted(index: number): void {
    this.#restarts.push({ index, heard: this.#heard });
  }

  heard({ line, moment }: Occurrence): void {
    if (moment) this.#heard = { line, moment };
  }

  /** Returns a time after an object's last mention at which that still held, if there is one. */
  heldUntil({ moment, listing, index, line }: Occurrence): TimedLine | null {
    const restart = this.#restartAfter(index);
    if (!moment) return this.#end && (listing || !restart) ? { line, moment: this.#end } : null;
    const heard = restart ? restart.heard : this.#heard;
    return heard && heard.moment.earliest > moment.latest ? heard : null;
  }

  #restartAfter(index: number) {
    let low = 0;
    let high = this.#restarts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#restarts[middle]!.index > index) high = middle;
      else low = middle + 1;
    }
    return this.#restarts[low];
  }
}

/** When something was seen: of many times the first and the last, which bound it as all of them do. */
export class SeenTimes {
  #first: TimedLine | null = null;
  #last: TimedLine | null = null;

  add(line: number, moment: Interval): void {
    if (!this.#first || moment.latest < this.#first.moment.latest) this.#first = { line, moment };
    if (!this.#last || moment.earliest > this.#last.moment.earliest) this.#last = { line, moment };
  }

  get all(): TimedLine[] {
    const both = this.#first === null || this.#last === null ? [] : [this.#first, this.#last];
    return both[0]?.moment.earliest === both[1]?.moment.earliest ? both.slice(0, 1) : both;
  }
}
