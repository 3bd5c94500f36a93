/** Tests Events of Kubernetes as exporters take them apart, and metrics as VictoriaMetrics exports them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: null, modifiedAt: 1_800_000_000_000_000, timezoneMinutes: 0, name: 'x' };

function read(text: string, kind: 'kubernetes_events_json' | 'prometheus_json' = 'kubernetes_events_json'): string[] {
  assert.equal(recognise(text, 'x').kind, kind);
  const { facts, rejected } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(rejected, []);
  return facts.map((fact) =>
    fact.kind === 'pod'
      ? `${fact.namespace}/${fact.name} ${fact.event} ${formatTime(fact.latest!).slice(0, 19)}`
      : fact.kind,
  );
}

const STOPPING = ['shop/web-1 stopping 2024-05-14T10:00:00'];
const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

test("an Event of OpenTelemetry's receiver of Events", () => {
  const resource = {
    attributes: attributes({ 'k8s.object.kind': 'Pod', 'k8s.object.name': 'web-1', 'k8s.object.uid': 'u' }),
  };
  const record = {
    timeUnixNano: '1715680800000000000',
    severityText: 'Normal',
    body: { stringValue: 'Stopping container web' },
    attributes: attributes({
      'k8s.event.reason': 'Killing',
      'k8s.event.start_time': '2024-05-14 10:00:00 +0000 UTC',
      'k8s.namespace.name': 'shop',
    }),
  };
  assert.deepEqual(
    read(JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] })),
    STOPPING,
  );
});

test('an Event of Metricbeat', () => {
  const event = {
    involved_object: { api_version: 'v1', kind: 'Pod', name: 'web-1', uid: 'u' },
    message: 'Stopping container web',
    metadata: { name: 'web-1.1', namespace: 'shop', timestamp: { created: '2024-05-14T10:00:00.000Z' } },
    reason: 'Killing',
    timestamp: { first_occurrence: '2024-05-14T10:00:00.000Z', last_occurrence: '2024-05-14T10:00:00.000Z' },
  };
  const text = JSON.stringify({ '@timestamp': '2024-05-14T10:00:01Z', kubernetes: { event } });
  assert.deepEqual(read(text), STOPPING);
});

test('an Event whose members a store flattened, as JSON and as CSV', () => {
  const flat = {
    reason: 'Killing',
    message: 'Stopping container web',
    firstTimestamp: '2024-05-14T10:00:00Z',
    'involvedObject.kind': 'Pod',
    'involvedObject.name': 'web-1',
    'involvedObject.namespace': 'shop',
  };
  const named = Object.fromEntries(Object.entries(flat).map(([name, value]) => [`event.${name}`, value]));
  assert.deepEqual(read(JSON.stringify([{ timestamp: 1715680800000, ...named }])), STOPPING);
  assert.deepEqual(read(`${Object.keys(flat).join(',')}\n${Object.values(flat).join(',')}\n`), STOPPING);
});

test('an Event whose members a store flattened with underscores', () => {
  const flat = { involvedObject_kind: 'Pod', involvedObject_name: 'web-1', involvedObject_namespace: 'shop' };
  const said = { reason: 'Killing', message: 'Stopping container web', lastTimestamp: '2024-05-14T10:00:00Z' };
  assert.deepEqual(read(JSON.stringify({ ...flat, ...said })), STOPPING);
});

test('an Event whose time has no zone is rejected: a store may print the time of its user', () => {
  const event = { kind: 'Event', involvedObject: { kind: 'Pod', name: 'web-1' }, reason: 'Killing' };
  const { rejected } = readEvidence(
    'kubernetes_events_json',
    JSON.stringify({ ...event, lastTimestamp: '2024-05-14 10:00:00' }),
    CONTEXT,
  );
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    ['bad_time: "2024-05-14 10:00:00" has no zone'],
  );
});

test('series as VictoriaMetrics exports them', () => {
  const series = (name: string, values: number[], timestamps: number[], more = {}) =>
    JSON.stringify({
      metric: { __name__: name, namespace: 'shop', pod: 'web-1', instance: 'k', ...more },
      values,
      timestamps,
    });
  const times = [1715680795000, 1715680810000];
  const text = `${series('kube_pod_info', [1, 1], times, { pod_ip: '10.0.0.1' })}\n${series('kube_pod_deletion_timestamp', [1715680830], times.slice(1))}\n`;
  const facts = read(text, 'prometheus_json');
  assert.ok(facts.includes('shop/web-1 deleted 2024-05-14T10:00:10'), facts.join());
  assert.ok(facts.includes('shop/web-1 grace_end 2024-05-14T10:00:30'), facts.join());
});

test('a table of kubectl get all has the kind before the name', () => {
  const text = 'NAME        READY   STATUS    RESTARTS   AGE\npod/web-1   1/1     Running   0          60m\n';
  const { facts, rejected } = readEvidence('kubectl_pods_table', text, CONTEXT);
  assert.deepEqual(rejected, []);
  assert.ok(facts.every((fact) => fact.kind === 'pod' && fact.name === 'web-1') && facts.length > 0);
});

test('a line of date is the time of the table behind it', () => {
  const table = 'NAME    READY   STATUS        RESTARTS   AGE\nweb-1   1/1     Terminating   0          60m\n';
  const { facts, notes } = readEvidence('kubectl_pods_table', `Tue May 14 10:00:10 UTC 2024\n${table}`, CONTEXT);
  assert.deepEqual(notes, []);
  const deleted = facts.find((fact) => fact.kind === 'pod' && fact.event === 'deleted');
  assert.equal(formatTime(deleted!.latest!).slice(0, 19), '2024-05-14T10:00:10');
});

test("Events of Grafana's Alloy in Loki, in logfmt and in JSON", () => {
  const logfmt =
    'name=web-1 kind=Pod eventRV=4 sourcecomponent=kubelet reason=Killing type=Normal msg="Stopping container web"';
  const json = {
    name: 'web-1',
    kind: 'Pod',
    eventRV: '4',
    reason: 'Killing',
    type: 'Normal',
    msg: 'Stopping container web',
  };
  const labels = { job: 'loki.source.kubernetes_events', namespace: 'shop' };
  for (const line of [logfmt, JSON.stringify(json)]) {
    const result = [{ stream: labels, values: [['1715680800000000000', line]] }];
    assert.deepEqual(read(JSON.stringify({ status: 'success', data: { resultType: 'streams', result } })), STOPPING);
    assert.deepEqual(read(JSON.stringify({ labels, line, timestamp: '2024-05-14T10:00:00Z' })), STOPPING);
  }
});

test("an Event of Alloy in a line of logcli, in Grafana's CSV, and without a time", () => {
  const line =
    'name=web-1 kind=Pod objectAPIversion=v1 eventRV=4 sourcecomponent=kubelet reason=Killing type=Normal msg="Stopping container web"';
  assert.deepEqual(read(`2024-05-14T10:00:00Z {job="x", namespace="shop"} ${line}\n`), STOPPING);
  const cell = `"${line.replaceAll('"', '""')}"`;
  assert.deepEqual(read(`"Time","Line","tsNs"\n1715680800000,${cell},1715680800000000000\n`), [
    'null/web-1 stopping 2024-05-14T10:00:00',
  ]);
  const { rejected } = readEvidence('kubernetes_events_json', `${line}\n`, CONTEXT);
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    ['no_time: neither eventTime nor firstTimestamp'],
  );
});
