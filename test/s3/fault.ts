/** Faults between a client and S3, injected into answers by the stand-in and by the proxy. */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A request as seen by fault rules. */
export interface Asked {
  /** Decoded; empty for a listing. */
  key: string;
  query: URLSearchParams;
}

export type Fault =
  /** An error document of S3. */
  | { kind: 'error'; status: number; code: string; headers?: Record<string, string> }
  /** The connection is reset after this many bytes of the body; -1 means before any byte of the answer. */
  | { kind: 'reset'; after: number }
  /** The connection stays open, but no more bytes arrive. */
  | { kind: 'stall'; after: number }
  /** The connection ends properly but too early; the announced length was right. */
  | { kind: 'cut'; after: number }
  /** A shorter body than the object, with the shorter length announced. */
  | { kind: 'understate'; after: number }
  /** A listing in which every page names a further page, with the same token. */
  | { kind: 'endless' }
  /** Single bytes, this many milliseconds apart. */
  | { kind: 'trickle'; everyMs: number }
  /** An answer of something that is not S3. */
  | { kind: 'html' | 'xhtml' };

interface Rule {
  matches: (asked: Asked) => boolean;
  fault: Fault;
  left: number;
}

/** The faults to inject. */
export class Faults {
  #rules: Rule[] = [];
  /** Number of injected faults. */
  struck = 0;

  /** The next `times` matching requests meet the fault. */
  add(fault: Fault, matches: (asked: Asked) => boolean = () => true, times = Number.POSITIVE_INFINITY): void {
    this.#rules.push({ matches, fault, left: times });
  }

  clear(): void {
    this.#rules = [];
    this.struck = 0;
  }

  take(asked: Asked): Fault | null {
    const rule = this.#rules.find((one) => one.left > 0 && one.matches(asked));
    if (!rule) return null;
    rule.left--;
    this.struck++;
    return rule.fault;
  }
}

export const isGet = (asked: Asked): boolean => asked.key !== '';
export const isList = (asked: Asked): boolean => asked.query.get('list-type') === '2';

export function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Answers with an error document of S3. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  extra: { region?: string; headers?: Record<string, string> } = {},
): void {
  const region = extra.region ? `<Region>${escapeXml(extra.region)}</Region>` : '';
  response.writeHead(status, { 'content-type': 'application/xml', ...extra.headers });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>${region}</Error>`,
  );
}

/** Answers with a body, changed by `fault`. */
export async function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer,
  fault: Fault | null,
): Promise<void> {
  const announced = fault?.kind === 'understate' ? Math.min(fault.after, body.length) : body.length;
  if (fault?.kind === 'reset' && fault.after < 0) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(announced) });
  if (fault?.kind === 'trickle') {
    for (const byte of body) {
      if (response.destroyed) return;
      response.write(Buffer.from([byte]));
      await delay(fault.everyMs);
    }
    response.end();
    return;
  }
  if (!fault || fault.kind === 'understate' || !('after' in fault)) {
    response.end(body.subarray(0, announced));
    return;
  }
  response.flushHeaders();
  if (fault.after > 0) response.write(body.subarray(0, fault.after));
  // The written bytes must reach the client before the connection breaks.
  await delay(20);
  if (fault.kind === 'reset') response.socket?.resetAndDestroy();
  if (fault.kind === 'cut') response.socket?.end();
}

/** Makes a page of a listing name a further page. */
export function endless(body: Buffer): Buffer {
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>';
  const text = body.toString().replace(/<NextContinuationToken>.*?<\/NextContinuationToken>/s, '');
  return Buffer.from(text.replace(/<IsTruncated>\w+<\/IsTruncated>/i, more));
}

/** Answers if the fault replaces the real answer; false if the real answer is needed. */
export function answersAlone(response: ServerResponse, fault: Fault | null): boolean {
  if (fault?.kind === 'error') {
    sendError(response, fault.status, fault.code, `injected ${fault.code}`, { headers: fault.headers });
    return true;
  }
  if (fault?.kind === 'html' || fault?.kind === 'xhtml') {
    const line = fault.kind === 'html' ? '<br>' : '<br/>';
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<html><body><p>Welcome to the hotel network${line}Log in</p></body></html>`);
    return true;
  }
  return false;
}
