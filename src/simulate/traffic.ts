/** Simulates each request: arrival, target choice, outcome. */
import { fromSeconds, MILLISECOND, SECOND } from '../time/time.ts';
import { AlbNode } from './balancer.ts';
import { Connections } from './connection.ts';
import { type Exchange, play, poolOf, type Wish } from './exchange.ts';
import type { Health } from './health.ts';
import type { NodeProxy } from './proxy.ts';
import { Random } from './random.ts';
import { type Holders, type Hop, holderAt } from './reach.ts';
import type { Scenario } from './scenario.ts';
import type { Pod, World } from './world.ts';

/** Yields every request in the order of arrival. */
export function* sendTraffic(
  scenario: Scenario,
  seed: number,
  world: World,
  holders: Holders,
  health: Health,
  proxy: NodeProxy | null,
): Generator<Exchange> {
  const nodes = world.albNodes.map((_, node) => new AlbNode(world, health, node));
  const connections = new Connections(scenario.keepAliveSeconds, scenario.keepAliveRaceSeconds);
  const random = new Random(seed, 'exchange');
  const pins = new Pins(connections);
  for (const wish of wishes(scenario, seed, world)) {
    if (wish.kind === 'fixed_response') {
      yield atOnce(wish, 'fixed_response', random);
      continue;
    }
    const registration = nodes[wish.albNode]!.choose(wish.created, groupAt(world, wish));
    if (registration === null) {
      yield atOnce(wish, 'no_target', random);
      continue;
    }
    if (proxy === null) {
      const pod = holderAt(holders, registration.address, wish.created);
      yield play(wish, registration, pod, world, scenario, connections, random);
      continue;
    }
    const hop = { worker: registration.pod.worker, refuses: scenario.trafficPolicy === 'Cluster' };
    const pod = pins.find(wish, hop) ?? proxy.pick(hop.worker, wish.created);
    if (pod !== null) pins.keep(wish, hop, pod);
    yield play(wish, registration, pod, world, scenario, connections, random, hop);
  }
}

/** Returns the target group that the listener forwards to. */
const groupAt = ({ shifts }: World, { albNode, created }: Wish): number =>
  shifts.findLast(({ from }) => from[albNode]! <= created)?.group ?? 0;

/** A connection to a node port stays with the pod that it was made to, whatever becomes of the pod. */
class Pins {
  readonly #connections: Connections;
  /** Pods by load balancer node and machine. */
  readonly #pods = new Map<string, Set<Pod>>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  keep({ albNode }: Wish, { worker }: Hop, pod: Pod): void {
    const key = `${albNode} ${worker.name}`;
    const pods = this.#pods.get(key);
    if (pods) pods.add(pod);
    else this.#pods.set(key, new Set([pod]));
  }

  /** Returns the pod of the open connection that was used last. */
  find({ albNode, created }: Wish, hop: Hop): Pod | null {
    let found: Pod | null = null;
    let latest = Number.NEGATIVE_INFINITY;
    for (const pod of this.#pods.get(`${albNode} ${hop.worker.name}`) ?? []) {
      if (pod.closed !== null && pod.closed <= created) continue;
      const since = this.#connections.freeSince(poolOf(albNode, pod, created, hop), created);
      if (since === null || since <= latest) continue;
      found = pod;
      latest = since;
    }
    return found;
  }
}

function atOnce(wish: Wish, ending: 'fixed_response' | 'no_target', random: Random): Exchange {
  return {
    wish,
    registration: null,
    pod: null,
    ending,
    reason: null,
    time: wish.created + 300 + random.integer(MILLISECOND),
    requestTime: null,
    targetTime: null,
    responseTime: null,
  };
}

/** Yields the clients' requests. They depend only on the seed and on the scenario keys about requests. */
function* wishes(scenario: Scenario, seed: number, world: World): Generator<Wish> {
  const random = new Random(seed, 'traffic');
  const shares: [Wish['kind'], number][] = [
    ['error', scenario.errorShare],
    ['hang', scenario.hangShare],
    ['client_close', scenario.clientCloseShare],
    ['fixed_response', scenario.fixedResponseShare],
    ['websocket', scenario.websocketShare],
  ];
  let now = world.starts;
  for (;;) {
    now += random.exponential(SECOND / scenario.requestsPerSecond);
    if (now >= world.ends) return;
    let kind: Wish['kind'] = 'plain';
    let point = random.unit();
    for (const [name, share] of shares) {
      if (point >= 0 && point < share) kind = name;
      point -= share;
    }
    const isLong = random.chance(scenario.longRequestShare);
    const length = random.duration(
      kind === 'websocket' ? scenario.websocketSeconds : isLong ? scenario.longRequestSeconds : scenario.latencySeconds,
    );
    yield {
      kind,
      albNode: random.integer(world.albNodes.length),
      // The log shows the arrival in whole milliseconds.
      created: Math.ceil(now / MILLISECOND) * MILLISECOND,
      length: fromSeconds(length),
      patience: random.between(0.2, 0.9),
      client: random.integer(4096),
    };
  }
}
