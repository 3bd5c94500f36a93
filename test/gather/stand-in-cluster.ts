/** An API server in this process that only lists, in pages. It refuses other paths, and forbids some on request. */

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export class StandInCluster {
  /** Objects by `group/resource`. */
  readonly objects = new Map<string, object[]>();
  readonly forbidden = new Set<string>();
  /** Rights that were used, as `group/resource`. */
  readonly asked: string[] = [];
  pageSize = 2;
  #server: Server | null = null;
  #url = '';

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url!, 'http://x');
      const path = /^\/(?:api\/v1|apis\/([a-z.0-9]+)\/v1(?:beta1)?)(?:\/namespaces\/[^/]+)?\/([a-z]+)$/.exec(
        url.pathname,
      );
      const right = path ? `${path[1] ?? ''}/${path[2]}` : '';
      this.asked.push(right);
      const objects = this.objects.get(right);
      const status = this.forbidden.has(right) ? 403 : objects ? 200 : 404;
      const start = Number(url.searchParams.get('continue') ?? 0);
      const end = start + this.pageSize;
      const more = objects !== undefined && end < objects.length ? { continue: String(end) } : {};
      const list = { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '9', ...more } };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          status === 200
            ? { ...list, items: objects!.slice(start, end) }
            : { kind: 'Status', status: 'Failure', code: status, message: `${right} is ${status}` },
        ),
      );
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.#url;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  /** Writes a kubeconfig for this server and returns its path. */
  kubeconfig(folder: string): string {
    const path = join(folder, 'kubeconfig');
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'prod' },
      clusters: [{ name: 'prod', cluster: { server: this.#url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { token: 't' } }],
      contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }
}
