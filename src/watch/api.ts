/**
 * HTTP client of the Kubernetes API server: complete lists, and watches as a stream. The official client's informer is not
 * used: it stops at the first error, reads a body as one string, and keeps objects as class instances.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { StalledError } from '../source/s3-error.ts';
import { MINUTE_SECONDS, SECOND_MS } from '../time/time.ts';
import type { Cluster } from './cluster.ts';

/** A Kubernetes object as the API server prints it. */
export type KubernetesObject = Record<string, unknown> & {
  metadata?: { resourceVersion?: string; uid?: string; continue?: string } & Record<string, unknown>;
};

export interface WatchEvent {
  type: string;
  object: KubernetesObject;
}

export interface KubernetesList {
  items: KubernetesObject[];
  resourceVersion: string;
  /** Microseconds. The list shows one moment between the two, however many pages it has. */
  askedAt: number;
  answeredAt: number;
}

/** A refusal by the API server. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly status: number,
    message: string,
    /** Milliseconds that the server asks to wait, else null. */
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }
}

const PAGE = 500;
/** A watch receives at least a bookmark a minute. After this long without a byte the connection is dead. */
const IDLE_MS = 150_000;
/** One object of Kubernetes is at most 1.5 MB in etcd; a longer line is no watch event. */
const LONGEST_LINE = 32 << 20;

export class Api {
  readonly #cluster: Cluster;
  readonly #idleMs: number;
  readonly #now: () => number;

  constructor(cluster: Cluster, now: () => number, idleMs = IDLE_MS) {
    this.#cluster = cluster;
    this.#now = now;
    this.#idleMs = idleMs;
  }

  /** Returns all objects at `path`, page by page. Throws ApiError; status 410 means that the pages expired meanwhile. */
  async list(path: string, selector: string | null, signal: AbortSignal): Promise<KubernetesList> {
    const items: KubernetesObject[] = [];
    const askedAt = this.#now();
    let answeredAt = askedAt;
    let resourceVersion = '';
    let token: string | null = null;
    do {
      const query: Record<string, string> = { limit: String(PAGE) };
      if (selector !== null) query.labelSelector = selector;
      if (token !== null) query.continue = token;
      const page = (await this.get(path, query, signal)) as KubernetesObject & { items?: KubernetesObject[] | null };
      if (token === null) answeredAt = this.#now();
      for (const item of page.items ?? []) items.push(item);
      resourceVersion = page.metadata?.resourceVersion ?? resourceVersion;
      const next: string | null = page.metadata?.continue || null;
      if (next !== null && next === token) throw new ApiError(200, 'its list repeats a page', null);
      token = next;
    } while (token !== null);
    return { items, resourceVersion, askedAt, answeredAt };
  }

  /** Returns one answer of the API server. Throws ApiError, or what the network throws. */
  async get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<KubernetesObject> {
    const answer = await this.#open(path, query, signal);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString()) as KubernetesObject;
  }

  /** Yields events after `resourceVersion` until the server ends the watch. Throws as `get` does. */
  async *watch(
    path: string,
    selector: string | null,
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const query: Record<string, string> = {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    };
    if (selector !== null) query.labelSelector = selector;
    const answer = await this.#open(path, query, signal);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for await (const chunk of answer) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE) throw new Error('a watch event without an end');
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as WatchEvent;
    }
  }

  async #open(path: string, query: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, options } = this.#cluster;
    const url = new URL(`${server.href.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`);
    const { headers, ...tls } = await options();
    const open = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = open(url, {
        ...tls,
        headers: { ...headers, accept: 'application/json', 'user-agent': 'draintrace' },
        signal,
      });
      request.setTimeout(this.#idleMs, () => request.destroy(new StalledError(this.#idleMs)));
      request.on('error', reject);
      request.on('response', resolve);
      request.end();
    });
    if (answer.statusCode === 200) return answer;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    throw new ApiError(answer.statusCode ?? 0, said(Buffer.concat(chunks).toString()), retryAfter(answer));
  }
}

/** Returns the message of a Status object, else the text itself, shortened. */
function said(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 300);
  } catch {
    // A proxy answers in HTML.
  }
  return body.replace(/\s+/g, ' ').slice(0, 300);
}

function retryAfter(answer: IncomingMessage): number | null {
  const seconds = Number(answer.headers['retry-after']);
  return answer.headers['retry-after'] !== undefined && seconds >= 0
    ? Math.min(seconds, 5 * MINUTE_SECONDS) * SECOND_MS
    : null;
}
