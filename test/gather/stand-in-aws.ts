/**
 * AWS in this process: the calls that gathering makes, in all three protocols, in pages. It checks every signature, refuses
 * unknown calls, and throttles, denies or fails on request.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSignature } from '../source/signature.ts';

export const KEY = 'AKIASTANDIN';
export const SECRET = 'stand/in+secret';
export const REGION = 'eu-central-1';
export const ENV = { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: REGION };

/** Input of a call: JSON, or the parameters of a form. */
export type Input = Record<string, unknown>;

/** Elements of an XML answer. Arrays become lists of `member` (of EC2: `item`). */
export type Xml = string | number | Xml[] | { [name: string]: Xml };

interface Refusal {
  /** `service:Action`; all calls where it is absent. */
  call?: string;
  times: number;
  status: number;
  code: string;
}

/** Targets of the JSON protocol. */
const JSON_SERVICES: Readonly<Record<string, string>> = {
  CloudTrail_20131101: 'cloudtrail',
  Logs_20140328: 'logs',
  AmazonEC2ContainerServiceV20141113: 'ecs',
};

export class StandInAws {
  readonly asked: { call: string; input: Input }[] = [];
  readonly refusals: Refusal[] = [];
  /** Answers of `service:Action`; an absent one is refused as unknown. */
  readonly answers = new Map<string, (input: Input) => unknown>();
  #server: Server | null = null;

  async start(): Promise<string> {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { status, type, text } = this.#answer(request, body);
      response.writeHead(status, { 'content-type': type });
      response.end(text);
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  count(call: string): number {
    return this.asked.filter((one) => one.call === call).length;
  }

  #answer(request: IncomingMessage, body: string): { status: number; type: string; text: string } {
    const signed = checkSignature(request, body, SECRET);
    const { service, action, input, isXml } = callOf(request, body, typeof signed === 'string' ? '' : signed.service);
    const call = `${service}:${action}`;
    this.asked.push({ call, input });
    const error = (status: number, code: string, message: string) => ({
      status,
      type: isXml ? 'text/xml' : 'application/x-amz-json-1.1',
      text: isXml
        ? `<?xml version="1.0"?><ErrorResponse xmlns="http://x/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
        : JSON.stringify({ __type: `com.amazonaws#${code}`, message }),
    });
    if (typeof signed === 'string' || signed.region !== REGION || signed.service !== service) {
      return error(403, 'SignatureDoesNotMatch', JSON.stringify(signed).replace(/[<>&]/g, ' '));
    }
    const refusal = this.refusals.find((one) => one.times > 0 && (one.call ?? call) === call);
    if (refusal) {
      refusal.times--;
      return error(refusal.status, refusal.code, 'as told');
    }
    const answer = this.answers.get(call);
    if (!answer) return error(400, 'UnknownOperationException', call);
    const value = answer(input);
    if (!isXml) return { status: 200, type: 'application/x-amz-json-1.1', text: JSON.stringify(value) };
    const item = service === 'ec2' ? 'item' : 'member';
    const inner = xml(value as Xml, item);
    const text =
      service === 'ec2'
        ? `<${action}Response xmlns="http://x/">${inner}</${action}Response>`
        : `<${action}Response xmlns="http://x/"><${action}Result>${inner}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;
    return { status: 200, type: 'text/xml', text: `<?xml version="1.0" encoding="UTF-8"?>\n${text}` };
  }
}

function callOf(
  { headers, url }: IncomingMessage,
  body: string,
  signedAs: string,
): { service: string; action: string; input: Input; isXml: boolean } {
  const [prefix, named] = String(headers['x-amz-target'] ?? '').split('.');
  if (named !== undefined) {
    const input = JSON.parse(body) as Input;
    return { service: JSON_SERVICES[prefix!] ?? '', action: named, input, isXml: false };
  }
  const cluster = /^\/clusters\/([^/]+)$/.exec(url!)?.[1];
  if (cluster !== undefined) return { service: 'eks', action: 'DescribeCluster', input: { cluster }, isXml: false };
  const form = Object.fromEntries(new URLSearchParams(body));
  return { service: signedAs, action: form.Action ?? '', input: form, isXml: true };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function xml(value: Xml, item: string): string {
  if (typeof value !== 'object') return escaped(String(value));
  if (Array.isArray(value)) return value.map((one) => `<${item}>${xml(one, item)}</${item}>`).join('');
  return Object.entries(value)
    .map(([name, inner]) => (inner === '' ? `<${name}/>` : `<${name}>${xml(inner, item)}</${name}>`))
    .join('');
}

/** Returns a page of a list, with the token of the next one. */
export function pageOf<T>(all: readonly T[], token: unknown, size: number): { page: T[]; next: string | null } {
  const start = Number(token ?? 0);
  const end = start + size;
  return { page: all.slice(start, end), next: end < all.length ? String(end) : null };
}
