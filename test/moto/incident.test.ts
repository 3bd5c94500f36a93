/**
 * Tests `draintrace incident` against moto: a load balancer with a target group of ECS tasks and one of instances, its logs in
 * moto's S3, behind a proxy that throttles. CloudTrail, which moto lacks, answers from the proxy.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { filesBelow } from '../gather/simulated.ts';
import { awsPrints, type Moto, startMoto } from './server.ts';

const REGION = 'eu-central-1';
const SIGNED = `AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/${REGION}/s3/aws4_request, SignedHeaders=host, Signature=0`;

let moto: Moto;
let throttle = 4;
const deregistered = { event: '' };

before(async () => {
  moto = await startMoto({
    refuse({ headers }, body) {
      const action = String(headers['x-amz-target'] ?? '').split('.')[1];
      const type = 'application/x-amz-json-1.1';
      if (action === 'LookupEvents') {
        const isIt = body.includes('"DeregisterTargets"');
        const events = isIt ? [{ EventName: 'DeregisterTargets', CloudTrailEvent: deregistered.event }] : [];
        return { status: 200, type, body: JSON.stringify({ Events: events }) };
      }
      if (action !== 'ListClusters' || throttle <= 0) return null;
      throttle--;
      return { status: 400, type, body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' };
    },
  });
});
after(() => moto?.stop());

/** An answer of any service, whose members are known to the test. */
interface Answer {
  [key: string]: Answer & Answer[] & string;
}

const call = (service: string, operation: string, input: object = {}): Answer =>
  JSON.parse(awsPrints(moto.origin, service, operation, input)) as Answer;

/** An access log line of a 502 at a target. */
function lineOf(balancer: string, group: string, target: string, atMs: number): string {
  const [began, ended] = [atMs, atMs + 5].map((ms) => new Date(ms).toISOString().replace('Z', '000Z'));
  const elb = balancer.slice(balancer.indexOf('app/'));
  return `https ${ended} ${elb} 203.0.113.9:5000 ${target} -1 -1 -1 502 - 100 200 "GET https://shop.example:443/ HTTP/2.0" "curl/8" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ${group} "Root=1-69a40e5a-0123456789abcdef01234567" "shop.example" "arn:aws:acm:x" 0 ${began} "forward" "-" "-" "${target}" "-" "-" "-" TID_0123456789abcdef0123456789abcdef\n`;
}

test('tasks and instances behind one load balancer: gathered, loaded, answered, completed by a second run', async () => {
  const vpc = call('ec2', 'create_vpc', { CidrBlock: '10.9.0.0/16' }).Vpc!.VpcId as string;
  call('ec2', 'modify_vpc_attribute', { VpcId: vpc, EnableDnsHostnames: { Value: true } });
  const subnets = ['a', 'b'].map(
    (zone, i) =>
      call('ec2', 'create_subnet', {
        ...{ VpcId: vpc, CidrBlock: `10.9.${i}.0/24`, AvailabilityZone: `${REGION}${zone}` },
      }).Subnet!.SubnetId as string,
  );
  const balancer = call('elbv2', 'create_load_balancer', { Name: 'shop', Subnets: subnets }).LoadBalancers![0]!
    .LoadBalancerArn as string;
  call('elbv2', 'create_load_balancer', { Name: 'other', Subnets: subnets });
  call('s3', 'create_bucket', {
    Bucket: 'shop-logs',
    CreateBucketConfiguration: { LocationConstraint: REGION },
  });
  call('elbv2', 'modify_load_balancer_attributes', {
    LoadBalancerArn: balancer,
    Attributes: [
      { Key: 'access_logs.s3.enabled', Value: 'true' },
      { Key: 'access_logs.s3.bucket', Value: 'shop-logs' },
      { Key: 'access_logs.s3.prefix', Value: 'prod' },
    ],
  });
  const [tasks, machines] = [
    ['cart', 'ip'],
    ['static', 'instance'],
  ].map(
    ([Name, TargetType]) =>
      call('elbv2', 'create_target_group', { Name, TargetType, Protocol: 'HTTP', Port: 8080, VpcId: vpc })
        .TargetGroups![0]!.TargetGroupArn as string,
  ) as [string, string];
  const forward = (TargetGroupArn: string) => [{ Type: 'forward', TargetGroupArn }];
  const listener = call('elbv2', 'create_listener', {
    ...{ LoadBalancerArn: balancer, Protocol: 'HTTP', Port: 80, DefaultActions: forward(tasks) },
  }).Listeners![0]!.ListenerArn as string;
  call('elbv2', 'create_rule', {
    ...{ ListenerArn: listener, Priority: 1, Actions: forward(machines) },
    Conditions: [{ Field: 'path-pattern', Values: ['/static/*'] }],
  });

  call('ecs', 'create_cluster', { clusterName: 'prod' });
  call('ecs', 'register_task_definition', {
    ...{ family: 'cart', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
    containerDefinitions: [
      {
        ...{ name: 'cart', image: 'cart:1', essential: true, memory: 512, stopTimeout: 45 },
        environment: [{ name: 'TOKEN', value: 'hunter2' }],
      },
    ],
  });
  call('ecs', 'create_service', {
    ...{ cluster: 'prod', serviceName: 'cart', taskDefinition: 'cart', desiredCount: 1, launchType: 'FARGATE' },
    loadBalancers: [{ targetGroupArn: tasks, containerName: 'cart', containerPort: 8080 }],
  });

  const [image] = call('ec2', 'describe_images').Images!;
  const launch = { LaunchConfigurationName: 'lc', ImageId: image!.ImageId, InstanceType: 't3.small' };
  call('autoscaling', 'create_launch_configuration', launch);
  call('autoscaling', 'create_auto_scaling_group', {
    ...{
      AutoScalingGroupName: 'static-asg',
      LaunchConfigurationName: 'lc',
      MinSize: 0,
      MaxSize: 3,
      DesiredCapacity: 2,
    },
    ...{ VPCZoneIdentifier: subnets[0], TargetGroupARNs: [machines] },
  });

  // A request failed ten minutes ago, at an address that CloudTrail saw deregistered.
  const at = Date.now() - 10 * 60_000;
  const end = new Date(Math.ceil((at + 1) / 300_000) * 300_000).toISOString();
  const [, , , , account] = balancer.split(':');
  const name = `${account}_elasticloadbalancing_${REGION}_${balancer.slice(balancer.indexOf('app/')).replaceAll('/', '.')}_${end.slice(0, 16).replaceAll(/[-:]/g, '')}Z_10.0.0.1_x.log`;
  const key = `prod/AWSLogs/${account}/elasticloadbalancing/${REGION}/${end.slice(0, 10).replaceAll('-', '/')}/${name}`;
  const put = await fetch(`${moto.origin}/shop-logs/${key}`, {
    method: 'PUT',
    headers: { authorization: SIGNED },
    body: lineOf(balancer, tasks, '10.9.0.77:8080', at),
  });
  assert.equal(put.status, 200, await put.text());
  deregistered.event = JSON.stringify({
    ...{ eventVersion: '1.11', eventSource: 'elasticloadbalancing.amazonaws.com', eventName: 'DeregisterTargets' },
    ...{ eventTime: `${new Date(at - 3000).toISOString().slice(0, 19)}Z`, eventID: 'e', awsRegion: REGION },
    requestParameters: { targetGroupArn: tasks, targets: [{ id: '10.9.0.77', port: 8080 }] },
  });

  const folder = freshFolder();
  const env = {
    ...{ AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: REGION },
    AWS_ENDPOINT_URL: moto.endpoint,
  };
  const words = ['incident', '--out', 'it', '--db', 'it.duckdb'];
  const options = { env, cwd: folder, timeout: 120_000 };
  const none = await cli([...words, '--last', '1h'], options);
  check(expectStatus(none, 3), ({ stdout }) => assert.match(stdout, /has several: (?:shop, other|other, shop)\n/));

  // The folder holds that question; another one needs another folder.
  const other = await cli([...words, '--last', '1h', '--lb', 'shop'], options);
  check(expectStatus(other, 2), ({ stderr }) => assert.match(stderr, /it holds another incident/));

  const run = await cli(['incident', '--out', 'shop', '--db', 'it.duckdb', '--last', '1h', '--lb', 'shop'], options);
  check(run, ({ stdout, stderr, status }) => {
    assert.ok(status === 0 || status === 4, `exit code ${status}`);
    assert.match(stdout, /^1 of 1 request failed \(100%\)/m);
    assert.match(stdout, /draining_target/);
    assert.match(stderr, /^balancer: shop: 2 target groups, 2 targets now$/m);
    assert.match(stderr, /^access-logs: 1 object of access log$/m);
    assert.match(stderr, /^ecs: 1 service, /m);
    assert.match(stderr, /^instances: 2 instances, 1 Auto Scaling group$/m);
    assert.doesNotMatch(stderr, /this is a bug/);
  });
  assert.equal(throttle, 0);
  const files = filesBelow(join(folder, 'shop'));
  for (const file of ['ecs/services.jsonl', 'ecs/task-definitions.jsonl', 'aws/instances.jsonl', 'report.html']) {
    assert.ok(files.includes(file), `${file} of ${files.join(' ')}`);
  }
  const texts = files.map((file) => readFileSync(join(folder, 'shop', file), 'utf8'));
  assert.ok(texts.every((text) => !text.includes('hunter2')));
  // In the form of the command line.
  const lines = (file: string) =>
    readFileSync(join(folder, 'shop', file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
  for (const { targetGroupArn, TargetHealthDescriptions } of lines('aws/target-health.jsonl')) {
    const printed = call('elbv2', 'describe_target_health', { TargetGroupArn: targetGroupArn });
    assert.deepEqual(TargetHealthDescriptions, printed.TargetHealthDescriptions);
  }
  const identity = ({ InstanceId, PrivateIpAddress, PrivateDnsName, State, Placement }: Answer) => [
    ...[InstanceId, PrivateIpAddress, PrivateDnsName, State!.Name, Placement!.AvailabilityZone],
  ];
  const instancesOf = (answers: Answer[]) =>
    answers
      .flatMap(({ Reservations }) => (Reservations ?? []).flatMap(({ Instances }) => Instances!.map(identity)))
      .sort();
  const known = instancesOf(lines('aws/instances.jsonl'));
  assert.equal(known.length, 2);
  assert.deepEqual(known, instancesOf([call('ec2', 'describe_instances')]));

  const loaded = await cli(['load', 'shop', '--db', 'again.duckdb'], { cwd: folder });
  check(expectStatus(loaded, 0), ({ stderr }) => assert.doesNotMatch(stderr, /[1-9]\d* rejected/));

  const second = await cli(['incident', '--out', 'shop', '--db', 'it.duckdb'], options);
  check(second, ({ stderr, stdout }) => {
    assert.match(stderr, /^balancer: kept: shop: /m);
    assert.match(stderr, /^access-logs: (?:kept: )?1 object of access log$/m);
    assert.match(stdout, /^1 of 1 request failed \(100%\)/m);
  });
});
