/** Tests when the rollouts of a gate are over, minute by minute, by evidence that is loaded as it comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followRollouts } from '../../src/command/follow-rollout.ts';
import { fromMillis, MINUTE } from '../../src/time/time.ts';
import { insert, memoryDatabase, type Values } from '../query/memory.ts';

const START = fromMillis(Date.parse('2026-11-03T10:00:00Z'));
const OTHERWISE = START + 5 * MINUTE;
const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/api/1';
let line = 0;

/** A pod's event at a minute after the gate's start. */
function pod(name: string, event: string, minute: number, more: Values = {}): Values {
  const time = START + minute * MINUTE;
  const ip = `10.0.0.${1 + (name.charCodeAt(name.length - 1) % 250)}`;
  const own = {
    name,
    uid: name,
    namespace: 'shop',
    owner_kind: 'ReplicaSet',
    owner_name: name.replace(/-[^-]+$/, ''),
    ip,
  };
  return { ...own, object_id: 1, line: ++line, event, earliest: time, latest: time, ...more };
}

const old = (suffix: string): string => `api-7d9f6c5b4d-bbbb${suffix}`;
const fresh = (suffix: string): string => `api-6b8c9d7f5f-cccc${suffix}`;

/** An address of the Deployment that a request was sent to. */
const SERVED = [pod(old('1'), 'seen', 0).ip!];

/** Where the gate stands with these facts: the minute in which the window ends, or what it waits for. */
async function stand(
  facts: readonly Values[],
  settings: readonly Values[] = [],
  states: readonly Values[] = [],
  served = SERVED,
) {
  const connection = await memoryDatabase();
  await insert(connection, 'pod_fact', facts);
  await insert(connection, 'setting', settings);
  await insert(connection, 'target_state', states);
  await insert(
    connection,
    'alb_log',
    served.map((target_ip, i) => ({ object_id: 2, line: i + 1, time: START + MINUTE, target_ip, target_port: 8080 })),
  );
  const { to, going, unknown } = await followRollouts(connection, START, OTHERWISE);
  connection.closeSync();
  doubt = unknown;
  return to === null ? going : (to - START) / MINUTE;
}

/** Why the last one cannot say that there was no rollout. */
let doubt = '';

/** Two old pods that were created a day before, seen by nothing since. */
const before = [pod(old('1'), 'created', -1440), pod(old('2'), 'created', -1440)];

test('without a rollout the window ends when it is asked to', async () => {
  assert.equal(await stand([]), 5);
  assert.equal(await stand(before), 5);
  // More pods of the same version are no rollout.
  assert.equal(await stand([...before, pod(old('3'), 'created', 1)]), 5);
});

test('a rollout is over when each old target has ended, and its deregistration delay has passed', async () => {
  const surge = [...before, pod(fresh('7'), 'created', 1)];
  assert.equal(await stand(surge), '2 old targets of shop/api');
  const first = [...surge, pod(old('1'), 'deleted', 2), pod(old('1'), 'finished', 3)];
  assert.equal(await stand(first), '1 old target of shop/api');
  const both = [...first, pod(fresh('8'), 'created', 3), pod(old('2'), 'deleted', 4)];
  assert.equal(await stand(both), '1 old target of shop/api');
  const over = [...both, pod(old('2'), 'finished', 5)];
  assert.equal(await stand(over), 5 + 5);
  // The delay that the group is known to have counts instead of the default of five minutes.
  const delay = { scope: 'target_group', subject: GROUP, key: 'deregistration_delay.timeout_seconds', value: '60' };
  const seen = { object_id: 1, line: 1, earliest: START, latest: START };
  const states = ['1', '2'].map((one) => {
    const { ip } = pod(old(one), 'seen', 0);
    return { ...seen, target_group_arn: GROUP, target_ip: ip!, target_port: 8080, state: 'healthy' };
  });
  assert.equal(await stand(over, [{ ...seen, ...delay }], states), 5 + 1);
  // Of a pod whose group is not known the default counts.
  assert.equal(await stand(over, [{ ...seen, ...delay }], states.slice(1)), 3 + 5);
});

test('an end that was missed long ago is not waited for; one of the version that goes is', async () => {
  const ancient = [pod('api-5f5f5f5f5f-aaaa9', 'created', -100_000), ...before];
  const over = ['1', '2'].flatMap((one) => [pod(old(one), 'deleted', 2), pod(old(one), 'gone', 3)]);
  assert.equal(await stand([...ancient, pod(fresh('7'), 'created', 1), ...over]), 3 + 5);
  const lost = pod(old('5'), 'created', -2000);
  assert.equal(await stand([...ancient, lost, pod(fresh('7'), 'created', 1), ...over]), '1 old target of shop/api');
});

test('a rollback waits for the bad version, and a scale-in for what it takes', async () => {
  const bad = [pod(fresh('7'), 'created', -5), pod(fresh('8'), 'created', -5)];
  const back = [
    ...before,
    ...bad,
    pod(old('3'), 'created', 1),
    pod(fresh('7'), 'deleted', 2),
    pod(fresh('7'), 'gone', 2),
  ];
  assert.equal(await stand(back), '1 old target of shop/api');
  assert.equal(await stand([...back, pod(fresh('8'), 'deleted', 3), pod(fresh('8'), 'gone', 4)]), 4 + 5);
  const smaller = [...before, pod(old('2'), 'deleted', 1)];
  assert.equal(await stand(smaller), '1 old target of shop/api');
  assert.equal(await stand([...smaller, pod(old('2'), 'gone', 2)]), 2 + 5);
});

test('pods that no load balancer has are none of it, however many come and go', async () => {
  const jobs = [1, 2, 3].flatMap((i) => {
    const own = { owner_kind: 'Job', owner_name: `backup-${i}`, ip: `10.9.0.${i}` };
    return [
      pod(`backup-${i}-x1`, 'created', i, own),
      pod(`backup-${i}-x1`, 'finished', i + 1, { ...own, container: 'c' }),
    ];
  });
  assert.equal(await stand([...before, ...jobs]), 5);
  const over = [pod(old('2'), 'deleted', 1), pod(old('2'), 'gone', 2)];
  assert.equal(await stand([...before, ...jobs, ...over]), 2 + 5);
  // Until a log says that it is a target, nothing is known of it.
  assert.equal(await stand([...before, ...over], [], [], []), 5);
});

test('an aborted canary ends with its own pods: the version before it is current again', async () => {
  const canary = [...before, pod(fresh('7'), 'created', 1)];
  assert.equal(await stand(canary), '2 old targets of shop/api');
  const aborted = [...canary, pod(fresh('7'), 'deleted', 2), pod(fresh('7'), 'gone', 3)];
  assert.equal(await stand(aborted), 3 + 5);
});

test('only evidence that shows the targets up to the end of the window can say that there was no rollout', async () => {
  await stand([]);
  assert.match(doubt, /^no evidence since --from of pods or tasks that requests were sent to: name the evidence/);
  await stand([...before, pod(old('1'), 'seen', 1)]);
  assert.match(doubt, /^the evidence of pods and tasks ends at 2026-11-03T10:01:00.000Z, before the end of the window/);
  const watched = [...before, pod(old('1'), 'seen', 4)];
  await stand(watched);
  assert.equal(doubt, '');
  // Evidence of other pods says nothing of these.
  await stand([pod('other-7d9f6c5b4d-bbbb9', 'seen', 4)]);
  assert.match(doubt, /^no evidence/);
  // A rollout is seen, whatever the evidence lacks.
  await stand([...before, pod(fresh('7'), 'created', 1)]);
  assert.equal(doubt, '');
});
