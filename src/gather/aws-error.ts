/** Turns a refusal of AWS, or a failure on the way to it, into one sentence and a kind of trouble. */
import { redacted } from '../evidence/redact.ts';
import { CredentialsError } from '../source/sign.ts';
import { parseXml, xmlText } from './xml.ts';

/** `own` is a refusal of this call; `identity` means that no call of AWS can succeed. */
export type AwsTrouble = 'denied' | 'identity' | 'throttled' | 'absent' | 'unreached' | 'endpoint' | 'own';

/** A call that AWS refused, or that did not reach it. The message is one sentence. */
export class AwsError extends Error {
  override name = 'AwsError';
  constructor(
    message: string,
    readonly trouble: AwsTrouble,
    /** AWS's name of the error. */
    readonly code: string,
    /** The right that the call needs. */
    readonly right: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const THROTTLED =
  /^(?:Throttl\w*|RequestLimitExceeded|RequestThrottled\w*|TooManyRequests\w*|LimitExceededException|SlowDown)$/;
const DENIED = /^(?:AccessDenied\w*|UnauthorizedOperation|NotAuthorized\w*|AuthorizationError)$/;
const IDENTITY =
  /^(?:ExpiredToken\w*|RequestExpired|TokenRefreshRequired|UnrecognizedClientException|InvalidClientTokenId|AuthFailure|SignatureDoesNotMatch|InvalidSignature\w*|IncompleteSignature\w*|MissingAuthenticationToken\w*|InvalidAccessKeyId|OptInRequired)$/;
const ABSENT = /NotFound|DoesNotExist|^NoSuch|^InvalidInstanceID/;
const UNREACHED = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;

/** Returns the JSON object that a text is. Throws an Error for any other text. */
export function answerObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('an answer of another shape');
  return value as Record<string, unknown>;
}

/** Name and message of an error in any of the three protocols. */
function errorOf(response: Response, text: string): { code: string; message: string } {
  try {
    const answer = answerObject(text);
    const type = response.headers.get('x-amzn-errortype') ?? answer.__type ?? answer.code ?? response.status;
    const code = String(type).replace(/^.*#/, '').replace(/:.*$/, '');
    return { code, message: String(answer.message ?? answer.Message ?? '') };
  } catch {
    // The query protocol, or a proxy.
  }
  try {
    const xml = parseXml(text);
    for (const path of [['Error'], ['Errors', 'Error']]) {
      const code = xmlText(xml, ...path, 'Code');
      if (code !== null) return { code, message: xmlText(xml, ...path, 'Message') ?? '' };
    }
  } catch {
    // Neither.
  }
  return { code: String(response.status), message: '' };
}

/** Returns the error of an answer with another status than 200. */
export function refusalOfAws(response: Response, text: string, right: string): AwsError {
  const { code, message } = errorOf(response, text);
  const said = [code, oneLine(message)].filter(Boolean).join(': ');
  const make = (sentence: string, trouble: AwsTrouble) => new AwsError(sentence, trouble, code, right);
  if (THROTTLED.test(code) || response.status === 429) {
    return make(`AWS still asks to slow down (${said})`, 'throttled');
  }
  if (/^Expired|^RequestExpired|^TokenRefresh/.test(code))
    return make(`the AWS credentials have expired (${said})`, 'identity');
  if (IDENTITY.test(code)) return make(`AWS does not accept the credentials (${said})`, 'identity');
  if (DENIED.test(code)) return make(`${right} is not allowed (${said})`, 'denied');
  if (ABSENT.test(code)) return make(`AWS knows no such thing (${said})`, 'absent');
  if (response.status >= 500) return make(`AWS keeps failing (${said})`, 'unreached');
  return make(`${right} failed (${said})`, 'own');
}

/** Returns the error of a call without an answer. */
export function failureOfAws(error: Error, right: string, host: string): AwsError {
  const options = { cause: error };
  if (error instanceof CredentialsError || error.name === 'SetupError') {
    return new AwsError(error.message, 'identity', error.name, right, options);
  }
  const { code = '', message } = (error.cause ?? error) as NodeJS.ErrnoException;
  const text = UNREACHED.test(code)
    ? `${host} cannot be reached (${code})`
    : `${right} failed (${code || oneLine(message)})`;
  return new AwsError(text, 'unreached', code, right, options);
}

/** The text that AWS would have signed comes last in its message, and has the session token. */
const oneLine = (text: string): string =>
  redacted(text)
    .replace(/\s*(?:The Canonical String for this request should have been|x-amz-security-token).*$/is, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
