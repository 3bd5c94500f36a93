/**
 * What to ask a Prometheus for: a pure value, so that it can be checked without one.
 *
 * Raw samples, `<metric>[<range>]` asked at one time, rather than a range query: a range query repeats a sample at every
 * step for up to five minutes after it, so that a pod seems to live on, and its points are at steps, not at scrapes. It
 * would also be refused above 11,000 points a series, a limit that raw samples do not have; an answer still stays far
 * below it, as a window of half an hour holds that many samples only at a scrape each 0.2 s.
 */
import type { Micros } from '../evidence/fact.ts';

/** A server, and the path under which its API lies. */
export interface PrometheusPlace {
  /** `http://host:9090/path`, no slash at the end. */
  base: string;
  /** Matchers of labels, as they stand between braces; empty for none. */
  selector: string;
}

/** What one object holds: all metrics from `from` to `to`, and some time before `from`. */
export interface PrometheusWindow {
  from: Micros;
  /** Where it ends, which may be yet to come. */
  ends: Micros;
  /** Up to where it can be asked for. */
  to: Micros;
  /** The end had passed when it was planned, and late samples had come: asked again, it would hold the same. */
  closed: boolean;
}

const SECOND: Micros = 1_000_000;
const MINUTE = 60 * SECOND;
/** Windows lie on a grid, so that loads that overlap share them. */
const WINDOW = 30 * MINUTE;
/** Each window begins this much earlier, so that what ends near its end is seen to end in the next one. */
const OVERLAP = 10 * MINUTE;
/** Samples that a remote write delivers late. */
const LATE = 10 * MINUTE;

/** Returns the place that `prometheus+http://host:9090[/path]` names, or null; a name and password are not read from it. */
export function parsePrometheusUrl(text: string, selector = ''): PrometheusPlace | null {
  if (!/^prometheus\+https?:\/\//i.test(text) || !URL.canParse(text.slice('prometheus+'.length))) return null;
  const url = new URL(text.slice('prometheus+'.length));
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  // What Grafana shows as its address may already name the API.
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1(?:\/query(?:_range)?)?$/, '');
  return {
    base: `${url.origin}${path}`,
    selector: selector
      .trim()
      .replace(/^\{(.*)\}$/s, '$1')
      .replace(/,\s*$/, ''),
  };
}

/** Returns the windows that cover `[from, to)`, none of them in the future. */
export function planWindows(from: Micros, to: Micros, now: Micros): PrometheusWindow[] {
  const windows: PrometheusWindow[] = [];
  if (from >= now) return windows;
  for (let start = Math.floor(from / WINDOW) * WINDOW; start < Math.min(to, now); start += WINDOW) {
    const end = start + WINDOW;
    windows.push({ from: start, ends: end, to: Math.min(end, now), closed: end + LATE <= now });
  }
  return windows;
}

/** Where each sample tells when something was there. */
const RAW = [
  'kube_pod_info',
  'kube_pod_deletion_timestamp',
  'kube_pod_completion_time',
  'kube_pod_status_ready{condition="true"}',
  'kube_pod_container_status_restarts_total',
  'kube_pod_container_status_last_terminated_timestamp',
  'kube_pod_container_status_last_terminated_exitcode',
  'kube_pod_container_status_last_terminated_reason',
  'kube_endpointslice_endpoints{terminating="true"}',
] as const;

/** Where the value says all: a time, an address. */
const LAST = ['kube_pod_created', 'kube_pod_ips', 'kube_pod_status_ready_time'] as const;

/** Few series, that are there at each scrape, whatever the selector leaves of the pods. */
const NODES = 'kube_node_status_condition{condition="Ready",status="true"}';

/** Returns the queries of a window; each is asked at `to`, over `seconds` before it. */
export function planQueries(
  { from, to }: PrometheusWindow,
  selector: string,
): { query: (seconds: number) => string; seconds: number }[] {
  const seconds = Math.ceil((to - from + OVERLAP) / SECOND);
  const select = (metric: string) => {
    const [, name, own] = /^(\w+)(?:\{(.*)\})?$/.exec(metric)!;
    const matchers = [own, selector].filter(Boolean).join(',');
    return matchers === '' ? name! : `${name}{${matchers}}`;
  };
  return [
    ...RAW.map((metric) => ({ query: (range: number) => `${select(metric)}[${range}s]`, seconds })),
    ...LAST.map((metric) => ({ query: (range: number) => `last_over_time(${select(metric)}[${range}s])`, seconds })),
    { query: (range: number) => `${NODES}[${range}s]`, seconds },
  ];
}
