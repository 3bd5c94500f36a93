/** Turns an S3 failure into one sentence: the thing, what was wrong, and what to do. */
import { SECOND_MS } from '../time/time.ts';

/** A failure, judged. */
export interface JudgedError {
  /** Trying again may help. */
  retry: boolean;
  /** Other objects will fail too: the run ends. */
  fatal: boolean;
  message: string;
}

/** Raised when a request or a body made too little progress for `idleMs` milliseconds. */
export class StalledError extends Error {
  override name = 'StalledError';
  constructor(
    readonly idleMs: number,
    received = 0,
  ) {
    super(received === 0 ? `no byte for ${idleMs / SECOND_MS} s` : `${received} bytes in ${idleMs / SECOND_MS} s`);
  }
}

/** Raised when a body is shorter or longer than announced. */
export class LengthError extends Error {
  override name = 'LengthError';
}

/** Raised when the object that was read is not the listed one. */
export class ReplacedError extends Error {
  override name = 'ReplacedError';
}

/** Raised when the S3 setup is wrong; the message is the whole sentence. */
export class SetupError extends Error {
  override name = 'SetupError';
}

/** Raised when an answer does not come from S3. */
export class NotS3Error extends Error {
  override name = 'NotS3Error';
}

interface ServiceError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const NO_CREDENTIALS = /^(?:CredentialsProviderError|ProviderError|TokenProviderError|CredentialsError)$/;
const EXPIRED = /^(?:ExpiredToken|ExpiredTokenException|TokenRefreshRequired|InvalidToken|RequestExpired)$/;
const SKEWED = /^(?:RequestTimeTooSkewed|RequestInTheFuture)$/;
const THROTTLED = /^(?:SlowDown|Throttling|ThrottlingException|RequestLimitExceeded|BandwidthLimitExceeded)$/;
const REFUSED = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;
const NETWORK = /^(?:ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+|UND_ERR\w*)$/;
const CERTIFICATE = /^(?:ERR_TLS\w*|CERT_\w+|SELF_SIGNED\w*|DEPTH_ZERO\w*|UNABLE_TO_\w+|EPROTO)$/;

/** The failed action: its word, and the permissions that it needs. */
export interface S3Action {
  done: string;
  rights: string;
}

export const READ: S3Action = {
  done: 'read',
  rights: 's3:ListBucket and s3:GetObject, and kms:Decrypt where it is used',
};
export const WRITE: S3Action = { done: 'written', rights: 's3:PutObject, and kms:GenerateDataKey where it is used' };
export const REMOVE: S3Action = { done: 'removed', rights: 's3:DeleteObject' };

/**
 * Judges an error of the SDK or of a body. `what` opens the sentence (`s3://bucket/key` or `Listing s3://bucket/prefix`);
 * `bucket` and `endpoint` are named where they are the cause. Does not handle local errors (a full disk).
 */
export function judgeS3(
  error: unknown,
  what: string,
  bucket: string,
  endpoint: string,
  action: S3Action = READ,
): JudgedError {
  const { name, message, code = '', $metadata } = error as ServiceError;
  const status = $metadata?.httpStatusCode ?? 0;
  const said = oneLine(message);
  const fatal = (sentence: string, retry = false): JudgedError => ({ retry, fatal: true, message: sentence });
  const one = (sentence: string, retry = false): JudgedError => ({ retry, fatal: false, message: sentence });

  // Errors of the object or of the setup.
  if (name === 'SetupError') return fatal(message);
  if (name === 'StalledError') return one(`${what}: the server stopped sending (${said}); run again`, true);
  if (name === 'LengthError') return one(`${what} arrived incomplete (${said}); run again`, true);
  if (name === 'ReplacedError' || status === 412) return one(`${what} was replaced while loading; run again`);
  if (name === 'NoSuchBucket')
    return fatal(`Bucket ${bucket} does not exist at ${endpoint}; check the name in the s3:// url`);
  if (name === 'InvalidBucketName') return fatal(`${bucket} is no valid bucket name; check the s3:// url`);
  if (name === 'InvalidObjectState') return one(`${what} is archived (${said}); restore it first, then run again`);

  if (name === 'NotS3Error' || /Deserialization error/.test(message)) {
    return fatal(
      `${endpoint} does not answer as S3 does; check --endpoint-url, and that no proxy answers instead`,
      true,
    );
  }

  // Errors of the identity.
  if (NO_CREDENTIALS.test(name)) {
    const how = 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login"';
    return fatal(`No AWS credentials for bucket ${bucket} (${said}); ${how}`);
  }
  if (EXPIRED.test(name))
    return fatal(`The AWS credentials for bucket ${bucket} have expired (${name}); renew them and run again`);
  if (name === 'InvalidAccessKeyId')
    return fatal(`${endpoint} does not know the AWS access key id; check AWS_PROFILE or AWS_ACCESS_KEY_ID`);
  if (name === 'SignatureDoesNotMatch') {
    return fatal(`${endpoint} rejects the signature of the request; check AWS_SECRET_ACCESS_KEY and the profile`);
  }
  if (SKEWED.test(name)) {
    return fatal(
      `${endpoint} rejects the time of this machine (${new Date().toISOString()}, ${name}); set its clock`,
      true,
    );
  }
  if (isWrongRegion(error)) {
    return fatal(
      `Bucket ${bucket} is in another region than the request (${said}); set AWS_REGION to the bucket's region`,
    );
  }

  // Errors of the server's state.
  if (THROTTLED.test(name))
    return one(`${what}: the server keeps asking to slow down (${name}); run again later`, true);
  if (status >= 500 || status === 429 || name === 'RequestTimeout') {
    return one(`${what}: the server keeps failing (${[name, status || ''].join(' ').trim()}); run again later`, true);
  }
  if (name === 'BadDigest') return one(`${what} arrived damaged; check the network`, true);
  if (status === 404 && action === READ) return one(`${what} was deleted between listing and reading; run again`);
  if (status === 403) return one(`${what}: access denied (${name}); allow ${action.rights}`);

  // Errors of the network.
  if (REFUSED.test(code))
    return fatal(`${endpoint} cannot be reached (${code}); check the network, the region and --endpoint-url`, true);
  if (CERTIFICATE.test(code)) {
    return fatal(
      `${endpoint} has no certificate that this machine trusts (${code}); set NODE_EXTRA_CA_CERTS to its CA file`,
    );
  }
  if (NETWORK.test(code) || name === 'TimeoutError' || name === 'AbortError' || said === 'aborted') {
    return one(`${what}: the connection broke off (${code || name}); run again`, true);
  }
  return one(
    `${what} could not be ${action.done}: ${[name, status || '', said].filter(Boolean).join(' ')}`,
    status === 0,
  );
}

/** Returns whether the bucket is in another region than the request was signed for. */
export function isWrongRegion(error: unknown): boolean {
  const { name, $metadata } = error as ServiceError;
  const redirect = $metadata?.httpStatusCode === 301 || $metadata?.httpStatusCode === 307;
  return (
    redirect || /^(?:PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(name)
  );
}

/** Returns the bucket's region from the server's answer, or null if the answer names none. */
export function regionInError(error: unknown): string | null {
  const { Region, $response } = error as { Region?: unknown; $response?: { headers?: Record<string, string> } };
  const said =
    $response?.headers?.['x-amz-bucket-region'] ?? Region ?? /expecting '([^']+)'/.exec((error as Error).message)?.[1];
  return typeof said === 'string' && /^[a-z0-9-]{2,40}$/i.test(said) ? said : null;
}

/** Text from a server is data: removes control characters, keeps one line, limits the length. */
function oneLine(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length > 200 ? `${clean.slice(0, 200)}...` : clean;
}
