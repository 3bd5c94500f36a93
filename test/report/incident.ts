/** A synthetic incident for tests of its forms; `hostile` is in every text field. */
import type { Failure, Incident, Lane } from '../../src/report/incident.ts';

export const START = Date.UTC(2026, 2, 10, 14, 0, 0);

export function failureOf(i: number, hostile = ''): Failure {
  const routed = START + 20_000 + i * 250;
  return {
    trace_id: `Root=1-69b02b10-${String(i).padStart(24, '0')}${hostile}`,
    routed,
    failed: routed + 10_002,
    mechanism: i % 2 === 0 ? 'connect_timeout' : `closed_in_flight${hostile}`,
    cause: `draining_target${hostile}`,
    confidence: `exact${hostile}`,
    other_cause: hostile || null,
    elb_status_code: 504,
    request_line: `GET https://shop.example:443/cart/${i}${hostile} HTTP/2.0`,
    target: `10.0.0.${1 + (i % 200)}:8080${hostile}`,
    target_group: `k8s-shop-cart${hostile}`,
    pod: `shop/cart-6d5f8c7b9d-${i % 200}${hostile}`,
    kind: 'pod',
    pattern: null,
    workload: `cart-6d5f8c7b9d${hostile}`,
    node: `ip-10-0-0-1${hostile}`,
    path: `/cart/{id}${hostile}`,
    rollout: `shop/cart@2026-03-10T14:00:15Z${hostile}`,
    happening: 1,
    seconds_after_deletion: 5 + i / 4,
    seconds_after_deregistration: 3,
    seconds_after_exit: 2,
    because: `The balancer chose a target that was already going away${hostile}.`,
  };
}

const instant = (ms: number) => ({ earliest: ms, latest: ms });

export function incidentOf(failures: number, lanes: number, hostile = ''): Incident {
  const all = Array.from({ length: failures }, (_, i) => failureOf(i, hostile));
  const byLane: Failure[][] = Array.from({ length: lanes }, () => []);
  for (const [n, failure] of all.entries()) byLane[n % lanes]!.push(failure);
  const laneOf = (i: number): Lane => ({
    target: `10.0.0.${1 + i}:8080${hostile}`,
    target_group: `k8s-shop-cart${hostile}`,
    pod: `shop/cart-6d5f8c7b9d-${i}${hostile}`,
    workload: `cart-6d5f8c7b9d${hostile}`,
    node: `ip-10-0-0-1${hostile}`,
    created: instant(START - 3_600_000),
    ready: instant(START - 3_590_000),
    deleted: instant(START + 15_000),
    exited: instant(START + 18_000),
    registered: instant(START - 3_580_000),
    deregistered: instant(START + 17_000),
    drained: instant(START + 52_000),
    pre_stop_seconds: 2,
    failures: byLane[i]!,
    rate: Array.from({ length: 60 }, (_, second) => ({ second: START + second * 1000, requests: 1 + (second % 7) })),
  });
  const to = all.reduce((most, { failed }) => Math.max(most, failed), START) + 10_000;
  return {
    window: { from: null, to: null },
    headline: `${failures} requests failed${hostile}.`,
    cause: `All were sent to targets that were going away${hostile}.`,
    fix: `Sleep${hostile}.`,
    failures,
    causes: [{ cause: `draining_target${hostile}`, failures }],
    episodes: [
      {
        from: START,
        to,
        failures,
        lanes: Array.from({ length: lanes }, (_, i) => laneOf(i)),
        untargeted: [],
        perSecond: [{ second: START + 30_000, cause: `draining_target${hostile}`, failures }],
      },
    ],
    happenings: [
      {
        title: `Rollout of shop/cart${hostile}`,
        word: `draining_target${hostile}`,
        sentence: `All were sent to targets that were going away${hostile}.`,
        fix: `Sleep${hostile}.`,
        failures,
        causes: [{ cause: `draining_target${hostile}`, failures }],
        paths: [{ path: `/cart/{id}${hostile}`, failures }],
        targets: lanes,
        from: START + 20_000,
        to,
        rollout: `shop/cart@2026-03-10T14:00:15Z${hostile}`,
      },
      {
        title: `Another${hostile}`,
        word: `node_lost${hostile}`,
        sentence: `None${hostile}.`,
        fix: `Look${hostile}.`,
        failures: 0,
        causes: [],
        paths: [],
        targets: 0,
        from: START + 20_000,
        to,
        rollout: null,
      },
    ],
    rollouts: [
      {
        rollout: `shop/cart@2026-03-10T14:00:15Z${hostile}`,
        kind: 'rollout',
        deployment: `shop/cart${hostile}`,
        to_workload: `cart-7c9d6b8f54${hostile}`,
        pods: lanes,
        from: START + 15_000,
        to: START + 18_000,
      },
    ],
    occurrences: [
      { kind: 'deregistered', name: `10.0.0.1:8080${hostile}`, at: START + 17_000 },
      { kind: 'node_lost', name: `ip-10-0-0-1${hostile}`, at: START + 17_000 },
    ],
    traffic: Array.from({ length: 60 }, (_, i) => ({ from: START + i * 1000, seconds: 1, requests: 40 + (i % 7) })),
    advice: [
      {
        workload: `shop/cart${hostile}`,
        curve: [
          { seconds: 0, failures },
          { seconds: 10, failures: 2 },
          { seconds: 17, failures: 0 },
        ],
        late: [
          { second: 0, answered: 4, failed: 1 },
          { second: 16, answered: 0, failed: 2 },
        ],
        today: 5,
        advised: 20,
        sentence: `A preStop sleep of 20 s${hostile}.`,
      },
    ],
    keepAlive: [],
    tables: [
      {
        title: `Rollouts${hostile}`,
        command: 'draintrace query x',
        columns: [`workload${hostile}`, 'nested'],
        rows: [[`cart${hostile}`, { deep: hostile }]],
        total: 2,
      },
    ],
    listed: 100,
  };
}
