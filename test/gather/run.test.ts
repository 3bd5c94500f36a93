/** Tests gathering: what is asked, at which rate, and the form in which it is kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { recognise } from '../../src/evidence/recognise.ts';
import { PLAN } from '../../src/gather/plan.ts';
import { freshFolder } from '../command/world.ts';
import { type Gathered, gatherInto } from './gathering.ts';
import { BALANCER, GROUP, IncidentWorld } from './incident-world.ts';
import { filesBelow, textBelow } from './simulated.ts';

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
const textOf = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');

test('the folder has each source in the form of its command, and each with its time', async () => {
  const folder = freshFolder();
  const run = await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER } });
  assert.deepEqual(failedOf(run), []);
  const files = filesBelow(folder).map((file) => file.replace(/^s3\/.*\/(?=[^/]+$)/, 's3/.../'));
  assert.deepEqual(
    files.filter((file) => !file.startsWith('s3/')),
    [
      'aws/cloudtrail.jsonl',
      'aws/load-balancers.jsonl',
      'aws/target-groups.jsonl',
      'aws/target-health.jsonl',
      'cluster/audit-log.jsonl',
      'cluster/aws-load-balancer-controller-log.jsonl',
      'cluster/deployments.jsonl',
      'cluster/endpointslices.jsonl',
      'cluster/events.jsonl',
      'cluster/nodes.jsonl',
      'cluster/pods.jsonl',
      'cluster/replicasets.jsonl',
      'cluster/services.jsonl',
      'cluster/statefulsets.jsonl',
      'cluster/targetgroupbindings.jsonl',
      'gathered.json',
    ],
  );
  assert.equal(files.filter((file) => file.startsWith('s3/')).length, 12);
  for (const file of ['aws/target-health.jsonl', 'cluster/pods.jsonl', 'cluster/deployments.jsonl']) {
    for (const line of textOf(folder, file).trim().split('\n')) {
      assert.equal((JSON.parse(line) as { capturedAt: string }).capturedAt, '2026-04-14T09:19:00.000000Z', file);
    }
  }
  const [health] = textOf(folder, 'aws/target-health.jsonl').split('\n');
  const { targetGroupArn, TargetHealthDescriptions } = JSON.parse(health!) as Record<string, unknown>;
  assert.equal(targetGroupArn, GROUP);
  assert.deepEqual((TargetHealthDescriptions as unknown[])[0], {
    Target: { Id: '10.42.16.22', Port: 8080, AvailabilityZone: 'eu-central-1a' },
    HealthCheckPort: '8080',
    TargetHealth: { State: 'healthy' },
  });
  // Lists of the stand-in come in pages.
  assert.ok(world.aws.count('cloudtrail:LookupEvents') > 2);
  assert.ok(world.aws.count('logs:FilterLogEvents') > 3);
  assert.ok(world.cluster.asked.filter((right) => right === '/pods').length > 1);
  assert.deepEqual([...new Set(world.cluster.asked)].sort(), PLAN.flatMap(({ rbac }) => rbac).sort());
  const [nodes] = world.aws.asked.filter(({ call }) => call === 'ec2:DescribeInstances');
  assert.equal(nodes!.input['Filter.1.Value.1'], 'kubernetes.io/cluster/prod');
  // Two calls a second of CloudTrail, and no more.
  assert.ok(run.slept.filter((ms) => ms > 500).length >= world.aws.count('cloudtrail:LookupEvents'));
  const [{ StartTime, EndTime }] = world.aws.asked
    .filter(({ call }) => call === 'cloudtrail:LookupEvents')
    .map(({ input }) => input) as [{ StartTime: number; EndTime: number }];
  assert.deepEqual(
    [StartTime, EndTime].map((seconds) => new Date(seconds * 1000).toISOString()),
    ['2026-04-14T08:30:00.000Z', '2026-04-14T09:19:00.000Z'],
  );
});

test('a zonal shift is kept with the health of its targets', async () => {
  const before = world.aws.answers.get('elasticloadbalancing:DescribeTargetHealth')!;
  const shifted = {
    Target: { Id: 'i-0123456789abcdef0', Port: 80 },
    TargetHealth: { State: 'healthy' },
    AdministrativeOverride: {
      State: 'zonal_shift_active',
      Reason: 'AdministrativeOverride.ZonalShiftActive',
      Description: 'a & b',
    },
  };
  world.aws.answers.set('elasticloadbalancing:DescribeTargetHealth', () => ({ TargetHealthDescriptions: [shifted] }));
  try {
    const folder = freshFolder();
    await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER } });
    const { TargetHealthDescriptions } = JSON.parse(textOf(folder, 'aws/target-health.jsonl')) as Record<
      string,
      unknown
    >;
    assert.deepEqual(TargetHealthDescriptions, [shifted]);
  } finally {
    world.aws.answers.set('elasticloadbalancing:DescribeTargetHealth', before);
  }
});

test('logs that are not switched on are gaps with the command that switches them on, and a window long ago has no calls', async () => {
  const before = world.attributes;
  world.attributes = { ...before, 'access_logs.s3.enabled': 'false' };
  try {
    const now = Date.UTC(2026, 9, 1);
    const run = await gatherInto(freshFolder(), { env: world.env, kubeconfig, question: { lb: BALANCER }, now });
    const gap = run.gaps.find(({ what }) => what === 'access logs of k8s-shop')!;
    assert.equal(gap.failed, false);
    assert.match(gap.next, /Key=access_logs\.s3\.enabled,Value=true/);
    assert.match(
      run.gaps.find(({ what }) => what === 'calls in CloudTrail')!.reason,
      /more than 90 days ago.*no trail/,
    );
    assert.equal(world.aws.count('cloudtrail:LookupEvents'), 0);
  } finally {
    world.attributes = before;
  }
});

test('a Prometheus that was named is asked for the window and its margin, half hour by half hour', async () => {
  const answers = textBelow(world.folder, 'evidence/metric/answers.json').toString();
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    asked.push(new URLSearchParams(body).get('time')!);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(answers.split('\n')[0]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const prometheus = `prometheus+http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = freshFolder();
    const run = await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER }, prometheus });
    assert.deepEqual(run.state.steps.prometheus!.files, ['prometheus/metrics-001.json', 'prometheus/metrics-002.json']);
    assert.deepEqual(
      [...new Set(asked)].map((seconds) => new Date(Number(seconds) * 1000).toISOString()),
      ['2026-04-14T09:00:00.000Z', '2026-04-14T09:19:00.000Z'],
    );
    assert.equal(recognise(textOf(folder, 'prometheus/metrics-001.json'), 'metrics-001.json').kind, 'prometheus_json');
  } finally {
    server.close();
  }
});

test('a window that CloudTrail has forgotten is read from the files of a trail', async () => {
  const trail = filesBelow(world.folder).find((file) => file.includes('_CloudTrail_'))!;
  const key = trail.slice(trail.indexOf('AWSLogs/'));
  world.s3.put('trails', `audit/${key}`, textBelow(world.folder, trail));
  world.s3.put('trails', `audit/${key.replace('T0915Z', 'T1915Z')}`, 'of the evening');
  const trails = [
    { S3BucketName: 'elsewhere', HomeRegion: 'us-east-1', IsMultiRegionTrail: false },
    { S3BucketName: 'trails', S3KeyPrefix: 'audit', HomeRegion: 'us-east-1', IsMultiRegionTrail: true },
  ];
  world.aws.answers.set('cloudtrail:DescribeTrails', () => ({ trailList: trails }));
  try {
    const folder = freshFolder();
    const now = Date.UTC(2026, 9, 1);
    const run = await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER }, now });
    assert.deepEqual(run.state.steps.cloudtrail!.files, [`s3/trails/audit/${key}`]);
    assert.deepEqual(textBelow(folder, `s3/trails/audit/${key}`), textBelow(world.folder, trail));
  } finally {
    world.aws.answers.set('cloudtrail:DescribeTrails', () => ({ trailList: [] }));
  }
});
