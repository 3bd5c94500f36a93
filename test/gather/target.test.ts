/**
 * Tests gathering for tasks of ECS, for instances, and for logs that CloudWatch delivers; and that deploy/ allows exactly its calls.
 * Long because the policy is compared with the calls of all tests of this file.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { iamPolicy, PLAN } from '../../src/gather/plan.ts';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from '../command/world.ts';
import { StandIn } from '../s3/stand-in.ts';
import { answerBalancer } from './balancer-answer.ts';
import { type Gathered, gatherInto } from './gathering.ts';
import { NOW } from './incident-world.ts';
import { textBelow } from './simulated.ts';
import { ENV, type Input, pageOf, REGION, StandInAws, type Xml } from './stand-in-aws.ts';

const aws = new StandInAws();
const s3 = new StandIn();
let env: Record<string, string> = {};
/** Rights of all calls of this file. */
const called = new Set<string>();

before(async () => {
  s3.region = REGION;
  env = { ...ENV, AWS_ENDPOINT_URL: await aws.start(), AWS_ENDPOINT_URL_S3: await s3.start() };
});
after(() => Promise.all([aws.stop(), s3.stop()]));

const LATER = NOW + 3_600_000;
const ATTRIBUTES = { 'idle_timeout.timeout_seconds': '60' };

async function simulated(targets: string): Promise<string> {
  const folder = join(freshFolder(), targets);
  const words = ['simulate', '--scenario', 'rollout', '--seed', '3', '--set', `targets=${targets}`, '--out', folder];
  const { code, stderr } = await draintrace(words);
  assert.equal(code, 0, stderr);
  return folder;
}

async function gathered(folder: string): Promise<Gathered> {
  const run = await gatherInto(folder, { env, now: LATER });
  for (const right of run.called) called.add(right);
  assert.deepEqual(
    run.gaps.filter(({ failed }) => failed),
    [],
  );
  return run;
}

/** Returns what a file states, without where and when it was asked. Nothing of it may be rejected. */
function factsOf(folder: string, file: string, of: (fact: Record<string, unknown>) => boolean = () => true): string[] {
  const text = textBelow(folder, file).toString();
  const { kind } = recognise(text.slice(0, 1 << 16), file);
  assert.ok(isEvidenceKind(kind), `${file} is ${kind}`);
  const name = file.slice(file.lastIndexOf('/') + 1);
  const context = { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name };
  const { facts, rejected } = readEvidence(kind, text, context);
  assert.deepEqual(rejected, [], file);
  const kept = (facts as unknown as Record<string, unknown>[]).filter(of);
  return [...new Set(kept.map(({ line: _, ...fact }) => JSON.stringify(fact)))].sort();
}

const json = (folder: string, path: string): Record<string, unknown> =>
  JSON.parse(textBelow(folder, `evidence/${path}`).toString()) as Record<string, unknown>;

test('tasks of ECS: services behind the group, stopped tasks, definitions, deployments, events', async () => {
  const folder = await simulated('tasks');
  answerBalancer(aws, folder, { attributes: () => ATTRIBUTES, tags: () => ({}) });
  const { services } = json(folder, 'ecs-service/services@2026-04-14T09-09-00Z.json') as { services: Input[] };
  const { tasks } = json(folder, 'ecs-task/tasks@2026-04-14T09-19-00Z.json') as { tasks: Input[] };
  const { taskDefinition } = json(folder, 'ecs-service/task-definition@2026-04-14T09-09-00Z.json');
  const events = textBelow(folder, 'evidence/ecs-event/events.jsonl').toString().trim().split('\n');
  const cluster = String(services[0]!.clusterArn);
  const arns = ['arn:aws:ecs:eu-central-1:111122223333:cluster/other', cluster];
  const page = (all: string[], key: string, { nextToken }: Input, size: number, as = (one: string): unknown => one) => {
    const { page: some, next } = pageOf(all, nextToken, size);
    return { [key]: some.map(as), ...(next === null ? {} : { nextToken: next }) };
  };
  const set = (action: string, answer: (input: Input) => unknown) => aws.answers.set(`ecs:${action}`, answer);
  const secret = { environment: [{ name: 'TOKEN', value: 'hunter2' }] };
  const instance = 'arn:aws:ecs:eu-central-1:111122223333:container-instance/shop/i1';
  set('ListClusters', (input) => page(arns, 'clusterArns', input, 1));
  set('ListServices', ({ cluster: of }) => ({
    serviceArns: of === cluster ? services.map(({ serviceArn }) => serviceArn) : [],
  }));
  set('DescribeServices', () => ({
    services: [...services, { serviceArn: 'x', clusterArn: cluster, loadBalancers: [] }],
  }));
  set('ListTasks', (input) => {
    const of = tasks.filter(({ desiredStatus }) => desiredStatus === input.desiredStatus);
    return page(
      of.map(({ taskArn }) => String(taskArn)),
      'taskArns',
      input,
      4,
    );
  });
  set('DescribeTasks', ({ tasks: asked }) => {
    const found = tasks.filter(({ taskArn }) => (asked as string[]).includes(String(taskArn)));
    return {
      tasks: found.map((task, i) => ({
        ...task,
        overrides: { containerOverrides: [secret] },
        ...(i === 0 ? { containerInstanceArn: instance } : {}),
      })),
    };
  });
  set('DescribeContainerInstances', ({ containerInstances }) => {
    assert.deepEqual(containerInstances, [instance]);
    return {
      containerInstances: [
        {
          containerInstanceArn: instance,
          ec2InstanceId: 'i-0123456789abcdef0',
          status: 'ACTIVE',
          agentConnected: true,
        },
      ],
    };
  });
  set('DescribeTaskDefinition', () => ({
    taskDefinition: { ...(taskDefinition as Input), containerDefinitions: withAll(taskDefinition as Input, secret) },
  }));
  set('ListServiceDeployments', (input) => {
    const { after: since, before } = input.createdAt as { after: number; before: number };
    assert.ok(since < 1776157260.5 && 1776157260.5 < before, 'those of the window, however many followed');
    return page(['d', 'e'], 'serviceDeployments', input, 1, (serviceDeploymentArn) => ({ serviceDeploymentArn }));
  });
  set('DescribeServiceDeployments', ({ serviceDeploymentArns }) => ({
    serviceDeployments: [
      {
        ...{
          serviceDeploymentArn: 'd',
          serviceArn: services[0]!.serviceArn,
          clusterArn: cluster,
          status: 'SUCCESSFUL',
        },
        ...{ createdAt: 1776157260.5, finishedAt: 1776157560, statusReason: String(serviceDeploymentArns) },
      },
    ],
  }));
  aws.answers.set('logs:DescribeDeliverySources', () => ({ deliverySources: [] }));
  aws.answers.set('cloudtrail:LookupEvents', () => ({ Events: [] }));
  aws.answers.set('logs:FilterLogEvents', ({ logGroupName, nextToken }) => {
    assert.equal(logGroupName, '/aws/events/ecs/containerinsights/shop/performance');
    const { page: some, next } = pageOf(events, nextToken, 50);
    return { events: some.map((message) => ({ message })), ...(next === null ? {} : { nextToken: next }) };
  });

  const out = freshFolder();
  const run = await gathered(out);
  assert.deepEqual(run.state.scope.services, [{ cluster, arn: services[0]!.serviceArn }]);
  // Running at the time of the answer, which is another one here; and one task was given an instance.
  const lasting = ({ event, kind }: Record<string, unknown>) => event !== 'seen' && kind !== 'node';
  assert.deepEqual(
    factsOf(out, 'ecs/tasks.jsonl', lasting).map((fact) => fact.replace('"node":"i1"', '"node":null')),
    factsOf(folder, 'evidence/ecs-task/tasks@2026-04-14T09-19-00Z.json', lasting),
  );
  assert.deepEqual(factsOf(out, 'ecs/events-shop.jsonl'), factsOf(folder, 'evidence/ecs-event/events.jsonl'));
  assert.ok(factsOf(out, 'ecs/services.jsonl').length > 0);
  assert.ok(factsOf(out, 'ecs/task-definitions.jsonl').some((fact) => fact.includes('stopTimeout')));
  assert.match(textBelow(out, 'ecs/service-deployments.jsonl').toString(), /"d,e"/);
  for (const file of run.state.steps.ecs!.files) assert.ok(!textBelow(out, file).includes('hunter2'), file);

  // What is not asked for is said: too many clusters, and a list without an end.
  set('ListClusters', () => ({ clusterArns: Array.from({ length: 101 }, (_, i) => `${cluster}${i}`) }));
  const wide = await gathered(freshFolder());
  assert.match(String(wide.state.steps.ecs!.gaps[0]?.reason), /has 101 clusters, and 100 were looked through/);
  set('ListClusters', () => ({ clusterArns: [], nextToken: 'again' }));
  const endless = await gatherInto(freshFolder(), { env, now: LATER });
  assert.match(String(endless.state.steps.ecs!.gaps[0]?.reason), /^ListClusters has more than 100 pages/);
});

const withAll = ({ containerDefinitions }: Input, more: object): object[] =>
  (containerDefinitions as object[]).map((one) => ({ ...one, ...more }));

/** A value of describe-instances in the names of the protocol. */
function ec2Xml(instance: Input): Xml {
  const state = instance.State as { Name: string };
  const why = instance.StateReason as { Message: string } | undefined;
  const place = instance.Placement as { AvailabilityZone: string };
  const text = (name: string): Xml => String(instance[name] ?? '');
  return {
    ...{ instanceId: text('InstanceId'), launchTime: text('LaunchTime'), privateIpAddress: text('PrivateIpAddress') },
    ...{ privateDnsName: text('PrivateDnsName'), reason: text('StateTransitionReason') },
    placement: { availabilityZone: place.AvailabilityZone },
    instanceState: { code: 16, name: state.Name },
    ...(why === undefined ? {} : { stateReason: { code: 'x', message: why.Message } }),
    tagSet: (instance.Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => ({ key: Key, value: Value })),
  };
}

test('instances: the groups behind the target group, their activities, and what EC2 still knows', async () => {
  const folder = await simulated('instances');
  const group = answerBalancer(aws, folder, { attributes: () => ATTRIBUTES, tags: () => ({}) });
  const { Activities } = json(folder, 'snapshot/activities.json') as { Activities: Input[] };
  const { Reservations } = json(folder, 'snapshot/instances.json') as { Reservations: { Instances: Input[] }[] };
  const instances = Reservations.flatMap(({ Instances }) => Instances);
  const old = {
    ...Activities[0],
    ActivityId: 'old',
    StartTime: '2026-04-01T09:00:00Z',
    EndTime: '2026-04-01T09:01:00Z',
  };
  const newest = [...Activities].sort((a, b) => String(b.StartTime).localeCompare(String(a.StartTime)));
  aws.answers.set('ecs:ListClusters', () => ({ clusterArns: [] }));
  aws.answers.set('autoscaling:DescribeAutoScalingGroups', ({ NextToken }) =>
    NextToken === undefined
      ? {
          AutoScalingGroups: [{ AutoScalingGroupName: 'other', Instances: [], TargetGroupARNs: [] }],
          NextToken: 'a/b+c=',
        }
      : {
          AutoScalingGroups: [
            {
              AutoScalingGroupName: 'shop-asg',
              Instances: [{ InstanceId: instances[0]!.InstanceId as string, LifecycleState: 'InService' }],
              TargetGroupARNs: [group.TargetGroupArn],
            },
          ],
        },
  );
  aws.answers.set('autoscaling:DescribeScalingActivities', ({ AutoScalingGroupName, NextToken }) => {
    assert.equal(AutoScalingGroupName, 'shop-asg');
    const { page, next } = pageOf([...newest, old] as Xml[], NextToken, 3);
    return { Activities: page, ...(next === null ? {} : { NextToken: next }) };
  });
  aws.answers.set('ec2:DescribeInstances', (input) => {
    const asked = Object.entries(input).flatMap(([key, value]) => (/^Filter\.1\.Value\.\d+$/.test(key) ? [value] : []));
    const found = instances.filter(({ InstanceId }) => asked.includes(InstanceId));
    const { page, next } = pageOf(found, input.NextToken, 5);
    return {
      reservationSet: page.map((one) => ({ reservationId: 'r', instancesSet: [ec2Xml(one)] })),
      ...(next === null ? {} : { nextToken: next }),
    };
  });
  aws.answers.set('cloudtrail:LookupEvents', () => ({ Events: [] }));
  const out = freshFolder();
  await gathered(out);
  const text = textBelow(out, 'aws/instances.jsonl').toString();
  assert.ok(!text.includes('"ActivityId":"old"'));
  // Seen running at the time of the answer: that is another one here.
  const lasting = (fact: Record<string, unknown>) => fact.detail !== 'running' && fact.detail !== 'InService';
  const known = new Set([...text.matchAll(/"InstanceId":"(i-\w+)"/g)].map(([, id]) => id));
  const theirs = (fact: Record<string, unknown>) => lasting(fact) && known.has(String(fact.instance_id));
  const asked = [NOW, LATER].map((ms) => ms / 1000).join('|');
  const withoutAsked = (facts: string[]) =>
    facts.map((fact) => fact.replace(new RegExp(`"latest":(?:${asked})\\d{6}`), ''));
  const byHand = [
    ...factsOf(folder, 'evidence/snapshot/activities.json', theirs),
    ...factsOf(folder, 'evidence/snapshot/instances.json', theirs),
  ];
  assert.deepEqual(withoutAsked(factsOf(out, 'aws/instances.jsonl', theirs)).sort(), withoutAsked(byHand).sort());
  assert.ok(known.size >= 6);
});

test('logs that CloudWatch delivers to a log group are gathered; those that go elsewhere are named', async () => {
  const folder = await simulated('pods');
  const group = answerBalancer(aws, folder, {
    attributes: () => ({ ...ATTRIBUTES, 'access_logs.s3.enabled': 'true', 'access_logs.s3.bucket': 'logs' }),
    tags: () => ({ 'elbv2.k8s.aws/cluster': 'prod' }),
  });
  const [balancer] = group.LoadBalancerArns;
  const key =
    'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/04/14/111122223333_elasticloadbalancing_eu-central-1_app.k8s-shop.a847e0a98a132d6a_20260414T0905Z_10.0.0.1_x.log.gz';
  s3.put('logs', key, 'a log');
  const source = (name: string, logType: string, arn: string) => ({ name, logType, resourceArns: [arn] });
  aws.answers.set('logs:DescribeDeliverySources', () => ({
    deliverySources: [
      source('a', 'ALB_ACCESS_LOGS', balancer!),
      source('b', 'AUTO_MODE_COMPUTE_LOGS', 'arn:aws:eks:eu-central-1:111122223333:cluster/prod'),
      source('c', 'ALB_ACCESS_LOGS', `${balancer}0`),
    ],
  }));
  const delivery = (deliverySourceName: string, deliveryDestinationType: string) => ({
    ...{ deliverySourceName, deliveryDestinationType },
    deliveryDestinationArn: `arn:aws:logs:eu-central-1:111122223333:delivery-destination:to-${deliverySourceName}`,
  });
  aws.answers.set('logs:DescribeDeliveries', () => ({
    deliveries: [delivery('a', 'CWL'), delivery('b', 'S3'), delivery('c', 'CWL')],
  }));
  aws.answers.set('logs:GetDeliveryDestination', ({ name }) => {
    assert.equal(name, 'to-a');
    const destinationResourceArn = 'arn:aws:logs:eu-central-1:111122223333:log-group:/alb/access:*';
    return { deliveryDestination: { deliveryDestinationConfiguration: { destinationResourceArn } } };
  });
  aws.answers.set('logs:FilterLogEvents', ({ logGroupName }) => ({
    events: logGroupName === '/alb/access' ? [{ message: '{"type":"https"}' }] : [],
  }));
  aws.answers.set('eks:DescribeCluster', () => ({ cluster: { arn: 'a', endpoint: 'https://x', logging: {} } }));
  const out = freshFolder();
  const run = await gatherInto(out, { env, now: LATER });
  for (const right of run.called) called.add(right);
  assert.deepEqual(run.state.steps['delivered-logs']!.files, ['logs/alb_access_logs-alb-access.jsonl']);
  assert.match(run.state.steps['delivered-logs']!.gaps[0]!.reason, /^they go to S3/);
  assert.equal(textBelow(out, `s3/logs/${key}`).toString(), 'a log');
  // So long ago that only the files of a trail could have it.
  aws.answers.set('cloudtrail:DescribeTrails', () => ({ trailList: [] }));
  for (const right of (await gatherInto(freshFolder(), { env, now: Date.UTC(2026, 9, 1) })).called) called.add(right);
  const audit = run.gaps.find(({ what }) => what === 'audit log of cluster prod')!;
  assert.equal(audit.reason, 'it is not switched on');
  assert.match(audit.next, /^aws eks update-cluster-config --name prod /);
  for (const { query, key: got } of s3.arrived) {
    if (query.has('list-type')) called.add('s3:ListBucket');
    else if (got !== '') called.add('s3:GetObject');
  }
});

test('deploy/iam-incident.json is the policy of the plan, and allows exactly the calls', () => {
  const policy = JSON.parse(readFileSync(join(ROOT, 'deploy/iam-incident.json'), 'utf8')) as {
    Statement: { Action: string[] }[];
  };
  assert.deepEqual(policy, iamPolicy(PLAN));
  // Prometheus is asked by the source that `load` uses, whose test has its right.
  const own = policy.Statement.flatMap(({ Action }) => Action).filter((action) => action !== 'aps:QueryMetrics');
  assert.deepEqual([...called].sort(), own.sort());
});
