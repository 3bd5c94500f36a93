/**
 * Tests targets that are no pods with answers of moto: tasks of ECS, polled by `draintrace watch --ecs` behind a proxy that
 * throttles; instances, an Auto Scaling group and a target group of type instance, as the AWS command line prints them.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cli, expectStatus, freshFolder, startCli } from '../cli.ts';
import { filesOf, until } from '../watch/capture.ts';
import { awsPrints, type Moto, startMoto } from './server.ts';

const REGION = 'eu-central-1';

let moto: Moto;
/** Requests to throttle, and the actions that passed. */
let throttle = 0;
const actions: string[] = [];

before(async () => {
  moto = await startMoto({
    refuse({ headers }) {
      const action = String(headers['x-amz-target'] ?? '').split('.')[1];
      if (action === undefined) return null;
      actions.push(action);
      if (throttle <= 0) return null;
      throttle--;
      return {
        status: 400,
        type: 'application/x-amz-json-1.1',
        body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
      };
    },
  });
});
after(() => moto?.stop());

/** An answer of any service, whose members are known to the test. */
interface Answer {
  [key: string]: Answer & Answer[] & string;
}

/** Calls moto as an administrator; the answer is as the AWS command line prints it. */
const print = (service: string, operation: string, input: object = {}): string =>
  awsPrints(moto.origin, service, operation, input);

const call = (service: string, operation: string, input: object = {}): Answer =>
  JSON.parse(print(service, operation, input)) as Answer;

async function rows(db: string, sql: string): Promise<Record<string, unknown>[]> {
  return JSON.parse(expectStatus(await cli(['sql', sql, '--db', db, '--format', 'json']), 0).stdout);
}

function subnet(): string {
  const vpc = call('ec2', 'create_vpc', { CidrBlock: '10.9.0.0/16' }).Vpc!.VpcId as string;
  // Without it moto fails at the interface of a task.
  call('ec2', 'modify_vpc_attribute', { VpcId: vpc, EnableDnsHostnames: { Value: true } });
  return call('ec2', 'create_subnet', { VpcId: vpc, CidrBlock: '10.9.0.0/24' }).Subnet!.SubnetId as string;
}

test('tasks of ECS: watched, throttled, stopped, and loaded', async () => {
  call('ecs', 'create_cluster', { clusterName: 'shop' });
  call('ecs', 'register_task_definition', {
    family: 'cart',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'cart', image: 'cart:1', essential: true, stopTimeout: 45, memory: 512 }],
  });
  const network = { awsvpcConfiguration: { subnets: [subnet()], securityGroups: [] } };
  call('ecs', 'create_service', {
    cluster: 'shop',
    serviceName: 'cart',
    taskDefinition: 'cart',
    desiredCount: 1,
    launchType: 'FARGATE',
  });
  const run = {
    cluster: 'shop',
    taskDefinition: 'cart',
    launchType: 'FARGATE',
    networkConfiguration: network,
    count: 2,
  };
  const tasks = call('ecs', 'run_task', run).tasks!;
  const arns = [tasks[0]!.taskArn as string, tasks[1]!.taskArn as string];

  const folder = freshFolder();
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_ECS: moto.endpoint,
  };
  const watch = startCli(['watch', '--ecs', 'shop', '--out', folder], { env, timeout: 120_000 });
  process.once('exit', () => watch.child.kill('SIGKILL'));
  const texts = () => ['tasks', 'services'].flatMap((name) => filesOf(folder, name).map(({ text }) => text)).join('');
  const whole = () => actions.filter((action) => action === 'DescribeServices').length;
  const isThere = () => arns.every((arn) => texts().includes(arn)) && texts().includes('"serviceName":"cart"');
  await until(isThere, 'both tasks and their service', 40_000);
  throttle = 2;
  call('ecs', 'stop_task', { cluster: 'shop', task: arns[0]!, reason: 'by a test' });
  await until(() => texts().includes('by a test'), 'the stop', 60_000);
  const before = whole();
  await until(() => throttle === 0 && whole() > before + 1, 'answers after it', 60_000);
  watch.child.kill('SIGINT');
  const { stderr } = expectStatus(await watch.done, 0);
  assert.match(stderr, /AWS asks to slow down \(ThrottlingException\)/);
  assert.match(stderr, /\d+ looks? at ECS; AWS asked to slow down 2 times/);
  assert.deepEqual([...new Set(actions)].sort(), [
    'DescribeServices',
    'DescribeTaskDefinition',
    'DescribeTasks',
    'ListServices',
    'ListTasks',
  ]);

  const db = join(freshFolder(), 'moto.duckdb');
  expectStatus(await cli(['load', folder, '--db', db, '--quiet']), 0);
  // moto moves every task on with each look: only one was stopped by hand.
  const told = await rows(
    db,
    `select uid, target_kind, version, count(*) filter (event = 'deleted' and detail = 'by a test') as going from pod_fact
    where uid in ('${arns.join("','")}') group by all order by going desc`,
  );
  assert.deepEqual(
    told.map(({ uid, target_kind, version, going }) => [uid, target_kind, version, Number(going) > 0]),
    [
      [arns[0], 'ecs_task', 'cart:1', true],
      [arns[1], 'ecs_task', 'cart:1', false],
    ],
  );
  const settings = await rows(
    db,
    "select distinct key, value from setting where key in ('stopTimeout', 'replicas') order by key",
  );
  assert.deepEqual(
    settings.map(({ key, value }) => `${key} ${value}`),
    ['replicas 1', 'stopTimeout 45'],
  );
  assert.deepEqual(await rows(db, 'select reason from rejected_line'), []);
});

test('instances, their group and their target group, as the command line prints them', async () => {
  const folder = freshFolder();
  const subnetId = subnet();
  const [image] = call('ec2', 'describe_images').Images!;
  call('autoscaling', 'create_launch_configuration', {
    LaunchConfigurationName: 'lc',
    ImageId: image!.ImageId,
    InstanceType: 't3.small',
  });
  call('autoscaling', 'create_auto_scaling_group', {
    AutoScalingGroupName: 'cart-asg',
    LaunchConfigurationName: 'lc',
    MinSize: 0,
    MaxSize: 3,
    DesiredCapacity: 2,
    VPCZoneIdentifier: subnetId,
  });
  const vpc = call('ec2', 'describe_subnets', { SubnetIds: [subnetId] }).Subnets![0]!.VpcId as string;
  const group = call('elbv2', 'create_target_group', {
    Name: 'cart',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: vpc,
    TargetType: 'instance',
  }).TargetGroups![0]!.TargetGroupArn as string;
  const members = call('autoscaling', 'describe_auto_scaling_instances').AutoScalingInstances!;
  const ids = [members[0]!.InstanceId as string, members[1]!.InstanceId as string].sort();
  const balancerArn = call('elbv2', 'create_load_balancer', {
    Name: 'alb',
    Subnets: [
      subnetId,
      call('ec2', 'create_subnet', { VpcId: vpc, CidrBlock: '10.9.1.0/24', AvailabilityZone: `${REGION}b` }).Subnet!
        .SubnetId,
    ],
  }).LoadBalancers![0]!.LoadBalancerArn as string;
  call('elbv2', 'create_listener', {
    LoadBalancerArn: balancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  });
  call('elbv2', 'register_targets', { TargetGroupArn: group, Targets: ids.map((Id) => ({ Id })) });
  const save = (name: string, text: string) => writeFileSync(join(folder, `${name}@2026-11-26T08-00-00Z.json`), text);
  save('cart', print('elbv2', 'describe_target_health', { TargetGroupArn: group }));
  save('activities', print('autoscaling', 'describe_scaling_activities'));
  save('members', print('autoscaling', 'describe_auto_scaling_instances'));
  call('ec2', 'terminate_instances', { InstanceIds: [ids[0]!] });
  save('instances', print('ec2', 'describe_instances'));
  save('target-groups', print('elbv2', 'describe_target_groups'));

  const db = join(freshFolder(), 'moto.duckdb');
  const { stderr } = await cli(['load', folder, '--db', db]);
  const rejected = await rows(db, 'select reason from rejected_line');
  assert.deepEqual(rejected, [], stderr);
  const nodes = await rows(
    db,
    `select instance_id, string_agg(distinct event, ',' order by event) as events, max(group_name) as "group",
    max(ip) as ip from node_fact where instance_id in ('${ids.join("','")}') group by all order by instance_id`,
  );
  assert.deepEqual(
    nodes.map(({ instance_id }) => instance_id),
    ids,
    stderr,
  );
  for (const { group: own, ip, instance_id } of nodes) {
    assert.equal(own, 'cart-asg', String(instance_id));
    assert.match(String(ip), /^10\.9\.0\.\d+$/);
  }
  const [gone, kept] = ids.map((id) => String(nodes.find(({ instance_id }) => instance_id === id)!.events));
  assert.match(gone!, /gone|stopping/);
  assert.doesNotMatch(kept!, /gone|stopping/);
  const targets = await rows(db, 'select instance_id, state, target_group_arn from target_state order by instance_id');
  assert.deepEqual(
    targets.map(({ instance_id }) => instance_id),
    ids,
    readFileSync(join(folder, 'cart@2026-11-26T08-00-00Z.json'), 'utf8'),
  );
  const settings = await rows(db, `select value from setting where key = 'TargetType'`);
  assert.deepEqual(settings, [{ value: 'instance' }]);
});
