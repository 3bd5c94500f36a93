/** Services and their EndpointSlices: which pods stand behind a node port. */
import { parseIp, parsePort } from '../address.ts';
import type { Capture, Occurrence } from '../capture.ts';
import { captureTime } from '../capture-time.ts';
import type { Moment, ReadingContext, ServiceFact } from '../fact.ts';
import { asArray, asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';

const UNSAID_SERVICE = {
  kind: 'service',
  namespace: null,
  node_port: null,
  traffic_policy: null,
  pod_name: null,
  pod_ip: null,
  node: null,
} as const;

/** Returns the node ports of a Service: as it was created, or shown. */
export function nodePorts(service: Record<string, unknown>, line: number, shown: Moment | null): ServiceFact[] {
  const metadata = asObject(service.metadata) ?? {};
  const name = asText(metadata.name);
  const spec = asObject(service.spec) ?? {};
  const created = parseTime(asText(metadata.creationTimestamp) ?? '', 0);
  const [from, latest] = [created?.earliest ?? shown?.earliest ?? null, shown?.latest ?? created?.latest ?? null];
  // A clock that is behind the cluster's says nothing of when it began.
  const moment = { earliest: from !== null && latest !== null && latest < from ? null : from, latest };
  if (name === null || (moment.earliest === null && moment.latest === null)) return [];
  return asObjects(spec.ports)
    .map(({ nodePort }) => parsePort(nodePort))
    .filter((port) => port !== null)
    .map((node_port) => ({
      ...UNSAID_SERVICE,
      line,
      event: 'port',
      ...moment,
      namespace: asText(metadata.namespace),
      service: name,
      node_port,
      traffic_policy: asText(spec.externalTrafficPolicy) ?? 'Cluster',
    }));
}

export class ServiceCapture implements Capture {
  readonly #end: Interval | null;
  readonly #note: string;
  readonly #facts = new Map<string, ServiceFact>();
  #isUntimed = false;
  #records = 0;

  constructor(context: ReadingContext) {
    const capture = captureTime(context);
    this.#end = capture.moment;
    this.#note = capture.note;
  }

  interrupted(): void {}
  alive(): void {}
  listed(): void {}

  take(service: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const name = asText(asObject(service.metadata)?.name);
    if (name === null) return 'missing_name: metadata.name';
    this.#records++;
    if (at.moment === null) this.#isUntimed = true;
    const key = `${asText(asObject(service.metadata)?.namespace) ?? ''}/${name}`;
    for (const fact of nodePorts(service, at.line, at.moment ?? this.#end)) {
      const own = `${key} ${fact.node_port} ${fact.traffic_policy}`;
      if (!this.#facts.has(own)) this.#facts.set(own, fact);
    }
    return { key };
  }

  finish(): { records: number; facts: Iterable<ServiceFact>; notes: string[] } {
    const notes = this.#isUntimed && this.#facts.size > 0 ? [this.#note] : [];
    return { records: this.#records, facts: this.#facts.values(), notes };
  }
}

/** The pods that EndpointSlices hold, by Service; of each the first mention. Other readers give their lives. */
export class ServiceEndpoints {
  readonly #end: Interval | null;
  readonly #facts = new Map<string, ServiceFact>();

  constructor(context: ReadingContext) {
    this.#end = captureTime(context).moment;
  }

  take(slice: Record<string, unknown>, at: Occurrence): void {
    const metadata = asObject(slice.metadata) ?? {};
    const service = asText(asObject(metadata.labels)?.['kubernetes.io/service-name']);
    const moment = at.moment ?? this.#end;
    if (service === null || moment === null || at.change === 'DELETED') return;
    const namespace = asText(metadata.namespace);
    for (const endpoint of asObjects(slice.endpoints)) {
      const target = asObject(endpoint.targetRef);
      const pod_name = target?.kind === 'Pod' ? asText(target.name) : null;
      const key = `${namespace}/${service} ${pod_name}`;
      if (pod_name === null || this.#facts.has(key)) continue;
      const address = asArray(endpoint.addresses).find((one) => typeof one === 'string');
      this.#facts.set(key, {
        ...UNSAID_SERVICE,
        line: at.line,
        event: 'endpoint',
        earliest: null,
        latest: moment.latest,
        namespace,
        service,
        pod_name,
        pod_ip: parseIp(typeof address === 'string' ? address : ''),
        node: asText(endpoint.nodeName),
      });
    }
  }

  facts(): Iterable<ServiceFact> {
    return this.#facts.values();
  }
}
