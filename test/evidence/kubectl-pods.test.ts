/** Tests what a capture tells about pods, one trap at a time. The golden cases have the complete shapes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readKubernetesJson } from '../../src/evidence/kubernetes-json.ts';
import { formatTime } from '../../src/time/time.ts';

const CAPTURED = 1_772_360_000_000_000; // 2026-03-01T10:13:20Z

interface Options {
  uid?: string;
  rv?: string;
  deletion?: [timestamp: string, grace: number | null];
  finalizers?: string[];
  preStop?: object;
  state?: object;
}

function pod(name: string, { uid = name, rv = '1', deletion, finalizers, preStop, state }: Options = {}): object {
  const deleting = deletion && { deletionTimestamp: deletion[0], deletionGracePeriodSeconds: deletion[1] ?? undefined };
  return {
    kind: 'Pod',
    metadata: { name, uid, resourceVersion: rv, creationTimestamp: '2026-03-01T10:00:00Z', finalizers, ...deleting },
    spec: { containers: [{ name: 'api', lifecycle: preStop && { preStop } }] },
    status: { podIP: '10.0.0.1', containerStatuses: state ? [{ name: 'api', ...state }] : [] },
  };
}

const list = (...items: object[]) => ({ kind: 'List', items });

/** Facts without the creations, in short form: "name event earliest..latest" with times of that day. */
function facts(...values: object[]): string[] {
  const text = values.map((value) => JSON.stringify(value, null, 4)).join('\n');
  const reading = readKubernetesJson(text, { capturedAt: CAPTURED, modifiedAt: null, timezoneMinutes: 0, name: 'x' });
  assert.deepEqual(reading.rejected, []);
  const clock = (time: number | null) => (time === null ? '' : formatTime(time).slice(11, 19));
  return reading.facts.flatMap((fact) =>
    fact.kind === 'pod' && fact.event !== 'created'
      ? [`${fact.name} ${fact.event} ${clock(fact.earliest)}..${clock(fact.latest)}`]
      : [],
  );
}

test('deletion was requested a grace period before deletionTimestamp', () => {
  assert.deepEqual(facts(list(pod('a', { deletion: ['2026-03-01T10:05:50Z', 50] }))), ['a deleted 10:05:00..10:05:00']);
});

test('a deletionTimestamp without a grace period that can be only bounds the request', () => {
  for (const grace of [null, -5, 2 ** 40, 1.5])
    assert.deepEqual(facts(list(pod('a', { deletion: ['2026-03-01T10:05:50Z', grace] }))), ['a deleted ..10:05:50']);
});

test('the first deletion of a stream stands, whatever rewrites it', () => {
  const first = pod('a', { rv: '2', deletion: ['2026-03-01T10:05:50Z', 50] });
  const shorter = pod('a', { rv: '3', deletion: ['2026-03-01T10:05:20Z', 5] });
  const last = pod('a', { rv: '4', deletion: ['2026-03-01T10:05:22Z', 0] });
  assert.deepEqual(facts(pod('a'), first, shorter, last), [
    'a deleted 10:05:00..10:05:00',
    'a gone 10:05:22..10:13:20',
  ]);
});

test('grace 0 alone says gone, and of the request only that it came before', () => {
  const last = pod('a', { deletion: ['2026-03-01T10:05:22Z', 0] });
  assert.deepEqual(facts(last), ['a deleted ..10:05:22', 'a gone 10:05:22..10:13:20']);
  const held = pod('a', { deletion: ['2026-03-01T10:05:22Z', 0], finalizers: ['x/y'] });
  assert.deepEqual(facts(held), ['a deleted ..10:05:22', 'a gone 10:05:22..']);
  // A snapshot that still shows the pod proves that it existed at the capture.
  assert.deepEqual(facts(list(last)), ['a deleted ..10:05:22', 'a gone 10:13:20..']);
});

test('a capture time before times in the capture bounds nothing', () => {
  const text = JSON.stringify({ type: 'DELETED', object: pod('a', { deletion: ['2026-03-01T10:05:22Z', 0] }) });
  const context = { capturedAt: null, modifiedAt: 1_000_000, timezoneMinutes: 0, name: 'x' };
  const { facts: read, notes } = readKubernetesJson(text, context);
  assert.deepEqual(
    read.flatMap((fact) => (fact.kind === 'pod' && fact.event === 'gone' ? [fact.latest] : [])),
    [null],
  );
  assert.match(notes.join(' '), /clock is wrong/);
  assert.ok(
    !readKubernetesJson(JSON.stringify(pod('a')), context).facts.some((f) => f.kind === 'pod' && f.event === 'seen'),
  );
});

test('a stream shows as alive who it mentioned last without an end', () => {
  assert.deepEqual(facts(pod('a'), pod('b'), pod('a', { rv: '2' })), [
    'a seen 10:13:20..10:13:20',
    'b seen 10:13:20..10:13:20',
  ]);
});

test('a watch that started over leaves open what became of those it no longer mentions', () => {
  assert.deepEqual(facts(pod('a'), pod('b'), pod('b')), ['b seen 10:13:20..10:13:20']);
  const added = (object: object) => ({ type: 'ADDED', object });
  assert.deepEqual(facts(added(pod('a')), added(pod('b')), added(pod('b', { rv: '2' }))), [
    'b seen 10:13:20..10:13:20',
  ]);
});

test('a pod missing in the next listing of the same pods is gone, in one of other pods it is not', () => {
  assert.deepEqual(facts(list(pod('a'), pod('b')), list(pod('b'))), [
    'a gone 10:00:00..10:13:20',
    'b seen 10:13:20..10:13:20',
  ]);
  assert.deepEqual(facts(list(pod('a')), list(pod('b'))), ['a seen 10:13:20..10:13:20', 'b seen 10:13:20..10:13:20']);
  const at = (capturedAt: string, ...pods: object[]) => ({ capturedAt, pods: list(...pods) });
  assert.deepEqual(facts(at('2026-03-01T10:01:00Z', pod('a')), at('2026-03-01T10:02:00Z')), [
    'a gone 10:01:00..10:02:00',
    'a seen 10:01:00..10:01:00',
  ]);
});

test('a listing with an item that cannot be read makes nobody gone', () => {
  const text = JSON.stringify([list(pod('a'), pod('b')), list(pod('b'), { kind: 'Pod' })]).slice(1, -1);
  const lines = text.replace('},{"kind":"List"', '}\n{"kind":"List"');
  const context = { capturedAt: CAPTURED, modifiedAt: null, timezoneMinutes: 0, name: 'x' };
  const reading = readKubernetesJson(lines, context);
  assert.equal(reading.rejected.length, 1);
  assert.ok(!reading.facts.some((fact) => fact.kind === 'pod' && fact.event === 'gone'));
});

test('containers of a living pod restarted, those of a pod on its way out finished', () => {
  const ended = (finishedAt: string) => ({ terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt } });
  const crashed = pod('a', { state: { lastState: ended('2026-03-01T10:02:00Z') } });
  assert.deepEqual(facts(list(crashed)), ['a restarted 10:02:00..10:02:00', 'a seen 10:13:20..10:13:20']);
  const both = { state: ended('2026-03-01T10:05:30Z'), lastState: ended('2026-03-01T10:02:00Z') };
  assert.deepEqual(facts(list(pod('a', { state: both, deletion: ['2026-03-01T10:05:50Z', 50] }))), [
    'a finished 10:05:30..10:05:30',
    'a restarted 10:02:00..10:02:00',
    'a deleted 10:05:00..10:05:00',
  ]);
  // Seen first in the short time before its restart: still the same restart.
  assert.deepEqual(facts(pod('a', { state: { state: ended('2026-03-01T10:02:00Z') } }), { ...crashed }).slice(0, 1), [
    'a restarted 10:02:00..10:02:00',
  ]);
});

test('the longest preStop sleep is found however it is written', () => {
  const seconds = (preStop: object) => {
    const text = JSON.stringify(pod('a', { preStop }));
    const { facts: read } = readKubernetesJson(text, {
      capturedAt: null,
      modifiedAt: null,
      timezoneMinutes: 0,
      name: 'x',
    });
    return read[0]?.kind === 'pod' ? read[0].pre_stop_seconds : undefined;
  };
  const exec = (...command: string[]) => seconds({ exec: { command } });
  assert.equal(seconds({ sleep: { seconds: 25 } }), 25);
  assert.equal(exec('sleep', '40'), 40);
  assert.equal(exec('/bin/sleep', '40'), 40);
  assert.equal(exec('/bin/sh', '-c', 'sleep 10 && nginx -s quit; sleep 5'), 10);
  assert.equal(exec('sh', '-c', 'kill 1;sleep 1m'), 60);
  assert.equal(exec('sleep', '0.5'), 1);
  assert.equal(exec('sh', '-c', 'nosleep 10; sleep $N; sleep 3x'), null);
  assert.equal(seconds({ httpGet: { path: '/sleep 9' } }), null);
});

test('Ready that became false, readiness gates of both versions, DisruptionTarget, images and a signal are facts', () => {
  const condition = (type: string, status: string, time: string, more = {}) => ({
    type,
    status,
    lastTransitionTime: `2026-03-01T10:0${time}Z`,
    ...more,
  });
  const value = {
    kind: 'Pod',
    metadata: { name: 'a', uid: 'a', creationTimestamp: '2026-03-01T10:00:00Z' },
    spec: {
      containers: [
        { name: 'api', image: 'r.example/b:2' },
        { name: 'log', image: 'r.example/a:1' },
      ],
    },
    status: {
      podIP: '10.0.0.1',
      phase: 'Failed',
      conditions: [
        condition('Ready', 'False', '5:00', { reason: 'PodFailed' }),
        condition('target-health.elbv2.k8s.aws/k8s-shop-api-7848e5026b', 'True', '1:05'),
        condition('target-health.alb.ingress.k8s.aws/web_api_80', 'True', '1:07'),
        condition('target-health.elbv2.k8s.aws/other', 'False', '1:09'),
        condition('DisruptionTarget', 'True', '4:30', { reason: 'TerminationByKubelet', message: 'low on memory' }),
      ],
      containerStatuses: [
        {
          name: 'api',
          state: {
            terminated: {
              startedAt: '2026-03-01T10:01:00Z',
              finishedAt: '2026-03-01T10:04:59Z',
              exitCode: 0,
              signal: 9,
              reason: 'Error',
            },
          },
        },
      ],
    },
  };
  const reading = readKubernetesJson(JSON.stringify(value), {
    capturedAt: CAPTURED,
    modifiedAt: null,
    timezoneMinutes: 0,
    name: 'x',
  });
  const said = reading.facts.map((fact) => {
    assert.ok(fact.kind === 'pod');
    assert.equal(fact.images, 'r.example/a:1,r.example/b:2');
    const { event, earliest, exit_code, reason, detail } = fact;
    return [event, formatTime(earliest ?? 0).slice(11, 19), exit_code, reason, detail].filter((one) => one !== null);
  });
  assert.deepEqual(said, [
    ['created', '10:00:00'],
    ['unready', '10:05:00', 'PodFailed'],
    ['target_healthy', '10:01:05', 'target-health.elbv2.k8s.aws/k8s-shop-api-7848e5026b'],
    ['target_healthy', '10:01:07', 'target-health.alb.ingress.k8s.aws/web_api_80'],
    ['warned', '10:04:30', 'TerminationByKubelet', 'low on memory'],
    ['finished', '10:04:59', 137, 'Error'],
  ]);
});

test('Ready that was false from the beginning never became so', () => {
  const value = {
    kind: 'Pod',
    metadata: { name: 'a', uid: 'a', creationTimestamp: '2026-03-01T10:00:00Z' },
    status: {
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-03-01T10:00:01Z' }],
      containerStatuses: [{ name: 'api', state: { running: { startedAt: '2026-03-01T10:00:03Z' } } }],
    },
  };
  assert.deepEqual(facts(value), ['a seen 10:13:20..10:13:20']);
});

test('names in snake case, as the Python client prints them, are the names of the API', () => {
  const metadata = {
    name: 'a',
    uid: 'a',
    labels: { my_app: 'x' },
    creation_timestamp: '2026-03-01 10:00:00+00:00',
    deletion_timestamp: '2026-03-01 10:05:30+00:00',
    deletion_grace_period_seconds: 30,
  };
  const item = {
    api_version: null,
    kind: null,
    metadata,
    spec: { node_name: 'n', containers: [] },
    status: { pod_ip: '10.0.0.1' },
  };
  const text = JSON.stringify({ api_version: 'v1', kind: 'PodList', items: [item] });
  const reading = readKubernetesJson(text, { capturedAt: CAPTURED, modifiedAt: null, timezoneMinutes: 0, name: 'x' });
  const found = reading.facts.map((fact) => (fact.kind === 'pod' ? `${fact.event} ${fact.ip} ${fact.node}` : ''));
  assert.deepEqual(found, ['created 10.0.0.1 n', 'deleted 10.0.0.1 n']);
});
