/** Prints kube-state-metrics scrapes: as OpenMetrics text with times, and as answers of the Prometheus HTTP API. */
import { fromSeconds, SECOND, SECOND_MS, toMillis } from '../../time/time.ts';
import { readySince, unreadyAt } from '../pod-state.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, World } from '../world.ts';
import { idOf } from './identity.ts';

type Labels = Record<string, string>;

interface Series {
  name: string;
  labels: Labels;
  /** Seconds since the epoch, and value. */
  samples: [number, number][];
}

const HELP: Record<string, string> = {
  kube_pod_info: 'Information about pod.',
  kube_pod_created: 'Unix creation timestamp.',
  kube_pod_deletion_timestamp: 'Unix deletion timestamp.',
  kube_pod_status_ready: 'Describes whether the pod is ready to serve requests.',
  kube_pod_status_ready_time: 'Readiness achieved time in unix timestamp for a pod.',
  kube_pod_start_time: 'Start time in unix timestamp for a pod.',
  kube_pod_container_status_restarts_total: 'The number of container restarts per container.',
  kube_pod_container_status_last_terminated_reason: 'Describes the last reason the container was in terminated state.',
  kube_pod_container_status_last_terminated_exitcode: 'Describes the exit code for the last container.',
  kube_pod_container_status_last_terminated_timestamp: 'Last terminated time for a pod container in unix timestamp.',
};

/** Returns the samples of all scrapes during the capture. */
function scrape(scenario: Scenario, world: World): Series[] {
  const series = new Map<string, Series>();
  const phase = (Number.parseInt(idOf(scenario.name, 4), 16) / 65_536) * scenario.scrapeSeconds;
  for (
    let time = world.starts + fromSeconds(phase);
    time <= world.captured;
    time += fromSeconds(scenario.scrapeSeconds)
  ) {
    for (const pod of world.pods) {
      if (pod.created > time || (pod.gone !== null && pod.gone <= time)) continue;
      for (const { name, labels, value } of metricsOf(scenario, pod, time)) {
        const key = `${name} ${JSON.stringify(labels)}`;
        const found = series.get(key) ?? { name, labels, samples: [] };
        series.set(key, found);
        found.samples.push([Math.round(toMillis(time)) / SECOND_MS, value]);
      }
    }
  }
  return [...series.values()];
}

function metricsOf(scenario: Scenario, pod: Pod, time: number): { name: string; labels: Labels; value: number }[] {
  const { namespace } = scenario;
  const container = pod.app;
  const server = fromSeconds(scenario.apiClockSeconds);
  const { clock } = pod.worker;
  const base: Labels = { namespace, pod: pod.name, uid: pod.uid };
  const has = (moment: number | null): moment is number => moment !== null && moment <= time;
  const unix = (moment: number) => Math.floor(moment / SECOND);
  const isNetworked = pod.ip !== '' && has(pod.networked);
  const restart = pod.restarts.findLast(({ killed }) => killed <= time);
  const isReady = has(pod.ready) && !has(pod.exited) && !has(pod.worker.notReady) && unreadyAt(pod, time) === null;
  const info = {
    ...base,
    host_ip: isNetworked ? pod.worker.hostIp : '',
    pod_ip: isNetworked ? pod.ip : '',
    node: pod.ip === '' ? '' : pod.worker.name,
    created_by_kind: pod.ownerKind as string,
    created_by_name: pod.replicaSet,
    host_network: String(pod.isHostNetwork),
  };
  const rows = [
    { name: 'kube_pod_info', labels: info, value: 1 },
    { name: 'kube_pod_created', labels: base, value: unix(pod.created + server) },
    { name: 'kube_pod_status_ready', labels: { ...base, condition: 'true' }, value: isReady ? 1 : 0 },
    { name: 'kube_pod_status_ready', labels: { ...base, condition: 'false' }, value: isReady ? 0 : 1 },
  ];
  const add = (name: string, value: number, labels: Labels = {}) => {
    rows.push({ name, labels: { ...base, ...labels } as typeof info, value });
  };
  if (isNetworked) add('kube_pod_start_time', unix(pod.networked + clock));
  if (isReady) add('kube_pod_status_ready_time', unix(readySince(pod, time)! + clock));
  if (has(pod.deleted)) add('kube_pod_deletion_timestamp', unix(pod.deleted + fromSeconds(pod.graceSeconds) + server));
  if (has(pod.started)) {
    const restarts = pod.restarts.filter(({ started }) => started <= time).length;
    add('kube_pod_container_status_restarts_total', restarts, { container });
  }
  if (restart && has(restart.started)) {
    const { reason, exitCode, killed } = restart;
    add('kube_pod_container_status_last_terminated_reason', 1, { container, reason });
    add('kube_pod_container_status_last_terminated_exitcode', exitCode, { container });
    add('kube_pod_container_status_last_terminated_timestamp', unix(killed + clock), { container });
  }
  return rows;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Returns text for `promtool tsdb create-blocks-from openmetrics`, and the API's answers, one a line. */
export function printMetrics(scenario: Scenario, world: World): { openMetrics: string; answers: string } {
  const series = scrape(scenario, world);
  const lines: string[] = [];
  const answers: string[] = [];
  for (const [name, help] of Object.entries(HELP)) {
    const own = series.filter((one) => one.name === name);
    if (own.length === 0) continue;
    const family = name.replace(/_total$/, '');
    lines.push(`# HELP ${family} ${help}`, `# TYPE ${family} ${family === name ? 'gauge' : 'counter'}`);
    for (const { labels, samples } of own) {
      const text = Object.entries(labels)
        .map(([label, value]) => `${label}=${quoted(value)}`)
        .join(',');
      for (const [time, value] of samples) lines.push(`${name}{${text}} ${value} ${time}`);
    }
    const result = own.map(({ labels, samples }) => {
      const target = { instance: '10.0.9.9:8080', job: 'kube-state-metrics' };
      return {
        metric: { __name__: name, ...target, ...labels },
        values: samples.map(([time, value]) => [time, String(value)]),
      };
    });
    answers.push(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
  }
  return { openMetrics: [...lines, '# EOF', ''].join('\n'), answers: answers.map((line) => `${line}\n`).join('') };
}
