/** Collects the life of one pod from kube-state-metrics. */
import { type Micros, SECOND } from '../time/time.ts';
import { parseIp } from './address.ts';
import { LAG } from './endpoint-life.ts';
import { type Moment, type PodEvent, type PodFact, UNSAID } from './fact.ts';
import { asInteger } from './json-value.ts';
import type { Interval } from './moment.ts';
import type { Series } from './prometheus-series.ts';
import { type ScrapeClock, scrapeTargetOf } from './scrape-clock.ts';

/** A sample with where it came from. */
interface Seen {
  line: number;
  target: string;
  time: Micros;
  value: number;
}

/** The metrics that say something here. */
const METRICS: ReadonlySet<string> = new Set([
  'kube_pod_info',
  'kube_pod_ips',
  'kube_pod_created',
  'kube_pod_deletion_timestamp',
  'kube_pod_completion_time',
  'kube_pod_status_ready',
  'kube_pod_status_ready_time',
  'kube_pod_container_status_last_terminated_timestamp',
  'kube_pod_container_status_last_terminated_exitcode',
  'kube_pod_container_status_last_terminated_reason',
  'kube_pod_container_status_restarts_total',
  'kube_endpointslice_endpoints',
]);

export class MetricLife {
  readonly #pod: { uid: string | null; namespace: string | null; name: string };
  readonly #ips = new Set<string>();
  #onHost = false;
  #more: Partial<PodFact> = {};
  /** By metric, for those of containers by metric and container. */
  readonly #series = new Map<string, Series[]>();
  readonly #containers = new Set<string>();
  readonly #facts: PodFact[] = [];

  constructor(pod: { uid: string | null; namespace: string | null; name: string }) {
    this.#pod = pod;
  }

  /** Takes in a series of the pod; returns false for a metric that says nothing here. */
  take(series: Series): boolean {
    const { name, labels } = series;
    if (!METRICS.has(name) || series.samples.length === 0) return false;
    if (name === 'kube_pod_info') {
      // Pods on the host network share the address of their node, and the metric knows no port.
      this.#onHost ||= labels.host_network === 'true' || (labels.pod_ip !== '' && labels.pod_ip === labels.host_ip);
      this.#addIp(labels.pod_ip);
      this.#more = {
        node: labels.node || (this.#more.node ?? null),
        owner_kind: given(labels.created_by_kind) ?? this.#more.owner_kind ?? null,
        owner_name: given(labels.created_by_name) ?? this.#more.owner_name ?? null,
      };
    } else if (name === 'kube_pod_ips') this.#addIp(labels.ip);
    else if (name === 'kube_endpointslice_endpoints') this.#addIp(labels.address);
    if (name === 'kube_pod_status_ready' && labels.condition !== 'true') return true;
    const container = name.startsWith('kube_pod_container_')
      ? (labels.exported_container ?? labels.container ?? '')
      : null;
    if (container !== null) this.#containers.add(container);
    const key = container === null ? name : `${name} ${container}`;
    this.#series.set(key, [...(this.#series.get(key) ?? []), series]);
    return true;
  }

  #addIp(text: string | undefined): void {
    const ip = text ? parseIp(text) : null;
    if (ip !== null) this.#ips.add(ip);
  }

  facts(clock: ScrapeClock): PodFact[] {
    const terminating = this.#sayDeletion(clock);
    for (const created of this.#values('kube_pod_created')) this.#say('created', created.line, created.moment);
    this.#sayReadiness(terminating);
    if (terminating !== null) {
      for (const ended of this.#values('kube_pod_completion_time')) this.#say('finished', ended.line, ended.moment);
    }
    for (const container of this.#containers) this.#sayRestarts(container);
    this.#sayPresence(clock);
    const ips = this.#ips.size > 0 && !this.#onHost ? [...this.#ips] : [null];
    return ips.flatMap((ip) => this.#facts.map((fact) => ({ ...fact, ip })));
  }

  #say(event: PodEvent, line: number, { earliest, latest }: Moment, more: Partial<PodFact> = {}): void {
    if (earliest !== null && latest !== null && latest < earliest) return;
    this.#facts.push({ ...UNSAID, kind: 'pod', line, event, earliest, latest, ...this.#pod, ...this.#more, ...more });
  }

  #samples(key: string, wanted: (series: Series) => boolean = () => true): Seen[] {
    const seen = (this.#series.get(key) ?? []).filter(wanted).flatMap((series) => {
      const target = scrapeTargetOf(series);
      return series.samples.map(({ time, value }) => ({ line: series.line, target, time, value }));
    });
    return seen.sort((a, b) => a.time - b.time);
  }

  /** The times that a metric had as its value, each once, with the line and the time of the first sample that said so. */
  #values(key: string): { line: number; moment: Interval; at: Micros }[] {
    const values = new Map<number, { line: number; moment: Interval; at: Micros }>();
    for (const { line, time, value } of this.#samples(key)) {
      const earliest = Math.floor(value) * SECOND;
      if (values.has(value) || value <= 0 || !Number.isSafeInteger(earliest)) continue;
      values.set(value, { line, moment: { earliest, latest: earliest + SECOND - 1 }, at: time });
    }
    return [...values.values()];
  }

  /**
   * deletionTimestamp is the end of the grace period; the request lies between the scrape before its first sample and that
   * sample. The first value counts: a second deletion rewrites it. Returns the time of the first sign of termination.
   */
  #sayDeletion(clock: ScrapeClock): Micros | null {
    const [end] = this.#values('kube_pod_deletion_timestamp');
    if (end) this.#say('grace_end', end.line, end.moment);
    const [first] = this.#scraped('kube_pod_deletion_timestamp');
    const endpoint = this.#scraped('kube_endpointslice_endpoints', ({ labels }) => labels.terminating === 'true')[0];
    if (first) {
      const latest = Math.min(first.time, end?.moment.latest ?? first.time);
      this.#say('deleted', first.line, { earliest: clock.before(first.target, first.time), latest });
    }
    if (endpoint) {
      const before = clock.before(endpoint.target, endpoint.time);
      this.#say('deleted', endpoint.line, { earliest: before && before - LAG, latest: endpoint.time });
    }
    // Asked for one time only, it was requested by the end of its grace.
    if (end && !first) this.#say('deleted', end.line, { earliest: null, latest: Math.min(end.at, end.moment.latest) });
    const signs = [end?.at, endpoint?.time].filter((time) => time !== undefined);
    return signs.length === 0 ? null : Math.min(...signs);
  }

  /** Samples whose times are those of scrapes. */
  #scraped(key: string, wanted: (series: Series) => boolean = () => true): Seen[] {
    return this.#samples(key, (series) => series.scraped && wanted(series));
  }

  #sayReadiness(terminating: Micros | null): void {
    const times = this.#values('kube_pod_status_ready_time');
    for (const ready of times) this.#say('ready', ready.line, ready.moment);
    const samples = this.#scraped('kube_pod_status_ready');
    let seen: Seen[] = [];
    for (const [index, sample] of samples.entries()) {
      const before = samples[index - 1];
      if (before && before.value !== sample.value) {
        const between = { earliest: before.time, latest: sample.time };
        if (sample.value !== 1) this.#say('unready', sample.line, between);
        else if (times.length === 0) this.#say('ready', sample.line, between);
      } else if (!before && sample.value === 1 && times.length === 0) {
        this.#say('ready', sample.line, { earliest: null, latest: sample.time });
      }
      if (sample.value === 1 && sample.time < (terminating ?? Infinity)) seen = [seen[0] ?? sample, sample];
    }
    // Ready and without a deletion at a scrape is alive; the metric of deletions comes with the same scrape.
    this.#sayWaiting(samples);
    const restart_count = this.#countRestarts();
    for (const { line, time } of new Set(seen))
      this.#say('seen', line, { earliest: time, latest: time }, { restart_count });
  }

  /** A pod that was scraped soon after its creation, and not ready then, had never been ready until it first was. */
  #sayWaiting(samples: readonly Seen[]): void {
    const [created] = this.#values('kube_pod_created');
    const [first] = samples;
    if (!created || !first || first.value === 1 || first.time > created.moment.latest + SOON) return;
    const until = samples.findIndex(({ value }) => value === 1);
    const last = samples[(until === -1 ? samples.length : until) - 1]!;
    this.#say('waiting', last.line, { earliest: last.time, latest: last.time });
  }

  /** Restarts that the metrics of its containers count; null where none of those metrics was asked for. */
  #countRestarts(): number | null {
    if (this.#containers.size === 0) return null;
    return [...this.#containers].reduce((sum, container) => {
      const name = (metric: string) => `kube_pod_container_status_${metric} ${container}`;
      const total = this.#samples(name('restarts_total')).at(-1)?.value;
      return sum + (total ?? this.#values(name('last_terminated_timestamp')).length);
    }, 0);
  }

  /** The last termination of a container, as often as it changed; without its time, from one scrape to the next. */
  #sayRestarts(container: string): void {
    const metric = (name: string) => `kube_pod_container_status_${name} ${container}`;
    const codes = this.#samples(metric('last_terminated_exitcode'));
    const reasonAt = (time: Micros): string | null => {
      const own = this.#series.get(metric('last_terminated_reason')) ?? [];
      const shown = own.find((series) => series.samples.some((sample) => sample.time === time && sample.value === 1));
      return (shown ?? (own.length === 1 ? own[0] : undefined))?.labels.reason ?? null;
    };
    const more = (time: Micros) => {
      const code = (codes.find((one) => one.time === time) ?? codes.at(-1))?.value;
      return { container, exit_code: asInteger(code), reason: reasonAt(time) };
    };
    const ended = this.#values(metric('last_terminated_timestamp'));
    for (const { line, moment, at } of ended) this.#say('restarted', line, moment, more(at));
    if (ended.length > 0) return;
    const counts = this.#scraped(metric('restarts_total'));
    for (const [index, { line, time, value }] of counts.entries()) {
      const before = counts[index - 1];
      if (before && value > before.value)
        this.#say('restarted', line, { earliest: before.time, latest: time }, more(time));
    }
  }

  /** The series of a pod end when its object is removed: after the last scrape that had it, before the next one of that process. */
  #sayPresence(clock: ScrapeClock): void {
    const keys = [
      'kube_pod_info',
      'kube_pod_status_ready',
      'kube_pod_deletion_timestamp',
      'kube_pod_created',
      'kube_pod_ips',
    ];
    const samples = keys.flatMap((key) => this.#scraped(key)).sort((a, b) => a.time - b.time);
    const [first] = samples;
    const last = samples.at(-1);
    if (!first || !last) return;
    if (this.#values('kube_pod_created').length === 0) {
      this.#say('created', first.line, { earliest: null, latest: first.time });
    }
    const next = clock.after(last.target, last.time);
    if (next !== null) this.#say('gone', last.line, { earliest: last.time, latest: next });
  }
}

/** The first scrape of a pod comes within this much of its creation: two intervals of a minute. */
const SOON = 120 * SECOND;

/** kube-state-metrics writes `<none>` for an absent value. */
const given = (text: string | undefined): string | null => (!text || text === '<none>' ? null : text);
