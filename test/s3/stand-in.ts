/**
 * An S3 in this process for tests on any machine: GetObject, ListObjectsV2, PutObject and DeleteObject, signatures and digests
 * checked, order by bytes. It refuses unknown requests, so a wrong client is noticed.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Asked, answersAlone, endless, escapeXml, Faults, send, sendError } from './fault.ts';
import { type Keys, refuse } from './signature.ts';

export interface StoredObject {
  body: Buffer;
  modified: Date;
}

/** One request as it arrived. */
export interface Arrived extends Asked {
  method: string;
  bucket: string;
  ifMatch: string | null;
  status: number;
}

const QUERY = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'start-after',
  'continuation-token',
  'max-keys',
  'encoding-type',
  'x-id',
]);

export function etagOf(body: Buffer): string {
  return createHash('md5').update(body).digest('hex');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export class StandIn {
  readonly faults = new Faults();
  readonly arrived: Arrived[] = [];
  readonly keys: Keys = { accessKeyId: 'AKIASTANDIN', secretAccessKey: 'stand/in+secret' };
  readonly buckets = new Map<string, Map<string, StoredObject>>();
  region = 'us-east-1';
  /** How the answer names the region, for a request signed for another one. */
  redirects: 'malformed' | 'permanent' | 'mute' = 'malformed';
  /** Whether etags differ from the MD5 of the content, as with KMS encryption. */
  encrypts = false;
  /** Takes each body that is put and returns the bytes to store. */
  stores: (body: Buffer) => Buffer = (body) => body;
  /** Longest page, for tests of paging. */
  pageLimit = 1000;
  /** How it takes a delimiter other than `/`, as servers differ: groups by it, refuses it, passes over it, or repeats a page. */
  delimiters: 'all' | 'refused' | 'ignored' | 'repeats' = 'all';
  #sorted = new WeakMap<Map<string, StoredObject>, { size: number; keys: string[] }>();
  #server: Server | null = null;

  /** Starts listening; returns the endpoint. */
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

  put(bucket: string, key: string, body: Buffer | string, modified = new Date('2026-01-01T00:00:00Z')): void {
    const objects = this.buckets.get(bucket) ?? new Map<string, StoredObject>();
    if (!objects.has(key)) this.#sorted.delete(objects);
    objects.set(key, { body: Buffer.from(body as string), modified });
    this.buckets.set(bucket, objects);
  }

  /** Environment with this server's endpoint and credentials. */
  env(): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.keys;
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: this.region };
  }

  etagOf(body: Buffer): string {
    return etagOf(this.encrypts ? Buffer.concat([Buffer.from('a key'), body]) : body);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://stand.in');
    const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const arrived: Arrived = {
      method: request.method!,
      bucket,
      key: rest.join('/'),
      query: url.searchParams,
      ifMatch: request.headers['if-match'] ?? null,
      status: 0,
    };
    this.arrived.push(arrived);
    response.on('close', () => {
      arrived.status = response.statusCode;
    });
    const sent = await bodyOf(request);
    const fault = this.faults.take(arrived);
    if (answersAlone(response, fault)) return;

    const refused = refuse(request, this.keys, this.region, Date.now());
    if (refused?.code === 'AuthorizationHeaderMalformed' && this.redirects !== 'malformed') {
      const headers: Record<string, string> = this.redirects === 'mute' ? {} : { 'x-amz-bucket-region': this.region };
      return sendError(response, 301, 'PermanentRedirect', 'Use the right endpoint', { headers });
    }
    if (refused) return sendError(response, refused.status, refused.code, refused.message, refused);
    const unknown = [...url.searchParams.keys()].find((name) => !QUERY.has(name));
    const knows = arrived.key === '' ? ['GET'] : ['GET', 'PUT', 'DELETE'];
    if (!knows.includes(request.method!) || unknown)
      return sendError(response, 501, 'NotImplemented', `${request.method} ${unknown}`);
    const objects = this.buckets.get(bucket);
    if (!objects) return sendError(response, 404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (request.method === 'DELETE') {
      objects.delete(arrived.key);
      this.#sorted.delete(objects);
      response.writeHead(204).end();
      return;
    }
    if (request.method === 'PUT') {
      const digest = request.headers['content-md5'];
      if (digest !== undefined && digest !== createHash('md5').update(sent).digest('base64')) {
        return sendError(response, 400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
      }
      const body = this.stores(sent);
      objects.set(arrived.key, { body, modified: new Date() });
      return send(response, 200, { etag: `"${this.etagOf(body)}"` }, Buffer.alloc(0), fault);
    }
    const isOdd = !['/', null].includes(url.searchParams.get('delimiter'));
    if (isOdd && this.delimiters === 'refused') {
      return sendError(response, 501, 'NotImplemented', 'A header you provided implies functionality not implemented');
    }
    if (arrived.key === '') {
      const page = this.#page(bucket, objects, url.searchParams);
      const body = fault?.kind === 'endless' ? endless(page) : page;
      return send(response, 200, { 'content-type': 'application/xml' }, body, fault);
    }
    const object = objects.get(arrived.key);
    if (!object) return sendError(response, 404, 'NoSuchKey', 'The specified key does not exist.');
    const etag = `"${this.etagOf(object.body)}"`;
    if (arrived.ifMatch !== null && arrived.ifMatch !== etag) {
      return sendError(
        response,
        412,
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
      );
    }
    return send(response, 200, { etag, 'last-modified': object.modified.toUTCString() }, object.body, fault);
  }

  #page(bucket: string, objects: Map<string, StoredObject>, query: URLSearchParams): Buffer {
    const prefix = query.get('prefix') ?? '';
    const isOdd = !['/', null].includes(query.get('delimiter'));
    const delimiter = isOdd && this.delimiters === 'ignored' ? null : query.get('delimiter');
    const token = query.get('continuation-token');
    const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'hex').toString();
    const limit = Math.min(this.pageLimit, Number(query.get('max-keys') ?? 1000));
    const encode = (text: string) =>
      query.get('encoding-type') === 'url'
        ? encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+')
        : escapeXml(text);
    const keys = this.#sortedKeys(objects);
    const lines: string[] = [];
    let last = '';
    let truncated = false;
    for (let i = firstFrom(keys, prefix); i < keys.length && keys[i]!.startsWith(prefix); i++) {
      const key = keys[i]!;
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      const name = end < 0 ? key : key.slice(0, end + delimiter!.length);
      if (
        name === last ||
        Buffer.compare(Buffer.from(name), Buffer.from(after)) <= 0 ||
        (end >= 0 && after.startsWith(name))
      )
        continue;
      if (lines.length === limit) {
        truncated = true;
        break;
      }
      last = name;
      const { body, modified } = objects.get(key)!;
      lines.push(
        end >= 0
          ? `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`
          : `<Contents><Key>${encode(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>&quot;${this.etagOf(body)}&quot;</ETag><Size>${body.length}</Size></Contents>`,
      );
    }
    if (isOdd && this.delimiters === 'repeats') [truncated, last] = [true, 'x'];
    const next = truncated ? `<NextContinuationToken>${Buffer.from(last).toString('hex')}</NextContinuationToken>` : '';
    const encoding = query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : '';
    return Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><KeyCount>${lines.length}</KeyCount><IsTruncated>${truncated}</IsTruncated>${encoding}${next}${lines.join('')}</ListBucketResult>`,
    );
  }

  #sortedKeys(objects: Map<string, StoredObject>): string[] {
    const known = this.#sorted.get(objects);
    if (known?.size === objects.size) return known.keys;
    const keys = [...objects.keys()].sort(byBytes);
    this.#sorted.set(objects, { size: objects.size, keys });
    return keys;
  }
}

const byBytes = (a: string, b: string): number => {
  if (/[\ud800-\uffff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
};

/** Returns the position of the first key that is not before `prefix`. */
function firstFrom(keys: readonly string[], prefix: string): number {
  let low = 0;
  for (let high = keys.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (byBytes(keys[middle]!, prefix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
