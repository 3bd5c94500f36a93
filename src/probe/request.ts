/** Sends one request of a probe with its own trace id, which the load balancer keeps and logs. */
import { randomBytes } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { HOUR_SECONDS, SECOND_MS, toSeconds } from '../time/time.ts';

/** Outcome of one request. Times in microseconds. */
export interface ProbeResult {
  startedAt: number;
  endedAt: number;
  /** As in alb_log.trace_id. */
  traceId: string;
  url: string;
  /** `new`: a connection for this request alone; `kept`: a connection that stays open for the next request. */
  connection: 'new' | 'kept';
  /** null without an answer. */
  status: number | null;
  /** Why no complete answer came, as Node names it. */
  error: string | null;
  /** Milliseconds that the server asks to wait. */
  retryAfterMs: number | null;
}

/** Returns a trace id in the load balancer's form: `Root=1-<seconds in hex>-<24 hex digits>`. */
export function newTraceId(micros: number, random: Buffer = randomBytes(12)): string {
  return `Root=1-${Math.floor(toSeconds(micros)).toString(16).padStart(8, '0')}-${random.toString('hex')}`;
}

export class Requester {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #kept: HttpAgent | HttpsAgent;

  constructor(url: URL, timeoutMs: number, now: () => number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#now = now;
    const Agent = url.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#kept = new Agent({ keepAlive: true });
  }

  /** Sends one GET and reads its answer to the end. Never throws: a failure becomes the result. */
  send(connection: ProbeResult['connection'], signal: AbortSignal): Promise<ProbeResult> {
    const startedAt = this.#now();
    const traceId = newTraceId(startedAt);
    const options: RequestOptions = {
      agent: connection === 'kept' ? this.#kept : false,
      headers: { 'x-amzn-trace-id': traceId, 'user-agent': 'draintrace-probe', accept: '*/*' },
      signal,
    };
    const open = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      let status: number | null = null;
      let retryAfterMs: number | null = null;
      const end = (error: string | null) => {
        clearTimeout(timer);
        const url = this.#url.href;
        resolve({ startedAt, endedAt: this.#now(), traceId, url, connection, status, error, retryAfterMs });
      };
      const request = open(this.#url, options, (answer) => {
        status = answer.statusCode ?? null;
        const seconds = Number(answer.headers['retry-after']);
        if (seconds > 0) retryAfterMs = Math.min(seconds, HOUR_SECONDS) * SECOND_MS;
        answer.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
        answer.on('end', () => end(null));
        answer.resume();
      });
      const timer = setTimeout(() => request.destroy(new Error('no answer in time')), this.#timeoutMs);
      request.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      request.end();
    });
  }

  close(): void {
    this.#kept.destroy();
  }
}
