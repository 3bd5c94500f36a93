/** Tests polling target health of an Elastic Load Balancing stand-in in this process. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TargetFact } from '../../src/evidence/fact.ts';
import { Balancer } from '../../src/watch/balancer.ts';
import { RateLimit } from '../../src/watch/rate-limit.ts';
import { freshFolder } from '../cli.ts';
import { beginWatch, filesOf, read, stopAll, until } from './capture.ts';
import { arnOf, StandInBalancer } from './stand-in-balancer.ts';

let elb: StandInBalancer;
let balancer: Balancer;

beforeEach(async () => {
  elb = new StandInBalancer();
  const endpointUrl = await elb.start();
  const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
  balancer = new Balancer({ endpointUrl, region: null, profile: null, env });
});

afterEach(async () => {
  stopAll();
  await balancer.close();
  await elb.stop();
});

const answers = () => elb.asked.filter(({ action }) => action === 'DescribeTargetHealth').length;

function targetFacts(folder: string): TargetFact[] {
  return filesOf(folder, 'targets').flatMap(({ file, text }) => {
    const { facts, rejected } = read(text, file);
    assert.deepEqual(rejected, []);
    return facts.filter((fact) => fact.kind === 'target');
  });
}

test('a change is bounded by the answer before it, and answers that say nothing new are not written', async () => {
  elb.groups.set('shop', [{ ip: '10.0.0.1', port: 8080, state: 'healthy' }]);
  const folder = freshFolder();
  const watch = beginWatch(null, folder, { balancer, targetGroups: [arnOf('shop')] });
  // The 2 s between two requests are shortened to hundredths, but the clock is not.
  await until(() => answers() >= 2, 'two answers', 8000);
  const before = Date.now() * 1000;
  elb.groups.set('shop', [
    { ip: '10.0.0.1', port: 8080, state: 'draining', reason: 'Target.DeregistrationInProgress' },
  ]);
  await until(() => answers() >= 3, 'a third answer', 8000);
  await delay(50);
  await watch.stop();

  const facts = targetFacts(folder);
  assert.deepEqual(
    facts.slice(0, 3).map(({ state }) => state),
    ['healthy', 'healthy', 'draining'],
  );
  const [, last, draining] = facts as [TargetFact, TargetFact, TargetFact];
  assert.ok(last.earliest! <= before && draining.earliest! >= before);
  assert.ok(last.latest! <= draining.earliest! && draining.latest! >= draining.earliest!);
  assert.equal(draining.target_group_arn, arnOf('shop'));
});

test('names and patterns are looked up page by page; a name that no group has is an error', async () => {
  for (const name of ['other', 'k8s-shop-a', 'more', 'k8s-shop-b', 'last']) elb.groups.set(name, []);
  const folder = freshFolder();
  const watch = beginWatch(null, folder, { balancer, targetGroups: ['k8s-shop-*', 'last'] });
  await until(() => answers() >= 3, 'an answer of each');
  await watch.stop();
  assert.equal(elb.asked.filter(({ action }) => action === 'DescribeTargetGroups').length, 3);
  const asked = new Set(elb.asked.filter(({ action }) => action === 'DescribeTargetHealth').map(({ arn }) => arn));
  assert.deepEqual([...asked].sort(), [arnOf('k8s-shop-a'), arnOf('k8s-shop-b'), arnOf('last')].sort());
  assert.match(filesOf(folder, 'target-groups')[0]!.text, /"deregistration_delay.timeout_seconds","Value":"30"/);
  await assert.rejects(beginWatch(null, freshFolder(), { balancer, targetGroups: ['nowhere'] }).ended, {
    message: 'There is no target group nowhere in this region; check --target-group',
  });
});

test('AWS is asked less often when it asks to slow down, and nothing is lost', async () => {
  elb.groups.set('shop', [{ ip: '10.0.0.1', port: 8080, state: 'initial' }]);
  const folder = freshFolder();
  const watch = beginWatch(null, folder, { balancer, targetGroups: [arnOf('shop')] });
  await until(() => answers() >= 1, 'an answer');
  elb.refuse = { code: 'Throttling', status: 400, times: 3 };
  await until(() => watch.notes.some((note) => /answers again/.test(note)), 'an answer after three refusals', 60_000);
  const { throttled } = await watch.stop();
  assert.equal(throttled, 3);
  assert.match(watch.notes.join('\n'), /AWS asks to slow down \(Throttling\)/);
  assert.match(watch.notes.join('\n'), /answers again after 3 failures/);
});

test('what is not allowed is said at once, with what to allow', async () => {
  elb.groups.set('shop', []);
  elb.refuse = { code: 'AccessDenied', status: 403, times: 9 };
  await assert.rejects(beginWatch(null, freshFolder(), { balancer, targetGroups: [arnOf('shop')] }).ended, {
    name: 'SourceError',
    message:
      'DescribeTargetGroupAttributes is not allowed (AccessDenied); allow elasticloadbalancing:DescribeTargetGroupAttributes',
  });
});

test('the gap doubles up to a minute and shrinks by a twentieth, never below 0.2 s', () => {
  const rateLimit = new RateLimit();
  assert.equal(rateLimit.gapMs, 200);
  rateLimit.slow();
  assert.equal(rateLimit.gapMs, 400);
  for (let i = 0; i < 20; i++) rateLimit.slow();
  assert.equal(rateLimit.gapMs, 60_000);
  rateLimit.ease();
  assert.equal(rateLimit.gapMs, 57_000);
  for (let i = 0; i < 200; i++) rateLimit.ease();
  assert.equal(rateLimit.gapMs, 200);
});
