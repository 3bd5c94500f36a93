/** Client of one bucket: pages of keys, and bodies. Every error leaves as a SourceError. */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { redactedUrl } from '../evidence/redact.ts';
import { fromMillis } from '../time/time.ts';
import { type Patience, persist, watched } from './retry.ts';
import { type Access, endpointOf, loadSdk, openClient } from './s3-client.ts';
import {
  isWrongRegion,
  type JudgedError,
  judgeS3,
  NotS3Error,
  READ,
  REMOVE,
  regionInError,
  type S3Action,
  WRITE,
} from './s3-error.ts';
import { type PageKey, takeKeys } from './s3-page.ts';
import { SourceError } from './source.ts';

/** One object of a page. */
export interface Entry {
  key: string;
  etag: string;
  size: number;
  /** Microseconds. */
  modified: number | null;
}

export interface Page {
  entries: Entry[];
  /** Common beginnings, when a delimiter was given. */
  folders: string[];
  /** Set when more pages follow. */
  token: string | null;
}

export interface PageRequest {
  prefix: string;
  /** Keys with this text behind the prefix come grouped: their common beginning, up to and including the text. `/` groups by folder. */
  delimiter?: string;
  /** Only keys after this one. */
  after?: string | null;
  token?: string | null;
  /** Most keys; S3 gives 1,000. */
  limit?: number;
}

/** A body that is being received. */
export interface Body {
  stream: Readable;
  /** Content-Length, null where the server sends none. */
  length: number | null;
  etag: string | null;
}

/** The name is not Bucket: TypeScript 7.0 takes a key `Bucket:` in a class of that name for the class, and S3 would get no bucket. */
export class S3Bucket {
  #opening: Promise<{ client: S3Client; region: string }> | null = null;
  #access: Access;
  #moved = false;
  /** A listing succeeded: the bucket exists, and these credentials are good. */
  #isListed = false;
  #region: string | null = null;

  constructor(
    readonly name: string,
    access: Access,
    readonly patience: Patience,
    readonly note: (text: string) => void,
  ) {
    this.#access = access;
  }

  uri(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    (await opening?.catch(() => null))?.client.destroy();
  }

  /** Returns a page of the listing, in the server's order. Throws SourceError when tries are exhausted. */
  async page(request: PageRequest, signal: AbortSignal): Promise<Page> {
    const what = `Listing ${this.uri(request.prefix)}`;
    const attempt = () => watched(this.patience.idleMs, signal, (inner) => this.#page(request, inner));
    return this.tried(attempt, what, this.uri(request.prefix), signal);
  }

  async #page({ prefix, delimiter, after, token, limit = 1000 }: PageRequest, signal: AbortSignal): Promise<Page> {
    const { ListObjectsV2Command } = await loadSdk();
    let keys: PageKey[] | null = null;
    const answer = await this.#send((client) => {
      const command = new ListObjectsV2Command({
        Bucket: this.name,
        Prefix: prefix,
        Delimiter: delimiter,
        StartAfter: token ? undefined : (after ?? undefined),
        ContinuationToken: token ?? undefined,
        MaxKeys: limit,
        // XML cannot hold every character that a key can.
        EncodingType: 'url',
      });
      const takeKeysOut = async <T extends { response: unknown }>(result: T): Promise<T> => {
        keys = await takenFrom(result);
        return result;
      };
      command.middlewareStack.add((next) => async (args) => takeKeysOut(await next(args)), {
        step: 'deserialize',
        priority: 'low',
      });
      return client.send(command, { abortSignal: signal });
    });
    this.#isListed = true;
    if (answer.Name === undefined) throw new NotS3Error('a listing without the name of its bucket');
    const decode = (text: string) =>
      answer.EncodingType === 'url' && /[%+]/.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
    const read = (answer.Contents ?? []).map(({ Key = '', ETag = '', Size = 0, LastModified }) => ({
      key: Key,
      etag: ETag,
      size: Size,
      modified: LastModified?.toISOString() ?? null,
    }));
    return {
      entries: (keys ?? read).map(({ key, etag, size, modified }) => {
        const millis = modified === null ? Number.NaN : Date.parse(modified);
        return { key: decode(key), etag: bare(etag), size, modified: Number.isNaN(millis) ? null : fromMillis(millis) };
      }),
      folders: (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => decode(Prefix)),
      token: answer.IsTruncated ? (answer.NextContinuationToken ?? '') : null,
    };
  }

  /** Requests the body of an object as it was listed, once. The caller passes errors to `tried`. */
  async body(entry: Pick<Entry, 'key' | 'etag'>, signal: AbortSignal): Promise<Body> {
    const { GetObjectCommand } = await loadSdk();
    const command = new GetObjectCommand({ Bucket: this.name, Key: entry.key, IfMatch: `"${entry.etag}"` });
    const answer = await this.#send((client) => client.send(command, { abortSignal: signal }));
    return {
      stream: answer.Body as Readable,
      length: answer.ContentLength ?? null,
      etag: answer.ETag === undefined ? null : bare(answer.ETag),
    };
  }

  /** Writes an object. Throws SourceError when tries are exhausted. */
  async put(key: string, body: Uint8Array, signal: AbortSignal): Promise<void> {
    const { PutObjectCommand } = await loadSdk();
    const attempt = () =>
      watched(this.patience.idleMs, signal, (inner) =>
        this.#send((client) =>
          client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }), { abortSignal: inner }),
        ),
      );
    await this.tried(attempt, this.uri(key), this.uri(key), signal, WRITE);
  }

  /**
   * Writes an object of `size` bytes, once, and returns its etag. The caller passes errors to `tried`. The server refuses a
   * body whose MD5 is not `md5` (in hex).
   */
  async putStream(
    key: string,
    open: () => Readable,
    size: number,
    md5: string,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { PutObjectCommand } = await loadSdk();
    const ContentMD5 = Buffer.from(md5, 'hex').toString('base64');
    const { ETag } = await this.#send((client) => {
      const body = open();
      const request = { Bucket: this.name, Key: key, Body: body, ContentLength: size, ContentMD5 };
      return client.send(new PutObjectCommand(request), { abortSignal: signal }).finally(() => body.destroy());
    });
    return ETag === undefined ? null : bare(ETag);
  }

  /** Deletes an object. Throws SourceError when tries are exhausted. */
  async remove(key: string, signal: AbortSignal): Promise<void> {
    const { DeleteObjectCommand } = await loadSdk();
    const command = new DeleteObjectCommand({ Bucket: this.name, Key: key });
    const attempt = () =>
      watched(this.patience.idleMs, signal, (inner) =>
        this.#send((client) => client.send(command, { abortSignal: inner })),
      );
    await this.tried(attempt, this.uri(key), this.uri(key), signal, REMOVE);
  }

  /** Runs an attempt until it succeeds or trying again cannot help. Throws SourceError, or the signal's reason. */
  async tried<T>(
    attempt: () => Promise<T>,
    what: string,
    uri: string,
    signal: AbortSignal,
    action: S3Action = READ,
  ): Promise<T> {
    const judged = (error: unknown): JudgedError => this.#judgeS3(error, what, action);
    const final = (error: unknown) => error instanceof LocalError || error instanceof SourceError;
    try {
      return await persist(attempt, (error) => !final(error) && judged(error).retry, this.patience, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LocalError) throw error.cause;
      if (error instanceof SourceError) throw error;
      const { message, fatal } = judged(error);
      throw new SourceError(message, uri, fatal, { cause: error });
    }
  }

  /** An answer about one key proves nothing about a bucket that was listed: proxies rewrite a key such as `a/../b`. */
  #judgeS3(error: unknown, what: string, action: S3Action): JudgedError {
    const { name } = error as Error;
    if (this.#isListed && action === READ && OF_BUCKET.test(name) && !what.startsWith('Listing ')) {
      const message = `${what}: the server answers ${name}, though it listed this key; see whether a proxy rewrites it`;
      return { retry: false, fatal: false, message };
    }
    return judgeS3(error, what, this.name, this.#endpoint(), action);
  }

  /** Sends a request. When the bucket is in another region, sends this and all later requests there. */
  async #send<T>(request: (client: S3Client) => Promise<T>): Promise<T> {
    const { client, region } = await this.#open();
    try {
      return await request(client);
    } catch (error) {
      const told = isWrongRegion(error) ? regionInError(error) : null;
      if (told === null || told === region) throw error;
      if (told !== this.#access.region) {
        if (this.#moved) throw error;
        this.#moved = true;
        this.note(`Bucket ${this.name} is in region ${told}, not ${region}; sending requests there.`);
        this.#access = { ...this.#access, region: told };
        // Running requests may still hold the old client, so its connections are left to expire.
        this.#opening = null;
      }
      return this.#send(request);
    }
  }

  async #open(): Promise<{ client: S3Client; region: string }> {
    this.#opening ??= openClient(this.#access);
    const opened = await this.#opening;
    this.#region = opened.region;
    return opened;
  }

  /** Returns the server's name for messages. */
  #endpoint(): string {
    const own = endpointOf(this.#access);
    return own !== null ? redactedUrl(own) : `S3 in ${this.#region ?? 'an unknown region'}`;
  }
}

const OF_BUCKET = /^(?:NoSuchBucket|InvalidBucketName|SignatureDoesNotMatch|InvalidURI)$/;

/** A page of 1,000 keys of 1,024 percent-encoded bytes each takes a fifth of this. */
const MAX_PAGE_BYTES = 16 << 20;

/** Takes the keys out of the body of a page. Returns null if the SDK is to read them. Throws for a body that does not end. */
async function takenFrom(result: { response: unknown }): Promise<PageKey[] | null> {
  const response = result.response as { statusCode?: number; body?: unknown };
  if (!(response.body instanceof Readable)) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PAGE_BYTES) throw new NotS3Error(`a page of more than ${MAX_PAGE_BYTES >> 20} MiB`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const taken = response.statusCode === 200 ? takeKeys(body.toString()) : null;
  response.body = Readable.from([taken ? Buffer.from(taken.rest) : body]);
  return taken?.keys ?? null;
}

/** An error of this machine (a full disk) during a transfer. Trying again does not help, and S3 is not the cause. */
export class LocalError extends Error {
  override name = 'LocalError';
}

function bare(etag: string): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1');
}
