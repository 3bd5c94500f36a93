/** Tests worlds in which simple assumptions fail: each contains its special event, and its evidence shows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAMILIES, incidents, kindNames } from '../../bench/accuracy/grid.ts';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { checkScenario } from '../../src/simulate/check.ts';
import { unreadySpans } from '../../src/simulate/pod-state.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import type { Truth } from '../../src/simulate/truth.ts';
import type { Pod, World } from '../../src/simulate/world.ts';
import { type Written, writeSimulation } from '../../src/simulate/write/simulation.ts';

const SECOND = 1_000_000;

interface Played extends Written {
  world: World;
  /** Returns the text of the one file whose path contains this. */
  text(part: string): string;
}

function play(said: Record<string, unknown>, seed = 5): Played {
  const scenario = checkScenario({ durationSeconds: 360, requestsPerSecond: 12, longRequestShare: 0.02, ...said });
  const simulation = simulate(scenario, seed);
  const written = writeSimulation(simulation);
  const text = (part: string) => written.files.find(({ path }) => path.includes(part))!.text;
  return { ...written, world: simulation.world, text };
}

const at60 = (incident: Record<string, unknown>) => [{ at: 60, ...incident }];

const targetsOf = (world: World): Pod[] => world.pods.filter(({ isTarget }) => isTarget);

/** Returns the objects of a stream that kubectl printed. */
const objectsIn = (text: string): Record<string, unknown>[] =>
  text
    .split(/\n(?=\{)/)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as Record<string, unknown>);

const causesOf = (truths: readonly Truth[]): Set<string> => new Set(truths.map(({ cause }) => String(cause)));

test('every kind of incident can be played, and its evidence is read without a rejection', () => {
  const kinds = FAMILIES.flatMap((family) => kindNames(family).filter((kind) => !kind.startsWith('sample/')));
  for (const { kind, scenario, seed } of incidents(1, kinds)) {
    const { files, requests } = writeSimulation(simulate({ ...scenario, requestsPerSecond: 2 }, seed));
    assert.ok(requests > 300, `${kind}: ${requests} requests`);
    for (const { path, text } of files) {
      if (!path.startsWith('evidence/') || path.endsWith('openmetrics.txt') || path.includes('health-check')) continue;
      if (text === '') continue;
      const recognised = recognise(text.slice(0, 65_536), path).kind;
      assert.ok(isEvidenceKind(recognised), `${kind} ${path} is ${recognised}`);
      const name = path.split('/').at(-1)!;
      const context = { capturedAt: 0, modifiedAt: null, timezoneMinutes: 0, name };
      const stamp = /@(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d)Z/.exec(name);
      if (stamp) context.capturedAt = Date.parse(`${stamp[1]}${stamp[2]}:${stamp[3]}:${stamp[4]}Z`) * 1000;
      assert.deepEqual(readEvidence(recognised, text, context).rejected, [], `${kind} ${path}`);
    }
  }
});

test('a pod that is not ready is deregistered, and registered again when it is', () => {
  const { world } = play({ incidents: at60({ do: 'crash', pods: 2, seconds: 5, times: 3 }) });
  const crashed = world.pods.filter(({ restarts }) => restarts.length > 0);
  assert.equal(crashed.length, 2);
  for (const pod of crashed) {
    assert.equal(pod.restarts.length, 3);
    const own = world.registrations.filter(({ ip }) => ip === pod.ip);
    assert.ok(own.length >= 2, 'registered again');
    for (const { deregistered, registeredAgain } of own.slice(0, -1)) {
      assert.ok(deregistered !== null && registeredAgain !== null && deregistered < registeredAgain);
      // Some seconds may pass until the controller acts.
      const span = unreadySpans(pod).find(({ from, until }) => from <= deregistered && deregistered <= until);
      assert.ok(span, 'while it was not ready');
    }
  }
  const kept = play({ deregistersUnready: false, incidents: at60({ do: 'crash', pods: 2, seconds: 5, times: 3 }) });
  assert.ok(kept.world.registrations.every(({ deregistered }) => deregistered === null));
});

test('an overloaded pod is deregistered alive, and its failures before that are those of a healthy target', () => {
  const { truths, text } = play({
    requestsPerSecond: 30,
    incidents: at60({ do: 'flap', pods: 2, seconds: 30, stall: 'silent' }),
  });
  const causes = causesOf(truths);
  assert.ok(causes.has('deregistered_alive') && causes.has('healthy_target'), [...causes].join());
  assert.ok(!causes.has('draining_target'));
  assert.match(text('event/'), /Readiness probe failed/);
});

test('the pods of a StatefulSet keep name and address', () => {
  const { world } = play({ workload: 'StatefulSet', replicas: 3, incidents: at60({ do: 'rollout' }) });
  assert.equal(targetsOf(world).length, 6);
  for (const name of ['shop-0', 'shop-1', 'shop-2']) {
    const pods = targetsOf(world).filter((pod) => pod.name === name);
    assert.equal(pods.length, 2, name);
    assert.equal(pods[0]!.ip, pods[1]!.ip);
    assert.notEqual(pods[0]!.uid, pods[1]!.uid);
    assert.ok(pods[0]!.gone! <= pods[1]!.created, 'one after the other');
  }
});

test('an address that was deregistered for the pod before is not deregistered_alive of the next one', () => {
  const incidents = [{ at: 60, do: 'rollout' }];
  const played = [3, 4, 5, 6, 7, 8].map((seed) =>
    play(
      { workload: 'StatefulSet', replicas: 4, controllerSeconds: 3, startSeconds: 4, readySeconds: 6, incidents },
      seed,
    ),
  );
  const all = played.flatMap(({ truths }) => truths);
  assert.ok(all.some(({ cause }) => cause === 'not_ready_target'));
  assert.ok(all.every(({ cause }) => cause !== 'deregistered_alive'));
});

test('on the host network two pods have one address and different ports', () => {
  const { world, text } = play({
    workload: 'DaemonSet',
    hostNetwork: true,
    hostNeighbour: true,
    replicas: 3,
    incidents: at60({ do: 'rollout' }),
  });
  const neighbour = world.pods.find(({ isTarget }) => !isTarget)!;
  const target = targetsOf(world).find(({ ip }) => ip === neighbour.ip)!;
  assert.notEqual(target.port, neighbour.port);
  const seen = objectsIn(text('kubectl/')).map(({ object }) => object as { status: { podIP?: string }; spec: unknown });
  const ports = new Set(
    seen
      .filter(({ status }) => status.podIP === target.ip)
      .map(({ spec }) => JSON.stringify(spec).match(/hostPort":(\d+)/)![1]),
  );
  assert.deepEqual([...ports].sort(), [String(target.port), String(neighbour.port)].sort());
});

test('a zone is lost with all its machines, within seconds', () => {
  const { world, truths } = play({
    requestsPerSecond: 25,
    workerNodes: 6,
    replicas: 12,
    incidents: at60({ do: 'zone_loss' }),
  });
  const lost = world.workers.filter((worker) => worker.lost !== null);
  assert.equal(lost.length, 2);
  assert.equal(new Set(lost.map(({ zone }) => zone)).size, 1);
  const times = lost.map((worker) => worker.lost!);
  assert.ok(Math.max(...times) - Math.min(...times) <= 3 * SECOND);
  assert.deepEqual([...causesOf(truths)], ['node_lost']);
});

test('a pod that is deleted on a lost node is deregistered, and both causes are right', () => {
  const incidents = [
    { at: 60, do: 'node_loss' },
    { at: 66, do: 'rollout' },
  ];
  const { world, truths, text } = play({ replicas: 6, workerNodes: 2, incidents });
  const both = targetsOf(world).filter(
    ({ deleted, worker }) => deleted !== null && worker.lost !== null && worker.lost < deleted,
  );
  assert.ok(both.length > 0);
  const slices = text('endpoint-slice/');
  for (const { name, unlisted } of both) {
    assert.ok(unlisted !== null, `${name} is still listed`);
    const shown = objectsIn(slices).flatMap(
      ({ object }) =>
        (object as { endpoints: { conditions: { terminating: boolean }; targetRef: { name: string } }[] }).endpoints,
    );
    assert.ok(shown.some(({ conditions, targetRef }) => targetRef.name === name && conditions.terminating));
  }
  const late = truths.filter(({ pod, cause }) => cause === 'draining_target' && both.some(({ name }) => name === pod));
  assert.ok(late.length > 0);
  for (const { also } of late) assert.deepEqual(also, ['node_lost']);
});

test('each machine stamps by its own clock, and the log by that of the load balancer', () => {
  const rollout = { incidents: at60({ do: 'rollout' }) };
  const straight = play(rollout);
  const askew = play({ ...rollout, apiClockSeconds: 20, nodeClockSeconds: -10 });
  assert.equal(askew.text('logs/'), straight.text('logs/'));
  assert.deepEqual(askew.truths, straight.truths);
  const gone = askew.world.pods.find(({ deleted, gone }) => deleted !== null && gone !== null)!;
  const shown = objectsIn(askew.text('kubectl/')).map(({ object }) => JSON.stringify(object));
  // The pod between its end and the kubelet's last delete.
  const last = shown.findLast(
    (pod) => pod.includes(gone.uid) && pod.includes(`PeriodSeconds":${gone.graceSeconds},"deletionT`),
  )!;
  const stamp = (key: string) => (Date.parse(new RegExp(`"${key}":"([^"]+)"`).exec(last)![1]!) * 1000) / SECOND;
  assert.ok(Math.abs(stamp('deletionTimestamp') - gone.graceSeconds - gone.deleted! / SECOND - 20) <= 1);
  assert.ok(Math.abs(stamp('finishedAt') - gone.exited! / SECOND + 10) <= 1.5);
});

test('a sidecar ends before the application or after it', () => {
  for (const sidecar of ['first', 'last'] as const) {
    const { world } = play({ sidecar, sigterm: 'serve', incidents: at60({ do: 'rollout' }) });
    const gone = world.pods.filter(({ exited }) => exited !== null);
    assert.ok(gone.length >= 6);
    for (const { exited, sidecar: other, silent } of gone) {
      if (sidecar === 'first') assert.ok(other!.exited! <= exited!);
      else assert.ok(other!.exited! >= exited! && silent! >= other!.exited!);
    }
  }
});

test('an application, or a proxy beside it, that answers errors after SIGTERM shows as target errors of a going target', () => {
  for (const more of [
    { sigterm: 'error', exitSeconds: 8 },
    { sidecar: 'last', sidecarAnswers: true },
  ]) {
    const { truths, files } = play({ ...more, requestsPerSecond: 30, incidents: at60({ do: 'rollout' }) });
    const answered = truths.filter(({ mechanism }) => mechanism === 'target_error');
    assert.ok(answered.length > 20);
    assert.ok(answered.every(({ cause }) => cause === 'draining_target' || cause === 'killed_in_flight'));
    const lines = files.filter(({ path }) => path.startsWith('logs/')).flatMap(({ text }) => text.split('\n'));
    for (const { trace_id } of answered) {
      assert.match(lines.find((line) => line.includes(trace_id))!, / 50([23]) 50\1 /);
    }
  }
});

test("an address goes from a Job's finished pod to a target, and is another cluster's as well", () => {
  const { world, text } = play({
    addressesPerNode: 5,
    ipCooldownSeconds: 5,
    otherCluster: true,
    incidents: [
      { at: 10, do: 'job', pods: 6, seconds: 10 },
      { at: 90, do: 'rollout' },
      { at: 200, do: 'rollout' },
    ],
  });
  const jobs = world.pods.filter(({ ownerKind }) => ownerKind === 'Job');
  const heirs = targetsOf(world).filter((pod) => jobs.some(({ ip, exited }) => ip === pod.ip && exited! < pod.created));
  assert.ok(jobs.length === 6 && heirs.length > 0);
  const others = text('other-cluster');
  assert.ok(targetsOf(world).some(({ ip }) => others.includes(`"podIP": "${ip}"`)));
  assert.ok(!others.includes('"namespace": "shop"'));
});

test('a pod that is deleted with force leaves the API before its process ends; one that is evicted has a condition', () => {
  const forced = play({ incidents: at60({ do: 'delete_pod', pods: 2, how: 'force' }) }).world.pods;
  const gone = forced.filter(({ deleted }) => deleted !== null);
  assert.equal(gone.length, 2);
  for (const pod of gone) assert.ok(pod.gone! < pod.exited! && pod.exited! < pod.deleted! + 8 * SECOND);
  const { text } = play({ incidents: at60({ do: 'delete_pod', pods: 1, how: 'evict' }) });
  assert.match(text('kubectl/'), /EvictionByEvictionAPI/);
  assert.match(text('audit/'), /pods\/[^/"]+\/eviction/);
});

test('who deregistered a target by hand stands in CloudTrail, and not in the log of the controller', () => {
  const { world, truths, text } = play({
    requestsPerSecond: 25,
    incidents: at60({ do: 'deregister', pods: 1, seconds: 60, by: 'hand', blocks: true }),
  });
  assert.ok(world.pods.every(({ deleted }) => deleted === null));
  assert.ok(causesOf(truths).has('deregistered_alive'));
  assert.match(text('cloudtrail/'), /assumed-role\/operations\/anna/);
  assert.doesNotMatch(text('controller/'), /deRegistering/);
  assert.match(text('controller/'), /registering targets/);
});

test('a snapshot shows what is there by then; a watch that was broken shows what was there before and after', () => {
  const rollout = { incidents: at60({ do: 'rollout' }) };
  const { world, text } = play(rollout);
  const names = (shown: string) =>
    new Set([...shown.matchAll(/"name": "(shop-[a-z0-9]+-[a-z0-9]+)"/g)].map(([, name]) => name));
  const there = targetsOf(world).filter(({ gone }) => gone === null || gone > world.snapshot);
  assert.deepEqual([...names(text('snapshot/pods'))].sort(), there.map(({ name }) => name).sort());
  const broken = play({ ...rollout, watchGapAt: 55, watchGapSeconds: 200 });
  const unseen = broken.world.pods.filter(({ deleted, gone }) => deleted !== null && gone !== null);
  assert.ok(unseen.length > 0);
  for (const { uid } of unseen) {
    const seen = objectsIn(broken.text('kubectl/pods')).filter((event) => JSON.stringify(event).includes(uid));
    assert.ok(seen.every((event) => !JSON.stringify(event).includes('deletionTimestamp')));
  }
});

test('version 1 of the controller tells of the beginning of a call and never of its end', () => {
  const { text } = play({ controllerLog: 'v1', incidents: at60({ do: 'rollout' }) });
  const lines = text('controller/').trim().split('\n');
  assert.ok(lines.length >= 12);
  for (const line of lines)
    assert.match(line, /^I\d{4} [\d:.]{15} {7}1 targets\.go:\d+\] \S+: (?:Adding|Removing) targets/);
});
