/** Tests the scoring of verdicts, by examples small enough to count by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bar, missed, perCause, type Said, type Score, score } from '../../bench/accuracy/score.ts';
import type { Truth } from '../../src/simulate/truth.ts';

const BAR: Bar = { precision: 0.995, settled: 0.95 };

const truth = (trace_id: string, cause: Truth['cause'], more: Partial<Truth> = {}): Truth => ({
  trace_id,
  request_creation_time: '',
  time: '',
  mechanism: 'connect_timeout',
  cause,
  also: [],
  told: null,
  pattern: null,
  is_rollout: false,
  target: null,
  pod: null,
  previous_pod: null,
  target_name: null,
  is_shared: false,
  is_gone: false,
  node: null,
  deleted: null,
  deregistered: null,
  finished: null,
  ready: null,
  alive: null,
  seconds_after_deletion: null,
  seconds_after_deregistration: null,
  ...more,
});

const said = (
  trace_id: string,
  cause: string | null,
  confidence: string | null,
  more: Partial<Said> = {},
): [string, Said] => [
  trace_id,
  {
    trace_id,
    mechanism: 'connect_timeout',
    cause,
    confidence,
    other_cause: null,
    rule: `rule of ${cause}`,
    told: null,
    pattern: null,
    pod_name: null,
    because: null,
    ...more,
  },
];

const faultsOf = (result: Score): string[] => result.wrong.map(({ fault, truth }) => `${truth.trace_id} ${fault}`);

test('precision is of what was settled, recall of all failures, and a wrong rule is named', () => {
  const truths = [
    truth('a', 'draining_target'),
    truth('b', 'draining_target'),
    truth('c', 'draining_target'),
    truth('d', 'healthy_target'),
    truth('e', 'killed_in_flight'),
  ];
  const result = score(
    truths,
    new Map([
      said('a', 'draining_target', 'exact'),
      said('b', 'healthy_target', 'bounded'),
      said('c', 'draining_target', 'ambiguous'),
      said('d', 'draining_target', 'exact'),
      said('e', 'no_evidence', null),
    ]),
  );
  const of = (cause: string) => perCause(result).find((one) => one.cause === cause)!;
  assert.equal(of('draining_target').precision, 1 / 2);
  assert.equal(of('draining_target').recall, 1 / 3);
  assert.equal(of('draining_target').settled, 2);
  assert.equal(of('healthy_target').recall, 0);
  assert.deepEqual([result.settled, result.failures], [3, 5]);
  assert.deepEqual(result.precision, { right: 1, all: 3 });
  assert.deepEqual(result.rules.get('rule of draining_target'), { right: 1, all: 2 });
  assert.deepEqual(faultsOf(result), ['b cause', 'd cause']);
  assert.deepEqual(missed('full', result, BAR), [
    'full: precision is 33.33 %, not 99.50 %',
    'full: the settled share is 60.00 %, not 95.00 %',
  ]);
});

test('a verdict that is missing, and another mechanism, are wrong', () => {
  const [id, other] = said('b', 'draining_target', 'exact', { mechanism: 'connect_failed' });
  const result = score([truth('a', 'draining_target'), truth('b', 'draining_target')], new Map([[id, other]]));
  assert.deepEqual(faultsOf(result), ['a mechanism', 'b mechanism']);
  assert.equal(perCause(result)[0]!.recall, 1 / 2);
  assert.match(missed('full', result, BAR).join('\n'), /2 mechanisms are wrong/);
});

test('all right, all settled: no bar is missed', () => {
  const result = score([truth('a', 'draining_target')], new Map([said('a', 'draining_target', 'exact')]));
  assert.deepEqual(missed('full', result, BAR), []);
  assert.deepEqual(result.wrong, []);
});

test('another cause that the definitions allow is right, and its name counts', () => {
  const result = score(
    [truth('a', 'not_ready_target', { also: ['draining_target'] }), truth('b', 'not_ready_target')],
    new Map([said('a', 'draining_target', 'exact'), said('b', 'draining_target', 'exact')]),
  );
  assert.deepEqual(faultsOf(result), ['b cause']);
  assert.equal(perCause(result).find(({ cause }) => cause === 'draining_target')!.precision, 1 / 2);
});

test('of an address that has passed on, the pod before is right where the target is said to have been going', () => {
  const passedOn = { also: ['draining_target' as const], pod: 'next', previous_pod: 'before' };
  const truths = ['a', 'b', 'c'].map((id) => truth(id, 'not_ready_target', passedOn));
  const result = score(
    truths,
    new Map([
      said('a', 'draining_target', 'exact', { pod_name: 'before' }),
      said('b', 'not_ready_target', 'exact', { pod_name: 'next' }),
      said('c', 'not_ready_target', 'exact', { pod_name: 'before' }),
    ]),
  );
  assert.deepEqual(faultsOf(result), ['c pod']);
});

test('the wrong pod and the wrong word on whether the balancer had been told are faults beside the cause', () => {
  const result = score(
    [
      truth('a', 'draining_target', { pod: 'x', told: 'yes' }),
      truth('b', 'draining_target', { pod: 'x', told: 'no' }),
      truth('c', 'draining_target', { pod: 'x', told: 'no' }),
    ],
    new Map([
      said('a', 'draining_target', 'exact', { pod_name: 'y', told: 'yes' }),
      said('b', 'draining_target', 'exact', { pod_name: 'x', told: 'yes' }),
      said('c', 'draining_target', 'exact', { told: 'unknown' }),
    ]),
  );
  assert.deepEqual(faultsOf(result), ['a pod', 'b told']);
  assert.deepEqual(
    [result.pods, result.told],
    [
      { right: 1, all: 2 },
      { right: 1, all: 2 },
    ],
  );
  assert.match(missed('full', result, BAR).join('\n'), /name the right pod is 50.00 %/);
});

test('likely is kept apart: of a target that went, how it went is not asked', () => {
  const bar: Bar = { precision: 0.995, likely: { precision: 0.95, covers: 0.7 } };
  const rollout = { is_rollout: true };
  const truths = [
    truth('a', 'draining_target', rollout),
    truth('b', 'killed_in_flight', rollout),
    truth('c', 'draining_target', rollout),
    truth('d', 'healthy_target'),
  ];
  const result = score(
    truths,
    new Map([
      said('a', 'draining_target', 'likely'),
      said('b', 'draining_target', 'likely'),
      said('c', 'no_evidence', null),
      said('d', 'draining_target', 'likely'),
    ]),
  );
  assert.deepEqual(result.likely, { right: 2, all: 3 });
  assert.deepEqual(result.rollout, { right: 2, all: 3 });
  assert.equal(result.settled, 0);
  assert.deepEqual(faultsOf(result), ['d likely']);
  assert.deepEqual(missed('nothing', result, bar), [
    'nothing: precision of likely is 66.67 %, not 95.00 %',
    'nothing: the share of rollout failures that likely covers is 66.67 %, not 70.00 %',
  ]);
});

test('failures of rollouts without evidence are counted, and have a bar of their own', () => {
  const rollout = { is_rollout: true };
  const truths = [
    truth('a', 'draining_target', rollout),
    truth('b', 'draining_target', rollout),
    truth('c', 'killed_in_flight', rollout),
    truth('d', 'healthy_target'),
  ];
  const verdicts = new Map([
    said('a', 'draining_target', 'exact'),
    said('b', 'no_evidence', null),
    said('c', 'draining_target', 'likely'),
    said('d', 'no_evidence', null),
  ]);
  const result = score(truths, verdicts);
  assert.deepEqual(result.unevidenced, { right: 1, all: 3 });
  assert.deepEqual(missed('still-there', result, { precision: 0.999, noEvidence: 0.34 }), []);
  assert.deepEqual(missed('still-there', result, { precision: 0.999, noEvidence: 0.2 }), [
    'still-there: 33.33 % of the failures of rollouts have no evidence, more than 20.00 %',
  ]);
  assert.deepEqual(
    missed('none', score([truth('d', 'healthy_target')], verdicts), { precision: 0.999, noEvidence: 0.2 }),
    [],
  );
});

test('two readings of which neither is true are named, and do not count as settled', () => {
  const result = score(
    [truth('a', 'node_lost'), truth('b', 'node_lost')],
    new Map([
      said('a', 'draining_target', 'ambiguous', { other_cause: 'node_lost' }),
      said('b', 'draining_target', 'ambiguous', { other_cause: 'healthy_target' }),
    ]),
  );
  assert.deepEqual(result.readings, { right: 1, all: 2 });
  assert.deepEqual(faultsOf(result), ['b readings']);
  assert.equal(result.precision.all, 0);
});

test('a client that went away is no failure, unless something wrong is said of its target', () => {
  const closed = { mechanism: 'client_closed' as const, also: ['healthy_target' as const] };
  const result = score(
    [truth('a', null, closed), truth('b', null, closed), truth('c', null, closed)],
    new Map([
      said('a', null, null, { mechanism: 'client_closed' }),
      said('b', 'draining_target', 'exact', { mechanism: 'client_closed' }),
    ]),
  );
  assert.equal(result.failures, 0);
  assert.deepEqual(faultsOf(result), ['b cause']);
});

test('to say no cause of a failure that has one misses it, and is not wrong with confidence', () => {
  const error = { mechanism: 'target_error' as const };
  const result = score(
    [truth('a', 'draining_target', error), truth('b', null, error), truth('c', null, error)],
    new Map([said('a', null, null, error), said('b', null, null, error), said('c', 'draining_target', 'exact', error)]),
  );
  assert.deepEqual(faultsOf(result), ['c cause']);
  assert.deepEqual([result.settled, result.failures], [0, 1]);
  assert.deepEqual(result.precision, { right: 0, all: 1 });
  assert.equal(perCause(result).find(({ cause }) => cause === 'draining_target')!.recall, 0);
});
