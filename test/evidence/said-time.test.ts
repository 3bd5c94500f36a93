/** Tests times that stand before answers, in the forms in which people write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvidence } from '../../src/evidence/read.ts';
import { timeOfLine } from '../../src/evidence/said-time.ts';
import { formatTime } from '../../src/time/time.ts';

const ANSWER = {
  TargetHealthDescriptions: [{ Target: { Id: '10.0.0.1', Port: 80 }, TargetHealth: { State: 'draining' } }],
};
const CONTEXT = { capturedAt: null, modifiedAt: 1_800_000_000_000_000, timezoneMinutes: 0, name: 'x' };

function read(text: string): string[] {
  const { facts, rejected } = readEvidence('target_health_json', text, CONTEXT);
  return [
    ...rejected.map(({ line, reason }) => `line ${line} ${reason}`),
    ...facts.map(
      ({ line, earliest }) => `line ${line} ${earliest === null ? 'before' : formatTime(earliest).slice(0, 19)}`,
    ),
  ];
}

const printed = JSON.stringify(ANSWER, null, 2);

test('lines that are a time, in the forms of date, watch and a clock in seconds', () => {
  for (const line of [
    'Tue May 14 10:00:10 UTC 2024',
    'Tue May 14 10:00:10 AM UTC 2024',
    'Tue 14 May 2024 10:00:10 AM UTC',
    '--- 2024-05-14T10:00:10Z ---',
    '2024-05-14 10:00:10 UTC',
    '1715680810',
  ]) {
    const time = timeOfLine(line);
    assert.equal(new Date(time!).toISOString(), '2024-05-14T10:00:10.000Z', line);
  }
  assert.equal(
    timeOfLine('Every 2.0s: aws elbv2 describe-target-health   host: Tue May 14 22:00:10 2024'),
    '2024-05-14 22:00:10',
  );
  assert.equal(timeOfLine('Tue May 14 12:30:10 PM +0200 2024'), '2024-05-14 12:30:10+0200');
  for (const line of ['Tue May 14 10:00:10 CEST 2024', 'took 2024-05-14T10:00:10Z to 10:00:12', '42', '']) {
    assert.equal(timeOfLine(line), null, line);
  }
});

test('an answer has the time before it, not that of the file', () => {
  assert.deepEqual(read(`Tue May 14 10:00:10 UTC 2024\n${printed}\n1715680815\n${printed}`), [
    'line 4 2024-05-14T10:00:10',
    'line 18 2024-05-14T10:00:15',
  ]);
  assert.deepEqual(read(`2024-05-14T10:00:10Z\n${JSON.stringify(ANSWER.TargetHealthDescriptions)}`), [
    'line 2 2024-05-14T10:00:10',
  ]);
});

test('a time under another name than capturedAt, and a time before each line', () => {
  for (const time of [{ ts: '2024-05-14T10:00:10Z' }, { timestamp: 1715680810 }, { time: '1715680810000' }]) {
    assert.deepEqual(read(JSON.stringify({ ...time, ...ANSWER })), ['line 1 2024-05-14T10:00:10']);
  }
  const stamped = printed.split('\n').map((line) => `2024-05-14T10:00:10+0000 ${line}`);
  assert.deepEqual(read(stamped.join('\n')), ['line 3 2024-05-14T10:00:10']);
});

test('a time that may be of either answer, or is in a zone of letters, is rejected with that reason', () => {
  const [reason] = read(`${printed}\nTue May 14 10:00:10 UTC 2024\n${printed}`);
  assert.equal(reason, 'line 14 bad_time: behind an answer: write it before the answer');
  const [zone] = read(`Tue May 14 12:00:10 CEST 2024\n${printed}`);
  assert.equal(zone, 'line 1 bad_time: the zone CEST is no offset: write date -u');
});

test('a listing of pods has the time before it', () => {
  const pod = { kind: 'Pod', metadata: { name: 'a', uid: 'a' }, status: { podIP: '10.0.0.1', phase: 'Running' } };
  const list = (...items: object[]) => JSON.stringify({ kind: 'PodList', items });
  const text = `1715680810\n${list(pod)}\n1715680815\n${list()}`;
  const { facts, rejected } = readEvidence('kubectl_pods_json', text, CONTEXT);
  assert.deepEqual(rejected, []);
  const gone = facts.find((fact) => fact.kind === 'pod' && fact.event === 'gone');
  assert.equal(formatTime(gone!.earliest!).slice(0, 19), '2024-05-14T10:00:10');
  assert.equal(formatTime(gone!.latest!).slice(0, 19), '2024-05-14T10:00:15');
});
