/**
 * One JSON-RPC message a line, on a pair of streams. The SDK's own transport drops a line that is not JSON without a word and
 * ends at a long one: here the sender hears of both, and the connection goes on.
 */
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';

/** Most bytes of a message from the client. The longest argument is one statement of SQL. */
const LONGEST_MESSAGE = 1_000_000;
/** Time that running requests have to end when the client closes its side, in milliseconds. */
const LAST_WORDS_MS = 2_000;

const NEWLINE = 10;
/** Error codes of JSON-RPC. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

export interface Wire {
  input: NodeJS.ReadableStream;
  write(text: string): Promise<void>;
  /** Takes sentences for the log of the client. */
  note(sentence: string): void;
}

/** Settles when the connection has ended. */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly closed: Promise<void>;

  readonly #wire: Wire;
  #ended = (): void => {};
  #isClosed = false;
  /** Parts of the line that is still to end. */
  #parts: Buffer[] = [];
  #length = 0;
  /** Requests without an answer. */
  readonly #open = new Set<string | number>();
  #last: (() => void) | null = null;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.closed = new Promise((settle) => {
      this.#ended = settle;
    });
  }

  async start(): Promise<void> {
    const { input, note } = this.#wire;
    input.on('data', (chunk: Buffer | string) => this.#take(Buffer.from(chunk as Buffer)));
    input.on('error', (error: Error) => {
      note(`standard input cannot be read: ${error.message}`);
      void this.close();
    });
    for (const name of ['end', 'close']) input.on(name, () => void this.#finish());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    await this.#wire.write(`${JSON.stringify(message)}\n`);
    if ('id' in message && !('method' in message)) this.#settle(message.id);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts = [];
    this.onclose?.();
    this.#ended();
  }

  /** Short requests are answered after the end of the input; long ones are interrupted. */
  async #finish(): Promise<void> {
    if (this.#last !== null || this.#isClosed) return;
    await new Promise<void>((settle) => {
      const timer = setTimeout(settle, LAST_WORDS_MS);
      this.#last = () => {
        clearTimeout(timer);
        settle();
      };
      if (this.#open.size === 0) this.#last();
    });
    await this.close();
  }

  #settle(id: string | number | undefined): void {
    if (id !== undefined) this.#open.delete(id);
    if (this.#open.size === 0) this.#last?.();
  }

  #take(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at));
      this.#line();
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > LONGEST_MESSAGE) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #line(): void {
    const isTooLong = this.#length > LONGEST_MESSAGE;
    const text = Buffer.concat(this.#parts).toString('utf8').trim();
    this.#parts = [];
    this.#length = 0;
    if (isTooLong) this.#refuse(INVALID_REQUEST, `a message has more than ${LONGEST_MESSAGE} bytes: shorten it`);
    else if (text !== '') this.#read(text);
  }

  #read(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#refuse(PARSE_ERROR, 'a line is not JSON: send one JSON-RPC message a line');
      return;
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      const what = Array.isArray(value) ? 'batches are not part of the protocol' : 'it is not a JSON-RPC 2.0 message';
      this.#refuse(INVALID_REQUEST, what, idOf(value));
      return;
    }
    if ('method' in message && 'id' in message) this.#open.add(message.id);
    else if ('method' in message && message.method === 'notifications/cancelled') {
      this.#settle(idOf({ id: message.params?.requestId }));
    }
    this.onmessage?.(message);
  }

  #refuse(code: number, message: string, id?: string | number): void {
    this.#wire.note(message);
    // Without an id, as the protocol asks where none could be read.
    const answer = { jsonrpc: '2.0' as const, ...(id === undefined ? {} : { id }), error: { code, message } };
    void this.send(answer as JSONRPCMessage);
  }
}

function idOf(value: unknown): string | number | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' || Number.isSafeInteger(id) ? (id as string | number) : undefined;
}
