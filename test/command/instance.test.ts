/** Tests that plain instances are judged and advised by the program itself, in the words of people who have no Kubernetes. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { assertNoWord } from './words.ts';

const GROUP = 'arn:aws:elasticloadbalancing:eu-north-1:111122223333:targetgroup/plain-web/0011223344556677';
const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 8, 2, 9, 0, 0) + seconds * 1000).toISOString().replace('Z', '000Z');
const [GOING, STAYING] = [
  { id: 'i-0aaaaaaaaaaaaaaa1', ip: '10.70.0.11' },
  { id: 'i-0aaaaaaaaaaaaaaa2', ip: '10.70.0.12' },
];

function request(seconds: number, ip: string, status: 200 | 504): string {
  const [times, codes, took] = status === 200 ? ['0.001 0.100 0.000', '200 200', 0.101] : ['-1 -1 -1', '504 -', 10];
  const trace = `Root=1-6a85a2f0-${String(Math.round(seconds * 100) + 1e6).padStart(24, '0')}`;
  return `http ${at(seconds + took)} app/web/0011223344556677 198.51.100.9:40000 ${ip}:8080 ${times} ${codes} 100 200 "GET http://plain.example:80/ HTTP/1.1" "curl/8" - - ${GROUP} "${trace}" "-" "-" 0 ${at(seconds)} "forward" "-" "-" "${ip}:8080" "-" "-" "-" TID_00000000000000000000000000000000`;
}

const instance = ({ id, ip }: { id: string; ip: string }) => ({
  InstanceId: id,
  PrivateIpAddress: ip,
  LaunchTime: '2026-09-01T08:00:00+00:00',
  State: { Name: 'running' },
  Placement: { AvailabilityZone: 'eu-north-1a' },
  Tags: [{ Key: 'aws:autoscaling:groupName', Value: 'plain-web-asg' }],
});

const DB = join(freshFolder(), 'instance.duckdb');

before(async () => {
  const folder = freshFolder();
  const save = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const lines = [4.5, 6, 9].map((seconds) => request(seconds, GOING.ip, 504));
  for (let second = -600; second < 600; second += 5) {
    lines.push(request(second, STAYING.ip, 200));
    if (second < 3) lines.push(request(second, GOING.ip, 200));
  }
  save('access.log', `${[...lines, request(30, '10.70.0.99', 504)].join('\n')}\n`);
  const listing = (...known: (typeof GOING)[]) =>
    JSON.stringify({ Reservations: [{ Instances: known.map(instance) }] });
  save('instances@2026-09-02T08-50-00Z.json', listing(GOING, STAYING));
  save('instances@2026-09-02T09-10-00Z.json', listing(STAYING));
  const activity = {
    ActivityId: 'a',
    AutoScalingGroupName: 'plain-web-asg',
    Description: `Terminating EC2 instance: ${GOING.id}`,
    Cause: `At 2026-09-02T09:00:01Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 2 to 1.  At 2026-09-02T09:00:02Z instance ${GOING.id} was selected for termination.`,
    StartTime: '2026-09-02T09:00:02.500000+00:00',
    EndTime: '2026-09-02T09:01:10+00:00',
    StatusCode: 'Successful',
  };
  save('activities.json', JSON.stringify({ Activities: [activity] }));
  const health = [GOING, STAYING].map(({ id }) => ({
    Target: { Id: id, Port: 8080 },
    TargetHealth: { State: 'healthy' },
  }));
  save(
    'targets@2026-09-02T08-55-00Z.json',
    JSON.stringify({ targetGroupArn: GROUP, TargetHealthDescriptions: health }),
  );
  const attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }];
  save('attributes.json', JSON.stringify({ capturedAt: at(0), targetGroupArn: GROUP, Attributes: attributes }));
  expectStatus(await cli(['load', folder, '--db', DB]), 0);
});

test('advice is for what takes the instance away, as long as the delay in force and the balancer take', async () => {
  const { stdout: lines, stderr } = expectStatus(await cli(['advise', '--db', DB]), 0);
  const stdout = lines.replace(/\n {17}(?=[^\n]*)(?!aws )/g, ' ');
  assert.equal(stderr, '');
  assert.match(stdout, /^Group plain-web-asg, target group plain-web\n/);
  assert.match(stdout, /3 requests at 1 instance that went away, routed up to 6\.5 s after its end began/);
  assert.match(stdout, /went by +scale-down\n/);
  assert.match(stdout, /whatever removes the instance must wait for 80 s/);
  assert.match(
    stdout,
    /attach-load-balancer-target-groups --auto-scaling-group-name plain-web-asg --target-group-arns arn:/,
  );
  assert.match(stdout, /EC2_INSTANCE_TERMINATING --heartbeat-timeout 80 /);
});

test('no command speaks of pods, preStop, Deployments or kubectl to a user of plain instances', async () => {
  const trace = 'Root=1-6a85a2f0-000000000000000001000600';
  await assertNoWord(DB, trace, 3, /\bpods?\b|_pods?\b|\bpods?_|pre_?stop|terminationGrace|\bDeployments?\b|kubectl/i);
});
