/** Tests keep-alive-races: an idle timeout is reported only if enough races agree on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { type KeepAliveRow, keepAliveSentences } from '../../src/report/keep-alive.ts';
import { selectAll } from '../../src/store/select.ts';
import { insert, memoryDatabase, type Values } from './memory.ts';

const START = Date.UTC(2026, 5, 2, 8) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);
const BALANCER = 'app/market/5e1f';
const query = catalogueQuery('keep-alive-races');
const connection = await memoryDatabase();

/** Returns the result for each target group. Planning the verdicts takes seconds, so all groups are asked at once. */
async function rowsOf(
  cases: readonly (readonly number[])[],
  idleSetting: string | null = null,
): Promise<KeepAliveRow[]> {
  const rows: Values[] = cases.flatMap((gaps, group) => logRows(gaps, group));
  for (const table of ['alb_log', 'setting']) await connection.run(`delete from ${table}`);
  await insert(
    connection,
    'alb_log',
    rows.map((row, i) => ({ ...row, line: i + 1 })),
  );
  if (idleSetting !== null) {
    await insert(connection, 'setting', [
      {
        object_id: 2,
        line: 1,
        scope: 'load_balancer',
        subject: `arn:aws:elasticloadbalancing:eu-north-1:111122223333:loadbalancer/${BALANCER}`,
        key: 'idle_timeout.timeout_seconds',
        value: idleSetting,
      },
    ]);
  }
  const answer = (await selectAll(connection, query.sql, defaultValues(query.parameters))) as unknown as KeepAliveRow[];
  return cases.map((_, group) => answer.find((row) => row.target_group_arn === arnOf(group))!);
}

const arnOf = (group: number): string =>
  `arn:aws:elasticloadbalancing:eu-north-1:111122223333:targetgroup/basket-${group}/7`;

/** Makes races of one target that answers just before and after, each after a connection idle for `seconds`. */
function logRows(gaps: readonly number[], group: number): Values[] {
  const row = (routed: number, elapsed: number, status: number, node: string): Values => ({
    object_id: 1,
    type: 'https',
    elb: BALANCER,
    request_creation_time: at(routed),
    time: at(routed + elapsed),
    target_ip: `10.9.0.${group + 1}`,
    target_port: 9000,
    request_processing_time: 0.001,
    target_processing_time: status === 200 ? elapsed : null,
    response_processing_time: status === 200 ? 0 : null,
    elb_status_code: status,
    target_status_code: status === 200 ? 200 : null,
    target_group_arn: arnOf(group),
    actions_executed: 'forward',
    ip_address: node,
  });
  return gaps.flatMap((gap, i) => {
    const race = 100 + i * 200;
    return [
      row(race - gap - 0.02, 0.02, 200, '10.9.9.1'),
      row(race, 0.002, 502, '10.9.9.1'),
      // Another balancer node shows that the target lives, but says nothing about this connection.
      row(race - 0.3, 0.02, 200, '10.9.9.2'),
      row(race + 0.3, 0.02, 200, '10.9.9.2'),
    ];
  });
}

test('races that agree tell the idle timeout, with how many they are', async () => {
  const [row] = await rowsOf([[5, 5.002, 5.01, 5.004, 5, 5.02]], '120');
  assert.deepEqual(
    [row!.failures, row!.races_with_gap, row!.agreeing_races, row!.idle_timeout_seconds, row!.balancer_idle_seconds],
    [6, 6, 6, 5, 120],
  );
  assert.match(keepAliveSentences([row!])[0]!, /after 5\.0 s \(6 races of 6 agree\); .* idle timeout is 120 s: set/);
  const unread = keepAliveSentences([{ ...row!, balancer_idle_seconds: null }]);
  assert.match(unread[0]!, /idle timeout is 60 s by default/);
});

test('nothing is said of too few races, of gaps that do not agree, and of connections that were not idle', async () => {
  const cases = [
    [5, 5, 5, 5],
    [5, 9, 14, 21, 30, 44],
    [0.02, 0.11, 0.3, 0.2, 0.05, 0.4],
    [0.4, 0.41, 0.42, 0.43, 0.44, 0.45],
  ];
  const rows = await rowsOf(cases);
  assert.deepEqual(
    rows.map((row) => [row.failures, row.idle_timeout_seconds]),
    cases.map((gaps) => [gaps.length, null]),
  );
  assert.deepEqual(keepAliveSentences(rows), []);
});

test('one stray race in ten changes nothing', async () => {
  const one = fc.record({
    idle: fc.integer({ min: 2, max: 90 }),
    stray: fc.double({ min: 0.05, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 20, maxLength: 40 }), async (cases) => {
      const rows = await rowsOf(
        cases.map(({ idle, stray }) => [...Array.from({ length: 9 }, (_, i) => idle + i / 1000), stray]),
      );
      assert.deepEqual(
        rows.map((row) => [row.idle_timeout_seconds, row.agreeing_races]),
        cases.map(({ idle }) => [idle, 9]),
      );
    }),
    { numRuns: 2 },
  );
});
