/** Checks the signature of a request as AWS does (Signature Version 4), written from the definition and not with the signer. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export interface Checked {
  accessKeyId: string;
  region: string;
  service: string;
}

/** Returns who signed the request, or why the signature does not hold. */
export function checkSignature(
  { method, url, headers }: IncomingMessage,
  body: string,
  secret: string,
): Checked | string {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (!match) return `no signature: ${headers.authorization}`;
  const [, accessKeyId, day, region, service, names, signature] = match as unknown as string[];
  const at = headers['x-amz-date'];
  if (typeof at !== 'string' || !at.startsWith(day!)) return `x-amz-date ${at} is not of ${day}`;
  if (!names!.split(';').includes('host')) return 'host is not signed';
  const { pathname, searchParams } = new URL(url!, 'http://x');
  const query = [...searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort();
  const signed = names!.split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  const canonical = [method, pathname, query.join('&'), signed.join(''), names, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [region!, service!, 'aws4_request'].reduce(
    (inner, part) => hmac(inner, part),
    hmac(`AWS4${secret}`, day!),
  );
  const expected = hmac(key, ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')).toString('hex');
  return expected === signature ? { accessKeyId: accessKeyId!, region: region!, service: service! } : 'wrong signature';
}
