/** A proxy before a real S3 server that injects faults into answers. Requests pass unchanged, because their signatures must match. */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Asked, answersAlone, endless, Faults, send } from './fault.ts';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export class FaultProxy {
  readonly faults = new Faults();
  readonly asked: Asked[] = [];
  /** Called before a request is passed on, to change the server's objects at that moment. */
  before: (asked: Asked) => Promise<void> = async () => {};
  #server: Server | null = null;
  #endless: Answer | null = null;

  constructor(readonly endpoint: string) {}

  /** Starts listening and returns the endpoint that replaces the server's. */
  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.endpoint);
    const asked = { key: url.pathname.split('/').slice(2).map(decodeURIComponent).join('/'), query: url.searchParams };
    this.asked.push(asked);
    const fault = this.faults.take(asked);
    if (answersAlone(response, fault)) {
      request.resume();
      return;
    }
    await this.before(asked);
    // The server does not know the token of an endless page.
    const replay = fault?.kind === 'endless' && asked.query.has('continuation-token') ? this.#endless : null;
    const answer = replay ?? (await this.#pass(request));
    if (fault?.kind === 'endless') {
      this.#endless = answer;
      answer.body = endless(answer.body);
    }
    await send(response, answer.status, answer.headers, answer.body, fault);
  }

  #pass(request: IncomingMessage): Promise<Answer> {
    const { hostname, port } = new URL(this.endpoint);
    return new Promise((resolve, reject) => {
      const { method, headers, url: path } = request;
      const passed = httpRequest({ hostname, port, method, path, headers }, async (answer) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of answer) chunks.push(chunk);
          const kept = Object.entries(answer.headers).filter(
            ([name]) => !/^(?:content-length|transfer-encoding|connection|keep-alive)$/.test(name),
          );
          resolve({
            status: answer.statusCode!,
            headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks),
          });
        } catch (error) {
          reject(error);
        }
      });
      passed.on('error', reject);
      request.pipe(passed);
    });
  }
}
