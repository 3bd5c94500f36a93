/** Tests gathering where something is refused: what it leaves, and what a second run repeats. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { PLAN } from '../../src/gather/plan.ts';
import { freshFolder } from '../command/world.ts';
import { type Gathered, gatherInto } from './gathering.ts';
import { BALANCER, IncidentWorld, NOW } from './incident-world.ts';

const world = new IncidentWorld(join(freshFolder(), 'simulated'));
let kubeconfig = '';
before(async () => {
  await world.start();
  kubeconfig = world.cluster.kubeconfig(freshFolder());
});
after(() => world.stop());
beforeEach(() => {
  world.aws.refusals.length = 0;
  world.aws.asked.length = 0;
  world.cluster.asked.length = 0;
  world.cluster.forbidden.clear();
});

const failedOf = ({ gaps }: Gathered) => gaps.filter(({ failed }) => failed).map(({ what }) => what);
const LATER = NOW + 3_600_000;

test('throttling is waited out; without end it fails one step, and the next run asks for that alone', async () => {
  const folder = freshFolder();
  world.aws.refusals.push({ call: 'elasticloadbalancing:DescribeTags', times: 2, status: 400, code: 'Throttling' });
  world.aws.refusals.push({ call: 'cloudtrail:LookupEvents', times: 99, status: 400, code: 'ThrottlingException' });
  const options = { env: world.env, kubeconfig, question: { lb: 'k8s-shop' }, now: LATER };
  const first = await gatherInto(folder, options);
  assert.deepEqual(failedOf(first), [
    'RegisterTargets and DeregisterTargets of the window; starts and ends of instances',
  ]);
  assert.match(
    first.gaps.find(({ failed }) => failed)!.reason,
    /^AWS still asks to slow down \(ThrottlingException: as told\)$/,
  );
  assert.equal(world.aws.count('elasticloadbalancing:DescribeTags'), 3);
  assert.equal(world.aws.count('cloudtrail:LookupEvents'), 5);
  assert.equal(first.state.scope.cluster, 'prod');

  world.aws.refusals.length = 0;
  world.aws.asked.length = 0;
  const fetched = world.s3.arrived.length;
  const second = await gatherInto(folder, options);
  assert.deepEqual(failedOf(second), []);
  assert.deepEqual([...new Set(world.aws.asked.map(({ call }) => call))], ['cloudtrail:LookupEvents']);
  assert.equal(world.s3.arrived.length, fetched);
});

test('a right that is missing leaves one gap, which names it; the rest is gathered', async () => {
  const denied = (call: string) => world.aws.refusals.push({ call, times: 99, status: 403, code: 'AccessDenied' });
  denied('elasticloadbalancing:DescribeTargetHealth');
  denied('logs:FilterLogEvents');
  world.cluster.forbidden.add('/nodes');
  const run = await gatherInto(freshFolder(), { env: world.env, kubeconfig, question: { lb: BALANCER } });
  const failed = run.gaps.filter((gap) => gap.failed);
  assert.deepEqual(
    failed.map(({ what, next }) => `${what}: ${next}`),
    [
      'target health of k8s-shop-shop-a847e0a98a now: allow elasticloadbalancing:DescribeTargetHealth',
      'changes of pods in the audit log of the control plane, filtered on the server: allow logs:FilterLogEvents',
      'log of the load balancer controller: allow logs:FilterLogEvents',
      'log of Karpenter: allow logs:FilterLogEvents',
      'nodes of the cluster: allow list of nodes: kubectl auth can-i list nodes -A',
    ],
  );
  assert.ok(run.state.steps.cloudtrail!.files.length > 0);
  assert.ok(run.state.steps.kubernetes!.files.includes('cluster/pods.jsonl'));
});

test('no right to look at load balancers: with --cluster the control plane is still asked', async () => {
  world.aws.refusals.push({
    ...{ call: 'elasticloadbalancing:DescribeLoadBalancers', times: 99, status: 403, code: 'AccessDenied' },
  });
  const question = { lb: BALANCER, cluster: 'prod' };
  const run = await gatherInto(freshFolder(), { env: world.env, kubeconfig, question });
  assert.ok(run.state.steps['audit-log']!.files.length > 0);
  assert.ok(run.state.steps.cloudtrail!.files.length > 0);
  assert.deepEqual(failedOf(run).slice(1), ['access logs', 'connection logs', 'health check logs']);
});

test('expired credentials end the calls to AWS with one sentence, and not those to the cluster', async () => {
  const folder = freshFolder();
  world.aws.refusals.push({ call: 'cloudtrail:LookupEvents', times: 99, status: 400, code: 'ExpiredTokenException' });
  const question = { lb: BALANCER };
  const options = { env: world.env, kubeconfig, isNamed: true, question, now: LATER };
  const run = await gatherInto(folder, options);
  const reasons = new Set(run.gaps.filter(({ failed }) => failed).map(({ reason }) => reason));
  assert.deepEqual([...reasons], ['the AWS credentials have expired (ExpiredTokenException: as told)']);
  assert.equal(world.aws.asked.at(-1)!.call, 'cloudtrail:LookupEvents');
  assert.equal(world.aws.count('cloudtrail:LookupEvents'), 1);
  assert.ok(run.state.steps.kubernetes!.files.length > 0);

  world.aws.refusals.length = 0;
  const again = await gatherInto(folder, options);
  assert.deepEqual(failedOf(again), []);
  assert.ok(again.state.steps['audit-log']!.files.length > 0);
});

test('no credentials: the gap says how to give them', async () => {
  const { AWS_ACCESS_KEY_ID: _, ...env } = world.env;
  const home = freshFolder();
  const none = { AWS_CONFIG_FILE: join(home, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials') };
  const run = await gatherInto(freshFolder(), {
    env: { ...env, ...none, AWS_PROFILE: 'nobody' },
    question: { lb: BALANCER },
  });
  assert.match(run.gaps[0]!.reason, /^No AWS profile nobody in /);
  assert.equal(world.aws.asked.length, 0);
});

test('several load balancers and no flag: the gap names them', async () => {
  const before = world.aws.answers.get('elasticloadbalancing:DescribeLoadBalancers')!;
  const one = (name: string) => ({
    LoadBalancerArn: BALANCER.replace('k8s-shop', name),
    LoadBalancerName: name,
    Type: 'application',
  });
  world.aws.answers.set('elasticloadbalancing:DescribeLoadBalancers', ({ Marker }) =>
    Marker === undefined ? { LoadBalancers: [one('a')], NextMarker: 'x&y' } : { LoadBalancers: [one('b')] },
  );
  try {
    const run = await gatherInto(freshFolder(), { env: world.env });
    const gap = run.gaps[0]!;
    assert.deepEqual(
      [gap.what, gap.reason, gap.next],
      ['the load balancer', 'eu-central-1 has several: a, b', 'name one with --lb'],
    );
    assert.equal(world.aws.asked[1]!.input.Marker, 'x&y');
  } finally {
    world.aws.answers.set('elasticloadbalancing:DescribeLoadBalancers', before);
  }
});

test('a current context of another cluster is not asked: its pods would be the wrong ones', async () => {
  const before = world.aws.answers.get('eks:DescribeCluster')!;
  world.aws.answers.set('eks:DescribeCluster', (input) => {
    const { cluster } = before(input) as { cluster: object };
    return { cluster: { ...cluster, endpoint: 'https://ABC.gr7.eu-central-1.eks.amazonaws.com' } };
  });
  try {
    const run = await gatherInto(freshFolder(), { env: world.env, kubeconfig, question: { lb: BALANCER } });
    assert.match(
      run.gaps.find(({ what }) => what.startsWith('pods'))!.reason,
      /^the current context is of another cluster/,
    );
    assert.equal(world.cluster.asked.length, 0);
  } finally {
    world.aws.answers.set('eks:DescribeCluster', before);
  }
});

test('whatever call fails, or answers nonsense, all steps are made and the state has each', async () => {
  const question = { lb: BALANCER };
  await gatherInto(freshFolder(), { env: world.env, kubeconfig, question });
  const calls = [...new Set(world.aws.asked.map(({ call }) => call))];
  assert.ok(calls.length >= 11);
  const nonsense = [
    null,
    5,
    'x',
    [],
    { name: 7, logType: 'ALB_ACCESS_LOGS', resourceArns: 4, arn: [], Instances: 'x' },
  ];
  const lists = ['Events', 'events', 'cluster', 'clusterArns', 'deliverySources', 'LoadBalancers', 'TargetGroups'];
  const more = [
    'Attributes',
    'TagDescriptions',
    'TargetHealthDescriptions',
    'reservationSet',
    'nextToken',
    'NextToken',
  ];
  for (const call of calls) {
    const own = world.aws.answers.get(call)!;
    const run = async () => {
      const { state } = await gatherInto(freshFolder(), { env: world.env, kubeconfig, question });
      assert.deepEqual(Object.keys(state.steps).sort(), PLAN.map(({ name }) => name).sort(), call);
      const files = Object.values(state.steps).flatMap((step) => step.files);
      assert.ok(files.length > 0, call);
    };
    world.aws.refusals.push({ call, times: 99, status: 400, code: 'InternalFailure' });
    await run();
    world.aws.refusals.length = 0;
    const isJson = /^(?:cloudtrail|logs|eks|ecs):/.test(call);
    world.aws.answers.set(call, () =>
      Object.fromEntries(
        [...lists, ...more].map((name) => [name, isJson ? nonsense : ['x', '', { Target: 'x', Tags: 'y' }]]),
      ),
    );
    // A token without end must end too: the lists have most pages.
    if (
      !/LookupEvents|FilterLogEvents|Describe(?:LoadBalancers|TargetGroups|Instances|DeliverySources)|ListClusters/.test(
        call,
      )
    )
      await run();
    world.aws.answers.set(call, () => ({}));
    await run();
    world.aws.answers.set(call, own);
  }
});

test('what was not asked because the target groups were unknown is asked once they are known', async () => {
  const folder = freshFolder();
  world.aws.refusals.push({
    call: 'elasticloadbalancing:DescribeLoadBalancers',
    times: 99,
    status: 403,
    code: 'AccessDenied',
  });
  const options = { env: world.env, kubeconfig, question: { lb: BALANCER }, now: LATER };
  const first = await gatherInto(folder, options);
  assert.ok(
    first.gaps.some(({ what, reason }) => /^pods, Events/.test(what) && /target groups are not known/.test(reason)),
  );
  assert.equal(world.cluster.asked.length, 0);
  world.aws.refusals.length = 0;
  const second = await gatherInto(folder, options);
  assert.ok(second.gaps.every(({ failed, reason }) => !failed && !/not known/.test(reason)));
  assert.ok(world.cluster.asked.includes('/pods'));
  assert.ok(world.aws.count('ec2:DescribeInstances') > 0);
});
