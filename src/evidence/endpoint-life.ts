/** Collects the life of one pod from EndpointSlices. */
import { type Micros, SECOND } from '../time/time.ts';
import { parseIp } from './address.ts';
import { type Occurrence, SeenTimes } from './capture.ts';
import { type Moment, type PodEvent, type PodFact, UNSAID } from './fact.ts';
import { asArray, asObject, asText } from './json-value.ts';
import type { Interval } from './moment.ts';

/** The controller that writes the slices follows the pods by less than this. */
export const LAG: Micros = SECOND;

interface Said {
  line: number;
  event: PodEvent;
  moment: Moment;
}

export class EndpointLife {
  last: Occurrence;
  readonly #pod: { uid: string | null; namespace: string | null; name: string };
  readonly #ips = new Set<string>();
  readonly #ports = new Set<number>();
  #node: string | null = null;
  #zone: string | null = null;
  readonly #said: Said[] = [];
  readonly #seen = new SeenTimes();
  /** As last shown, and when that was. */
  #state: { terminating: boolean; serving: boolean; moment: Moment } | null = null;
  #dropped: Said | null = null;
  #out = false;

  constructor(pod: { uid: string | null; namespace: string | null; name: string }, at: Occurrence) {
    this.#pod = pod;
    this.last = at;
  }

  /**
   * Takes in one more version of the pod's endpoint. Absent conditions count as the API defines them: ready if nothing
   * is said, serving as ready says, not terminating. `serving` is the pod's own readiness: a Service that publishes
   * addresses that are not ready calls all of them ready.
   */
  mention(endpoint: Record<string, unknown>, ports: readonly number[], at: Occurrence, moment: Moment): void {
    for (const port of ports) this.#ports.add(port);
    const conditions = asObject(endpoint.conditions) ?? {};
    const terminating = conditions.terminating === true;
    const serving = (conditions.serving ?? conditions.ready ?? true) !== false;
    for (const address of asArray(endpoint.addresses)) {
      const ip = typeof address === 'string' ? parseIp(address) : null;
      if (ip !== null) this.#ips.add(ip);
    }
    this.#node = asText(endpoint.nodeName) ?? this.#node;
    this.#zone = asText(endpoint.zone) ?? this.#zone;
    this.last = at;
    this.#out = false;
    this.#dropped = null;
    const before = this.#state;
    const since = before?.moment.earliest ?? null;
    const between = this.#between(since, moment.latest);
    // A pod does not come back from terminating; a slice that was written earlier may say so.
    if (before?.terminating && !terminating) return;
    if (terminating && !before?.terminating) this.#say('deleted', at.line, between);
    if (serving && !before?.serving && !terminating) this.#say('ready', at.line, between);
    if (!serving && before?.serving) this.#say('unready', at.line, between);
    this.#state = { terminating, serving, moment };
    if (at.moment) this.see(at.line, at.moment);
  }

  /** Notes that the pod existed and was not terminating at this time. */
  see(line: number, moment: Interval): void {
    if (this.#state && !this.#state.terminating && !this.#out) {
      this.#seen.add(line, { earliest: moment.earliest - LAG, latest: moment.latest });
    }
  }

  /**
   * No slice holds it any more. The endpoint of a terminating pod goes when its containers have ended; any other one may
   * have gone because its labels or its Service changed.
   */
  drop(line: number, moment: Moment): void {
    this.#out = true;
    if (!this.#state?.terminating) return;
    this.#dropped = { line, event: 'gone', moment: this.#between(this.#state.moment.earliest, moment.latest) };
  }

  /** From a version that showed something to one that did not. */
  #between(shown: Micros | null, latest: Micros | null): Moment {
    const earliest = shown === null ? null : shown - LAG;
    return earliest !== null && latest !== null && latest < earliest
      ? { earliest: null, latest }
      : { earliest, latest };
  }

  #say(event: PodEvent, line: number, moment: Moment): void {
    if (moment.earliest !== null || moment.latest !== null) this.#said.push({ line, event, moment });
  }

  facts(): PodFact[] {
    const seen = this.#seen.all.map((one): Said => ({ ...one, event: 'seen' }));
    const said = [...this.#said, ...(this.#dropped ? [this.#dropped] : []), ...seen];
    const ips = this.#ips.size > 0 ? [...this.#ips] : [null];
    return ips.flatMap((ip) =>
      this.#portsAt(ip).flatMap((port) =>
        said.map(({ line, event, moment }) => ({
          ...UNSAID,
          kind: 'pod' as const,
          line,
          event,
          earliest: moment.earliest,
          latest: moment.latest,
          ...this.#pod,
          ip,
          port,
          node: this.#node,
          zone: this.#zone,
        })),
      ),
    );
  }

  /** A pod at the address that its node's name holds is on the host network: it has that address at its own ports alone. */
  #portsAt(ip: string | null): readonly (number | null)[] {
    const isOnHost = ip !== null && this.#node?.split('.')[0] === `ip-${ip.replaceAll('.', '-')}`;
    return isOnHost && this.#ports.size > 0 ? [...this.#ports] : [null];
  }
}
