/** Collects the life of one pod from an audit log. */
import { SECOND } from '../time/time.ts';
import type { AuditRecord } from './audit-record.ts';
import { type Moment, type PodEvent, type PodFact, UNSAID } from './fact.ts';
import { asObject } from './json-value.ts';
import type { Interval } from './moment.ts';
import type { PodAddress, PodObject } from './pod-object.ts';

export class AuditLife {
  readonly namespace: string | null;
  readonly name: string;
  uid: string | null = null;
  node: string | null = null;
  /** The object was removed: the name is free for another pod. */
  over = false;
  readonly #facts = new Map<string, Partial<PodFact> & Moment & { event: PodEvent; line: number }>();
  readonly #addresses = new Map<string, PodAddress>();
  #spec: Partial<PodFact> = {};
  #requested: Moment | null = null;

  constructor(namespace: string | null, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  say(event: PodEvent, line: number, { earliest, latest }: Moment, more: Partial<PodFact> = {}): void {
    const key = `${event} ${earliest} ${latest} ${more.container ?? ''} ${more.detail ?? ''}`;
    if (!this.#facts.has(key)) this.#facts.set(key, { ...more, event, line, earliest, latest });
  }

  /** Deletion was asked for. Only the first call counts: a later one shortens the grace at most. */
  request({ line, moment, actor }: AuditRecord, reason: string | null): void {
    if (this.#requested) return;
    this.#requested = moment;
    this.say('deleted', line, moment, { actor, reason });
  }

  /** The object was removed by this call. */
  end({ line, moment, actor }: AuditRecord): void {
    this.over = true;
    this.say('gone', line, moment, { actor });
  }

  /** Takes in a body: a whole Pod, or what a patch of its status holds of one. */
  take(pod: PodObject, body: Record<string, unknown>, line: number): void {
    this.node = pod.node ?? this.node;
    if (pod.owner_name !== null) this.#spec = { ...this.#spec, owner_kind: pod.owner_kind, owner_name: pod.owner_name };
    if (pod.images !== null) this.#spec = { ...this.#spec, images: pod.images };
    if (asObject(body.spec)) {
      const { termination_grace_period_seconds, pre_stop_seconds } = pod;
      this.#spec = { ...this.#spec, termination_grace_period_seconds, pre_stop_seconds };
    }
    // A status alone does not say that the pod is on the host network, but then both addresses are the same.
    const status = asObject(body.status);
    const onHost = !asObject(body.spec) && status?.podIP === status?.hostIP;
    if (!onHost) for (const address of pod.addresses) this.#addresses.set(`${address.ip} ${address.port}`, address);
    this.#takeDeletion(pod, line);
    if (pod.created) this.say('created', line, pod.created);
    if (pod.ready) this.say('ready', line, pod.ready, { restart_count: pod.restart_count });
    if (pod.waiting && pod.restart_count !== null && pod.latestKnown !== null) {
      this.say('waiting', line, { earliest: pod.latestKnown, latest: pod.latestKnown + SECOND - 1 });
    }
    if (pod.unready) this.say('unready', line, pod.unready.moment, { reason: pod.unready.detail });
    for (const gate of pod.targetHealthy) this.say('target_healthy', line, gate.moment, { detail: gate.detail });
    if (pod.disruption?.moment) {
      const { reason, message: detail, moment } = pod.disruption;
      this.say('warned', line, moment, { reason, detail });
    }
    for (const { moment, present, ...more } of pod.terminations) {
      const ends = this.#isEnd(moment) || (present && pod.terminal);
      // A container that ended while nothing is known of a deletion may be about to start again, or not.
      if (ends || !present) this.say(ends ? 'finished' : 'restarted', line, moment, more);
    }
  }

  /** A deletion that was asked for before the log began shows in the object. */
  #takeDeletion(pod: PodObject, line: number): void {
    if (!pod.deletion?.grace || this.#requested) return;
    const shift = pod.deletion.grace * SECOND;
    const { earliest, latest } = pod.deletion.timestamp;
    this.#requested = { earliest: earliest - shift, latest: latest - shift };
    this.say('deleted', line, this.#requested, { reason: pod.disruption?.reason ?? null });
  }

  #isEnd(moment: Interval): boolean {
    return this.#requested !== null && (this.#requested.earliest ?? 0) - SECOND <= moment.earliest;
  }

  facts(): PodFact[] {
    const addresses = this.#addresses.size > 0 ? [...this.#addresses.values()] : [{ ip: null, port: null }];
    return addresses.flatMap(({ ip, port }) =>
      [...this.#facts.values()].map((fact) => ({
        ...UNSAID,
        kind: 'pod' as const,
        uid: this.uid,
        namespace: this.namespace,
        name: this.name,
        ip,
        port,
        node: this.node,
        ...this.#spec,
        ...fact,
      })),
    );
  }
}
