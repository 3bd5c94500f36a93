/** Prints access log lines of 34 fields, in objects as AWS delivers them: one for each node and five minutes. */
import { formatTime, MILLISECOND, MINUTE, SECOND } from '../../time/time.ts';
import type { Exchange } from '../exchange.ts';
import type { Scenario } from '../scenario.ts';
import { ACCOUNT, balancerIdOf, groupArnOf, idOf, REGION } from './identity.ts';

const STATUS = {
  answered: [200, 200],
  target_error: [500, 500],
  connect_timeout: [504, null],
  response_timeout: [504, null],
  connect_failed: [502, null],
  closed_in_flight: [502, null],
  no_target: [503, null],
  fixed_response: [503, null],
  client_closed: [460, null],
} as const;

const PATHS = ['/', '/cart', '/cart/items', '/api/products', '/api/orders', '/search?q=shoes', '/images/logo.svg'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'okhttp/4.12.0',
  'curl/8.5.0',
];
export const INTERVAL_SECONDS = 300;

/** Prints the requests of one simulation. */
export class AccessLog {
  readonly #elb: string;
  readonly #groups: readonly string[];
  readonly #certificate: string;
  readonly #run: string;

  readonly #scenario: Scenario;
  readonly #albNodes: readonly string[];

  constructor(scenario: Scenario, albNodes: readonly string[], seed: number) {
    this.#scenario = scenario;
    this.#albNodes = albNodes;
    this.#elb = balancerIdOf(scenario);
    this.#groups = [0, 1].map((group) => groupArnOf(scenario, group));
    this.#certificate = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-90ab-cdef-1234-567890abcdef`;
    this.#run = idOf(`${scenario.name} ${seed}`, 12);
  }

  /** Returns the trace id of the request with this number. */
  traceId(exchange: Exchange, number: number): string {
    const epoch = Math.floor(exchange.wish.created / SECOND).toString(16);
    return `Root=1-${epoch}-${this.#run}${number.toString(16).padStart(12, '0')}`;
  }

  /** Returns the line without its line feed. */
  line(exchange: Exchange, traceId: string): string {
    const { wish, registration, ending } = exchange;
    const isSocket = wish.kind === 'websocket' && ending === 'answered';
    const own = exchange.status;
    const [elbStatus, targetStatus] = isSocket ? ([101, 101] as const) : own ? [own, own] : STATUS[ending];
    const target = registration === null ? '-' : `${registration.ip}:${registration.port}`;
    const status = targetStatus ?? '-';
    const path = isSocket ? '/live' : PATHS[wish.client % PATHS.length];
    const protocol = isSocket ? 'wss' : wish.client % 3 === 0 ? 'h2' : 'https';
    const version = protocol === 'h2' ? 'HTTP/2.0' : 'HTTP/1.1';
    const client = `203.0.${113 + (wish.client >> 8)}.${wish.client & 255}:${1024 + ((wish.created / MILLISECOND) % 60_000)}`;
    const isFixed = ending === 'fixed_response';
    return [
      protocol,
      formatTime(exchange.time),
      this.#elb,
      client,
      target,
      seconds(exchange.requestTime),
      // Without an answer the log has no target time.
      seconds(exchange.targetTime),
      seconds(exchange.responseTime),
      elbStatus,
      status,
      180 + (wish.client % 400),
      elbStatus < 400 ? 400 + (wish.client % 5000) : 277,
      `"GET https://${this.#scenario.name}.example:443${path} ${version}"`,
      `"${AGENTS[wish.client % AGENTS.length]}"`,
      'TLS_AES_128_GCM_SHA256',
      'TLSv1.3',
      isFixed ? '-' : this.#groups[(registration?.group ?? 0) % 2]!,
      `"${traceId}"`,
      `"${this.#scenario.name}.example"`,
      `"${this.#certificate}"`,
      isFixed ? 2 : 1,
      formatTime(wish.created),
      isFixed ? '"fixed-response"' : '"forward"',
      '"-"',
      '"-"',
      `"${target}"`,
      `"${status}"`,
      '"-"',
      '"-"',
      `TID_${(wish.client + 0x5a17_0000).toString(16)}${traceId.slice(-24)}`,
      '"-"',
      '"-"',
      '"-"',
      this.#albNodes[wish.albNode],
    ].join(' ');
  }

  readonly #keys = new Map<string, string>();

  /** Returns the key of the object with a node's requests answered at `time`; `kind` is a prefix such as `conn_log_`. */
  key(albNode: number, time: number, kind = ''): string {
    const ends = (Math.floor(time / SECOND / INTERVAL_SECONDS) + 1) * INTERVAL_SECONDS * SECOND;
    const known = `${albNode} ${ends} ${kind}`;
    const key = this.#keys.get(known) ?? this.#makeKey(albNode, ends, kind);
    this.#keys.set(known, key);
    return key;
  }

  #makeKey(albNode: number, ends: number, kind: string): string {
    const stamp = formatTime(ends).slice(0, 16).replaceAll('-', '').replace(':', '');
    // Delivered a minute after the interval's end.
    const day = formatTime(ends + MINUTE)
      .slice(0, 10)
      .replaceAll('-', '/');
    const node = this.#albNodes[albNode];
    const name = `${kind}${ACCOUNT}_elasticloadbalancing_${REGION}_${this.#elb.replaceAll('/', '.')}_${stamp}Z_${node}`;
    return `AWSLogs/${ACCOUNT}/elasticloadbalancing/${REGION}/${day}/${name}_${idOf(`${this.#run} ${kind}${stamp} ${node}`, 8)}.log.gz`;
  }
}

/** Formats as `0.001`; null as `-1`. */
export const seconds = (micros: number | null): string => (micros === null ? '-1' : (micros / SECOND).toFixed(3));

/** Collects lines by object. */
export class Objects {
  readonly #objects = new Map<string, { time: number; line: string }[]>();

  add(key: string, time: number, line: string): void {
    const lines = this.#objects.get(key);
    if (lines) lines.push({ time, line });
    else this.#objects.set(key, [{ time, line }]);
  }

  /** Yields each object's text, with its lines in the order of writing. */
  *texts(): Generator<[key: string, text: string]> {
    for (const [key, lines] of this.#objects) {
      lines.sort((a, b) => a.time - b.time);
      yield [key, lines.map(({ line }) => `${line}\n`).join('')];
    }
  }
}
