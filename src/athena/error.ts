/** Translates an Athena error into one sentence for the user. */

/** `question`: the statement is wrong, so a retry does not help. `place`: Athena, or a source of its data, refused or failed. */
export type Blame = 'question' | 'place';

export class AthenaError extends Error {
  override name = 'AthenaError';
  constructor(
    message: string,
    readonly blame: Blame,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const SLOW_DOWN = /^(?:TooManyRequestsException|Throttling\w*|ThrottledException|RequestLimitExceeded|SlowDown)$/;
const DENIED =
  /^(?:AccessDenied\w*|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|ExpiredToken\w*|MissingAuthenticationToken\w*|OptInRequired)$/;
const NO_CREDENTIALS = /^(?:CredentialsProviderError|ProviderError|TokenProviderError|CredentialsError)$/;

/** The parts of an SDK error that are used here. */
interface SdkError extends NodeJS.ErrnoException {
  $metadata?: { httpStatusCode?: number };
}

/** Whether AWS asked to slow down. */
const isThrottled = (error: unknown): boolean => {
  const { name, $metadata } = error as SdkError;
  return SLOW_DOWN.test(name) || $metadata?.httpStatusCode === 429;
};

/** Whether the same request may succeed a moment later. */
export function mayHelp(error: unknown): boolean {
  const { name, code, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    isThrottled(error) ||
    name === 'TimeoutError' ||
    status >= 500 ||
    /^(?:ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)/.test(code ?? '')
  );
}

/** Returns an error of an Athena request as one sentence that says what to do. `action` is AWS's name of the request. */
export function judgeAthena(error: unknown, action: string): AthenaError {
  if (error instanceof AthenaError) return error;
  const { name, message, code } = error as SdkError;
  const said = clean(message);
  const options = { cause: error };
  if (isThrottled(error)) {
    return new AthenaError(
      `${action}: Athena still asks to slow down (${name}); try again later, or raise the quota of the account`,
      'place',
      options,
    );
  }
  if (NO_CREDENTIALS.test(name)) {
    const how = 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login"';
    return new AthenaError(`No AWS credentials for Athena (${said}); ${how}`, 'place', options);
  }
  if (DENIED.test(name)) {
    return new AthenaError(`${action} is not allowed (${name}); allow athena:${action}`, 'place', options);
  }
  if (/^Region is missing/.test(message)) {
    return new AthenaError('No AWS region is known; give --region or set AWS_REGION', 'place', options);
  }
  if (/output location/i.test(message)) {
    const how = 'give --output s3://bucket/folder/, or a --workgroup that has one';
    return new AthenaError(`Athena has no folder for its results (${said}); ${how}`, 'question', options);
  }
  if (name === 'InvalidRequestException' || name === 'MetadataException') {
    return new AthenaError(
      `Athena refused it (${said}); check --workgroup, --database and --output`,
      'question',
      options,
    );
  }
  return new AthenaError(`${action} failed (${[code ?? name, said].join(' ')}); try again later`, 'place', options);
}

/** Whether a statement failed because another writer committed to its table of Iceberg meanwhile. */
export const isConflict = (error: unknown): boolean =>
  error instanceof AthenaError &&
  /ICEBERG_COMMIT_ERROR|Failed to commit|[Cc]onflicting files|CommitFailedException|concurrent (?:update|modification)/i.test(
    error.message,
  );

/** Whether Athena did a part of a compaction, and wants the statement again for the rest. */
export const needsMoreRuns = (error: unknown): boolean =>
  error instanceof AthenaError && /MORE_RUNS_NEEDED/.test(error.message);

/** Puts text from AWS on one line and limits its length. */
export const clean = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 400);
