/**
 * The dashboard of deploy/grafana: a real Prometheus that holds metrics of real nights answers each of its expressions, and Grafana's
 * own Go types (its foundation SDK, made from Grafana's schema) read the file strictly. Grafana itself is in no registry that is
 * reached here.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { type Prometheus, startPrometheus } from './server.ts';

interface Dashboard {
  uid: string;
  panels: {
    title: string;
    id: number;
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string }[];
  }[];
  templating: { list: { name: string; query: string }[] };
}

const FILE = join(ROOT, 'deploy/grafana/draintrace.json');
const dashboard = JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
const DAYS = ['2026-03-10', '2026-03-11'];
/** When the second night was finished; all history lies before. */
const NOW = Date.parse('2026-03-12T02:00:00Z') / 1000;

/** Metrics of kube-state-metrics and of watches that the dashboard reads: name, labels, value. */
const CLUSTER: [string, string, number][] = [
  ['kube_deployment_status_replicas_available', 'namespace="draintrace",deployment="draintrace-watch"', 1],
  ['kube_pod_container_status_restarts_total', 'namespace="draintrace",container="watch",pod="draintrace-watch-1"', 2],
  // Of `watch --metrics`, which a test of its own writes.
  ['draintrace_watch_lines', 'source="pods",instance="a",job="node"', 7],
  ['draintrace_live_failures_by_cause', 'cause="draining_target",instance="a",job="node"', 3],
  ['kube_job_failed', 'namespace="draintrace",job_name="draintrace-nightly-1",condition="true"', 1],
];

/** Runs the program for each day, as a timer does, and returns what node_exporter would have had over time, in OpenMetrics. */
async function history(): Promise<string> {
  const folder = freshFolder();
  const samples = new Map<string, string[]>();
  const add = (series: string, value: string, at: number) => {
    const [name] = /^\w+/.exec(series)!;
    samples.set(name, [...(samples.get(name) ?? []), `${series} ${value} ${at}`]);
  };
  for (const [index, day] of DAYS.entries()) {
    const metrics = join(folder, 'draintrace.prom');
    const words = ['nightly', '--db', join(folder, 'x.duckdb'), '--sources', join(ROOT, 'samples/rollout-day/AWSLogs')];
    const more = [
      '--evidence',
      join(ROOT, 'samples/rollout-day'),
      '--day',
      day,
      '--metrics',
      metrics,
      '--retention',
      '3650d',
    ];
    expectStatus(
      await cli([...words, ...more, '--limits', 'draining_target=0'], { cwd: folder, timeout: 120_000 }),
      index === 0 ? 1 : 0,
    );
    for (let minutes = 0; minutes <= 24 * 60; minutes += 60) {
      const at = NOW - (DAYS.length - 1 - index) * 86_400 - minutes * 60;
      for (const line of readFileSync(metrics, 'utf8').split('\n')) {
        const [, series, value] = /^(draintrace_\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
        if (series === undefined) continue;
        const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series)!;
        add(`${name}{${[labels, 'instance="a"', 'job="node"'].filter(Boolean).join(',')}}`, value!, at);
      }
    }
  }
  for (const [name, labels, value] of CLUSTER) {
    for (let minutes = 90; minutes >= 0; minutes -= 1) add(`${name}{${labels}}`, String(value), NOW - minutes * 60);
  }
  const time = (line: string): number => Number(line.split(' ').at(-1));
  const families = [...samples].map(([name, lines]) =>
    // One time twice is refused: the last word of a night counts.
    [
      `# TYPE ${name} gauge`,
      ...[...new Map(lines.map((line) => [line.replace(/ \S+ (\S+)$/, ' $1'), line])).values()].sort(
        (a, b) => time(a) - time(b),
      ),
    ].join('\n'),
  );
  return `${families.join('\n')}\n# EOF\n`;
}

/** Puts values in for the variables, as Grafana does with "All" and the defaults. */
const filled = (expr: string): string => expr.replaceAll('$job', '.*').replaceAll('$namespace', 'draintrace');

describe('the dashboard', () => {
  let prometheus: Prometheus;
  let text: string;
  before(async () => {
    text = await history();
    prometheus = await startPrometheus({ history: text, scraped: '127.0.0.1:1', maxSamples: 1e6 });
  });
  after(() => prometheus?.stop());

  const ask = async (expr: string): Promise<{ status: string; data: { result: { value: [number, string] }[] } }> => {
    const query = new URLSearchParams({ query: expr, time: String(NOW) });
    const password = Buffer.from(`${prometheus.username}:${prometheus.password}`).toString('base64');
    const answer = await fetch(`http://${prometheus.address}/api/v1/query?${query}`, {
      headers: { authorization: `Basic ${password}` },
    });
    return (await answer.json()) as Awaited<ReturnType<typeof ask>>;
  };

  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      test(`${title}: Prometheus answers ${expr}`, async () => {
        const { status, data } = await ask(filled(expr));
        assert.equal(status, 'success', JSON.stringify(data));
        // A day without failures has no cause, and a tail of none.
        const isOfFailures = /by_cause|late_routing/.test(expr);
        if (isOfFailures) return assert.ok((await askEver(filled(expr))).length > 0, 'no value at any time');
        assert.ok(data.result.length > 0, 'no value');
        for (const { value } of data.result)
          assert.ok(Number.isFinite(Number(value[1])) || /NaN/.test(value[1]), value[1]);
      });
    }
  }

  /** Returns the series of an expression over both days. */
  async function askEver(expr: string): Promise<unknown[]> {
    const query = new URLSearchParams({ query: expr, start: String(NOW - 2 * 86_400), end: String(NOW), step: '3600' });
    const password = Buffer.from(`${prometheus.username}:${prometheus.password}`).toString('base64');
    const answer = await fetch(`http://${prometheus.address}/api/v1/query_range?${query}`, {
      headers: { authorization: `Basic ${password}` },
    });
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result;
  }

  test('the numbers are those of the nights', async () => {
    const value = async (expr: string) => (await ask(expr)).data.result.map((one) => Number(one.value[1]));
    const cause = 'draintrace_night_failures_by_cause{cause="draining_target"';
    const [written] = text.split('\n').filter((line) => line.startsWith(cause));
    assert.ok(Number(written!.split(' ')[1]) > 0);
    assert.deepEqual(await value(`max_over_time(${cause}}[47h])`), [Number(written!.split(' ')[1])]);
    assert.deepEqual(await value('max_over_time(draintrace_night_limits_broken[47h])'), [1]);
  });
});

test('the dashboard reads only metrics that nightly writes or kube-state-metrics has, and its variables', () => {
  const text = readFileSync(join(ROOT, 'src/report/night.ts'), 'utf8');
  const written = [...text.matchAll(/\.add\(\s*'(\w+)'/g)].map(([, name]) => `draintrace_night_${name}`);
  assert.ok(written.length >= 8);
  const read = dashboard.panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(?:draintrace|kube)_\w+/g) ?? []),
  );
  for (const name of read) assert.ok(written.includes(name) || CLUSTER.some(([known]) => known === name), name);
  // And every metric of a night is on it, but the start of the day.
  for (const name of written) assert.ok(read.includes(name) || name.endsWith('_day_timestamp_seconds'), name);
  const variables = dashboard.templating.list.map(({ name }) => name);
  for (const [, name] of readFileSync(FILE, 'utf8').matchAll(/\$\{?(\w+)/g)) assert.ok(variables.includes(name!), name);
});

test('panels have ids of their own and do not cover each other', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [i, { gridPos: a }] of panels.entries()) {
    assert.ok(a.x + a.w <= 24);
    for (const { gridPos: b } of panels.slice(i + 1)) {
      assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
    }
  }
});

test("Grafana's own types read the dashboard, strictly", () => {
  const cwd = join(ROOT, 'test/prometheus/grafana');
  const checker = join(freshFolder(), 'check');
  try {
    execFileSync('go', ['build', '-o', checker, '.'], { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 400_000 });
  } catch (error) {
    assert.fail(`the checker needs Go and its module proxy: ${(error as Error).message}`);
  }
  const check = (input: string) => spawnSync(checker, [], { input, encoding: 'utf8' });
  const text = readFileSync(FILE, 'utf8');
  const checked = check(text);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  // It sees a wrong name and a wrong option.
  assert.match(check(text.replace('"gridPos"', '"gridpos"')).stdout, /gridpos/);
  assert.match(check(text.replace('"colorMode"', '"colourMode"')).stdout, /colourMode/);
});
