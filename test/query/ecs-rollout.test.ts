/** Tests rollouts of services of ECS: one deployment is one rollout, whatever its target groups and its version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectAll } from '../../src/store/select.ts';
import { insert, memoryDatabase, type Values } from './memory.ts';

const time = (seconds: number): string => new Date(Date.UTC(2026, 9, 21, 6, 0, 0) + seconds * 1000).toISOString();

interface Said {
  service: string;
  version: number;
  startedBy: string | null;
  created: number;
  stopped?: number;
  group: string;
}

let count = 0;

/** Facts of one task and of its target. */
function factsOf({ service, version, startedBy, created, stopped, group }: Said): Record<string, Values[]> {
  const name = `${service}-${++count}`;
  const task = {
    object_id: 1,
    line: count,
    target_kind: 'ecs_task',
    uid: `arn:${name}`,
    name,
    namespace: 'web',
    owner_kind: 'EcsService',
    owner_name: service,
    version: `${service}:${version}`,
    ip: `10.77.0.${count}`,
  };
  const at = (event: string, seconds: number, actor: string | null = null): Values => {
    return { ...task, event, earliest: time(seconds), latest: time(seconds), actor };
  };
  const target = {
    object_id: 1,
    line: count,
    target_group_arn: `arn:tg/${group}`,
    target_ip: task.ip,
    target_port: 80,
  };
  return {
    pod_fact: [
      at('created', created, startedBy),
      at('ready', created + 20),
      ...(stopped === undefined ? [at('seen', 900)] : [at('deleted', stopped), at('gone', stopped + 40)]),
    ],
    target_change: [{ ...target, event: 'registered', earliest: time(created + 15), latest: time(created + 15) }],
  };
}

async function rolloutsOf(tasks: readonly Said[]): Promise<Record<string, unknown>[]> {
  const connection = await memoryDatabase();
  for (const task of tasks) {
    for (const [table, rows] of Object.entries(factsOf(task))) await insert(connection, table, rows);
  }
  const sql = `select deployment, kind, from_workload, to_workload, cast(pods as integer) as pods from rollout_span
    order by deployment, started_at`;
  return selectAll(connection, sql);
}

const OLD = { version: 4, startedBy: 'ecs-svc/1111', created: -7000 };

test('tasks that move from one target group to another are one rollout', async () => {
  const tasks = [1, 2, 3].flatMap((i): Said[] => [
    { ...OLD, service: 'cart', stopped: 300, group: 'blue' },
    { service: 'cart', version: 5, startedBy: 'ecs-svc/2222', created: 60 + i, group: 'green' },
  ]);
  assert.deepEqual(await rolloutsOf(tasks), [
    { deployment: 'cart', kind: 'rollout', from_workload: 'cart:4', to_workload: 'cart:5', pods: 3 },
  ]);
});

test('a forced deployment is a rollout to the same version, and a scale-in is none', async () => {
  const again = [10, 40].flatMap((stopped): Said[] => [
    { ...OLD, service: 'forced', stopped, group: 'a' },
    { service: 'forced', version: 4, startedBy: 'ecs-svc/2222', created: stopped - 30, group: 'a' },
  ]);
  const fewer = [10, 12].map((stopped): Said => ({ ...OLD, service: 'scaled', stopped, group: 'b' }));
  const left: Said[] = [
    { ...OLD, service: 'scaled', group: 'b' },
    // Of the same deployment, as after a scale-out.
    { ...OLD, service: 'scaled', created: -100, group: 'b' },
  ];
  assert.deepEqual(await rolloutsOf([...again, ...fewer, ...left]), [
    { deployment: 'forced', kind: 'rollout', from_workload: 'forced:4', to_workload: 'forced:4', pods: 2 },
    { deployment: 'scaled', kind: 'burst', from_workload: 'scaled:4', to_workload: null, pods: 2 },
  ]);
});

test('without what started them, tasks of one version are no rollout', async () => {
  const tasks = [10, 40].flatMap((stopped): Said[] => [
    { ...OLD, startedBy: null, service: 'plain', stopped, group: 'c' },
    { service: 'plain', version: 4, startedBy: null, created: stopped - 30, group: 'c' },
  ]);
  const [rollout] = await rolloutsOf(tasks);
  assert.equal(rollout?.kind, 'burst');
});
