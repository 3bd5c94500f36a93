/**
 * Plans the queries to a Prometheus. A pure value, so tests need no server.
 *
 * Asks for raw samples (`<metric>[<range>]` at one time), not for a range query. A range query repeats a sample at every step
 * for up to five minutes, so a pod seems to live on, and its points are at steps, not at scrapes. It is also refused above
 * 11,000 points a series. Raw samples have no such limit, and an answer stays far below it: half an hour holds that many
 * samples only at a scrape each 0.2 s.
 */
import { MINUTE, type Micros, SECOND } from '../time/time.ts';

/** A server, and the path under which its API lies. */
export interface PrometheusPlace {
  /** `http://host:9090/path`, no slash at the end. */
  base: string;
  /** Label matchers, as between braces; empty for none. */
  selector: string;
}

/** Content of one object: all metrics from `from` to `to`, and some time before `from`. */
export interface PrometheusWindow {
  from: Micros;
  /** End of the window, which may lie in the future. */
  ends: Micros;
  /** End of the time that can be queried now. */
  to: Micros;
  /** The end had passed at planning time and late samples had arrived: another query would return the same. */
  closed: boolean;
}

/** Windows lie on a grid, so that loads that overlap share them. */
const WINDOW = 30 * MINUTE;
/** Each window begins this much earlier, so a pod that ends near a window's end is seen to end in the next window. */
const OVERLAP = 10 * MINUTE;
/** How late a remote write may deliver samples. */
const LATE = 10 * MINUTE;

/** Returns the place that `prometheus+http://host:9090[/path]` names, or null. Ignores a name and password in the url. */
export function parsePrometheusUrl(text: string, selector = ''): PrometheusPlace | null {
  if (!/^prometheus\+https?:\/\//i.test(text) || !URL.canParse(text.slice('prometheus+'.length))) return null;
  const url = new URL(text.slice('prometheus+'.length));
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  // The address that Grafana shows may already include the API path.
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1(?:\/query(?:_range)?)?$/, '');
  return {
    base: `${url.origin}${path}`,
    selector: selector
      .trim()
      .replace(/^\{(.*)\}$/s, '$1')
      .replace(/,\s*$/, ''),
  };
}

/** Returns the windows that cover `[from, to)`, without windows in the future. */
export function planWindows(from: Micros, to: Micros, now: Micros): PrometheusWindow[] {
  const windows: PrometheusWindow[] = [];
  if (from >= now) return windows;
  for (let start = Math.floor(from / WINDOW) * WINDOW; start < Math.min(to, now); start += WINDOW) {
    const end = start + WINDOW;
    windows.push({ from: start, ends: end, to: Math.min(end, now), closed: end + LATE <= now });
  }
  return windows;
}

/** Metrics for which each sample's time matters. */
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

/** Metrics whose value says everything: a time, an address. */
const LAST = ['kube_pod_created', 'kube_pod_ips', 'kube_pod_status_ready_time'] as const;

/** A few series that are present at each scrape, whatever pods the selector leaves. */
const NODES = 'kube_node_status_condition{condition="Ready",status="true"}';

/** Returns the queries of a window. Each is asked at `to`, over the `seconds` before it. */
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
