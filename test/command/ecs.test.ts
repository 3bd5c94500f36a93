/** Tests that tasks of ECS are judged by the program itself, from their events and CloudTrail, in the words of their users. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { assertNoWord } from './words.ts';

const ACCOUNT = 'eu-central-1:555566667777';
const group = (name: string): string => `arn:aws:elasticloadbalancing:${ACCOUNT}:targetgroup/${name}/9988776655443322`;
const at = (seconds: number): string => new Date(Date.UTC(2026, 7, 19, 11, 0, 0) + seconds * 1000).toISOString();

/** A request that the balancer could not send, or that nobody answered. */
const failed = (name: string, target: string, seconds: number, status: 502 | 504): string =>
  `http ${at(seconds + (status === 504 ? 10 : 0.002))} app/web/0011223344556677 198.51.100.9:40000 ${target} -1 -1 -1 ${status} - 100 200 "GET http://${name}.example:80/ HTTP/1.1" "curl/8" - - ${group(name)} "Root=1-6a85a2f0-${String(Math.round(seconds * 10)).padStart(24, '0')}" "-" "-" 0 ${at(seconds)} "forward" "-" "-" "${target}" "-" "-" "-" TID_00000000000000000000000000000000`;

/** An event of a task; the last characters of its id are those of its service. */
function event(service: string, ip: string, detail: object): string {
  const taskArn = `arn:aws:ecs:${ACCOUNT}:task/web/${service.padStart(32, '0')}`;
  return JSON.stringify({
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    time: at(60),
    detail: {
      taskArn,
      clusterArn: `arn:aws:ecs:${ACCOUNT}:cluster/web`,
      taskDefinitionArn: `arn:aws:ecs:${ACCOUNT}:task-definition/${service}:7`,
      group: `service:${service}`,
      createdAt: at(-1000),
      startedAt: at(-950),
      attachments: [{ type: 'eni', details: [{ name: 'privateIPv4Address', value: ip }] }],
      containers: [{ name: 'app', exitCode: 137, networkInterfaces: [{ privateIpv4Address: ip }] }],
      desiredStatus: 'STOPPED',
      lastStatus: 'STOPPED',
      updatedAt: at(60),
      stoppedAt: at(59.5),
      version: 8,
      ...detail,
    },
  });
}

const call = (service: string, ip: string, seconds: number): object => ({
  eventTime: `${at(seconds).slice(0, 19)}Z`,
  eventSource: 'elasticloadbalancing.amazonaws.com',
  eventName: 'DeregisterTargets',
  userAgent: 'ecs.amazonaws.com',
  requestParameters: { targetGroupArn: group(service), targets: [{ id: ip, port: 8080 }] },
  eventID: service,
});

const [HAND, CRASH, PLAN] = ['10.9.0.11', '10.9.0.12', '10.9.0.13'];
const DB = join(freshFolder(), 'ecs.duckdb');

before(async () => {
  const folder = freshFolder();
  const log = [
    ...[0.5, 2.5, 4.5].map((seconds) => failed('hand', `${HAND}:8080`, seconds, 502)),
    failed('hand', `${HAND}:8080`, 8, 504),
    failed('crash', `${CRASH}:8080`, 3, 502),
    failed('plan', `${PLAN}:8080`, 5, 502),
    failed('plan', `${PLAN}:8080`, 14, 504),
    failed('nobody', '10.9.0.99:8080', 3, 504),
  ];
  const events = [
    event('hand', HAND, { stopCode: 'UserInitiated', stoppingAt: at(0), executionStoppedAt: at(0.4) }),
    event('crash', CRASH, {
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      stoppingAt: at(0.9),
      executionStoppedAt: at(0.25),
    }),
    event('plan', PLAN, { stopCode: 'ServiceSchedulerInitiated', stoppingAt: at(0), executionStoppedAt: at(41.5) }),
  ];
  // Delivered twice, and the last first.
  writeFileSync(join(folder, 'events.jsonl'), `${[...events].reverse().concat(events).join('\n')}\n`);
  writeFileSync(join(folder, 'access.log'), `${log.join('\n')}\n`);
  const calls = [call('hand', HAND, 6), call('crash', CRASH, 11), call('plan', PLAN, 10)];
  writeFileSync(join(folder, 'trail.json'), JSON.stringify({ Records: calls }));
  expectStatus(await cli(['load', folder, '--db', DB]), 0);
});

test('a task stopped by hand goes before the balancer is told; one that its scheduler stops, when it is; a crash is its own', async () => {
  const { stdout } = expectStatus(await cli(['trace', '--db', DB, '--format', 'json']), 0);
  const rows: Record<string, unknown>[] = stdout.trim().startsWith('[')
    ? JSON.parse(stdout)
    : stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
  const of = (service: string): unknown[][] =>
    rows
      .filter(({ target_group_arn: arn }) => String(arn).includes(`/${service}/`))
      .sort((a, b) => (String(a.request_creation_time) < String(b.request_creation_time) ? -1 : 1))
      .map(({ cause, told, target_kind, workload }) => [cause, told, target_kind, workload]);
  const going = (told: string) => ['draining_target', told, 'ecs_task', 'hand'];
  assert.deepEqual(of('hand'), [going('no'), going('no'), going('no'), going('yes')]);
  assert.deepEqual(of('crash'), [['container_restart', null, 'ecs_task', 'crash']]);
  const [before, after] = of('plan');
  assert.equal(before?.[0], 'healthy_target');
  assert.deepEqual(after, ['draining_target', 'yes', 'ecs_task', 'plan']);
  assert.deepEqual(of('nobody'), [['no_evidence', null, 'unknown', null]]);
});

const OF_KUBERNETES = /\bpods?\b|_pods?\b|\bpods?_|pre_?stop|terminationGrace|kubectl/i;

test('no command speaks of pods, preStop or kubectl to a user of ECS', async () => {
  const trace = `Root=1-6a85a2f0-${'5'.padStart(24, '0')}`;
  await assertNoWord(DB, trace, 9, OF_KUBERNETES);
});

test('nor where nobody told the addresses of the instances below the tasks, so that no task is named', async () => {
  const cwd = freshFolder();
  const settings = ['targets=tasks', 'taskNetwork=bridge', 'deregistrationDelaySeconds=5'];
  const made = settings.flatMap((setting) => ['--set', setting]);
  expectStatus(await cli(['simulate', '--scenario', 'rollout', '--seed', '7', ...made, '--out', 'made'], { cwd }), 0);
  expectStatus(await cli(['load', 'made/logs', 'made/evidence/ecs-event', '--db', 'a.duckdb'], { cwd }), 0);
  const sql = "SELECT max(trace_id) AS trace FROM verdict WHERE cause = 'draining_target' AND target_kind = 'unknown'";
  const { stdout } = await cli(['sql', sql, '--format', 'json', '--db', 'a.duckdb'], { cwd });
  const [found] = JSON.parse(stdout) as { trace: string | null }[];
  assert.ok(found?.trace, 'no failure of a target that nobody knows');
  await assertNoWord(join(cwd, 'a.duckdb'), found.trace, 99, OF_KUBERNETES);
});
