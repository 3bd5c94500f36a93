/**
 * Tests worlds whose targets are no pods: tasks of ECS stop in the order that AWS documents, node ports lead to pods, and an Auto
 * Scaling group drains what it terminates.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkScenario } from '../../src/simulate/check.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import type { Truth } from '../../src/simulate/truth.ts';
import type { Pod, World } from '../../src/simulate/world.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';

const SECOND = 1_000_000;

interface Played {
  world: World;
  truths: Truth[];
  text(part: string): string;
}

function play(said: Partial<Scenario>, seed = 3): Played {
  const scenario = checkScenario({ durationSeconds: 360, requestsPerSecond: 15, workerNodes: 4, ...said });
  const simulation = simulate(scenario, seed);
  const { files, truths } = writeSimulation(simulation);
  const text = (part: string) => files.find(({ path }) => path.includes(part))!.text;
  return { world: simulation.world, truths, text };
}

const tasks = (said: Partial<Scenario>) => play({ targets: 'tasks', deregistrationDelaySeconds: 10, ...said });

const stopped = ({ pods }: World): Pod[] => pods.filter(({ isTarget, task }) => isTarget && task!.stopping !== null);

/** Returns X of a task. */
const deregistered = (world: World, pod: Pod): number =>
  world.registrations.find((registration) => registration.pod === pod)!.deregistered!;

test('a task that its scheduler stops is deregistered first, and gets SIGTERM when it is drained', () => {
  const { world, truths } = tasks({ incidents: [{ at: 40, do: 'rollout' }] });
  const pods = stopped(world);
  assert.equal(pods.length, 6);
  for (const pod of pods) {
    const lead = deregistered(world, pod) - pod.task!.stopping!;
    assert.ok(lead > 8 * SECOND && lead < 12 * SECOND, `${lead}`);
    assert.ok(pod.terminated! >= deregistered(world, pod) + 10 * SECOND);
    assert.equal(pod.deleted, deregistered(world, pod));
  }
  for (const { told } of truths) assert.notEqual(told, 'no');
});

test('StopTask, Spot and a container that ends come before the deregistration', () => {
  for (const incident of [
    { do: 'stop_task', by: 'person', pods: 2 },
    { do: 'stop_task', by: 'spot', pods: 2 },
    { do: 'essential_end', end: 'out of memory', pods: 2 },
    { do: 'essential_end', end: 'sidecar', pods: 2 },
  ] as const) {
    const { world, truths } = tasks({ sidecar: 'last', incidents: [{ at: 40, ...incident }] });
    const pods = stopped(world);
    assert.equal(pods.length, 2);
    for (const pod of pods) assert.ok(pod.closed! < deregistered(world, pod), incident.do);
    const cause = incident.do === 'stop_task' ? 'draining_target' : 'container_restart';
    assert.ok(truths.some((truth) => truth.cause === cause));
  }
});

test('events come out of order and some twice, and describe-tasks shows the last state', () => {
  const { world, text } = tasks({ incidents: [{ at: 40, do: 'rollout' }] });
  const events = text('ecs-event/')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; time: string; detail: { updatedAt: string } });
  assert.ok(new Set(events.map(({ id }) => id)).size < events.length);
  const times = events.map(({ time }) => time);
  assert.notDeepEqual(times, [...times].sort());
  // Milliseconds without the zeros at their end.
  for (const { detail } of events) assert.doesNotMatch(detail.updatedAt, /\.\d*0Z$/);
  const { tasks: listed } = JSON.parse(text('ecs-task/')) as { tasks: { lastStatus: string }[] };
  assert.equal(listed.filter(({ lastStatus }) => lastStatus === 'STOPPED').length, stopped(world).length);
});

test('tasks on the bridge share addresses and have ports of their own, which other services had or get', () => {
  const { world } = tasks({ taskNetwork: 'bridge', otherService: true, incidents: [{ at: 40, do: 'rollout' }] });
  const own = world.registrations.map(({ address }) => address);
  assert.ok(new Set(world.registrations.map(({ ip }) => ip)).size < new Set(own).size);
  const others = world.pods.filter(({ isTarget }) => !isTarget).map(({ ip, port }) => `${ip}:${port}`);
  assert.ok(own.some((address) => others.includes(address)));
});

test('a blue/green deployment moves the requests to a second target group', () => {
  const { world, text } = tasks({ deployment: 'BLUE_GREEN', bakeSeconds: 20, incidents: [{ at: 40, do: 'rollout' }] });
  assert.deepEqual([...new Set(world.registrations.map(({ group }) => group))], [0, 1]);
  assert.equal(world.shifts.length, 1);
  const first = stopped(world).map(({ task }) => task!.stopping!);
  assert.ok(Math.min(...first) >= Math.max(...world.shifts[0]!.from));
  assert.match(text('ecs-service/services'), /"alternateTargetGroupArn": "arn:[^"]*green/);
});

test('a forced deployment has another id and the same version', () => {
  const { world } = tasks({ incidents: [{ at: 40, do: 'force_deployment' }] });
  const [before, after] = world.service!.deployments;
  assert.equal(before!.definition, after!.definition);
  assert.notEqual(before!.id, after!.id);
});

const nodes = (said: Partial<Scenario>) => play({ targets: 'node_ports', ...said });

test('a node that is taken away is deregistered and then gone, and its pods are evicted before', () => {
  for (const by of ['cluster-autoscaler', 'karpenter', 'spot'] as const) {
    const { world, text } = nodes({ incidents: [{ at: 40, do: 'node_leave', by }] });
    const [worker, ...more] = world.workers.filter(({ leaving }) => leaving !== null);
    assert.equal(more.length, 0);
    const life = world.nodes.find((node) => node.worker === worker)!;
    const evicted = world.pods.filter((pod) => pod.worker === worker && pod.isEvicted);
    assert.ok(evicted.length > 0);
    for (const pod of evicted) assert.ok(pod.deleted! < worker!.lost!);
    const isFirst = deregistered(world, life) < worker!.lost!;
    assert.equal(isFirst, by !== 'spot', 'only Spot takes it before the controller hears of it');
    assert.match(text('node-event/events'), /ScaleDown|DisruptionTerminating|SpotInterruption/);
  }
});

test('with traffic policy Local a node reaches its own pods only', () => {
  const scenario = checkScenario({
    targets: 'node_ports',
    trafficPolicy: 'Local',
    durationSeconds: 60,
    workerNodes: 3,
  });
  for (const policy of ['Local', 'Cluster'] as const) {
    const { exchanges } = simulate({ ...scenario, trafficPolicy: policy }, 4);
    const pairs = [...exchanges].filter(({ pod, registration }) => pod !== null && registration !== null);
    const isOwn = pairs.every(({ pod, registration }) => pod!.worker === registration!.pod.worker);
    assert.equal(isOwn, policy === 'Local');
  }
});

test('a request whose pods do not fare alike is marked as one that nothing can settle', () => {
  const { truths } = nodes({ proxySeconds: 2, incidents: [{ at: 40, do: 'rollout' }] });
  assert.ok(truths.some(({ is_shared: isShared, cause }) => isShared && cause !== 'healthy_target'));
  const { truths: pods } = play({ incidents: [{ at: 40, do: 'rollout' }] });
  assert.ok(pods.every(({ is_shared: isShared }) => !isShared));
});

const instances = (said: Partial<Scenario>, seed?: number) =>
  play({ targets: 'instances', deregistrationDelaySeconds: 10, replicas: 4, addressesPerNode: 60, ...said }, seed);

const ended = ({ pods }: World): Pod[] => pods.filter(({ machine }) => machine!.shuttingDown !== null);

test('a group deregisters an instance, waits for its delay and hook, and terminates it then', () => {
  for (const incident of [
    { do: 'rollout', at: 40 },
    { do: 'scale', replicas: 2, at: 40 },
  ] as const) {
    const { world } = instances({ hookSeconds: 15, durationSeconds: 500, incidents: [incident] });
    const pods = ended(world);
    assert.equal(pods.length, incident.do === 'rollout' ? 4 : 2);
    for (const pod of pods) {
      assert.ok(pod.deleted! < deregistered(world, pod));
      const { shuttingDown, hook } = pod.machine!;
      assert.ok(hook!.from >= deregistered(world, pod) + 10 * SECOND);
      assert.ok(shuttingDown! >= hook!.from + 15 * SECOND);
    }
  }
});

test('an instance that a person or Spot takes is shut down before anybody deregisters it', () => {
  for (const by of ['person', 'spot'] as const) {
    const { world, text, truths } = instances({ incidents: [{ at: 40, do: 'terminate_instance', by }] });
    const [pod] = ended(world);
    const { shuttingDown, warned } = pod!.machine!;
    const registration = world.registrations.find((one) => one.pod === pod)!;
    assert.ok(registration.invalid! > shuttingDown!);
    assert.ok(registration.drainingFrom! > registration.invalid!);
    assert.equal(warned === null ? null : shuttingDown! - warned, by === 'spot' ? 120 * SECOND : null);
    assert.ok(truths.some(({ cause, told }) => cause === 'draining_target' && told === null));
    assert.match(text('target-health/'), /"State":"unused","Reason":"Target.InvalidState"/);
    assert.match(text('activity/'), /an EC2 health check indicating it has been terminated or stopped/);
    assert.match(text('cloudtrail/'), by === 'spot' ? /"BidEvictedEvent"/ : /"TerminateInstances"/);
  }
});

test('a recommendation to rebalance is followed by a replacement, and the instance is drained', () => {
  const incidents = [{ at: 40, do: 'terminate_instance', by: 'spot' }] as const;
  const { world, text } = instances({ capacityRebalance: true, durationSeconds: 400, incidents: [...incidents] });
  const [pod] = ended(world);
  assert.ok(pod!.machine!.rebalance! < pod!.deleted!);
  assert.equal(pod!.machine!.shutDownBy, 'group');
  assert.match(text('instance-event/'), /EC2 Instance Rebalance Recommendation/);
});

test('an instance that is broken or lost is replaced after the checks that the group asks', () => {
  const broken = instances({ incidents: [{ at: 40, do: 'break_application' }] });
  assert.match(broken.text('activity/'), /an ELB system health check failure/);
  assert.ok(broken.truths.some(({ cause, also }) => cause === 'container_restart' && also.includes('healthy_target')));
  const lost = instances({ elbHealthCheck: false, incidents: [{ at: 40, do: 'node_loss' }] });
  assert.match(lost.text('activity/'), /an EC2 instance status checks failure/);
  assert.match(lost.text('instance-status/'), /"Status":"impaired"/);
  assert.ok(lost.truths.some(({ cause }) => cause === 'node_lost'));
});

test('CodeDeploy takes an instance out of the target group before it stops the application, and puts it back', () => {
  const { world, text } = instances({ durationSeconds: 500, incidents: [{ at: 40, do: 'deploy_in_place' }] });
  const deployed = world.pods.filter(({ machine }) => machine!.deployments.length > 0);
  assert.equal(deployed.length, 4);
  for (const pod of deployed) {
    const [deployment] = pod.machine!.deployments;
    const [first, second] = world.registrations.filter((one) => one.pod === pod);
    assert.ok(first!.deregistered! + 10 * SECOND <= deployment!.stopped);
    assert.ok(second!.registered >= deployment!.allowing);
  }
  assert.match(text('deployment/'), /"lifecycleEventName":"BlockTraffic"/);
});

test('an instance that was terminated is listed without its address', () => {
  const { world, text } = instances({ incidents: [{ at: 40, do: 'terminate_instance', by: 'person' }] });
  const [pod] = ended(world);
  assert.ok(text('instance/before').includes(`"PrivateIpAddress": "${pod!.ip}"`));
  assert.ok(!text('instance-after/').includes(`"PrivateIpAddress": "${pod!.ip}"`));
  assert.match(text('instance-after/'), /"StateTransitionReason": "User initiated \(2026-/);
});
