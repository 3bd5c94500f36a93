/**
 * Tests `draintrace watch` with a real API server, with only the rights of deploy/watch.yaml: a rollout, a kill of the watcher, a
 * restart of the API server; then `load`, and a comparison of the lives with this test's clock. With RECORD=1 the files become
 * fixtures: test/golden/evidence/kubernetes-real-<resource>/.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { filesOf, until } from '../watch/capture.ts';
import { deletePod, endPod, runPod, stamp } from './kubelet.ts';
import { BINARIES, isBuilt, RealServer } from './real-server.ts';

let server: RealServer;

before(async () => {
  assert.ok(isBuilt(), `no kube-apiserver in ${BINARIES}: run make test-kubernetes`);
  server = await RealServer.start();
  await server.apply(readFileSync(join(ROOT, 'deploy/watch.yaml'), 'utf8'));
  await server.must('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
});

after(() => server?.stop());

/** Milliseconds before and after an action. */
type Span = [from: number, to: number];

async function timed(work: () => Promise<unknown>): Promise<Span> {
  const from = Date.now();
  await work();
  return [from, Date.now()];
}

const textOf = (folder: string, name: string) =>
  filesOf(folder, name)
    .map(({ text }) => text)
    .join('');
const shows = (folder: string, pattern: RegExp) =>
  until(() => pattern.test(textOf(folder, 'pods-shop')), String(pattern), 20_000);

interface Life {
  name: string;
  deleted_from: number | null;
  deleted_to: number | null;
  gone_from: number | null;
  gone_to: number | null;
  seen_until: number | null;
}

async function livesOf(folder: string): Promise<Map<string, Life>> {
  const db = join(freshFolder(), 'lives.duckdb');
  expectStatus(await cli(['load', folder, '--db', db, '--quiet']), 0);
  const ms = (column: string, as: string) => `epoch_ms(${column}) as ${as}`;
  const asked = await cli([
    'sql',
    `select name, ${ms('deleted_earliest', 'deleted_from')}, ${ms('deleted_latest', 'deleted_to')}, ${ms('gone_earliest', 'gone_from')},
     ${ms('gone_latest', 'gone_to')}, ${ms('seen_until', 'seen_until')} from pod_life`,
    '--db',
    db,
    '--format',
    'json',
  ]);
  expectStatus(asked, 0);
  const rejected = await cli([
    'sql',
    'select reason, decode(raw[:300]) as raw from rejected_line',
    '--db',
    db,
    '--format',
    'json',
  ]);
  assert.deepEqual(JSON.parse(rejected.stdout), []);
  return new Map((JSON.parse(asked.stdout) as Life[]).map((life) => [life.name, numbers(life)]));
}

/** BIGINT may come as text. */
function numbers(life: Life): Life {
  const entries = Object.entries(life).map(([key, value]) => [
    key,
    key === 'name' || value === null ? value : Number(value),
  ]);
  return Object.fromEntries(entries) as Life;
}

/** The API server prints whole seconds, and on a virtual machine the clocks of two processes were seen 0.43 s apart. */
const CLOCKS_APART_MS = 1000;

function within(life: Life | undefined, event: 'deleted' | 'gone', [from, to]: Span, widthMs: number): void {
  assert.ok(life);
  const [earliest, latest] = [life[`${event}_from`], life[`${event}_to`]];
  assert.ok(earliest !== null && latest !== null, `${life.name}: ${event} is bounded`);
  assert.ok(
    earliest <= to + CLOCKS_APART_MS && latest >= from - CLOCKS_APART_MS,
    `${life.name} ${event} in ${earliest}..${latest}, done in ${from}..${to}`,
  );
  assert.ok(latest - earliest <= widthMs, `${life.name} ${event} is known to ${latest - earliest} ms`);
}

test('a rollout, a kill and a restart of the API server, against the clock', async () => {
  const folder = freshFolder();
  const start = () =>
    startCli(['watch', '--kubeconfig', server.kubeconfig(), '-n', 'shop', '--out', folder], { timeout: 180_000 });
  for (const i of [1, 2, 3]) await runPod(server, { namespace: 'shop', name: `old-${i}`, ip: `10.1.0.${i}` });
  let watch = start();
  await shows(folder, /old-3/);

  // A rollout of one pod, with the changes that the EndpointSlice controller and the kubelet make.
  await runPod(server, { namespace: 'shop', name: 'new-1', ip: '10.1.0.11' });
  const slice = await server.must('POST', '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', sliceOf(true));
  await shows(folder, /new-1/);
  const deleted = await timed(() => deletePod(server, 'shop', 'old-1'));
  const version = (slice.metadata as { resourceVersion: string }).resourceVersion;
  await server.must('PUT', '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/api-x', sliceOf(false, version));
  await server.must('POST', '/api/v1/namespaces/shop/events', killing('old-1'));
  await delay(2500);
  const gone = await timed(() => endPod(server, 'shop', 'old-1'));
  await shows(folder, /"type":"DELETED".*old-1/);

  // The watcher is killed. Meanwhile a pod disappears, and nobody sees it.
  const killed = Date.now();
  await delay(1200);
  watch.child.kill('SIGKILL');
  await watch.done;
  const unseen = await timed(async () => {
    await deletePod(server, 'shop', 'old-2');
    await endPod(server, 'shop', 'old-2');
  });
  watch = start();
  await until(
    () => filesOf(folder, 'pods-shop').length === 2 && /new-1/.test(filesOf(folder, 'pods-shop')[1]!.text),
    'a second file',
    20_000,
  );
  await delay(500);
  const found = Date.now();

  // The API server is killed and starts again: the watch continues.
  await server.stopApi();
  await delay(500);
  await server.startApi();
  const late = await timed(() => deletePod(server, 'shop', 'old-3'));
  await shows(folder, /"type":"MODIFIED".*old-3.*deletionTimestamp/);

  watch.child.kill('SIGINT');
  const ended = expectStatus(await watch.done, 0);
  assert.match(ended.stderr, /Lines written to .*pods/);
  const stopped = Date.now();

  const lives = await livesOf(folder);
  assert.deepEqual([...lives.keys()].sort(), ['new-1', 'old-1', 'old-2', 'old-3']);
  within(lives.get('old-1'), 'deleted', deleted, 1000);
  within(lives.get('old-1'), 'gone', gone, 2000);
  within(lives.get('old-2'), 'gone', unseen, found - killed + 65_000);
  assert.ok(lives.get('old-2')!.gone_to! <= found + CLOCKS_APART_MS);
  within(lives.get('old-3'), 'deleted', late, 1000);
  assert.ok(stopped - lives.get('new-1')!.seen_until! < 5000, 'what lives was seen at the end');
  assert.equal(lives.get('new-1')!.deleted_to, null);
  assert.doesNotMatch(textOf(folder, 'pods-shop'), /annotation-secret|environment-secret/);
  assert.match(textOf(folder, 'endpointslices-shop'), /"terminating":true/);
  assert.match(textOf(folder, 'events-shop'), /Stopping container app/);
  if (process.env.RECORD) record(folder);
});

test('what the rights of deploy/watch.yaml do not allow is said in one sentence', async () => {
  await server.must('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/draintrace-watch');
  const result = await cli(['watch', '--kubeconfig', server.kubeconfig(), '--out', freshFolder(), '--for', '20s']);
  expectStatus(result, 3);
  assert.match(result.stderr, /not allowed \(.* is forbidden: .*\); allow list and watch of \w+ in all namespaces/);
});

function sliceOf(ready: boolean, resourceVersion?: string): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'api-x', labels: { 'kubernetes.io/service-name': 'api' }, resourceVersion },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready, serving: true, terminating: !ready },
        nodeName: 'node-1',
        targetRef: { kind: 'Pod', namespace: 'shop', name: 'old-1' },
      },
    ],
  };
}

function killing(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.1`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name, fieldPath: 'spec.containers{app}' },
    reason: 'Killing',
    message: 'Stopping container app',
    type: 'Normal',
    firstTimestamp: stamp(),
    lastTimestamp: stamp(),
    count: 1,
    source: { component: 'kubelet', host: 'node-1' },
  };
}

/** Returns the first file of each resource unchanged, for tests without API server. */
function record(folder: string): void {
  for (const resource of ['pods', 'endpointslices', 'events']) {
    const place = join(ROOT, 'test/golden/evidence', `kubernetes-real-${resource}`);
    mkdirSync(place, { recursive: true });
    for (const { text } of filesOf(folder, `${resource}-shop`).slice(0, 1))
      writeFileSync(join(place, 'input.jsonl'), text);
  }
}
