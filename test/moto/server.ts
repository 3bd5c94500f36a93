/** Starts moto, which speaks AWS's protocols, and a proxy before it that can throttle and fail. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MOTO = execFileSync('bash', [join(import.meta.dirname, 'install.sh'), '--path'], { encoding: 'utf8' }).trim();

/** Returns what the AWS command line would print of a call to moto itself, as text. */
export function awsPrints(origin: string, service: string, operation: string, input: object): string {
  const python = join(dirname(MOTO), 'python');
  const words = [join(import.meta.dirname, 'call.py'), origin, service, operation, JSON.stringify(input)];
  return execFileSync(python, words, { encoding: 'utf8', maxBuffer: 64 << 20 });
}

/** An answer that replaces moto's. */
export interface Refusal {
  status: number;
  type: string;
  body: string;
}

export interface Through {
  /** Sees a request before moto. A returned value becomes the answer. */
  refuse?(asked: IncomingMessage, body: string): Refusal | null;
  /** Changes moto's answer. */
  change?(asked: IncomingMessage, answer: string): string;
}

export interface Moto {
  /** Endpoint of moto itself, for an administrator's calls. */
  origin: string;
  /** Endpoint of moto behind the proxy, for the program. */
  endpoint: string;
  stop(): void;
}

/** Starts both. */
export async function startMoto(through: Through): Promise<Moto> {
  assert.ok(existsSync(MOTO), `no moto in ${MOTO}: run make test-aws`);
  const port = await freePort();
  const child = spawn(MOTO, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  const origin = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (!(await fetch(`${origin}/moto-api/`).catch(() => null))?.ok) {
    assert.ok(Date.now() < deadline, 'moto does not start');
    await delay(200);
  }
  const proxy = makeProxy(port, through);
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  return {
    origin,
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop() {
      proxy.closeAllConnections();
      proxy.close();
      end();
    },
  };
}

function makeProxy(port: number, { refuse, change }: Through): Server {
  return createServer(async (asked, answer) => {
    const body = await textOf(asked);
    const refusal = refuse?.(asked, body) ?? null;
    if (refusal) {
      answer.writeHead(refusal.status, { 'content-type': refusal.type });
      answer.end(refusal.body);
      return;
    }
    const { method, headers, url: path } = asked;
    const passed = request({ host: '127.0.0.1', port, method, path, headers }, async (from) => {
      const said = await textOf(from);
      const text = change?.(asked, said) ?? said;
      const { 'transfer-encoding': _, ...kept } = from.headers;
      answer.writeHead(from.statusCode!, { ...kept, 'content-length': Buffer.byteLength(text) });
      answer.end(text);
    });
    passed.on('error', () => answer.destroy());
    passed.end(body);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function freePort(): Promise<number> {
  const server = createSocket();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
