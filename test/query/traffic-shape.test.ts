/**
 * Tests traffic-shapes by traffic that is written by hand: each shape, and what lies just beside it. Long because each case is a
 * whole traffic.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { type BoundValue, defaultValues } from '../../src/query/parameter.ts';
import { PROOFS, SHAPES } from '../../src/query/word.ts';
import type { ShapeRow } from '../../src/report/traffic-shape.ts';
import { selectAll } from '../../src/store/select.ts';
import { insert, memoryDatabase, type Values } from './memory.ts';

const START = Date.UTC(2026, 5, 2, 8) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);
const query = catalogueQuery('traffic-shapes');
const connection = await memoryDatabase();

/** One target: `answers` from and until, five seconds apart; failures as [second, mechanism]. */
interface Target {
  ip: string;
  port?: number;
  answers: readonly (readonly [from: number, until: number])[];
  failures?: readonly (readonly [second: number, mechanism: keyof typeof FAILURES])[];
  /** The node of the balancer that logged the failures. */
  node?: string;
  /** Its requests were only counted, as `load --keep failures` does. */
  isCounted?: boolean;
}

/** Elapsed seconds, status, and whether the request was sent, of the row of a mechanism. */
const FAILURES = {
  connect_timeout: [10.001, 504, false],
  connect_failed: [0.003, 502, false],
  closed_in_flight: [1.5, 502, true],
  race: [0.004, 502, true],
  response_timeout: [60, 504, true],
} as const;

const arnOf = (name: string): string => `arn:aws:elasticloadbalancing:eu-north-1:111122223333:targetgroup/${name}/7`;

function rowsOf({ ip, port = 8080, answers, failures = [], node = '192.0.2.1' }: Target, group: string): Values[] {
  const row = (second: number, elapsed: number, more: Values): Values => ({
    object_id: 1,
    type: 'https',
    elb: 'app/market/5e1f',
    target_group_arn: arnOf(group),
    target_ip: ip,
    target_port: port,
    request_creation_time: at(second),
    time: at(second + elapsed),
    actions_executed: 'forward',
    ...more,
  });
  const answered = answers
    .flatMap(([from, until]) => [
      ...Array.from({ length: Math.ceil((until - from) / 5) }, (_, i) => from + 5 * i),
      until,
    ])
    .map((second, i) =>
      row(second, 0.02, {
        elb_status_code: 200,
        target_status_code: 200,
        request_processing_time: 0,
        target_processing_time: 0.02,
        response_processing_time: 0,
        ip_address: i % 2 === 0 ? '192.0.2.1' : '192.0.2.2',
      }),
    );
  const failed = failures.map(([second, mechanism]) => {
    const [elapsed, status, isSent] = FAILURES[mechanism];
    return row(second, elapsed, {
      elb_status_code: status,
      request_processing_time: isSent ? 0 : null,
      ip_address: node,
    });
  });
  return [...answered, ...failed];
}

function countsOf(target: Target, group: string): Values[] {
  const minutes = rowsOf(target, group).map(({ time }) => Math.floor((time as number) / 60e6) * 60e6);
  return [...new Set(minutes)].map((minute) => ({
    object_id: 1,
    minute,
    elb: 'app/market/5e1f',
    target_group_arn: arnOf(group),
    target_ip: target.ip,
    target_port: target.port ?? 8080,
    elb_status_code: 200,
    target_status_code: 200,
    requests: minutes.filter((one) => one === minute).length,
    received_bytes: 0,
    sent_bytes: 0,
  }));
}

async function ask(groups: Readonly<Record<string, readonly Target[]>>, more: Record<string, BoundValue> = {}) {
  await connection.run('delete from alb_log');
  await connection.run('delete from alb_count');
  const all = Object.entries(groups).flatMap(([group, targets]) => targets.map((target) => ({ group, target })));
  const rows = all.filter(({ target }) => !target.isCounted).flatMap(({ group, target }) => rowsOf(target, group));
  const counted = all.filter(({ target }) => target.isCounted).flatMap(({ group, target }) => countsOf(target, group));
  await insert(connection, 'alb_count', counted);
  await insert(
    connection,
    'alb_log',
    rows.map((row, i) => ({ ...row, line: i + 1 })),
  );
  const parameters = { ...defaultValues(query.parameters), ...more };
  const found = (await selectAll(connection, query.sql, parameters)) as unknown as ShapeRow[];
  return found.map(({ target_group_arn, ...row }) => ({
    group: /targetgroup\/([^/]+)/.exec(target_group_arn)![1],
    ...row,
  }));
}

const shapesOf = async (groups: Readonly<Record<string, readonly Target[]>>) =>
  Object.fromEntries((await ask(groups)).map(({ group, shape }) => [group, shape]));

/** A target that goes at a second, with two failures then, and one that stays. */
const goes = (ip: string, second: number, mechanism: keyof typeof FAILURES = 'connect_failed'): Target => ({
  ip,
  answers: [[0, second]],
  failures: [
    [second + 0.5, mechanism],
    [second + 1.5, 'connect_timeout'],
  ],
});
const stays = (ip: string): Target => ({ ip, answers: [[0, 600]] });
const comes = (ip: string, second: number): Target => ({ ip, answers: [[second, 600]] });

test('a rollout is told from a part of one, from a scale-in, and from addresses that come back', async () => {
  assert.deepEqual(
    await shapesOf({
      'k8s-whole': [goes('10.0.0.1', 200), goes('10.0.0.2', 230), comes('10.0.1.1', 190), comes('10.0.1.2', 220)],
      'k8s-part': [
        goes('10.0.0.1', 200),
        goes('10.0.0.2', 230),
        comes('10.0.1.1', 190),
        comes('10.0.1.2', 220),
        stays('10.0.0.3'),
      ],
      'k8s-fewer': [goes('10.0.0.1', 200), goes('10.0.0.2', 230), stays('10.0.0.3')],
      'k8s-back': [
        {
          ...goes('10.0.0.1', 200),
          answers: [
            [0, 200],
            [280, 600],
          ],
        },
        {
          ...goes('10.0.0.2', 230),
          answers: [
            [0, 230],
            [300, 600],
          ],
        },
        comes('10.0.1.1', 190),
        comes('10.0.1.2', 220),
      ],
      // The log ends before answers were due again.
      'k8s-cut': [
        { ...goes('10.0.0.1', 570), answers: [[0, 570]] },
        { ...goes('10.0.0.2', 580), answers: [[0, 580]] },
        comes('10.0.1.1', 560),
        comes('10.0.1.2', 565),
      ],
      // No line of what was answered was kept.
      'k8s-failures': [
        { ...goes('10.0.0.1', 200), answers: [] },
        { ...goes('10.0.0.2', 230), answers: [] },
      ],
    }),
    {
      'k8s-whole': 'rollout',
      'k8s-part': 'replaced_targets',
      'k8s-fewer': 'scale_in',
      'k8s-back': null,
      'k8s-cut': null,
      'k8s-failures': null,
    },
  );
});

test('targets that fall silent at once closed nothing, and left a request without an answer', async () => {
  const silent = (ip: string, second: number, last: keyof typeof FAILURES = 'response_timeout'): Target => ({
    ip,
    answers: [[0, second]],
    failures: [
      [second - 1, last],
      [second + 2, 'connect_timeout'],
    ],
  });
  assert.deepEqual(
    await shapesOf({
      lost: [silent('10.0.0.1', 200), silent('10.0.0.2', 203), stays('10.0.0.3')],
      apart: [silent('10.0.0.1', 200), silent('10.0.0.2', 206), stays('10.0.0.3')],
      closed: [silent('10.0.0.1', 200), silent('10.0.0.2', 203, 'closed_in_flight'), stays('10.0.0.3')],
      unasked: [
        silent('10.0.0.1', 200, 'connect_timeout'),
        silent('10.0.0.2', 203, 'connect_timeout'),
        stays('10.0.0.3'),
      ],
      all: [silent('10.0.0.1', 200), silent('10.0.0.2', 203)],
    }),
    { lost: 'silent_targets', apart: null, closed: 'scale_in', unasked: null, all: null },
  );
});

test('living targets: their shapes, and none for fewer failures or another share of them', async () => {
  const fails = (ip: string, mechanism: keyof typeof FAILURES, failures: number, node?: string): Target => ({
    ip,
    answers: [[0, 600]],
    failures: Array.from({ length: failures }, (_, i) => [200 + i / 2, mechanism] as const),
    ...(node ? { node } : {}),
  });
  assert.deepEqual(
    await shapesOf({
      blocked: [fails('10.0.0.1', 'connect_timeout', 3), fails('10.0.0.2', 'connect_timeout', 3, '192.0.2.2')],
      'blocked-half': [
        fails('10.0.0.1', 'connect_timeout', 3),
        fails('10.0.0.2', 'connect_timeout', 3, '192.0.2.2'),
        stays('10.0.0.3'),
      ],
      node: [fails('10.0.0.1', 'connect_timeout', 3), fails('10.0.0.2', 'response_timeout', 3)],
      slow: [fails('10.0.0.1', 'response_timeout', 3), fails('10.0.0.2', 'response_timeout', 3, '192.0.2.2')],
      few: [fails('10.0.0.1', 'response_timeout', 2), fails('10.0.0.2', 'response_timeout', 2, '192.0.2.2')],
      races: [fails('10.0.0.1', 'race', 5), stays('10.0.0.2')],
      mixed: [fails('10.0.0.1', 'race', 5), fails('10.0.0.2', 'closed_in_flight', 2)],
      one: [fails('10.0.0.1', 'closed_in_flight', 8), stays('10.0.0.2'), stays('10.0.0.3')],
      'one-by-chance': [fails('10.0.0.1', 'closed_in_flight', 5), stays('10.0.0.2'), stays('10.0.0.3')],
      young: [
        stays('10.0.0.1'),
        {
          ...comes('10.0.0.2', 200),
          failures: [
            [200.5, 'closed_in_flight'],
            [201, 'closed_in_flight'],
            [202, 'connect_failed'],
          ],
        },
        {
          ...comes('10.0.0.3', 205),
          failures: [
            [206, 'closed_in_flight'],
            [207, 'closed_in_flight'],
          ],
        },
      ],
    }),
    {
      blocked: 'all_unreachable',
      'blocked-half': null,
      node: 'one_balancer_node',
      slow: 'slow_application',
      few: null,
      races: 'keep_alive_race',
      mixed: null,
      one: 'one_target',
      'one-by-chance': null,
      young: 'new_targets_only',
    },
  );
});

test('requests that were only counted give the same shape, or none', async () => {
  const counted = (target: Target): Target => ({ ...target, isCounted: true });
  const blocked = (ip: string, node: string): Target => ({
    ip,
    answers: [[0, 600]],
    failures: [200, 201, 202].map((second) => [second, 'connect_timeout'] as const),
    node,
  });
  const lost = (ip: string, second: number): Target => ({
    ip,
    answers: [[0, second]],
    failures: [
      [second - 1, 'response_timeout'],
      [second + 2, 'connect_timeout'],
    ],
  });
  const gone = [goes('10.0.0.1', 200), goes('10.0.0.2', 230)];
  assert.deepEqual(
    await shapesOf({
      'blocked-half': [
        blocked('10.0.0.1', '192.0.2.1'),
        blocked('10.0.0.2', '192.0.2.2'),
        counted(stays('10.0.0.3')),
        counted(stays('10.0.0.4')),
      ],
      lost: [lost('10.0.0.1', 200), lost('10.0.0.2', 203), counted(stays('10.0.0.3'))],
      'k8s-fewer': [...gone, counted(stays('10.0.0.3'))],
      'k8s-whole': [...gone, counted(comes('10.0.1.1', 190)), counted(comes('10.0.1.2', 220))],
      // Within its minute a target may be new or not.
      'k8s-early': [
        goes('10.0.0.1', 80),
        goes('10.0.0.2', 90),
        counted(comes('10.0.1.1', 70)),
        counted(comes('10.0.1.2', 70)),
      ].map((target) => ({ ...target, answers: target.answers.map(([from, until]) => [from + 5, until] as const) })),
    }),
    {
      'blocked-half': null,
      lost: 'silent_targets',
      'k8s-fewer': 'scale_in',
      'k8s-whole': 'rollout',
      'k8s-early': null,
    },
  );
});

test('a row counts what fits, and dates targets rather than failures', async () => {
  const late: Target = { ...stays('10.0.1.1'), answers: [[190, 600]], failures: [[300, 'response_timeout']] };
  const four = [
    goes('10.0.0.1', 200),
    goes('10.0.0.2', 230),
    { ip: '10.0.0.3', answers: [[0, 240]] as const },
    late,
    comes('10.0.1.2', 220),
  ];
  assert.deepEqual(await ask({ 'k8s-shop': four }), [
    {
      group: 'k8s-shop',
      first_failure: '2026-06-02T08:03:20.500000Z',
      last_failure: '2026-06-02T08:05:00.000000Z',
      failures: 5,
      shape: 'rollout',
      fitting: 4,
      targets: 3,
      began_at: '2026-06-02T08:03:20.000000Z',
      ended_at: '2026-06-02T08:05:00.000000Z',
      target_kind: 'pod',
      proof: 'pods and Events',
    },
  ]);
});

test('a pause of more than five minutes begins another incident, and a window leaves others out', async () => {
  const slow = (seconds: readonly number[]): Target[] => [
    { ip: '10.0.0.1', answers: [[0, 2000]], failures: seconds.map((second) => [second, 'response_timeout'] as const) },
    stays('10.0.0.2'),
  ];
  const counts = (rows: readonly { failures: number }[]): number[] => rows.map(({ failures }) => failures);
  assert.deepEqual(counts(await ask({ web: slow([100, 200, 500]) })), [3]);
  const groups = { web: slow([100, 200, 501]) };
  assert.deepEqual(counts(await ask(groups)), [1, 2]);
  const time = (seconds: number): BoundValue => ({ type: 'timestamp', value: at(seconds) });
  assert.deepEqual(counts(await ask(groups, { from: time(150) })), [1, 2]);
  assert.deepEqual(counts(await ask(groups, { from: time(201) })), [1]);
  assert.deepEqual(counts(await ask(groups, { to: time(501) })), [2]);
  assert.deepEqual(await ask(groups, { target_group: { type: 'text', value: 'shop' } }), []);
});

test('the kind of target is read from the name of the group, from ports, and from settings', async () => {
  const rollout = (port: number, next = port): Target[] => [
    { ...goes('10.0.0.1', 200), port },
    { ...goes('10.0.0.2', 230), port: next },
    { ...comes('10.0.1.1', 190), port },
    { ...comes('10.0.1.2', 220), port },
  ];
  await insert(connection, 'setting', [
    { object_id: 2, line: 1, scope: 'target_group', subject: arnOf('web'), key: 'TargetType', value: 'instance' },
  ]);
  const rows = await ask({
    'k8s-shop': rollout(8080),
    'k8s-ports': rollout(31_080),
    cart: rollout(40_001, 40_002),
    web: rollout(8080),
    plain: rollout(8080),
  });
  assert.deepEqual(rows.map(({ group, shape, target_kind, proof }) => [group, shape, target_kind, proof]).sort(), [
    ['cart', 'rollout', 'ecs_task', 'events of ECS'],
    ['k8s-ports', null, 'node_port', null],
    ['k8s-shop', 'rollout', 'pod', 'pods and Events'],
    ['plain', 'rollout', null, 'CloudTrail'],
    ['web', 'rollout', 'instance', 'scaling activities'],
  ]);
  await connection.run('delete from setting');
});

test('the words are those of the code', () => {
  const sql = readFileSync(new URL('../../queries/traffic-shapes.sql', import.meta.url), 'utf8').replace(/--.*$/gm, '');
  const wordsUpTo = (end: string): string[] => {
    const before = sql.slice(0, sql.indexOf(end));
    const text = before.slice(before.lastIndexOf('\n    case\n') === -1 ? 0 : before.lastIndexOf('\n  case\n'));
    return [...text.matchAll(/(?:then|else) '([^']+)'/g)].map((match) => match[1]!);
  };
  assert.deepEqual(new Set(wordsUpTo(' as proof\n')), new Set(PROOFS));
  const shaped = sql.slice(sql.indexOf('shaped as ('), sql.indexOf(' as shape\n'));
  assert.deepEqual([...shaped.matchAll(/then '(\w+)'/g)].map((match) => match[1]!).sort(), [...SHAPES].sort());
});
