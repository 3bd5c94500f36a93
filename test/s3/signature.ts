/** Checks AWS Signature Version 4 as a server does: computes it again from the request. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Refusal {
  status: number;
  code: string;
  message: string;
  region?: string;
}

const MAX_SKEW_MS = 15 * 60_000;

/** Returns why the request is refused, or null for a right signature for `region`. */
export function refuse(request: IncomingMessage, keys: Keys, region: string, nowMs: number): Refusal | null {
  const { authorization = '', 'x-amz-date': date, 'x-amz-content-sha256': payload } = request.headers;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) return { status: 403, code: 'AccessDenied', message: 'The request is not signed' };
  const [, id, day, asked, signedHeaders, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (id !== keys.accessKeyId) {
    return {
      status: 403,
      code: 'InvalidAccessKeyId',
      message: 'The AWS Access Key Id you provided does not exist in our records.',
    };
  }
  if (typeof date !== 'string' || typeof payload !== 'string') {
    return { status: 403, code: 'AccessDenied', message: 'x-amz-date or x-amz-content-sha256 is missing' };
  }
  const sent = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(sent - nowMs) <= MAX_SKEW_MS)) {
    return {
      status: 403,
      code: 'RequestTimeTooSkewed',
      message: 'The difference between the request time and the current time is too large.',
    };
  }
  if (asked !== region) {
    const message = `The authorization header is malformed; the region '${asked}' is wrong; expecting '${region}'`;
    return { status: 400, code: 'AuthorizationHeaderMalformed', message, region };
  }
  const names = signedHeaders.split(';');
  const must = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  const unsigned = must.find((name) => !names.includes(name));
  if (unsigned) return { status: 403, code: 'AccessDenied', message: `Header ${unsigned} is not signed` };

  const [path = '', query = ''] = request.url!.split('?');
  const canonical = [
    request.method,
    path,
    query
      .split('&')
      .filter(Boolean)
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    signedHeaders,
    payload,
  ].join('\n');
  const scope = `${day}/${asked}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = ['aws4_request', 's3', asked, day].reduceRight<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  const expected = createHmac('sha256', key).update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`).digest();
  if (timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return null;
  const message = 'The request signature we calculated does not match the signature you provided.';
  return { status: 403, code: 'SignatureDoesNotMatch', message };
}
