/** Tests who has an address that pods share or pass on: a node without an object, a node of Fargate, a finished Job's pod. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';

const GROUP =
  'arn:aws:elasticloadbalancing:eu-west-3:111122223333:targetgroup/k8s-store-cart-4b5c6d7e8f/8899aabbccddeeff';
const at = (seconds: number): string => new Date(Date.UTC(2026, 4, 11, 7, 0, 0) + seconds * 1000).toISOString();
const second = (seconds: number): string => at(seconds).replace('.000Z', 'Z');

function request(seconds: number, target: string, status: 200 | 502 | 504): string {
  const [times, codes, took] =
    status === 200 ? ['0.001 0.020 0.000', '200 200', 0.021] : ['-1 -1 -1', `${status} -`, status === 504 ? 10 : 0.004];
  const trace = `Root=1-6a019a00-${String(Math.round(seconds) + 1e6).padStart(24, '0')}`;
  const [time, created] = [at(seconds + took), at(seconds)].map((one) => one.replace('Z', '000Z'));
  return `http ${time} app/store/8899aabbccddeeff 198.51.100.7:41000 ${target} ${times} ${codes} 100 200 "GET http://store.example:80/ HTTP/1.1" "curl/8" - - ${GROUP} "${trace}" "-" "-" 0 ${created} "forward" "-" "-" "${target}" "-" "-" "-" TID_00000000000000000000000000000000\n`;
}

interface Told {
  name: string;
  node: string;
  hostIP: string;
  podIP: string;
  since: number;
  owner?: { kind: string; name: string };
  deleted?: number;
  finished?: number;
  hostNetwork?: boolean;
}

function pod({ name, node, hostIP, podIP, since, owner, deleted, finished, hostNetwork }: Told) {
  const running = { running: { startedAt: second(since + 2) } };
  const ended =
    finished === undefined ? null : { exitCode: 0, finishedAt: second(finished), startedAt: second(since + 2) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'store',
      uid: `uid-of-${name}`,
      creationTimestamp: second(since),
      ...(owner ? { ownerReferences: [{ ...owner, controller: true }] } : {}),
      ...(deleted === undefined ? {} : { deletionTimestamp: second(deleted + 30), deletionGracePeriodSeconds: 30 }),
    },
    spec: { nodeName: node, hostNetwork, containers: [{ name: 'app', image: 'registry.example/app:1' }] },
    status: {
      phase: finished === undefined ? 'Running' : 'Succeeded',
      hostIP,
      podIP,
      startTime: second(since),
      conditions: [
        { type: 'Ready', status: ended ? 'False' : 'True', lastTransitionTime: second(finished ?? since + 5) },
      ],
      containerStatuses: [{ name: 'app', restartCount: 0, state: ended ? { terminated: ended } : running }],
    },
  };
}

/** Loads files, and returns `target_kind target_name cause confidence` of each failure by its time. */
async function verdicts(files: Record<string, string>): Promise<string[]> {
  const cwd = freshFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const loaded = await cli(['load', ...Object.keys(files), '--db', 'a.duckdb'], { cwd });
  expectStatus(loaded, 0);
  check(loaded, ({ stderr }) => assert.doesNotMatch(stderr, /rejected: /));
  const sql = "SELECT concat_ws(' ', target_kind, target_name, cause, confidence) AS said FROM verdict ORDER BY time";
  const asked = await cli(['sql', sql, '--format', 'json', '--db', 'a.duckdb'], { cwd });
  expectStatus(asked, 0);
  return (JSON.parse(asked.stdout) as { said: string }[]).map(({ said }) => said);
}

const lines = (values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const list = (items: unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test("a node port is its node's by the hostIP of the node's pods, where nobody gave the node", async () => {
  const nodes = [1, 2].map((number) => ({ node: `pool-b-${number}`, hostIP: `10.61.2.4${number}` }));
  const carts = nodes.map((on, index) => ({
    ...on,
    name: `cart-${index + 1}`,
    podIP: `10.61.8.${index}`,
    since: -4000,
  }));
  const proxies = nodes.map((on, index) => ({
    ...on,
    name: `proxy-${index + 1}`,
    podIP: on.hostIP,
    since: -5000,
    hostNetwork: true,
  }));
  const watch = [
    ...[...proxies, ...carts].map((one) => ({ capturedAt: at(-600), type: 'ADDED', object: pod(one) })),
    { capturedAt: at(0.5), type: 'MODIFIED', object: pod({ ...carts[0]!, deleted: 0 }) },
    { capturedAt: at(600), type: 'BOOKMARK', object: { kind: 'Pod', metadata: {} } },
  ];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cart', namespace: 'store', creationTimestamp: second(-9000) },
    spec: { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30777 }] },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: { name: 'cart-x', namespace: 'store', labels: { 'kubernetes.io/service-name': 'cart' } },
    endpoints: carts.map(({ name, node, podIP }) => ({
      addresses: [podIP],
      conditions: { ready: true },
      nodeName: node,
      targetRef: { kind: 'Pod', name, namespace: 'store' },
    })),
  };
  const said = await verdicts({
    'access.log': [
      ...[-50, -40, -30].flatMap((seconds) => nodes.map(({ hostIP }) => request(seconds, `${hostIP}:30777`, 200))),
      request(5, '10.61.2.41:30777', 502),
      request(6, '10.61.2.42:30777', 502),
    ].join(''),
    'pods.json': lines(watch),
    // The first object has settings alone: those after it are read all the same.
    [`services@${second(-600).replaceAll(':', '-')}.json`]: list([service, slice]),
  });
  assert.deepEqual(said, [
    'node_port pool-b-1:30777 draining_target bounded',
    'node_port pool-b-2:30777 healthy_target bounded',
  ]);
});

test('a pod of Fargate keeps its address, which its node has too', async () => {
  const name = 'fargate-ip-10-61-30-9.eu-west-3.compute.internal';
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, creationTimestamp: second(-4000), labels: { 'eks.amazonaws.com/compute-type': 'fargate' } },
    status: {
      addresses: [{ type: 'InternalIP', address: '10.61.30.9' }],
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: second(-3990) }],
    },
  };
  const cart = pod({ name: 'cart-1', node: name, hostIP: '10.61.30.9', podIP: '10.61.30.9', since: -3980, deleted: 0 });
  const said = await verdicts({
    'access.log': request(-30, '10.61.30.9:8000', 200) + request(4, '10.61.30.9:8000', 502),
    [`cluster@${second(6).replaceAll(':', '-')}.json`]: list([node, cart]),
  });
  assert.deepEqual(said, ['pod store/cart-1 draining_target exact']);
});

/** The pod of a Job that ended keeps its address in its object, while the next pod has it: what polls show of both. */
const HOST = { node: 'pool-b-1', hostIP: '10.61.2.41' };
const JOB = { ...HOST, name: 'report-qzx4k', podIP: '10.61.8.77', since: 60, owner: { kind: 'Job', name: 'report' } };
const CART = { ...HOST, name: 'cart-a', podIP: '10.61.8.77', since: 121, owner: { kind: 'ReplicaSet', name: 'cart' } };
const OTHER = {
  ...HOST,
  name: 'cart-b',
  podIP: '10.61.8.78',
  since: -4000,
  owner: { kind: 'ReplicaSet', name: 'cart' },
};
const POLLS = Array.from({ length: 30 }, (_, index) => index * 20).map((seconds) => ({
  seconds,
  pods: [
    ...(seconds < 70 ? [] : [seconds < 101 ? JOB : { ...JOB, finished: 101 }]),
    ...(seconds < 130 || seconds > 395 ? [] : [seconds > 370 ? { ...CART, deleted: 370 } : CART]),
    OTHER,
  ] satisfies Told[],
}));
const POLLED = [140, 200, 260, 320].flatMap((seconds) =>
  [CART, OTHER].map(({ podIP }) => request(seconds, `${podIP}:8000`, 200)),
);
const FAILED = [385, 400].map((seconds) => request(seconds, '10.61.8.77:8000', 504));

test("polls: the address of a finished Job's pod is that of the pod after it", async () => {
  const polls = POLLS.map(({ seconds, pods }) => ({ capturedAt: second(seconds), pods: { items: pods.map(pod) } }));
  const said = await verdicts({ 'access.log': [...POLLED, ...FAILED].join(''), 'pods.jsonl': lines(polls) });
  assert.deepEqual(said, Array(2).fill('pod store/cart-a draining_target exact'));
});

const aligned = (cells: string[]): string => cells.map((cell) => cell.padEnd(18)).join('');

for (const ended of ['Completed', 'Error', 'OOMKilled']) {
  test(`polled tables: the address of a Job's pod that is ${ended} is that of the pod after it`, async () => {
    const row = (one: Told, seconds: number): string => {
      const status = one.finished ? ended : one.deleted === undefined ? 'Running' : 'Terminating';
      const age = `${Math.floor((seconds - one.since) / 60)}m${(seconds - one.since) % 60}s`;
      const cells = [one.name, one.finished ? '0/1' : '1/1', status, '0', age, one.podIP, one.node, '<none>', '<none>'];
      return aligned(cells);
    };
    const header = aligned([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    const tables = POLLS.map(
      ({ seconds, pods }) => `${second(seconds)}\n${[header, ...pods.map((one) => row(one, seconds))].join('\n')}\n`,
    );
    const said = await verdicts({ 'access.log': [...POLLED, ...FAILED].join(''), 'pods.txt': tables.join('') });
    assert.deepEqual(said, Array(2).fill('pod cart-a draining_target bounded'));
  });
}
