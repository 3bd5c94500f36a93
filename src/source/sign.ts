/**
 * Signs requests to AWS services that are spoken to without a client of their own (Signature Version 4), with the identity that
 * the AWS command line would use. The signer comes with the S3 client, and so do the credentials: profiles, SSO, roles.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import { type Access, identityOf, loadSdk } from './s3-client.ts';

type Data = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Data): string | Uint8Array =>
  typeof data === 'string'
    ? data
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);

/** SHA-256 as the signer asks for it; with a secret it is an HMAC. */
class Sha256 {
  readonly #secret: Data | undefined;
  #state: Hash | Hmac;

  constructor(secret?: Data) {
    this.#secret = secret;
    this.#state = this.#begin();
  }

  update(data: Data): void {
    this.#state.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#state.digest();
  }

  reset(): void {
    this.#state = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}

/** No identity was found, or it could not be used. */
export class CredentialsError extends Error {
  override name = 'CredentialsError';
}

export class Signer {
  readonly service: string;
  readonly region: string;
  readonly #access: Access;
  #signing: Promise<SignatureV4> | null = null;

  /** `service` is the name that a signature is scoped to: `aps`, `ecs`. */
  constructor(service: string, region: string, access: Access) {
    this.service = service;
    this.region = region;
    this.#access = access;
  }

  /** Returns the headers of a signed request. Throws CredentialsError, and SetupError for a profile that does not exist. */
  async headersOf(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    method: 'GET' | 'POST' = 'POST',
  ): Promise<Record<string, string>> {
    this.#signing ??= this.#open();
    const signing = await this.#signing;
    try {
      const signed = await signing.sign({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        port: url.port === '' ? undefined : Number(url.port),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...headers, host: url.host },
        body,
      });
      // fetch sets this one itself, to the same.
      const { host: _, ...rest } = signed.headers;
      return rest;
    } catch (error) {
      const said = (error as Error).message.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 300);
      throw new CredentialsError(
        `No AWS credentials (${said}); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login"`,
        { cause: error },
      );
    }
  }

  async #open(): Promise<SignatureV4> {
    const { profile, credentials } = identityOf(this.#access);
    const [sdk, { SignatureV4 }] = await Promise.all([loadSdk(), import('@smithy/signature-v4')]);
    const client = new sdk.S3Client({ region: this.region, profile, credentials });
    return new SignatureV4({
      service: this.service,
      region: this.region,
      credentials: () => client.config.credentials(),
      sha256: Sha256,
      applyChecksum: false,
    });
  }
}
