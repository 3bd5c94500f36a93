/** Nodes, or NodeClaims, of a capture: what each states, and what became of it between two mentions. */
import { type Capture, type Occurrence, WatchSpan } from '../capture.ts';
import { captureTime } from '../capture-time.ts';
import { type Moment, type NodeFact, type ReadingContext, UNSAID_NODE } from '../fact.ts';
import { asObject, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import type { NodeObject } from './node-object.ts';

type Read = (object: Record<string, unknown>) => NodeObject | string;

interface Life {
  read: NodeObject;
  line: number;
  /** When it was last mentioned, and last mentioned without a sign of leaving. */
  last: Interval | null;
  well: Interval | null;
  isGone: boolean;
  /** The last mention, and whether it showed no sign of leaving. */
  at: Occurrence;
  isWell: boolean;
}

export class NodeCapture implements Capture {
  readonly #read: Read;
  readonly #end: Interval | null;
  readonly #note: string;
  readonly #lives = new Map<string, Life>();
  readonly #facts = new Map<string, NodeFact>();
  /** Until when the last word on a node holds. */
  readonly #attention: WatchSpan;
  #isUntimed = false;
  #records = 0;

  constructor(context: ReadingContext, read: Read) {
    const capture = captureTime(context);
    this.#read = read;
    this.#end = capture.moment;
    this.#note = capture.note;
    this.#attention = new WatchSpan(capture.moment);
  }

  interrupted(index: number): void {
    this.#attention.restarted(index);
  }

  alive(at: Occurrence): void {
    this.#attention.heard(at);
  }

  take(object: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const read = this.#read(object);
    if (typeof read === 'string') return read;
    this.#records++;
    const metadata = asObject(object.metadata) ?? {};
    const key = asText(metadata.uid) ?? asText(metadata.name) ?? '';
    const moment = at.moment ?? (at.listing ? this.#end : null);
    if (at.moment === null) this.#isUntimed = true;
    const before = this.#lives.get(key);
    const isWell = read.shown.size === 0 && !read.said.some(({ event }) => event !== 'ready' && event !== 'unready');
    const life: Life = {
      read,
      line: at.line,
      last: moment ?? before?.last ?? null,
      well: isWell ? (moment ?? before?.well ?? null) : (before?.well ?? null),
      isGone: at.change === 'DELETED',
      at,
      isWell,
    };
    this.#attention.heard(at);
    this.#lives.set(key, life);
    this.#say(life, moment, before?.well ?? null, isWell);
    if (life.isGone) this.#add(life, 'gone', this.#between(before?.last ?? null, moment), null, null);
    return { key };
  }

  #say(life: Life, moment: Interval | null, well: Interval | null, isWell: boolean): void {
    const { read } = life;
    if (read.created) this.#add(life, 'seen', read.created, null, null);
    for (const { event, moment: when, reason, detail } of read.said) this.#add(life, event, when, reason, detail);
    for (const [event, { reason, detail }] of read.shown) {
      this.#add(life, event, this.#between(well, moment), reason, detail);
    }
    if (isWell && moment && !life.isGone) this.#add(life, 'seen', moment, null, null);
  }

  /** From a mention that did not show it to one that did. */
  #between(before: Interval | null, moment: Interval | null): Moment {
    const earliest = before?.earliest ?? null;
    const latest = (moment ?? this.#end)?.latest ?? null;
    return earliest !== null && latest !== null && latest < earliest
      ? { earliest: null, latest }
      : { earliest, latest };
  }

  listed(keys: Set<string>, at: Occurrence, whole: boolean): void {
    if (!whole || at.moment === null) return;
    for (const [key, life] of this.#lives) {
      if (keys.has(key) || life.isGone) continue;
      life.isGone = true;
      this.#add({ ...life, line: at.line }, 'gone', this.#between(life.last, at.moment), null, null);
    }
  }

  /** A watch says the same of a node again and again: of each saying the first is kept, of sightings the last too. */
  #add(life: Life, event: NodeFact['event'], moment: Moment, reason: string | null, detail: string | null): void {
    const { earliest, latest } = moment;
    if (earliest === null && latest === null) return;
    const { identity } = life.read;
    if (identity.node === null && identity.instance_id === null) return;
    const name = identity.node ?? identity.instance_id;
    const isShown = event === 'going' || event === 'deregistering' ? detail : `${earliest} ${latest}`;
    const key = `${name} ${event} ${isShown}`;
    if (this.#facts.has(key)) return;
    const fact: NodeFact = {
      ...UNSAID_NODE,
      kind: 'node',
      line: life.line,
      event,
      earliest,
      latest,
      ...identity,
      reason,
      detail,
    };
    this.#facts.set(key, fact);
  }

  finish(): { records: number; facts: Iterable<NodeFact>; notes: string[] } {
    // A watch tells of every change: what it last said of a node held until it ended.
    for (const life of this.#lives.values()) {
      const held = life.isWell && !life.isGone ? this.#attention.heldUntil(life.at) : null;
      if (held) this.#add({ ...life, line: held.line }, 'seen', held.moment, null, null);
    }
    return { records: this.#records, facts: thinned(this.#facts.values()), notes: this.#isUntimed ? [this.#note] : [] };
  }
}

/** Of many sightings of a node the first two (its creation is one) and the last bound it as all of them do. */
function thinned(facts: Iterable<NodeFact>): NodeFact[] {
  const kept: NodeFact[] = [];
  const seen = new Map<string, NodeFact[]>();
  for (const fact of facts) {
    const key = fact.node ?? fact.instance_id ?? '';
    const sightings = seen.get(key);
    if (fact.event !== 'seen') kept.push(fact);
    else if (sightings) sightings.push(fact);
    else seen.set(key, [fact]);
  }
  for (const sightings of seen.values()) {
    const ordered = sightings.sort((a, b) => (a.earliest ?? 0) - (b.earliest ?? 0));
    kept.push(...new Set([...ordered.slice(0, 2), ordered.at(-1)!]));
  }
  return kept;
}
