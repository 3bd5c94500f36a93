/**
 * An API server in this process: lists in pages, watches from a version with bookmarks, forgets old versions, and fails on
 * request. It refuses unknown requests, so a wrong client is noticed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubernetesObject } from '../../src/watch/api.ts';

export type Kind = 'pods' | 'endpointslices' | 'events' | 'nodes';

export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The connection breaks instead of an answer. */
  | { kind: 'reset' }
  /** The watch gets this line, then its end. */
  | { kind: 'line'; line: string };

/** One request, in the terms of RBAC. */
export interface Asked {
  verb: 'get' | 'list' | 'watch';
  group: string;
  resource: string;
  namespace: string | null;
  query: URLSearchParams;
}

interface Change {
  type: string;
  kind: Kind;
  object: KubernetesObject;
  version: number;
}

const PATHS = /^\/(?:api\/v1|apis\/([a-z.0-9]+)\/v1)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/;
const GROUPS: Record<Kind, string> = { pods: '', endpointslices: 'discovery.k8s.io', events: '', nodes: '' };
const ALLOWED = new Set([
  'limit',
  'continue',
  'labelSelector',
  'watch',
  'allowWatchBookmarks',
  'resourceVersion',
  'timeoutSeconds',
]);

export class StandInApi {
  readonly asked: Asked[] = [];
  pageSize = 3;
  bookmarkMs = 30;
  /** Versions up to this one are forgotten. */
  compacted = 0;
  readonly #faults: { matches: (asked: Asked) => boolean; fault: Fault; left: number }[] = [];
  readonly #objects = new Map<string, { kind: Kind; object: KubernetesObject }>();
  #changes: Change[] = [];
  #version = 100;
  #server: Server | null = null;
  #wakers = new Set<() => void>();
  #snapshots = new Map<string, KubernetesObject[]>();

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  /** The next `times` matching requests meet the fault. */
  fail(fault: Fault, matches: (asked: Asked) => boolean = () => true, times = 1): void {
    this.#faults.push({ matches, fault, left: times });
  }

  /** Creates or changes an object; returns it as it is now. */
  put(kind: Kind, object: KubernetesObject): KubernetesObject {
    const uid = String(object.metadata?.uid);
    const version = ++this.#version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const type = this.#objects.has(uid) ? 'MODIFIED' : 'ADDED';
    this.#objects.set(uid, { kind, object: stored });
    this.#tell({ type, kind, object: stored, version });
    return stored;
  }

  delete(uid: string): void {
    const held = this.#objects.get(uid);
    if (!held) throw new Error(`there is no ${uid}`);
    this.#objects.delete(uid);
    const version = ++this.#version;
    const object = { ...held.object, metadata: { ...held.object.metadata, resourceVersion: String(version) } };
    this.#tell({ type: 'DELETED', kind: held.kind, object, version });
  }

  /** Forgets all earlier versions: a watch from before gets 410. */
  compact(): void {
    this.compacted = this.#version;
    this.#changes = [];
  }

  /** Ends all open connections. */
  hangUp(): void {
    this.#server?.closeAllConnections();
  }

  /** Open watches. */
  get watching(): number {
    return this.#wakers.size;
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    for (const wake of this.#wakers) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://api');
    const match = PATHS.exec(url.pathname);
    const kind = match?.[3] as Kind | undefined;
    const unknown = [...url.searchParams.keys()].find((name) => !ALLOWED.has(name));
    if (!match || !kind || GROUPS[kind] !== (match[1] ?? '') || unknown || request.method !== 'GET') {
      return status(response, 404, `unknown: ${request.method} ${request.url}`);
    }
    const query = url.searchParams;
    const verb = match[4] ? 'get' : query.get('watch') ? 'watch' : 'list';
    const namespace = match[2] ? decodeURIComponent(match[2]) : null;
    const asked: Asked = { verb, group: GROUPS[kind], resource: kind, namespace, query };
    this.asked.push(asked);
    const rule = this.#faults.find((one) => one.left > 0 && one.matches(asked));
    if (rule) {
      rule.left--;
      if (rule.fault.kind === 'reset') return void request.socket.resetAndDestroy();
      if (rule.fault.kind === 'status') return status(response, rule.fault.status, 'as told', rule.fault.headers);
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(`${rule.fault.line}\n`);
    }
    if (verb === 'get') {
      const found = this.#select(kind, namespace).find(({ metadata }) => metadata?.name === match[4]);
      return found ? json(response, found) : status(response, 404, 'not found');
    }
    if (verb === 'list') return this.#list(response, kind, namespace, query);
    return this.#watch(request, response, kind, namespace, query);
  }

  #select(kind: Kind, namespace: string | null, selector: string | null = null): KubernetesObject[] {
    return [...this.#objects.values()]
      .filter((held) => held.kind === kind)
      .map(({ object }) => object)
      .filter((object) => this.#matches(object, namespace, selector));
  }

  #matches({ metadata }: KubernetesObject, namespace: string | null, selector: string | null): boolean {
    const [name, value] = (selector ?? '').split('=');
    const labels = (metadata?.labels ?? {}) as Record<string, string>;
    return (namespace === null || metadata?.namespace === namespace) && (!name || labels[name] === value);
  }

  #list(response: ServerResponse, kind: Kind, namespace: string | null, query: URLSearchParams): void {
    const token = query.get('continue');
    const version = token?.split('/')[0] ?? String(this.#version);
    if (token && Number(version) < this.compacted) {
      status(response, 410, 'the pages expired');
      return;
    }
    const start = Number(token?.split('/')[1] ?? 0);
    const key = `${version} ${kind} ${namespace}`;
    if (!token) this.#snapshots.set(key, this.#select(kind, namespace, query.get('labelSelector')));
    const all = this.#snapshots.get(key) ?? [];
    const end = start + Math.min(Number(query.get('limit')), this.pageSize);
    // As in the real server, items of a list have no kind.
    const items = all.slice(start, end).map(({ kind: _kind, apiVersion: _version, ...item }) => item);
    const more = end < all.length ? { continue: `${version}/${end}` } : {};
    json(response, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: version, ...more }, items });
  }

  async #watch(
    request: IncomingMessage,
    response: ServerResponse,
    kind: Kind,
    namespace: string | null,
    query: URLSearchParams,
  ): Promise<void> {
    const selector = query.get('labelSelector');
    let from = Number(query.get('resourceVersion'));
    if (!query.get('allowWatchBookmarks') || !(from > 0)) return status(response, 400, 'no version to start from');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < this.compacted) {
      const object = { kind: 'Status', code: 410, message: `too old resource version: ${from} (${this.compacted})` };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    response.flushHeaders();
    const held = new Set(this.#select(kind, namespace, selector).map(({ metadata }) => metadata?.uid));
    const send = () => {
      for (const { type, kind: of, object, version } of this.#changes) {
        if (version <= from || of !== kind) continue;
        from = version;
        const uid = object.metadata?.uid;
        if (this.#matches(object, namespace, selector)) {
          if (type === 'DELETED') held.delete(uid);
          else held.add(uid);
          response.write(`${JSON.stringify({ type, object })}\n`);
        } else if (held.delete(uid)) {
          // The object no longer matches. The real server sends DELETED too.
          response.write(`${JSON.stringify({ type: 'DELETED', object })}\n`);
        }
      }
    };
    send();
    this.#wakers.add(send);
    const bookmarks = setInterval(() => {
      from = this.#version;
      const object = { kind: 'Bookmark', apiVersion: 'v1', metadata: { resourceVersion: String(from) } };
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }, this.bookmarkMs);
    await new Promise<void>((done) => request.on('close', done));
    clearInterval(bookmarks);
    this.#wakers.delete(send);
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function status(response: ServerResponse, code: number, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ kind: 'Status', code, message }));
}
