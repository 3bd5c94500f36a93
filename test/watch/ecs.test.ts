/** Tests polling tasks and services of an ECS stand-in in this process. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fact, NodeFact, PodFact, Setting } from '../../src/evidence/fact.ts';
import { freshFolder } from '../cli.ts';
import { beginWatch, filesOf, type Running, read, stopAll, until } from './capture.ts';
import { ENV, makeTask, StandInEcs, taskArnOf } from './stand-in-ecs.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];

let ecs: StandInEcs;
let endpointUrl: string;

beforeEach(async () => {
  ecs = new StandInEcs();
  endpointUrl = await ecs.start();
  ecs.services.set('web', makeService());
});

afterEach(async () => {
  stopAll();
  await ecs.stop();
});

function makeService(events: object[] = []): Record<string, unknown> {
  return {
    serviceArn: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web',
    serviceName: 'web',
    clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod',
    desiredCount: 2,
    taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:26',
    deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
    loadBalancers: [],
    events,
  };
}

function watch(folder: string, service: string | null = null, change: Parameters<typeof beginWatch>[2] = {}): Running {
  const access = { endpointUrl, region: null, profile: null, env: ENV };
  return beginWatch(null, folder, { ecs: { places: [{ cluster: 'prod', service }], access }, ...change });
}

const looks = () => ecs.count('DescribeServices');

/** Waits for so many more looks. The clock of the poller is not shortened. */
async function look(times: number): Promise<void> {
  const target = looks() + times;
  await until(() => looks() >= target, `${times} looks`, 20_000);
}

function factsOf(folder: string): Fact[] {
  return ['tasks', 'services'].flatMap((name) =>
    filesOf(folder, name).flatMap(({ file, text }) => {
      const { facts, rejected } = read(text, file);
      assert.deepEqual(rejected, []);
      return facts;
    }),
  );
}

const tasksOf = (folder: string) => factsOf(folder).filter((fact): fact is PodFact => fact.kind === 'pod');

/** A clock that runs many times as fast. */
function fast(times: number): () => number {
  const begin = Date.now();
  return () => (begin + (Date.now() - begin) * times) * 1000;
}

test('a task from its start to its end, what it was and when its target was deregistered', async () => {
  ecs.put(makeTask(A));
  const folder = freshFolder();
  const running = watch(folder, null, { now: fast(20) });
  await look(2);
  ecs.put(makeTask(B, { lastStatus: 'PENDING', startedAt: undefined }));
  await look(2);
  ecs.put(makeTask(B));
  const stopping = { desiredStatus: 'STOPPED', stoppingAt: 1773150600.125, stopCode: 'ServiceSchedulerInitiated' };
  ecs.put(makeTask(A, { ...stopping, lastStatus: 'DEACTIVATING', version: 4 }));
  const event = (id: string, createdAt: number, message: string) => ({ id, createdAt, message });
  ecs.services.set(
    'web',
    makeService([
      event(
        '2',
        1773150610.4,
        '(service web) deregistered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/1)',
      ),
      event('1', 1773150600.2, `(service web) has stopped 1 running tasks: (task ${A}).`),
    ]),
  );
  await look(2);
  const ended = { stoppedAt: 1773150661.5, executionStoppedAt: 1773150640.25, lastStatus: 'STOPPED', version: 6 };
  ecs.put(makeTask(A, { ...stopping, ...ended, containers: [{ name: 'web', lastStatus: 'STOPPED', exitCode: 0 }] }));
  await look(2);
  await running.stop();

  const at = (seconds: number) => Math.round(seconds * 1e6);
  const a = tasksOf(folder).filter(({ uid }) => uid === taskArnOf(A));
  assert.deepEqual([...new Set(a.map(({ ip, owner_name, version }) => `${ip} ${owner_name} ${version}`))].sort(), [
    '10.0.0.134 web web:26',
    'null web null',
  ]);
  const deregistered = a.find(({ event: what, ip }) => what === 'deleted' && ip === null)!;
  assert.deepEqual([deregistered.earliest, deregistered.latest], [at(1773150609.401), at(1773150610.4) + 999]);
  const finished = a.find(({ event: what }) => what === 'finished')!;
  assert.deepEqual([finished.earliest, finished.exit_code], [at(1773150640.25), 0]);
  assert.ok(a.some(({ event: what, latest }) => what === 'gone' && latest === at(1773150661.5) + 999));
  const b = tasksOf(folder).filter(({ uid }) => uid === taskArnOf(B));
  assert.deepEqual(b.map(({ event: what }) => what).slice(0, 2), ['created', 'waiting']);
  assert.ok(b.some(({ event: what }) => what === 'ready'));
  assert.equal(b.at(-1)!.event, 'seen', 'it lived when the watch ended');
});

test('nothing that may be a secret is written, and settings are', async () => {
  ecs.put(makeTask(A, { containerInstanceArn: 'arn:aws:ecs:eu-central-1:111122223333:container-instance/prod/i1' }));
  const folder = freshFolder();
  const running = watch(folder);
  await look(1);
  await delay(50);
  await running.stop();
  const text = ['tasks', 'services'].flatMap((name) => filesOf(folder, name).map((one) => one.text)).join('');
  assert.match(text, /"taskArn"/);
  assert.doesNotMatch(text, /hunter2|TOKEN/);
  const facts = factsOf(folder);
  const settings = facts
    .filter((fact): fact is Setting => fact.kind === 'setting')
    .map(({ key, value }) => `${key} ${value}`);
  assert.ok(settings.includes('stopTimeout 45') && settings.includes('minimumHealthyPercent 100'));
  const node = facts.find((fact): fact is NodeFact => fact.kind === 'node')!;
  assert.deepEqual([node.node, node.instance_id], ['i1', 'i-0123456789abcdef0']);
});

test('lists are read page by page, a hundred tasks and ten services are described at once', async () => {
  for (let i = 0; i < 230; i++) ecs.put(makeTask(String(i).padStart(32, '0')));
  for (let i = 0; i < 12; i++)
    ecs.services.set(`s${i}`, {
      ...makeService(),
      serviceArn: `arn:aws:ecs:eu-central-1:111122223333:service/prod/s${i}`,
    });
  ecs.pageSize = 90;
  const folder = freshFolder();
  const running = watch(folder);
  await look(2);
  await running.stop();
  const asked = (action: string, key: string) =>
    ecs.asked.filter((one) => one.action === action).map(({ input }) => (input[key] as string[]).length);
  assert.deepEqual(asked('DescribeTasks', 'tasks').slice(0, 3), [100, 100, 30]);
  assert.deepEqual(asked('DescribeServices', 'services').slice(0, 2), [10, 3]);
  assert.equal(
    ecs.asked.filter(({ action, input }) => action === 'ListTasks' && input.desiredStatus === 'RUNNING').length % 3,
    0,
  );
  assert.equal(new Set(tasksOf(folder).map(({ uid }) => uid)).size, 230);
});

test('what does not change is not described again, but once a minute', async () => {
  ecs.put(makeTask(A));
  const folder = freshFolder();
  const running = watch(folder, 'web');
  await look(3);
  await running.stop();
  assert.equal(ecs.count('DescribeTasks'), 1);
  assert.equal(ecs.count('ListServices'), 0);
  assert.equal(ecs.count('DescribeTaskDefinition'), 1);
  const lines = filesOf(folder, 'tasks').flatMap(({ text }) => text.trim().split('\n'));
  assert.equal(lines.length, 2, 'the first answer, and that it was still there at the end');

  const other = watch(freshFolder(), 'web', { now: fast(200) });
  await until(() => ecs.count('DescribeTasks') >= 4, 'descriptions each minute', 20_000);
  await other.stop();
});

test('a task that is in no list any more is asked for, and gone', async () => {
  ecs.put(makeTask(A));
  ecs.put(makeTask(C));
  const folder = freshFolder();
  const running = watch(folder, null, { now: fast(20) });
  await look(1);
  ecs.tasks.delete(taskArnOf(C));
  await look(2);
  await running.stop();
  const gone = tasksOf(folder).filter(({ event }) => event === 'gone');
  assert.deepEqual(
    gone.map(({ uid }) => uid),
    [taskArnOf(C)],
  );
});

test('AWS is asked less often when it asks to slow down, and answers again', async () => {
  ecs.put(makeTask(A));
  const running = watch(freshFolder(), null, { now: fast(50) });
  await look(1);
  ecs.refuse = { type: 'ThrottlingException', times: 3 };
  await until(() => running.notes.some((note) => /answers again/.test(note)), 'an answer after three refusals', 60_000);
  const { throttled } = await running.stop();
  assert.equal(throttled, 3);
  assert.match(running.notes.join('\n'), /ListTasks: AWS asks to slow down \(ThrottlingException\)/);
  assert.match(running.notes.join('\n'), /prod: answers again after 3 failures/);
});

test('what is not allowed or not there is said at once, with what to do', async () => {
  const message = async (change: Parameters<typeof beginWatch>[2], service: string | null = null) =>
    watch(freshFolder(), service, change).ended.then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  ecs.put(makeTask(A));
  ecs.refuse = { type: 'AccessDeniedException', times: 1, action: 'DescribeTasks' };
  assert.equal(
    await message({}),
    'SourceError: DescribeTasks is not allowed (AccessDeniedException: as told); allow ecs:DescribeTasks',
  );
  assert.equal(await message({}, 'wob'), 'SourceError: There is no service wob in cluster prod; check --ecs');
  const access = { endpointUrl, region: null, profile: null, env: ENV };
  assert.match(
    await message({ ecs: { places: [{ cluster: 'x', service: null }], access } }),
    /There is no such cluster/,
  );
  const places = [{ cluster: 'prod', service: null }];
  const wrong = { ...access, env: { ...ENV, AWS_SECRET_ACCESS_KEY: 'other' } };
  assert.match(await message({ ecs: { places, access: wrong } }), /is not allowed \(InvalidSignatureException/);
  const nowhere = { ...access, env: { ...ENV, AWS_REGION: undefined } };
  assert.match(await message({ ecs: { places, access: nowhere } }), /No AWS region is known/);
});

test('a region that nobody answers in is named by its host', async () => {
  const closed = new StandInEcs();
  const access = { endpointUrl: await closed.start(), region: null, profile: null, env: ENV };
  await closed.stop();
  const running = watch(freshFolder(), null, { ecs: { places: [{ cluster: 'prod', service: null }], access } });
  await until(() => running.notes.length > 0, 'a note', 60_000);
  await running.stop();
  assert.match(
    running.notes.join('\n'),
    /ListTasks: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\); check the region and the network\./,
  );
});
