/** Collects the life of one pod from the objects of a capture, and derives its facts. */
import { SECOND } from '../time/time.ts';
import { type Occurrence, SeenTimes } from './capture.ts';
import type { Moment, PodEvent, PodFact } from './fact.ts';
import { type Few, setIn } from './few.ts';
import { type Interval, later } from './moment.ts';
import type { Termination } from './pod-container.ts';
import type { PodAddress, PodObject } from './pod-object.ts';

/** An interval and the line that said so. */
interface Said<T> {
  line: number;
  moment: T;
}

/** An event that a condition dates, with what it adds. */
interface Change extends Said<Interval> {
  event: PodEvent;
  reason: string | null;
  detail: string | null;
  restart_count: number | null;
}

/** Members that only some events have. */
type Added = Partial<
  Pick<PodFact, 'reason' | 'detail' | 'restart_count' | 'container' | 'container_ports' | 'other_ports' | 'exit_code'>
>;

/** A life gathers these itself, from every mention. */
const kept = (pod: PodObject): PodObject => ({ ...pod, addresses: NONE, targetHealthy: NONE, terminations: NONE });
const NONE: never[] = [];

export class PodLife {
  last: Occurrence;
  /** Line of the watch event that deleted the object. */
  removedLine: number | null = null;
  /** Between two listings of which the later one does not hold the pod. */
  vanished: Said<Moment> | null = null;
  #pod: PodObject;
  readonly #line: number;
  #addresses: Few<PodAddress> | null = null;
  /** Changes of conditions, each once. */
  #changes: Few<Change> | null = null;
  #terminations: Few<Said<Interval> & { event: PodEvent; termination: Termination }> | null = null;
  #seen: SeenTimes | null = null;
  #requested: Said<Moment> | null = null;
  #started: Said<Interval> | null = null;
  #waiting: Said<Interval> | null = null;
  #graceZero: Said<Interval> | null = null;

  constructor(pod: PodObject, at: Occurrence) {
    this.#pod = kept(pod);
    this.#line = at.line;
    this.last = at;
  }

  get pod(): PodObject {
    return this.#pod;
  }

  /** Neither being deleted nor at its end, as last shown. */
  get living(): boolean {
    return this.removedLine === null && this.vanished === null && !this.#pod.deletion && !this.#pod.terminal;
  }

  /** Takes in one more object of this pod; later objects must come later. */
  mention(pod: PodObject, at: Occurrence): void {
    const { line } = at;
    this.last = at;
    const before = this.#pod;
    this.#pod = {
      ...kept(pod),
      node: pod.node ?? before.node,
      created: pod.created ?? before.created,
      disruption: pod.disruption ?? before.disruption,
      latestKnown: later(before.latestKnown, pod.latestKnown),
    };
    this.vanished = null;
    for (const address of pod.addresses) {
      this.#addresses = setIn(this.#addresses, `${address.ip} ${address.port}`, address);
    }
    if (pod.ready) this.#change('ready', line, pod.ready, null, null, pod.restart_count);
    const shown =
      at.moment ??
      (pod.latestKnown === null ? null : { earliest: pod.latestKnown, latest: pod.latestKnown + SECOND - 1 });
    if (pod.waiting && shown && !this.#changes?.values().some(({ event }) => event === 'ready')) {
      this.#waiting = { line, moment: shown };
    }
    if (pod.started && !this.#started) this.#started = { line, moment: pod.started };
    // A condition that changed without a new time is not worth believing.
    if (pod.unready && !this.#changes?.has(`ready ${pod.unready.moment.earliest} null`)) {
      this.#change('unready', line, pod.unready.moment, pod.unready.detail);
    }
    for (const gate of pod.targetHealthy) this.#change('target_healthy', line, gate.moment, null, gate.detail);
    if (pod.disruption?.moment) {
      this.#change('warned', line, pod.disruption.moment, pod.disruption.reason, pod.disruption.message);
    }
    this.#noteDeletion(pod, at);
    for (const termination of pod.terminations) {
      const { container, moment } = termination;
      const key = `${moment.earliest} ${container}`;
      const event = this.#eventOf(termination, pod);
      const first = this.#terminations?.get(key)?.line ?? line;
      this.#terminations = setIn(this.#terminations, key, { line: first, moment, event, termination });
    }
  }

  #change(
    event: PodEvent,
    line: number,
    moment: Interval,
    reason: string | null = null,
    detail: string | null = null,
    restart_count: number | null = null,
  ) {
    const key = `${event} ${moment.earliest} ${detail}`;
    if (this.#changes?.has(key)) return;
    this.#changes = setIn(this.#changes, key, { line, moment, event, reason, detail, restart_count });
  }

  /**
   * Only the first deletion counts: a later delete with a shorter grace, and the kubelet's last one with grace 0,
   * rewrite both fields, and newer API servers then move deletionTimestamp to the time of the rewrite. What is shown at
   * some time was asked for by then, unless the clocks differ by more than that.
   */
  #noteDeletion(pod: PodObject, { line, moment }: Occurrence): void {
    if (!pod.deletion) return;
    const { timestamp, grace } = pod.deletion;
    if (grace === 0) {
      this.#graceZero ??= { line, moment: timestamp };
    } else if (!this.#requested && !this.#graceZero) {
      const shift = (grace ?? 0) * SECOND;
      const earliest = grace === null ? null : timestamp.earliest - shift;
      const latest = timestamp.latest - shift;
      const shown = moment && (earliest === null || moment.latest >= earliest) ? moment.latest : latest;
      this.#requested = { line, moment: { earliest, latest: Math.min(latest, shown) } };
    }
  }

  #eventOf(termination: Termination, pod: PodObject): PodEvent {
    if (termination.present) return pod.deletion || pod.terminal ? 'finished' : 'restarted';
    const requested = this.#requested?.moment.earliest ?? null;
    return requested !== null && termination.moment.earliest >= requested ? 'finished' : 'restarted';
  }

  /** Notes that the pod was alive at this time, unless it was created after it (then the time is wrong). */
  see(line: number, moment: Interval): void {
    const created = this.#pod.created;
    if (this.living && (!created || created.earliest <= moment.latest)) {
      this.#seen ??= new SeenTimes();
      this.#seen.add(line, moment);
    }
  }

  /** Returns all facts. `captured` is when the capture ended, for mentions that do not say when they were made. */
  facts(captured: Interval | null): PodFact[] {
    const pod = this.#pod;
    const end = this.last.moment ?? captured;
    const facts: (Said<Moment> & { event: PodEvent; more?: Added })[] = [];
    const add = (event: PodEvent, said: Said<Moment> | null, more?: Added) => {
      if (said && (said.moment.earliest !== null || said.moment.latest !== null)) {
        facts.push({ line: said.line, event, moment: said.moment, more });
      }
    };
    add('created', pod.created && { line: this.#line, moment: pod.created });
    add('started', this.#started);
    add('waiting', this.#waiting);
    for (const change of this.#changes?.values() ?? []) {
      const { reason, detail, restart_count } = change;
      add(change.event, change, { reason, detail, restart_count });
    }
    for (const ended of this.#terminations?.values() ?? []) {
      add(ended.event, ended, ended.termination);
    }
    add('deleted', this.#deleted(), { reason: pod.disruption?.reason ?? null });
    add('gone', this.#gone(end));
    for (const seen of this.#seen?.all ?? []) add('seen', seen, { restart_count: pod.restart_count });

    const addresses = this.#addresses?.values() ?? [{ ip: null, port: null }];
    // Written out, member by member: half a million objects put together by `...` take a minute.
    return addresses.flatMap(({ ip, port }) =>
      facts.map(({ line, event, moment, more }) => ({
        kind: 'pod' as const,
        line,
        event,
        earliest: moment.earliest,
        latest: moment.latest,
        uid: pod.uid,
        namespace: pod.namespace,
        name: pod.name,
        ip,
        port,
        node: pod.node,
        zone: null,
        owner_kind: pod.owner_kind,
        owner_name: pod.owner_name,
        container: more?.container ?? null,
        container_ports: more?.container_ports ?? null,
        other_ports: more?.other_ports ?? null,
        restart_count: more?.restart_count ?? null,
        exit_code: more?.exit_code ?? null,
        reason: more?.reason ?? null,
        detail: more?.detail ?? null,
        actor: null,
        images: pod.images,
        termination_grace_period_seconds: pod.termination_grace_period_seconds,
        pre_stop_seconds: pod.pre_stop_seconds,
        target_kind: null,
        version: null,
      })),
    );
  }

  /** With only the rewrite to grace 0 at hand, the request is known to lie before it, no more. */
  #deleted(): Said<Moment> | null {
    if (this.#requested || !this.#graceZero) return this.#requested;
    const { line, moment } = this.#graceZero;
    return { line, moment: { earliest: null, latest: moment.latest } };
  }

  #gone(end: Interval | null): Said<Moment> | null {
    if (this.vanished) return this.vanished;
    const line = this.removedLine ?? this.#graceZero?.line ?? null;
    if (line === null) return null;
    const rewritten = this.#graceZero?.moment.earliest ?? null;
    const earliest = later(this.#pod.latestKnown, rewritten);
    if (this.removedLine === null && this.last.listing) {
      return { line, moment: { earliest: later(earliest, end?.earliest ?? null), latest: null } };
    }
    // An event that says when it came shows an object that is still there.
    const held = this.removedLine === null && (this.#pod.held || this.last.moment !== null);
    const latest = held ? null : (end?.latest ?? null);
    // A capture time before times in the capture is wrong, and bounds nothing.
    const wrong = latest !== null && earliest !== null && latest < earliest;
    return { line, moment: { earliest, latest: wrong ? null : latest } };
  }
}
