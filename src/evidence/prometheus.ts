/**
 * kube-state-metrics as a Prometheus kept it: answers of the HTTP API, one after the other, raw samples of
 * `<metric>[<range>]` where times matter. Their names say which metrics these are.
 */
import { type Fact, type NodeFact, type Reading, type ReadingContext, UNSAID_NODE } from './fact.ts';
import { MetricLife } from './metric-life.ts';
import { readSeries, type Series } from './prometheus-series.ts';
import { ScrapeClock, scrapeTargetOf } from './scrape-clock.ts';

/** Returns what the series of all answers say together; series of other metrics count and say nothing. */
export function readPrometheus(text: string, _context: ReadingContext): Reading {
  const { series, rejected } = readSeries(text);
  const clock = new ScrapeClock(series);
  const lives = new Lives(series);
  const nodes = new Map<string, Series[]>();
  let others = 0;
  for (const one of series) {
    if (one.name === 'kube_node_status_condition') {
      const { condition, status, node } = one.labels;
      if (condition === 'Ready' && status === 'true' && node) nodes.set(node, [...(nodes.get(node) ?? []), one]);
    } else if (one.name.startsWith('kube_')) {
      if (!lives.of(one)?.take(one)) others++;
    } else if (one.name !== 'up') others++;
  }
  const facts: Fact[] = lives.all.flatMap((life) => life.facts(clock));
  for (const [node, own] of nodes) for (const fact of nodeFacts(node, own, clock)) facts.push(fact);
  const notes: string[] = [];
  if (others > 0) notes.push(`Left out ${others} series that are not about pods.`);
  if (lives.all.length > 0 && !series.some(({ scraped }) => scraped)) {
    notes.push('The query has a single time, so it shows no beginning or end: query <metric>[<range>].');
  }
  const isNone = series.length === 0 && rejected.length === 0;
  return { records: series.length, facts, rejected, notes, ...(isNone ? { saysNone: true } : {}) };
}

/** Pods by uid; a metric without one belongs to the only pod of its name. */
class Lives {
  readonly #lives = new Map<string, MetricLife>();
  readonly #uids = new Map<string, Set<string>>();

  constructor(series: readonly Series[]) {
    for (const { labels } of series) {
      const { name, namespace } = podOf(labels);
      if (name === undefined || !labels.uid) continue;
      const key = `${namespace}/${name}`;
      this.#uids.set(key, (this.#uids.get(key) ?? new Set()).add(labels.uid));
    }
  }

  get all(): MetricLife[] {
    return [...this.#lives.values()];
  }

  of({ name: metric, labels }: Series): MetricLife | null {
    const { name, namespace } = metric === 'kube_endpointslice_endpoints' ? endpointPod(labels) : podOf(labels);
    if (!name) return null;
    const known = this.#uids.get(`${namespace}/${name}`);
    const uid = labels.uid || (known?.size === 1 ? [...known][0]! : null);
    const key = uid ?? `${namespace}/${name}`;
    let life = this.#lives.get(key);
    if (!life) {
      life = new MetricLife({ uid, namespace: namespace ?? null, name });
      this.#lives.set(key, life);
    }
    return life;
  }
}

/** Without honor_labels, Prometheus sets the labels of the scraped process first and renames the metric's own. */
function podOf(labels: Series['labels']) {
  const renamed = labels.exported_pod !== undefined;
  return renamed
    ? { name: labels.exported_pod, namespace: labels.exported_namespace }
    : { name: labels.pod, namespace: labels.exported_namespace ?? labels.namespace };
}

function endpointPod(labels: Series['labels']) {
  const isPod = (labels.targetref_kind ?? 'Pod') === 'Pod';
  return { name: isPod ? labels.targetref_name : undefined, namespace: labels.targetref_namespace };
}

/** The Ready condition of a node changed between two scrapes; a node that the next scrape lacks was removed. */
function nodeFacts(node: string, series: readonly Series[], clock: ScrapeClock): NodeFact[] {
  const facts: NodeFact[] = [];
  const rest = { ...UNSAID_NODE, kind: 'node' as const, node };
  let last: { time: number; target: string; line: number } | null = null;
  for (const one of series) {
    for (const [index, { time, value }] of one.samples.entries()) {
      const before = one.samples[index - 1];
      if (before && before.value !== value) {
        const event = value === 1 ? 'ready' : 'unready';
        facts.push({ ...rest, line: one.line, event, earliest: before.time, latest: time });
      }
      if (one.scraped && time > (last?.time ?? -1)) last = { time, target: scrapeTargetOf(one), line: one.line };
    }
  }
  const next = last && clock.after(last.target, last.time);
  if (last && next) facts.push({ ...rest, line: last.line, event: 'gone', earliest: last.time, latest: next });
  return facts;
}
