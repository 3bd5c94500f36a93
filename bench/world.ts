/**
 * The synthetic site behind the benchmark's logs: load balancers, target groups, pods that come and go, clients, agents, routes.
 * Everything follows from one seed, so every worker process sees the same world.
 */
import { makeClient, type Shape } from './shape.ts';

/** Start of the first interval. The day is arbitrary. */
export const START_MS = Date.UTC(2026, 8, 15, 10, 0, 0);
export const INTERVAL_MS = 300_000;

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** Returns a generator of numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const hex = (next: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');

const pick = <T>(next: () => number, from: readonly T[]): T => from[Math.floor(next() * from.length)]!;

export interface Pod {
  namespace: string;
  name: string;
  ip: string;
  /** Epoch milliseconds; null while it lives. */
  created: number;
  deleted: number | null;
  finished: number | null;
  /** Fails now and then without going away. */
  flaky: boolean;
}

export interface Group {
  arn: string;
  namespace: string;
  app: string;
  port: number;
  pods: Pod[];
  /** Paths that it is asked for. */
  routes: readonly string[];
}

/** One load balancer node: it writes one object every five minutes. */
export interface Node {
  balancer: string;
  ip: string;
  groups: Group[];
  domain: string;
  certificate: string;
}

export interface World {
  nodes: Node[];
  groups: Group[];
  /** Empty where each connection has a new one. */
  clients: string[];
  agents: string[];
  shape: Shape;
}

const APPS = [
  ['shop', 'catalog', 8080],
  ['shop', 'checkout', 8080],
  ['media', 'images', 3000],
  ['accounts', 'identity', 9000],
] as const;
export function makeWorld(seed: number, shape: Shape): World {
  const next = random(seed);
  let address = 10;
  const groups = Array.from({ length: shape.groups }, (_, i): Group => {
    const [namespace, base, port] = APPS[i % APPS.length]!;
    const app = i < APPS.length ? base : `${base}-${Math.floor(i / APPS.length)}`;
    const arn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/k8s-${namespace}-${app}-${hex(next, 10)}/${hex(next, 16)}`;
    const pods: Pod[] = [];
    const replicaSet = [hex(next, 9), hex(next, 9)];
    for (let replica = 0; replica < shape.replicas; replica++) {
      const podOf = (generation: number, created: number): Pod => ({
        namespace,
        name: `${app}-${replicaSet[generation]}-${hex(next, 5)}`,
        ip: `10.${Math.floor(i / 200)}.${(i % 200) + 1}.${address++ % 240}`,
        created,
        deleted: null,
        finished: null,
        flaky: replica === 0,
      });
      const first = podOf(0, START_MS - 7_200_000);
      pods.push(first);
      // Half of the groups roll out, one pod every eight seconds.
      if (i % 2 === 1) continue;
      first.deleted = START_MS + 60_000 + (i % 40) * 45_000 + replica * 8000;
      first.finished = first.deleted + 3000;
      pods.push(podOf(1, first.deleted - 20_000));
    }
    return { arn, namespace, app, port, pods, routes: shape.routes[i % shape.routes.length]! };
  });
  const balancers = ['web-public', 'web-public', 'api-internal', 'media-edge'].map((name) => `app/k8s-${name}`);
  const ids = new Map([...new Set(balancers)].map((name) => [name, `${name}-${hex(next, 10)}/${hex(next, 16)}`]));
  const ofKind = (...kinds: number[]) => groups.filter((_, i) => kinds.includes(i % APPS.length));
  const served = [ofKind(0, 1), ofKind(0, 1), ofKind(3), ofKind(2)];
  const domains = ['www.shop.example', 'www.shop.example', 'api.accounts.example', 'img.media.example'];
  const certificates = new Map(
    [...new Set(domains)].map((domain) => [
      domain,
      `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/${[8, 4, 4, 4, 12].map((n) => hex(next, n)).join('-')}`,
    ]),
  );
  return {
    groups,
    nodes: balancers.map((name, i) => ({
      balancer: ids.get(name)!,
      ip: `172.31.${i + 16}.${20 + i}`,
      groups: served[i]!,
      domain: domains[i]!,
      certificate: certificates.get(domains[i]!)!,
    })),
    clients: Array.from({ length: shape.clients ?? 0 }, () => makeClient(next, next() < shape.ipv6)),
    agents: makeAgents(next, shape.agents),
    shape,
  };
}

function makeAgents(next: () => number, number: number): string[] {
  const systems = [
    'Windows NT 10.0; Win64; x64',
    'Macintosh; Intel Mac OS X 10_15_7',
    'X11; Linux x86_64',
    'Linux; Android 14; SM-S918B',
    'Linux; Android 13; Pixel 7',
    'iPhone; CPU iPhone OS 17_5_1 like Mac OS X',
  ];
  const agents = new Set(['curl/8.5.0', 'ELB-HealthChecker/2.0', '-', 'python-requests/2.32.3', 'Go-http-client/2.0']);
  while (agents.size < number) {
    const system = pick(next, systems);
    const major = 100 + Math.floor(next() * 40);
    const chrome = `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.${Math.floor(next() * 7000)}.${Math.floor(next() * 200)} Safari/537.36`;
    const kinds = [
      chrome,
      chrome,
      `Mozilla/5.0 (${system}; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`,
      `okhttp/4.${Math.floor(next() * 13)}.${Math.floor(next() * 9)}`,
      `Shop/${Math.floor(next() * 9)}.${Math.floor(next() * 40)} CFNetwork/1496.0.7 Darwin/23.5.0`,
    ];
    agents.add(pick(next, kinds));
  }
  return [...agents].slice(0, number);
}

/** The pods as a CSV that `draintrace load` takes. */
export function podsCsv(world: World): string {
  const time = (ms: number | null) => (ms === null ? '' : new Date(ms).toISOString());
  const rows = world.groups.flatMap((group) =>
    group.pods.map((pod) =>
      [
        pod.namespace,
        pod.name,
        pod.ip,
        group.port,
        time(pod.created),
        time(pod.created + 15_000),
        time(pod.deleted),
        time(pod.finished),
      ].join(','),
    ),
  );
  return `namespace,pod,ip,port,created_at,ready_at,deleted_at,finished_at\n${rows.join('\n')}\n`;
}
