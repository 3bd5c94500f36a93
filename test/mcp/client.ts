/** A client that starts the built program and speaks its protocol line by line, so that tests can also speak it badly. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, ROOT } from '../cli.ts';

const BIN = join(ROOT, 'dist', 'bin', 'draintrace.js');

type Json = Record<string, unknown>;

export interface Message {
  id?: number | string | null;
  result?: { content?: { text: string }[]; structuredContent?: Json; isError?: boolean; [name: string]: unknown };
  error?: { code: number; message: string };
}

/** Each request of the revision without a handshake carries this. */
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

export class Client {
  readonly child: ChildProcessWithoutNullStreams;
  /** Lines of standard output, as they came. */
  readonly lines: string[] = [];
  stderr = '';
  /** Settles with the exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #waiting = new Map<unknown, (message: Message) => void>();
  readonly #unasked: ((message: Message) => void)[] = [];
  #next = 1;

  constructor(words: readonly string[], { cwd = freshFolder() }: { cwd?: string } = {}) {
    assert.ok(existsSync(BIN), `${BIN} is missing: run make build`);
    this.child = spawn(process.execPath, [BIN, 'mcp', ...words], { cwd });
    this.child.stdin.on('error', () => {});
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    let rest = '';
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.#take(line);
    });
    this.ended = new Promise((settle) => this.child.on('close', (code) => settle(code)));
  }

  #take(line: string): void {
    this.lines.push(line);
    const message = JSON.parse(line) as Message;
    const waiting = this.#waiting.get(message.id);
    if (waiting) {
      this.#waiting.delete(message.id);
      waiting(message);
    } else this.#unasked.shift()?.(message);
  }

  send(text: string): void {
    this.child.stdin.write(text);
  }

  /** Returns the answer to the next message that has no known id. */
  unasked(): Promise<Message> {
    return new Promise((settle) => this.#unasked.push(settle));
  }

  /** Sends a request. Returns its id and its answer, which never comes for one that is cancelled. */
  request(method: string, params: Json = {}): { id: number; answer: Promise<Message> } {
    const id = this.#next++;
    const answer = new Promise<Message>((settle) => this.#waiting.set(id, settle));
    this.send(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META } })}\n`);
    return { id, answer };
  }

  cancel(id: number): void {
    const params = { requestId: id, _meta: META };
    this.send(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })}\n`);
  }

  call(name: string, args: Json = {}): { id: number; answer: Promise<Message> } {
    return this.request('tools/call', { name, arguments: args });
  }

  /** Calls a tool and returns its structured answer. Throws what the tool refuses. */
  async ask(name: string, args: Json = {}): Promise<Json> {
    const { result, error } = await this.call(name, args).answer;
    if (error) throw new Error(error.message);
    if (result!.isError) throw new Error(result!.content![0]!.text);
    return result!.structuredContent!;
  }

  /** Closes the pipe and returns the exit code. */
  async end(): Promise<number | null> {
    this.child.stdin.end();
    return this.ended;
  }
}
