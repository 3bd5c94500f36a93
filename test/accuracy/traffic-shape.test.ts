/**
 * Each shape that queries/traffic-shapes.sql names in the logs of a simulated incident is the true one, and it lets no
 * target go where none went.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Incident, incidents } from '../../bench/accuracy/grid.ts';
import { drawn } from '../../bench/accuracy/kind.ts';
import { prepare } from '../../bench/accuracy/world.ts';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import type { TrafficShape } from '../../src/query/word.ts';
import type { ShapeRow } from '../../src/report/traffic-shape.ts';
import { checkScenario } from '../../src/simulate/check.ts';
import { Random } from '../../src/simulate/random.ts';
import type { Truth } from '../../src/simulate/truth.ts';
import { selectAll } from '../../src/store/select.ts';
import { freshFolder } from '../cli.ts';

const ROLLOUTS = [
  'rollout',
  'rollout-and-back',
  'exits-at-once',
  'sidecar-first',
  'recreate',
  'readiness-gate',
  'balancer-slow',
  'controller-late',
  'missed-deregistration',
  'ecs/delay-of-seconds',
  'ecs/bridge-delay-of-seconds',
  'asg/refresh-short-delay',
];
const GOING = ['force-deleted', 'evicted', 'scale-in', 'ecs/spot', 'ecs/scale-in', 'asg/terminated-by-hand'];
const LOST = ['node-loss', 'zone-loss', 'ecs/host-lost', 'asg/host-lost'];
const STAYING = [
  'security-group',
  'one-balancer-node',
  'slow-application',
  'keep-alive-race',
  'crash',
  'crash-loop',
  'flap-silent',
  'flap-closed',
  'label-removed',
  'ecs/overloaded',
  'asg/slow-application',
];
/** Names of addresses that come back: nothing in the traffic tells their rollout from a restart. */
const RETURNING = ['stateful-set', 'host-network'];

/** All pods of a workload stop answering for a while, and then go on. */
function overload(seed: number): Incident {
  const random = new Random(seed, 'overload');
  const scenario = checkScenario({
    ...drawn(random),
    title: 'overload',
    name: `over-${seed}`,
    namespace: `over-${seed}`,
    podNetwork: 200 + seed,
    startsAt: `2026-06-${20 + seed}T09:00:00Z`,
    deregistersUnready: false,
    incidents: [{ at: 90, do: 'flap', pods: 9, seconds: random.between(15, 40), stall: 'silent' }],
  });
  return { id: `over-${seed}`, kind: 'overload', seed, scenario };
}

const GOING_CAUSES: ReadonlySet<string | null> = new Set([
  'draining_target',
  'killed_in_flight',
  'drain_delay_elapsed',
  'no_healthy_target',
]);
const went = ({ cause, is_gone }: Truth): boolean => GOING_CAUSES.has(cause) || is_gone;
const stayed = ({ cause, is_gone }: Truth): boolean => !GOING_CAUSES.has(cause) && !is_gone;

/** Whether the truth of a failure is what the shape says. */
const AGREES: Readonly<Record<TrafficShape, (truth: Truth) => boolean>> = {
  rollout: (truth) => truth.is_rollout || truth.cause === 'no_healthy_target',
  replaced_targets: went,
  scale_in: went,
  silent_targets: ({ cause }) => cause === 'node_lost',
  empty_group: ({ cause }) => cause === 'no_healthy_target',
  keep_alive_race: ({ pattern }) => pattern === 'keep_alive_race',
  one_balancer_node: ({ pattern }) => pattern === 'one_balancer_node' || pattern === 'slow_application',
  all_unreachable: ({ pattern }) => pattern === 'unreachable' || pattern === 'slow_application',
  new_targets_only: ({ cause }) => cause === 'not_ready_target',
  slow_application: ({ pattern }) => pattern === 'slow_application',
  one_target: stayed,
};

const OF_GOING: ReadonlySet<string | null> = new Set(['rollout', 'replaced_targets', 'scale_in', 'silent_targets']);

test('the shape that an incident is given is its truth', async () => {
  const kinds = [...ROLLOUTS, ...GOING, ...LOST, ...STAYING, ...RETURNING];
  const all = [...incidents(2, kinds), overload(1), overload(2)];
  const { folder, truths, incidentOf } = await prepare(all, freshFolder());
  const instance = await DuckDBInstance.create(join(folder, 'logs.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const { sql, parameters } = catalogueQuery('traffic-shapes');
  const rows = (await selectAll(connection, sql, defaultValues(parameters))) as unknown as ShapeRow[];
  const groups = await selectAll(connection, 'select trace_id, target_group_arn from failure');
  connection.closeSync();
  instance.closeSync();
  const groupOf = new Map(groups.map((row) => [row.trace_id, row.target_group_arn]));

  const named = new Map<string, Set<string>>();
  const wrong = [];
  for (const row of rows) {
    const own = truths.filter(
      ({ trace_id, request_creation_time: at, mechanism }) =>
        groupOf.get(trace_id) === row.target_group_arn &&
        at >= row.first_failure &&
        at <= row.last_failure &&
        !['target_error', 'client_closed', 'websocket', 'fixed_response'].includes(mechanism),
    );
    const { kind } = incidentOf.get(own[0]!.trace_id)!;
    assert.equal(own.length, row.failures, `${kind}: failures of one incident`);
    if (row.shape === null) continue;
    const right = own.filter(AGREES[row.shape as TrafficShape]).length;
    // As many failures fit as the row says, but for a few that had another cause at the same target.
    if (right < 0.95 * row.fitting!) wrong.push(`${kind}: ${row.shape} fits ${right}, not ${row.fitting}`);
    named.set(kind, (named.get(kind) ?? new Set()).add(row.shape));
  }
  assert.deepEqual(wrong, []);

  const shapesOf = (kind: string): string[] => [...(named.get(kind) ?? [])];
  for (const kind of ROLLOUTS) assert.deepEqual(shapesOf(kind), ['rollout'], kind);
  for (const kind of LOST) assert.deepEqual(shapesOf(kind), ['silent_targets'], kind);
  for (const kind of [...STAYING, ...RETURNING, 'overload']) {
    assert.deepEqual(
      shapesOf(kind).filter((shape) => OF_GOING.has(shape)),
      [],
      kind,
    );
  }
  for (const kind of GOING) assert.ok(!shapesOf(kind).includes('rollout'), kind);
  assert.deepEqual(shapesOf('security-group'), ['all_unreachable']);
  assert.deepEqual(shapesOf('overload'), ['all_unreachable']);
  assert.deepEqual(shapesOf('one-balancer-node'), ['one_balancer_node']);
  assert.deepEqual(shapesOf('slow-application'), ['slow_application']);
  assert.deepEqual(shapesOf('keep-alive-race'), ['keep_alive_race']);
});
