/** Generates the lines of one log object: today's 34 fields, some 700 bytes each. */
import { makeClient } from './shape.ts';
import { type Group, INTERVAL_MS, type Node, type Pod, random, START_MS, type World } from './world.ts';

/** Milliseconds for which the balancer still chooses a pod after its deletion. */
const LATE_MS = 15_000;

const CIPHERS = ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_256_GCM_SHA384'];

/** A decision of the balancer: its actions, and its status, null where a target answers. */
interface Handled {
  actions: string;
  status: number | null;
}
const FORWARDED: Handled = { actions: 'forward', status: null };
const HANDLED: readonly Handled[] = [
  { actions: 'waf,forward', status: null },
  { actions: 'waf', status: 403 },
  { actions: 'waf,redirect', status: 301 },
];

/** Returns the text of object number `index` with `rows` lines. */
export function makeObject(world: World, seed: number, index: number, rows: number): Buffer {
  const next = random(seed * 7919 + index);
  const below = (n: number) => Math.floor(next() * n);
  const hex = (digits: number) => {
    let text = '';
    while (text.length < digits) text += (below(0x1000000) + 0x1000000).toString(16).slice(1);
    return text.slice(0, digits);
  };
  const node = world.nodes[index % world.nodes.length]!;
  const start = START_MS + Math.floor(index / world.nodes.length) * INTERVAL_MS;
  const { shape } = world;
  const connections = Array.from({ length: shape.connections }, () => newConnection());

  function newConnection() {
    // Squaring makes some clients and agents far busier than others.
    const client =
      shape.clients === null
        ? makeClient(next, next() < shape.ipv6)
        : world.clients[Math.floor(next() ** 2 * world.clients.length)]!;
    const agent =
      next() < shape.bots ? `Bot/1.0 (${hex(8000)})` : world.agents[Math.floor(next() ** 3 * world.agents.length)]!;
    const isNew = next() < 0.2;
    return {
      left: 1 + Math.floor(-Math.log(1 - next()) * shape.requests),
      client: `${client}:${1024 + below(64000)}`,
      agent,
      id: `TID_${hex(32)}`,
      type: next() < 0.85 ? 'h2' : 'https',
      tls: `${CIPHERS[Math.floor(next() ** 2 * CIPHERS.length)]} ${isNew ? 'TLSv1.2' : 'TLSv1.3'}`,
      certificate: next() < 0.3 ? 'session-reused' : node.certificate,
    };
  }

  const fill = (template: string) =>
    template.replace(/[#@~]/g, (mark) => (mark === '#' ? String(1 + below(900_000)) : mark === '@' ? hex(22) : uuid()));
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');

  const lines: string[] = [];
  const chunks: Buffer[] = [];
  for (let i = 0; i < rows; i++) {
    const done = start + Math.floor(((i + next()) / rows) * INTERVAL_MS);
    const slot = below(connections.length);
    if (connections[slot]!.left-- <= 0) connections[slot] = newConnection();
    const connection = connections[slot]!;
    const group = node.groups[below(node.groups.length)]!;
    const handled = next() < shape.actions ? HANDLED[below(HANDLED.length)]! : FORWARDED;
    const { failure, pod, status, took } =
      handled.status === null
        ? outcome(group, done)
        : { failure: '-1 -1 -1', pod: null, status: handled.status, took: 1 };
    const created = done - took;
    const target = pod === null ? '-' : `${pod.ip}:${group.port}`;
    const { routes } = group;
    const write = next() < 0.15;
    const url = fill(`${routes[below(routes.length)]}${shape.queries[below(shape.queries.length)]}`);
    const protocol = connection.type === 'h2' ? 'HTTP/2.0' : 'HTTP/1.1';
    const times = failure ?? `0.00${below(3)} ${(Math.max(took - 2, 0) / 1000).toFixed(3)} 0.000`;
    const targetStatus = failure === null ? String(status) : '-';
    const redirect = handled.status === 301 ? `https://${node.domain}:443/welcome${url}` : '-';
    const micros = String(below(1000)).padStart(3, '0');
    lines.push(
      `${connection.type} ${iso(done)}${micros}Z ${node.balancer} ${connection.client} ${target} ${times} ${status} ${targetStatus} ` +
        `${60 + below(write ? 4000 : 600)} ${failure === null ? 150 + Math.floor(next() ** 3 * 60_000) : 202} ` +
        `"${write ? 'POST' : 'GET'} https://${node.domain}:443${url} ${protocol}" "${connection.agent}" ${connection.tls} ${handled.status === null ? group.arn : '-'} ` +
        `"Root=1-${Math.floor(created / 1000).toString(16)}-${hex(24)}" "${node.domain}" "${connection.certificate}" ${below(3)} ` +
        `${iso(created)}000Z "${handled.actions}" "${redirect}" "-" "${target}" "${targetStatus}" "-" "-" ${connection.id} "-" "-" "-" ${node.ip}\n`,
    );
    if (lines.length === 5000) {
      chunks.push(Buffer.from(lines.join('')));
      lines.length = 0;
    }
  }
  chunks.push(Buffer.from(lines.join('')));
  return Buffer.concat(chunks);

  /** Returns the outcome of a request that ended at `done`; `failure` has the three times of one that the balancer answered. */
  function outcome(
    group: Group,
    done: number,
  ): { failure: string | null; pod: Pod | null; status: number; took: number } {
    const took = Math.min(Math.floor(4 + Math.exp(next() * 4 + next() * 3)), 20_000);
    const pods = group.pods;
    for (;;) {
      const pod = pods[below(pods.length)]!;
      const age = pod.deleted === null ? -1 : done - pod.deleted;
      if (done - pod.created < 15_000 || age > LATE_MS + 10_000) continue;
      if (age > 0) {
        // Few requests reach a terminating pod, because the balancer's nodes learn of it one by one.
        if (next() < 0.88) continue;
        if (age < 3000) {
          const ran = age + below(900);
          return { failure: `0.001 ${(ran / 1000).toFixed(3)} -1`, pod, status: 502, took: ran + 1 };
        }
        if (age > 10_000) return { failure: '-1 -1 -1', pod, status: 504, took: 10_002 };
        continue;
      }
      const luck = next();
      if (luck < 0.00005) return { failure: '-1 -1 -1', pod: null, status: 503, took: 1 };
      if (pod.flaky && luck < 0.004) return { failure: '0.000 0.000 -1', pod, status: 502, took: 2 };
      if (pod.flaky && luck < 0.005) return { failure: '0.001 -1 -1', pod, status: 504, took: 60_003 };
      if (luck < 0.0006) return { failure: null, pod, status: 500, took };
      const status = luck < 0.9 ? 200 : luck < 0.94 ? 304 : luck < 0.97 ? 302 : luck < 0.99 ? 404 : 401;
      return { failure: null, pod, status, took };
    }
  }
}

let lastSecond = -1;
let lastText = '';

/** ISO time to the millisecond, without the Z. */
function iso(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, 20);
  }
  return lastText + String(ms - second * 1000 + 1000).slice(1);
}

/** Key of an object below the folder that holds AWSLogs. */
export function keyOf(node: Node, index: number, nodes: number, account: string, region: string): string {
  const end = new Date(START_MS + (Math.floor(index / nodes) + 1) * INTERVAL_MS).toISOString();
  const day = end.slice(0, 10);
  const minute = `${day.replaceAll('-', '')}T${end.slice(11, 16).replace(':', '')}Z`;
  const balancer = node.balancer.replaceAll('/', '.');
  return `AWSLogs/${account}/elasticloadbalancing/${region}/${day.replaceAll('-', '/')}/${account}_elasticloadbalancing_${region}_${balancer}_${minute}_${node.ip}_${(index + 0x10000).toString(36)}bench.log.gz`;
}
