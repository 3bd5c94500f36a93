/**
 * The events of the sample day: the pods, and each request that failed. README.md beside the data describes them. Long because it
 * is the data of one day, to be read from morning to night.
 */
import { ACCOUNT, at, REGION, type Request } from './line.ts';

export interface Pod {
  workload: 'catalog' | 'checkout';
  replicaSet: string;
  name: string;
  uid: string;
  ip: string;
  node: string;
  /** All times are microseconds since the epoch. deleted, deregistered and finished are the verdicts' D, X and T. */
  created: number;
  ready: number;
  deleted: number | null;
  deregistered: number | null;
  finished: number | null;
  gone: number | null;
}

export const SECOND = 1_000_000;
export const DRAIN_SECONDS = 30;
export const PORT = { catalog: 8080, checkout: 9090 } as const;
export const BALANCER = 'app/shop-public/50dc6c495c0c9188';
export const NODES = ['10.20.0.11', '10.20.1.12'] as const;

const groupArn = (name: string) => `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/k8s-shop-${name}`;
export const GROUP = {
  catalog: groupArn('catalog-0f1e2d3c4b/73e2d6bc24d8a067'),
  checkout: groupArn('checkout-5a6b7c8d9e/943f017f100becff'),
  search: groupArn('search-1a2b3c4d5e/d2f9a4b7c1e6f803'),
} as const;

const PLACE = ['ip-10-20-10-5.eu-central-1.compute.internal', 'ip-10-20-11-6.eu-central-1.compute.internal'];

/** Makes a pod from created, ready, deleted, deregistered, finished, gone; `-` for an event outside the day. */
function pod(workload: Pod['workload'], replicaSet: string, suffix: string, ip: string, times: string): Pod {
  const [created, ready, deleted, deregistered, finished, gone] = times
    .split(' ')
    .map((time) => (time === '-' ? null : at(time)));
  return {
    workload,
    replicaSet: `${workload}-${replicaSet}`,
    name: `${workload}-${replicaSet}-${suffix}`,
    uid: `0000${suffix.charCodeAt(0).toString(16)}${suffix.charCodeAt(1).toString(16)}-5a17-4f00-9d00-${ip
      .split('.')
      .map((part) => Number(part).toString(16).padStart(3, '0'))
      .join('')}`,
    ip,
    node: PLACE[Number(ip.split('.')[3]) % 2]!,
    created: created!,
    ready: ready!,
    deleted: deleted ?? null,
    deregistered: deregistered ?? null,
    finished: finished ?? null,
    gone: gone ?? null,
  };
}

/** Old catalog pods exit on SIGTERM at once (A, C), or stop listening and run for another 25 s (B). */
const A = pod(
  'catalog',
  '6d5f8c7b9d',
  'k2x7p',
  '10.20.10.11',
  '06:00:00 06:00:12 14:00:20 14:00:22.5 14:00:22 14:00:23.4',
);
const B = pod(
  'catalog',
  '6d5f8c7b9d',
  'm9w4d',
  '10.20.10.12',
  '06:00:01 06:00:14 14:01:10 14:01:11.8 14:01:35 14:01:36.2',
);
const C = pod(
  'catalog',
  '6d5f8c7b9d',
  'zr58t',
  '10.20.10.13',
  '06:00:01 06:00:13 14:02:00 14:02:31 14:02:03 14:02:04.1',
);
/** Their successors sleep 45 s in preStop. */
const E = pod(
  'catalog',
  '7c9d6b8f54',
  'b6hqn',
  '10.20.10.21',
  '14:00:00 14:00:15 16:00:20 16:00:22 16:01:06 16:01:07.3',
);
const F = pod(
  'catalog',
  '7c9d6b8f54',
  'tq5vz',
  '10.20.10.22',
  '14:00:50 14:01:05 16:00:50 16:00:52.1 16:01:36 16:01:37.1',
);
const G = pod(
  'catalog',
  '7c9d6b8f54',
  'wx2lf',
  '10.20.10.23',
  '14:01:40 14:01:55 16:01:20 16:01:22.2 16:02:06 16:02:07.2',
);
const K = pod('checkout', '5f6d7c8b9', 'c4jm8', '10.20.11.31', '06:10:00 06:10:20 18:30:05 18:30:07 18:30:35 18:30:36');
const L = pod('checkout', '5f6d7c8b9', 'h7sdq', '10.20.11.32', '06:10:00 06:10:22 18:30:50 18:30:52 18:31:20 18:31:21');
const M = pod('checkout', '6b7c8d9e5f', 'n8rbx', '10.20.11.41', '18:29:40 18:29:55 - - - -');

/** When a container of F was killed for its memory, and when it ran again. */
export const RESTART = { pod: F, killed: at('15:10:07'), started: at('15:10:12'), ready: at('15:10:20') };

export const PODS: readonly Pod[] = [
  A,
  B,
  C,
  E,
  F,
  G,
  // A's address again, two hours after A.
  pod('catalog', '58b7c4d6f9', 'd3kgw', '10.20.10.11', '16:00:00 16:00:15 - - - -'),
  pod('catalog', '58b7c4d6f9', 'p7n2c', '10.20.10.34', '16:00:30 16:00:45 - - - -'),
  pod('catalog', '58b7c4d6f9', 'v5xjt', '10.20.10.35', '16:01:00 16:01:15 - - - -'),
  K,
  L,
  M,
  pod('checkout', '6b7c8d9e5f', 's5tkp', '10.20.11.42', '18:30:25 18:30:40 - - - -'),
];

/** A request, with the conclusion that a reader should reach. */
export interface Told {
  request: Request;
  width: number;
  mechanism: string;
  cause: string | null;
}

const HEX = '0123456789abcdef';
let told = 0;

/** Returns `Root=1-<epoch>-<24 hex>`; the number makes it unique. */
export function traceId(created: number, number: number): string {
  let state = number * 2654435761;
  const digits = Array.from({ length: 24 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return HEX[state >>> 28];
  });
  return `Root=1-${Math.floor(created / SECOND).toString(16)}-${digits.join('')}`;
}

interface Failed {
  created: string;
  /** Seconds from created to time. */
  took: string;
  pod?: Pod;
  status: number;
  times?: string;
  width?: number;
  more?: Partial<Request>;
}

function failed(mechanism: string, cause: string | null, failure: Failed): Told {
  const created = at(failure.created);
  const { pod } = failure;
  told++;
  const request: Request = {
    created,
    time: created + Math.round(Number(failure.took) * SECOND),
    elb: BALANCER,
    client: `203.0.113.${100 + (told % 50)}:${40000 + told * 37}`,
    target: pod ? `${pod.ip}:${PORT[pod.workload]}` : null,
    times: failure.times ?? '-1 -1 -1',
    status: failure.status,
    targetStatus: null,
    line: `GET https://shop.example:443/${pod?.workload ?? 'search'}/items?page=${told} HTTP/2.0`,
    type: 'h2',
    group: pod ? GROUP[pod.workload] : null,
    trace: traceId(created, told),
    connection: `TID_${traceId(created, told + 5000).slice(-24)}00c0ffee`,
    node: NODES[told % 2]!,
    ...failure.more,
  };
  return { request, width: failure.width ?? 34, mechanism, cause };
}

export const WEBSOCKET: Request = {
  ...failed('', null, { created: '13:50:01.000', took: '621.150377', pod: A, status: 101, times: '0.001 0.003 0.000' })
    .request,
  type: 'wss',
  targetStatus: 101,
  line: 'GET https://shop.example:443/catalog/live HTTP/1.1',
  received: 5120,
  sent: 48211,
};

const UPLOAD = { line: 'POST https://shop.example:443/catalog/import HTTP/1.1', type: 'https', received: 7340123 };

export const FAILURES: readonly Told[] = [
  // Before any rollout: failures that no deployment caused.
  failed('connect_timeout', 'no_evidence', {
    created: '12:11:02.000',
    took: '10.001870',
    pod: A,
    status: 504,
    width: 20,
  }),
  failed('closed_in_flight', 'healthy_target', {
    created: '12:14:03.100',
    took: '0.000912',
    pod: A,
    status: 502,
    times: '0.000 0.000 -1',
  }),
  failed('client_closed', null, {
    created: '12:13:20.000',
    took: '8.204112',
    pod: B,
    status: 460,
    times: '0.001 -1 -1',
    more: { sent: 0 },
  }),
  failed('response_timeout', 'healthy_target', {
    created: '13:00:40.250',
    took: '60.003118',
    pod: C,
    status: 504,
    times: '0.001 -1 -1',
  }),
  failed('target_error', null, {
    created: '13:02:11.400',
    took: '0.081223',
    pod: B,
    status: 500,
    times: '0.000 0.080 0.000',
    more: { targetStatus: 500 },
  }),
  failed('target_error', null, {
    created: '13:02:15.900',
    took: '0.031001',
    pod: B,
    status: 502,
    times: '0.001 0.029 0.000',
    more: { targetStatus: 502 },
    width: 33,
  }),
  // search: scaled to zero in the morning; before that, an unknown target.
  failed('connect_timeout', 'no_evidence', {
    created: '09:01:00.040',
    took: '10.002411',
    status: 504,
    more: { target: '10.20.12.77:8080', group: GROUP.search },
  }),
  failed('no_target', 'no_healthy_target', {
    created: '09:03:30.100',
    took: '0.000614',
    status: 503,
    more: { group: GROUP.search },
  }),
  // Answered by a listener rule, by WAF, by the identity provider, by a function, by a rewrite.
  failed('fixed_response', null, {
    created: '09:04:01.000',
    took: '0.000301',
    status: 503,
    more: { actions: 'waf,fixed-response', priority: '40' },
  }),
  failed('waf', null, { created: '09:04:05.000', took: '0.001200', status: 403, more: { actions: 'waf' } }),
  failed('auth', null, {
    created: '09:04:09.000',
    took: '0.220000',
    status: 561,
    more: { actions: 'authenticate', error: 'AuthInvalidIdToken' },
  }),
  failed('lambda', null, {
    created: '09:04:13.000',
    took: '0.412000',
    status: 502,
    times: '0.000 0.411 -1',
    more: {
      error: 'LambdaUnhandled',
      group: `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/fn/9a8b7c6d5e4f3a2b`,
    },
  }),
  failed('transform', null, {
    created: '09:04:17.000',
    took: '0.000400',
    status: 500,
    more: { actions: 'rewrite', transform: 'TransformInvalidHost' },
  }),
  failed('other', null, { created: '09:04:21.000', took: '0.000500', status: 507, more: { actions: 'redirect' } }),
  failed('rejected_request', null, {
    created: '09:04:25.000',
    took: '0.000200',
    status: 400,
    more: { actions: '-', classification: 'Severe', reason: 'BadHeader', priority: '-' },
  }),
  // The first rollout of catalog. A exited after two seconds; the balancer still chose it.
  failed('closed_in_flight', 'killed_in_flight', {
    created: '14:00:15.100',
    took: '7.209544',
    pod: A,
    status: 502,
    times: '0.001 7.207 -1',
  }),
  failed('connect_timeout', 'draining_target', {
    created: '14:00:26.203',
    took: '10.002021',
    pod: A,
    status: 504,
    width: 30,
  }),
  failed('connect_timeout', 'draining_target', { created: '14:00:31.512', took: '10.001733', pod: A, status: 504 }),
  failed('connect_timeout', 'draining_target', {
    created: '14:00:35.870',
    took: '10.002365',
    pod: A,
    status: 504,
    width: 29,
  }),
  // B closed its listener on SIGTERM, but continued to run.
  failed('closed_in_flight', 'draining_target', {
    created: '14:01:18.005',
    took: '0.002204',
    pod: B,
    status: 502,
    times: '0.000 0.001 -1',
  }),
  failed('connect_failed', 'draining_target', { created: '14:01:20.400', took: '0.001911', pod: B, status: 502 }),
  failed('connect_failed', 'draining_target', {
    created: '14:01:22.050',
    took: '0.002290',
    pod: B,
    status: 502,
    width: 35,
  }),
  // C was deregistered half a minute late. One request was waiting for C when it exited.
  failed('response_timeout', 'killed_in_flight', {
    created: '14:01:50.000',
    took: '60.003402',
    pod: C,
    status: 504,
    times: '0.001 -1 -1',
  }),
  failed('connect_timeout', 'draining_target', { created: '14:02:12.700', took: '10.001954', pod: C, status: 504 }),
  failed('connect_timeout', 'draining_target', {
    created: '14:02:20.310',
    took: '10.002107',
    pod: C,
    status: 504,
    width: 33,
  }),
  // F ran out of memory in the afternoon; no deployment.
  failed('closed_in_flight', 'container_restart', {
    created: '15:10:05.200',
    took: '2.204000',
    pod: F,
    status: 502,
    times: '0.001 2.202 -1',
  }),
  failed('connect_failed', 'container_restart', { created: '15:10:09.020', took: '0.001702', pod: F, status: 502 }),
  // The second rollout of catalog: preStop covers late requests, but the deregistration delay cuts a long upload.
  failed('closed_in_flight', 'drain_delay_elapsed', {
    created: '16:00:10.000',
    took: '42.031250',
    pod: E,
    status: 502,
    times: '0.001 42.029 -1',
    more: UPLOAD,
  }),
  // The rollout of checkout, known only from a hand-written table.
  failed('closed_in_flight', 'not_ready_target', {
    created: '18:29:50.500',
    took: '0.311090',
    pod: M,
    status: 502,
    times: '0.001 0.309 -1',
  }),
  failed('closed_in_flight', 'killed_in_flight', {
    created: '18:29:58.200',
    took: '36.950000',
    pod: K,
    status: 502,
    times: '0.001 36.948 -1',
    more: { line: 'POST https://shop.example:443/checkout/export HTTP/2.0' },
  }),
  failed('connect_failed', 'draining_target', {
    created: '18:30:15.300',
    took: '0.001502',
    pod: K,
    status: 502,
    width: 27,
  }),
  failed('connect_timeout', 'draining_target', {
    created: '18:30:41.000',
    took: '10.002700',
    pod: K,
    status: 504,
    width: 25,
  }),
  failed('connect_failed', 'draining_target', {
    created: '18:30:58.700',
    took: '0.001377',
    pod: L,
    status: 502,
    width: 24,
  }),
  failed('connect_timeout', 'draining_target', {
    created: '18:31:24.125',
    took: '10.001640',
    pod: L,
    status: 504,
    width: 23,
  }),
];
