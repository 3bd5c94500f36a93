/** Properties of every reader, for any input. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading, ReadingContext } from '../../src/evidence/fact.ts';
import { EVIDENCE_KINDS, isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';

const CONTEXT: ReadingContext = {
  capturedAt: null,
  modifiedAt: 1_772_359_200_000_000,
  timezoneMinutes: 480,
  name: 'x.json',
};

/** Asserts the properties that the tables rely on. */
function check(reading: Reading, text: string): void {
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const fact of reading.facts) {
    const { earliest, latest, line } = fact;
    assert.ok(earliest !== null || latest !== null, 'a fact without any bound');
    assert.ok(earliest === null || Number.isSafeInteger(earliest), `earliest ${earliest}`);
    assert.ok(latest === null || Number.isSafeInteger(latest), `latest ${latest}`);
    assert.ok(earliest === null || latest === null || earliest <= latest, JSON.stringify(fact));
    assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`);
    for (const [key, value] of Object.entries(fact)) {
      if (typeof value !== 'number' || ['earliest', 'latest', 'line', 'latency'].includes(key)) continue;
      assert.equal(value | 0, value, `${key} is an INTEGER column`);
    }
  }
  for (const { line, reason, raw } of reading.rejected) {
    assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`);
    assert.match(reason, /^[a-z_]+(: .+)?$/s);
    assert.ok(raw.length > 0);
  }
  assert.ok(reading.records >= 0);
}

test('arbitrary text gives rejections, never an exception', () => {
  const words = fc.constantFrom(
    ...['{', '}', '[', ']', '"', ':', ',', '\n', ' ', '1 starts kube pod [2023-01-07 17:22:40] ;\n', 'NAME  STATUS\n'],
    ...[
      '"kind":"Pod"',
      '"items":[',
      '"metadata":{"name":"a"}',
      '"TargetHealthDescriptions":[',
      'pod,ip\n',
      'null',
      '"msg":"deRegistering targets","ts":1,"arn":"a","targets":[]',
      '"msg":"deRegistered targets","ts":0.5,"arn":"a","targets":[{"Id":"10.0.0.1","Port":80}]',
      'I0123 11:13:31.059901 1 a.go:1] Adding targets to arn:a: 10.0.0.1:80\n',
      '{"log":"',
      '-1',
    ],
  );
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.array(words).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, (text) => {
      for (const kind of EVIDENCE_KINDS) check(readEvidence(kind, text, CONTEXT), text);
    }),
    { numRuns: 500 },
  );
});

test('values of any type in any place of the JSON give rejections, never an exception', () => {
  const keys = fc.constantFrom(
    ...[
      'kind',
      'items',
      'metadata',
      'status',
      'spec',
      'name',
      'uid',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
    ],
    ...['conditions', 'containerStatuses', 'state', 'lastState', 'terminated', 'finishedAt', 'pods', 'capturedAt'],
    ...['podIPs', 'ip', 'containers', 'lifecycle', 'preStop', 'exec', 'command', 'ownerReferences', 'type', 'object'],
    ...['TargetHealthDescriptions', 'Target', 'TargetHealth', 'Id', 'Port', 'State'],
    ...['Records', 'Events', 'events', 'message', 'CloudTrailEvent', 'detail', 'eventName', 'eventSource', 'eventTime'],
    ...['taskArn', 'lastStatus', 'desiredStatus', 'stoppingAt', 'executionStoppedAt', 'exitCode', 'networkBindings'],
    ...['hostPort', 'attachments', 'details', 'detail-type', 'source', 'tasks', 'services', 'serviceArn', 'createdAt'],
    ...['requestParameters', 'targetGroupArn', 'targets', 'id', 'port', 'msg', 'ts', 'arn', 'log'],
  );
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6, depthSize: 'large' },
      fc.constantFrom<unknown>(
        'Pod',
        'a',
        '2026-03-01T10:00:13Z',
        0,
        50,
        true,
        null,
        '10.0.0.1',
        'draining',
        'DELETED',
        'DeregisterTargets',
        'elasticloadbalancing.amazonaws.com',
        'deRegistered targets',
        'arn:aws:ecs:eu-north-1:222233334444:task/shop/0123456789abcdef0123456789abcdef',
        'STOPPED',
        'ECS Task State Change',
        1772359210.5,
      ),
      fc.dictionary(keys, tie('node'), { maxKeys: 6 }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(node, { maxLength: 4 }), (values) => {
      const text = values.map((value) => JSON.stringify(value, null, 1)).join('\n');
      for (const kind of EVIDENCE_KINDS) check(readEvidence(kind, text, CONTEXT), text);
    }),
    { numRuns: 500 },
  );
});

test('golden inputs with damage in any place keep the invariants', () => {
  const folder = join(import.meta.dirname, '../golden/evidence');
  const texts = readdirSync(folder).map((name) => {
    const input = readdirSync(join(folder, name)).find((file) => file.startsWith('input.'))!;
    const { kind }: { kind: string } = JSON.parse(readFileSync(join(folder, name, 'context.json'), 'utf8'));
    assert.ok(isEvidenceKind(kind));
    return { kind, text: readFileSync(join(folder, name, input), 'utf8') };
  });
  const damage = fc.record({
    source: fc.constantFrom(...texts),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(40),
    insert: fc.oneof(fc.constant(''), fc.string({ maxLength: 5 }), fc.constantFrom('"', '}', '\n', '\u0000', '{\n')),
  });
  fc.assert(
    fc.property(damage, ({ source: { kind, text }, at, length, insert }) => {
      const offset = Math.floor(at * text.length);
      const damaged = text.slice(0, offset) + insert + text.slice(offset + length);
      check(readEvidence(kind, damaged, CONTEXT), damaged);
    }),
    { numRuns: 400 },
  );
});

test('many bad records and deep nesting are rejected like any other', () => {
  const many = JSON.stringify({ TargetHealthDescriptions: Array(150_000).fill(1) });
  assert.equal(readEvidence('target_health_json', many, CONTEXT).rejected.length, 150_000);
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  for (const [kind, text] of [
    ['kubectl_pods_json', `{"kind":"Pod","metadata":{"name":"a","deletionTimestamp":${deep}}}`],
    ['kubectl_pods_json', `{"items":[${deep}]}`],
    ['kubectl_pods_json', `{"capturedAt":${deep},"pods":[]}`],
    ['target_health_json', `{"TargetHealthDescriptions":[${deep},{"Target":{"Id":${deep}}}]}`],
  ] as const) {
    const reading = readEvidence(kind, text, CONTEXT);
    check(reading, text);
    assert.ok(reading.rejected.length > 0);
  }
});

test('numbers that no column holds are not read', () => {
  const terminated = { exitCode: 2 ** 40, finishedAt: '2026-03-01T10:01:00Z' };
  const signalled = { exitCode: 0, signal: 2 ** 31 - 1, finishedAt: '2026-03-01T10:02:00Z' };
  const pod = {
    kind: 'Pod',
    metadata: { name: 'a', uid: 'u', creationTimestamp: '2026-03-01T10:00:00Z' },
    spec: {
      terminationGracePeriodSeconds: 2 ** 31,
      containers: [
        { name: 'c', lifecycle: { preStop: { sleep: { seconds: 2 ** 40 } } } },
        { name: 'd', lifecycle: { preStop: { exec: { command: ['sleep', '999999d'] } } } },
        { name: 'e', lifecycle: { preStop: { exec: { command: ['sleep', '1.5'] } } } },
      ],
    },
    status: {
      phase: 'Failed',
      containerStatuses: [
        { name: 'c', state: { terminated } },
        { name: 'd', state: { terminated: signalled } },
      ],
    },
  };
  const text = JSON.stringify(pod);
  const reading = readEvidence('kubectl_pods_json', text, CONTEXT);
  check(reading, text);
  assert.equal(reading.facts.length, 3);
  const half = text.replace('999999d', '0.5');
  const [fact] = readEvidence('kubectl_pods_json', half, CONTEXT).facts;
  assert.ok(fact?.kind === 'pod');
  assert.equal(fact.pre_stop_seconds, 2);
});

test('without any capture time nothing is said of what was alive then', () => {
  const context = { ...CONTEXT, modifiedAt: null };
  const pod = '{"kind":"Pod","metadata":{"name":"a","creationTimestamp":"2026-03-01T10:00:00Z"},"status":{}}';
  const pods = readEvidence('kubectl_pods_json', pod, context);
  assert.deepEqual(
    pods.facts.map((fact) => fact.kind === 'pod' && fact.event),
    ['created'],
  );
  assert.match(pods.notes.join(), /--captured-at/);
  const targets = readEvidence('target_health_json', '{"TargetHealthDescriptions":[]}', context);
  assert.deepEqual(
    targets.rejected.map(({ reason }) => reason),
    ['no_capture_time: give --captured-at'],
  );
});
