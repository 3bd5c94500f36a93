/** A stand-in for the comments of GitHub and GitLab, on a loopback port. It records every request. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Comment {
  id: number;
  body: string;
  /** A comment of somebody else cannot be changed. */
  foreign?: boolean;
}

export class Forge {
  readonly comments: Comment[] = [];
  readonly asked: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  /** Status of the next answers, before it works. */
  readonly failures: number[] = [];
  readonly #server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const url = new URL(request.url!, 'http://forge');
      const method = request.method!;
      this.asked.push({ method, path: url.pathname + url.search, headers: request.headers, body });
      const { status, answer } = this.#answer(method, url, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  #answer(method: string, url: URL, text: string): { status: number; answer: unknown } {
    const failure = this.failures.shift();
    if (failure !== undefined) return { status: failure, answer: { message: 'no' } };
    const isList = /^\/(?:repos\/shop\/catalog\/issues\/7\/comments|projects\/42\/merge_requests\/7\/notes)$/.test(
      url.pathname,
    );
    if (isList && method === 'GET') {
      const [page, size] = [Number(url.searchParams.get('page')), Number(url.searchParams.get('per_page'))];
      return { status: 200, answer: this.comments.slice((page - 1) * size, page * size) };
    }
    const [, id] = /\/(\d+)$/.exec(url.pathname) ?? [];
    const { body } = JSON.parse(text || '{}') as { body: string };
    if (isList && method === 'POST') {
      const comment = { id: 1000 + this.comments.length, body };
      this.comments.push(comment);
      return { status: 201, answer: comment };
    }
    const comment = this.comments.find((one) => String(one.id) === id);
    if (comment === undefined || !['PATCH', 'PUT'].includes(method)) return { status: 404, answer: {} };
    if (comment.foreign) return { status: 403, answer: {} };
    comment.body = body;
    return { status: 200, answer: comment };
  }

  /** Returns the address, without a slash at the end. */
  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
