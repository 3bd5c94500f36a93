/**
 * The built program loads kube-state-metrics from a real Prometheus: history from a simulated cluster, pods that are scraped
 * while the test runs, and the recorded incident. Run by `make test-prometheus`.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { namedScenario } from '../../src/command/scenario.ts';
import type { PodFact } from '../../src/evidence/fact.ts';
import { runCluster } from '../../src/simulate/cluster.ts';
import { printMetrics } from '../../src/simulate/write/metric.ts';
import { type CliResult, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { INCIDENT, incidentMetrics, incidentTrail } from '../evidence/incident.ts';
import { SECOND, wrongIn } from '../evidence/truth.ts';
import { Exporter } from './exporter.ts';
import { type Prometheus, startOrSay } from './server.ts';

const SCENARIO = { ...namedScenario('rollout'), startsAt: '2024-03-10T09:50:00Z', scrapeSeconds: 5 };
const WORLD = runCluster(SCENARIO, 5);
/** Fewer samples than a query of a whole window loads, so that the server refuses it. */
const MAX_SAMPLES = 400;

const exporter = new Exporter();
const scraped = await exporter.start();
const history = printMetrics(SCENARIO, WORLD).openMetrics.replace('# EOF\n', '') + incidentMetrics();
const server = await startOrSay({ history, scraped, maxSamples: MAX_SAMPLES });
if (server === null) {
  await exporter.stop();
  test('the real Prometheus is not installed here, which only CI insists on', () => {});
} else describe('a real Prometheus', () => suite(server));

function suite({ address, username, password, stop }: Prometheus): void {
  const url = `prometheus+http://${address}`;
  const env = { DRAINTRACE_PROMETHEUS_USERNAME: username, DRAINTRACE_PROMETHEUS_PASSWORD: password };
  const time = (micros: number) => new Date(micros / 1000).toISOString();
  const load = (cwd: string, ...words: string[]) => cli(['load', ...words], { cwd, env });
  const ask = async (cwd: string, sql: string): Promise<Record<string, unknown>[]> => {
    const result = expectStatus(await cli(['sql', sql, '--format', 'json'], { cwd }), 0);
    return JSON.parse(result.stdout);
  };
  const facts = async (cwd: string): Promise<PodFact[]> => {
    const micros = 'epoch_us(earliest)::double as earliest, epoch_us(latest)::double as latest';
    const rows = await ask(cwd, `select * replace (${micros}) from pod_fact order by object_id, line`);
    return rows.map((row) => ({ ...row, kind: 'pod' }) as unknown as PodFact);
  };

  before(() => {
    const created = Math.floor(Date.now() / 1000);
    for (const [index, name] of ['stays', 'goes', 'flees'].entries()) {
      exporter.pods.set(name, { name, uid: name, ip: `10.1.0.${index + 1}`, created, deletionTimestamp: null });
    }
  });
  after(async () => {
    await stop();
    await exporter.stop();
  });

  test('the server refuses whole windows of the history, so that loading it takes halves', async () => {
    const end = Math.ceil(WORLD.captured / SECOND);
    const answer = await fetch(`http://${address}/api/v1/query`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      body: new URLSearchParams({ query: 'kube_pod_info[2400s]', time: String(end) }),
    });
    assert.equal(answer.status, 422);
  });

  test('history: what is said of simulated pods is true, and fetched once', async () => {
    const cwd = freshFolder();
    const words = [url, '--from', time(WORLD.starts), '--to', time(WORLD.captured)];
    const first = expectStatus(await load(cwd, ...words), 0);
    const told = await facts(cwd);
    const pods = new Map(WORLD.pods.map((pod) => [pod.uid, pod]));
    const wrong = told.flatMap((fact) => {
      const pod = pods.get(fact.uid ?? '');
      return (pod ? wrongIn(fact, pod) : `no pod ${fact.uid} ${fact.name}`) ?? [];
    });
    assert.deepEqual(wrong, [], first.stderr);
    const scrape = SCENARIO.scrapeSeconds * SECOND;
    let checked = 0;
    for (const pod of WORLD.pods) {
      if (pod.gone === null || pod.gone > WORLD.captured - scrape || pod.gone - pod.networked < 2 * scrape) continue;
      const gone = told.find((fact) => fact.uid === pod.uid && fact.event === 'gone');
      assert.ok(gone && gone.ip === pod.ip, `nothing tells that ${pod.name} was gone`);
      assert.ok(gone.latest! - gone.earliest! <= scrape + 1000, 'bounds are a scrape apart');
      checked++;
    }
    assert.ok(checked >= 3, `only ${checked} pods`);
    assert.ok(told.some(({ event }) => event === 'deleted') && told.some(({ event }) => event === 'grace_end'));

    const objects = await ask(cwd, 'select uri, etag, status from log_object');
    assert.ok(objects.every(({ etag, status }) => etag === 'closed' && status === 'complete'));
    const again = expectStatus(await load(cwd, ...words), 0);
    assert.match(again.stderr, new RegExp(`\\b${objects.length} (?:objects? )?(?:were )?(?:known|already)`));
    assert.deepEqual(await facts(cwd), told);
  });

  test('the recorded incident is settled by the log, CloudTrail and kube-state-metrics alone', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'trail.json'), incidentTrail());
    const log = join(ROOT, 'samples/recorded-incident/AWSLogs');
    const words = [log, 'trail.json', url, '--from', '2023-01-07T09:00:00Z', '--to', '2023-01-07T09:30:00Z'];
    expectStatus(await load(cwd, ...words, '--selector', '{namespace="dev"}'), 0);
    const rows = await ask(cwd, 'select mechanism, cause, pod_name from verdict');
    assert.deepEqual(rows, [{ mechanism: 'connect_timeout', cause: 'draining_target', pod_name: INCIDENT.pod }]);
  });

  test('live: a pod that terminates and one that is gone at once are bounded by scrapes, open windows asked again', async () => {
    const cwd = freshFolder();
    const words = [url, '--from', '-10m', '--to', 'now', '--selector', 'namespace="live"'];
    await delay(3500);
    const deleted = Date.now() * 1000;
    exporter.pods.get('goes')!.deletionTimestamp = Math.floor(Date.now() / 1000) + 30;
    exporter.pods.delete('flees');
    exporter.isNodeReady = false;
    const fled = Date.now() * 1000;
    await delay(2500);
    expectStatus(await load(cwd, ...words), 0);
    const early = await facts(cwd);
    const of = (told: PodFact[], name: string, event: string) =>
      told.filter((fact) => fact.name === name && fact.event === event);
    assert.equal(of(early, 'goes', 'gone').length, 0);

    const gone = Date.now() * 1000;
    exporter.pods.delete('goes');
    await delay(2500);
    expectStatus(await load(cwd, ...words), 0);
    const told = await facts(cwd);
    for (const [name, event, at] of [
      ['goes', 'deleted', deleted],
      ['goes', 'gone', gone],
      ['flees', 'gone', fled],
    ] as const) {
      for (const fact of of(told, name, event)) {
        const { earliest, latest } = fact;
        // A scrape's time is its start, and the exporter answers a little later.
        assert.ok(
          earliest! - 200_000 <= at && at <= latest! + 200_000,
          `${name} ${event} ${at}: ${JSON.stringify(fact)}`,
        );
        assert.ok(latest! - earliest! < 3 * SECOND, `${name} ${event}: ${latest! - earliest!} us apart`);
      }
      assert.ok(of(told, name, event).length > 0, `${name} ${event}`);
    }
    assert.equal(of(told, 'stays', 'gone').length, 0);
    assert.ok(of(told, 'stays', 'seen').some(({ latest }) => latest! > gone));
    const [{ n }] = (await ask(cwd, `select count(*)::int as n from log_object`)) as [{ n: number }];
    const uris = await ask(cwd, 'select distinct uri from log_object');
    assert.equal(n, uris.length, 'an open window replaces what it was before');
    const nodes = await ask(cwd, "select event from node_fact where node = 'live-node'");
    assert.ok(nodes.some(({ event }) => event === 'unready'));
  });

  test('refusals of the real server are sentences', async () => {
    const cwd = freshFolder();
    const window = ['--from', '2024-03-10T09:00:00Z', '--to', '2024-03-10T10:00:00Z'];
    const said = async (result: Promise<CliResult>) => expectStatus(await result, 3).stderr;
    assert.match(
      await said(cli(['load', url, ...window], { cwd })),
      /refuses this user \(401\); set DRAINTRACE_PROMETHEUS_TOKEN/,
    );
    assert.match(
      await said(load(cwd, url, ...window, '--selector', 'namespace=dev')),
      /does not understand the query \(.+\); check --selector/,
    );
    assert.match(await said(load(cwd, `${url}/elsewhere`, ...window)), /does not answer as Prometheus does \(404\)/);
    const { stderr } = expectStatus(await load(cwd, url, '--from', '-1h'), 2);
    assert.match(stderr, /needs --from and --to/);
  });
}
