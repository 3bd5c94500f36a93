/** Tests objects as Python prints them: answers of boto3 and objects of the Kubernetes client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EvidenceKind } from '../../src/evidence/fact.ts';
import { fromPython } from '../../src/evidence/python-text.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 60, name: 'x' };

function read(kind: EvidenceKind, text: string) {
  const seen = recognise(text, 'x');
  assert.deepEqual([seen.kind, seen.isWrapped, seen.isPython], [kind, true, true]);
  const { facts, rejected, notes } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(rejected, []);
  const told = facts.map((fact) => {
    const what = 'event' in fact ? fact.event : fact.kind === 'target' ? fact.state : '';
    return `${fact.line} ${what} ${'latest' in fact && fact.latest !== null ? formatTime(fact.latest).slice(11, 23) : ''}`;
  });
  return { told, notes };
}

const value = (text: string): unknown => JSON.parse(fromPython(text, 60)!.text);

test('a pod of the Kubernetes client, over several lines', () => {
  const text = `{'api_version': 'v1',
 'kind': 'Pod',
 'metadata': {'creation_timestamp': datetime.datetime(2026, 3, 1, 9, 0, tzinfo=tzutc()),
              'deletion_grace_period_seconds': 30,
              'deletion_timestamp': datetime.datetime(2026, 3, 1, 10, 0, 31, tzinfo=tzutc()),
              'name': 'web-1', 'namespace': 'shop', 'uid': 'u', 'self_link': None},
 'spec': {'containers': [{'name': 'web', 'tty': False}], 'note': 'in two '
                 'parts'},
 'status': {'phase': 'Running', 'pod_ip': '10.0.1.11'}}
`;
  const { told } = read('kubectl_pods_json', text);
  assert.deepEqual(told, ['1 created 09:00:00.999', '1 deleted 10:00:01.999']);
});

test('an answer of boto3 in a line of a log, and its time in the zone of the machine', () => {
  const target =
    "{'TargetHealthDescriptions': [{'Target': {'Id': '10.0.1.11', 'Port': 8080}, 'TargetHealth': {'State': 'draining'}}]}";
  assert.deepEqual(read('target_health_json', `\n2026-03-01 10:00:10,123 INFO health ${target}\n`).told, [
    '2 draining 11:00:00.000',
  ]);
  const arn = 'arn:aws:ecs:eu-west-1:111122223333:';
  const task = `{'tasks': [{'taskArn': '${arn}task/shop/0a', 'clusterArn': '${arn}cluster/shop', 'lastStatus': 'RUNNING',
 'attachments': [{'details': [{'name': 'privateIPv4Address', 'value': '10.0.1.11'}]}],
 'createdAt': datetime.datetime(2026, 3, 1, 10, 0, 0, 123000, tzinfo=tzlocal())}]}`;
  const { told, notes } = read('ecs_description_json', task);
  assert.deepEqual(told[0]!.slice(2), 'created 09:00:00.123');
  assert.ok(notes.some((note) => note.includes('tzlocal')));
});

test('an answer of boto3 in a line of CloudWatch Logs', () => {
  const message =
    "[INFO] health {'TargetHealthDescriptions': [{'Target': {'Id': '10.0.1.11', 'Port': 8080}, 'TargetHealth': {'State': 'draining'}}]}";
  const text = JSON.stringify({ events: [{ timestamp: 1772359200000, message }] });
  assert.equal(recognise(text, 'x').kind, 'target_health_json');
  const { facts } = readEvidence('target_health_json', text, CONTEXT);
  assert.deepEqual(
    facts.map((fact) => 'latest' in fact && formatTime(fact.latest!).slice(11, 19)),
    ['10:00:00'],
  );
});

test('calls of CloudTrail in an answer of lookup_events', () => {
  const call = {
    ...{ eventTime: '2026-03-01T10:00:00Z', eventSource: 'elasticloadbalancing.amazonaws.com' },
    ...{ eventName: 'DeregisterTargets', eventID: 'e' },
    requestParameters: { targetGroupArn: 'arn:aws:x', targets: [{ id: '10.0.1.11', port: 8080 }] },
  };
  const text = `{'Events': [{'EventId': 'e', 'CloudTrailEvent': '${JSON.stringify(call)}'}]}`;
  assert.deepEqual(read('cloudtrail_json', text).told, ['1 deregistered 10:00:00.999']);
});

test('whatever Python prints becomes JSON', () => {
  assert.deepEqual(
    value(
      `{'a': "it's", u'b': ('x', 1L), 'c': (1,), 'd': [], 'e': -1.5e3, 'f': True, 'g': {'h': 'q"\\n\\x41\\u00e9'}}`,
    ),
    {
      ...{ a: "it's", b: ['x', 1], c: [1], d: [], e: -1500, f: true },
      g: { h: 'q"\nA\u00e9' },
    },
  );
  assert.deepEqual(value("{'a': Decimal('1.0'), 'b': <object object at 0x1>, 'c': OrderedDict([('x', 1)])}"), {
    ...{ a: "Decimal('1.0')", b: '<object object at 0x1>', c: "OrderedDict([('x', 1)])" },
  });
  const time = (inside: string) => (value(`{'t': datetime.datetime(${inside})}`) as { t: string }).t;
  assert.equal(time('2026, 3, 1, 9, 0, tzinfo=datetime.timezone.utc'), '2026-03-01T09:00:00Z');
  assert.equal(time('2026, 3, 1, 9, 0, 1, 500000, tzinfo=<UTC>'), '2026-03-01T09:00:01.500Z');
  assert.equal(time('2026, 3, 1, 9, 0, 1, tzinfo=tzoffset(None, -18000)'), '2026-03-01T09:00:01-05:00');
  const delta = 'datetime.timezone(datetime.timedelta(days=-1, seconds=68400))';
  assert.equal(time(`2026, 3, 1, 9, 0, 1, tzinfo=${delta}`), '2026-03-01T09:00:01-05:00');
  assert.equal(time('2026, 3, 1, 9, 0, 1'), '2026-03-01T09:00:01+01:00');
  // A zone by its name has an offset that nothing here knows.
  assert.match(time("2026, 3, 1, 9, 0, tzinfo=tzfile('/usr/share/zoneinfo/Europe/Berlin')"), /^datetime/);
});

test('JSON and text are left as they are, and lines stay where they are', () => {
  for (const text of ['{"a": "{\'b\': 1}"}', "it's [a] {word}", '[1, 2]', "{'a' 1}", "{'a': word}"]) {
    assert.equal(recognise(text, 'x').isPython, undefined);
  }
  assert.equal(fromPython("{'a': word}\n", 0), null);
  const part = fc.constantFrom(
    "{'a': ",
    "'",
    '"',
    '}',
    '[',
    ']',
    '(',
    ')',
    ', ',
    "'b': 1",
    '\n',
    '\\',
    'None',
    'datetime.datetime(',
    '<',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      const own = fromPython(text, 0);
      assert.equal((own?.text ?? text).split('\n').length, text.split('\n').length);
    }),
    { numRuns: 500 },
  );
  const began = process.cpuUsage();
  for (const hostile of [
    "{'a': ".repeat(100_000),
    "{'a': (".repeat(50_000),
    `{'a': '${'\\'.repeat(500_000)}`,
    "{'a': x(".repeat(50_000),
    `${'['.repeat(1 << 20)}'`,
    `${`[${' '.repeat(150)}`.repeat(10_000)}'`,
  ])
    fromPython(hostile, 0);
  assert.ok(process.cpuUsage(began).user < 5e6);
});
