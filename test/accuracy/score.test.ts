/** How verdicts are scored, by examples small enough to count by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missed, perCause, type Said, score } from '../../bench/accuracy/score.ts';
import type { Truth } from '../../src/simulate/truth.ts';

const truth = (trace_id: string, cause: Truth['cause'], alive = false): Truth => ({
  trace_id,
  request_creation_time: '',
  time: '',
  mechanism: 'connect_timeout',
  cause,
  target: null,
  pod: null,
  node: null,
  deleted: null,
  deregistered: null,
  finished: null,
  ready: null,
  alive,
  seconds_after_deletion: null,
  seconds_after_deregistration: null,
});

const said = (trace_id: string, cause: string | null, confidence: string | null): [string, Said] => [
  trace_id,
  {
    trace_id,
    mechanism: 'connect_timeout',
    cause,
    confidence,
    other_cause: null,
    is_deregistration_unknown: false,
    is_pod_unknown: false,
  },
];

test('precision is of what was said, recall of what was settled, and a slander is named', () => {
  const truths = [
    truth('a', 'draining_target'),
    truth('b', 'draining_target'),
    truth('c', 'draining_target'),
    truth('d', 'healthy_target', true),
    truth('e', 'stale_target'),
  ];
  const result = score(
    truths,
    new Map([
      said('a', 'draining_target', 'exact'),
      said('b', 'stale_target', 'bounded'),
      said('c', 'draining_target', 'ambiguous'),
      said('d', 'draining_target', 'exact'),
      said('e', 'no_evidence', null),
    ]),
  );
  const of = (cause: string) => perCause(result).find((one) => one.cause === cause)!;
  assert.equal(of('draining_target').precision, 1 / 2);
  assert.equal(of('draining_target').recall, 1 / 2);
  assert.equal(of('draining_target').settled, 2);
  assert.equal(of('healthy_target').recall, 0);
  assert.equal(of('stale_target').precision, 0);
  assert.equal(of('stale_target').recall, null);
  assert.equal(result.unsettled, 2);
  assert.deepEqual(
    result.slandered.map(({ truth }) => truth.trace_id),
    ['d'],
  );
  const sentences = missed('full', result).join('\n');
  assert.match(sentences, /precision of draining_target is 50.00 %/);
  assert.match(sentences, /40.00 % are not settled/);
  assert.match(sentences, /said of 1 failures of living targets/);
});

test('a verdict that is missing, and another mechanism, are wrong', () => {
  const result = score(
    [truth('a', 'stale_target'), truth('b', 'stale_target')],
    new Map([said('b', 'stale_target', 'exact')].map(([id, one]) => [id, { ...one, mechanism: 'connect_failed' }])),
  );
  assert.equal(result.wrongMechanisms.length, 2);
  assert.equal(result.wrongCauses.length, 1);
});

test('all right, all settled: no bar is missed', () => {
  const result = score([truth('a', 'stale_target')], new Map([said('a', 'stale_target', 'exact')]));
  assert.deepEqual(missed('full', result), []);
});

test('draining_target is right of a stale target only where nothing is known of its deregistration', () => {
  const truths = [truth('a', 'stale_target'), truth('b', 'stale_target')];
  const [, known] = said('a', 'draining_target', 'exact');
  const result = score(
    truths,
    new Map([
      ['a', known],
      ['b', { ...known, is_deregistration_unknown: true }],
    ]),
  );
  assert.equal(result.untold, 1);
  assert.deepEqual(
    result.wrongCauses.map(({ truth }) => truth.trace_id),
    ['a'],
  );
});

test('draining_target is right of an address that passed on only where no evidence knows of a pod', () => {
  const truths = [truth('a', 'not_ready_target'), truth('b', 'not_ready_target'), truth('c', 'not_ready_target', true)];
  const [, known] = said('a', 'draining_target', 'exact');
  const unknown = { ...known, is_pod_unknown: true };
  const result = score(
    truths,
    new Map([
      ['a', known],
      ['b', unknown],
      ['c', unknown],
    ]),
  );
  assert.equal(result.passedOn, 1);
  assert.deepEqual(
    result.wrongCauses.map(({ truth }) => truth.trace_id),
    ['a', 'c'],
  );
});
