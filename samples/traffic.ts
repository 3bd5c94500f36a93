/** Generates the successful requests of the sample day, in formats of many years, and some odd lines. */
import { at, fieldsOf, lineOf, type Request, WIDTHS } from './line.ts';
import { BALANCER, GROUP, NODES, PODS, PORT, SECOND, traceId } from './story.ts';

/** Starts of the five-minute intervals that the sample holds. */
export const INTERVALS = [
  '09:00:00',
  '12:10:00',
  '13:00:00',
  '13:55:00',
  '14:00:00',
  '14:05:00',
  '15:05:00',
  '15:10:00',
  '16:00:00',
  '16:05:00',
  '18:25:00',
  '18:30:00',
  '23:55:00',
];
export const INTERVAL_SECONDS = 300;
const REQUESTS_PER_OBJECT = 30;

/** A repeatable sequence of numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const AGENTS = [
  'curl/8.5.0',
  'okhttp/4.12.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
];
const STATUSES = [200, 200, 200, 200, 200, 200, 200, 304, 302, 404];

/** Seconds after its deletion in which a pod with a preStop sleep still gets requests. */
const LATE_SECONDS = 12;

/** One row, and its number of fields. */
export interface Line {
  request: Request;
  width: number;
}

/** Returns the rows of one object: one load balancer node, one interval. */
export function trafficOf(interval: number, node: number): Line[] {
  const next = sequence(1000 + interval * 10 + node);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const start = at(INTERVALS[interval]!);
  const lines: Line[] = [];
  for (let i = 0; i < REQUESTS_PER_OBJECT; i++) {
    const created = start + Math.floor(((i + next()) / REQUESTS_PER_OBJECT) * (INTERVAL_SECONDS - 2) * 1000) * 1000;
    const took = Math.floor(3000 + next() ** 3 * 400_000);
    const routable = PODS.filter((pod) => {
      const slept = pod.finished !== null && pod.deleted !== null && pod.finished - pod.deleted > 40 * SECOND;
      const until = pod.deleted === null ? Infinity : pod.deleted + (slept ? LATE_SECONDS * SECOND : -2 * SECOND);
      return pod.ready <= created && created + took < until;
    });
    if (routable.length === 0) continue;
    const pod = pick(routable);
    const status = pick(STATUSES);
    const h2 = next() < 0.7;
    const modern = next() < 0.8;
    const number = 10_000 + interval * 1000 + node * 500 + i;
    const request: Request = {
      type: h2 ? 'h2' : 'https',
      created,
      time: created + took,
      elb: BALANCER,
      client: `198.51.100.${1 + Math.floor(next() * 250)}:${20_000 + Math.floor(next() * 40_000)}`,
      target: `${pod.ip}:${PORT[pod.workload]}`,
      times: `0.00${Math.floor(next() * 3)} ${(Math.max(took - 2000, 0) / SECOND).toFixed(3)} 0.000`,
      status,
      targetStatus: status,
      received: 120 + Math.floor(next() * 900),
      sent: 250 + Math.floor(next() ** 2 * 40_000),
      line: `GET https://shop.example:443/${pod.workload}/items/${Math.floor(next() * 900)}?ref=home HTTP/${h2 ? '2.0' : '1.1'}`,
      agent: pick(AGENTS),
      group: GROUP[pod.workload],
      trace: traceId(created, number),
      connection: `TID_${traceId(created, number + 500_000).slice(-24)}0badcafe`,
      node: NODES[node]!,
    };
    lines.push({ request, width: modern ? 34 : WIDTHS[i % WIDTHS.length]! });
  }
  return lines;
}

/** Lines from real load balancers, with this day's names; the last two are damaged. All are from 09:00 to 09:05. */
export function oddLines(): string[] {
  const base: Request = {
    created: at('09:02:00.000'),
    time: at('09:02:00.004211'),
    elb: BALANCER,
    target: `${PODS[0]!.ip}:${PORT.catalog}`,
    times: '0.000 0.003 0.000',
    status: 200,
    targetStatus: 200,
    group: GROUP.catalog,
    trace: null,
    node: NODES[0],
  };
  const refused: Partial<Request> = {
    target: null,
    times: '-1 -1 -1',
    status: 400,
    targetStatus: null,
    group: null,
    received: 0,
    sent: 272,
    agent: '-',
    cipher: '-',
    protocol: '-',
    domain: '-',
    certificate: null,
    priority: '-',
    actions: '-',
    type: 'http',
  };
  const odd: Partial<Request>[] = [
    { agent: 'probe \\x22quoted\\x22 \\x5Cback' },
    { agent: '\\xEC\\x97\\x90\\xEC\\x9D\\xB4\\xEC\\xA0\\x84\\xED\\x8A\\xB8/1.0' },
    { agent: 'eight \\x00000022digits\\x00000022' },
    { client: '2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc:50599' },
    { line: '- http://example.com:8080- -', ...refused },
    { line: '- http://example.com:8080- ', ...refused },
    { line: 'GET http://shop.example:80/ HTTP/1.0 ', classification: 'Acceptable', reason: 'NonCompliantVersion' },
    { line: 'GET https://shop.example:443/version-missing' },
    {
      line: 'GET https://shop.example:443/catalog/search?q=red shoes size 9 HTTP/1.1',
      classification: 'Acceptable',
      reason: 'SpaceInUri',
    },
    { line: 'SSTP_DUPLEX_POST https://shop.example:443/sra_%7BBA195980%7D/ HTTP/1.1' },
    { line: '--location https://shop.example:443/ HTTP/1.1' },
    { actions: '' },
    { domain: ' some-subdomain.shop.example' },
    { domain: '*' },
    { domain: '192.0.2.10:443', certificate: 'session-reused' },
    { cipher: 'TLS-AES-128-GCM-SHA256' },
    { priority: '-1' },
    { times: '0.0 -1.0 -1.0', status: 460, targetStatus: null, sent: 0 },
    { uri: '/v2/items', host: 'catalog.internal', transform: 'TransformSuccess', actions: 'rewrite,forward' },
  ];
  const lines = odd.map((change, i) => {
    const created = base.created + i * SECOND;
    return lineOf({ ...base, created, time: created + 4211, trace: traceId(created, 900 + i), ...change }, 34);
  });
  const fields = fieldsOf({ ...base, trace: traceId(base.created, 950) }).slice(0, 34);
  lines.push(fields.map((field) => field.replace(/^"([^ ]+)"$/, '$1')).join(' '));
  lines.push(fields.map((field) => (field.startsWith('"') ? field : `"${field}"`)).join(' '));
  // A node that died while it wrote, and a quote that does not close.
  lines.push(lineOf({ ...base, agent: 'cut "in the middle' }, 34));
  lines.push(lineOf(base, 34).slice(0, 150));
  return lines;
}
