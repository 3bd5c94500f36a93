/** Writes rows of an ALB access log with any number of fields that the format has had. */

/** Fields of a sample request. Other fields have a plain default. Absent is null. */
export interface Request {
  type?: string;
  /** Microseconds since the epoch: when the load balancer received the request, and when it answered. */
  created: number;
  time: number;
  elb: string;
  client?: string;
  target: string | null;
  /** Request, target and response processing time as logged. */
  times: string;
  status: number;
  targetStatus: number | null;
  received?: number;
  sent?: number;
  line?: string;
  agent?: string;
  cipher?: string;
  protocol?: string;
  group: string | null;
  trace: string | null;
  domain?: string;
  certificate?: string | null;
  priority?: string;
  actions?: string;
  redirect?: string | null;
  error?: string | null;
  classification?: string | null;
  reason?: string | null;
  connection?: string | null;
  host?: string | null;
  uri?: string | null;
  transform?: string | null;
  node: string;
}

export const WIDTHS = [18, 20, 21, 23, 24, 25, 27, 29, 30, 33, 34, 35] as const;

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-90ab-cdef-1234-567890abcdef`;

/** Parses a time of the sample day to microseconds: `14:00:31.512`, with up to six decimals. */
export function at(time: string, day = '2026-03-10'): number {
  const [seconds, fraction = ''] = time.split('.');
  return Date.parse(`${day}T${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

/** Formats as `2026-03-10T14:00:31.512000Z`. */
export function iso(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1e6).padStart(6, '0')}Z`;
}

const quoted = (text: string | null | undefined) => `"${text ?? '-'}"`;

/** Returns the 35 fields of a row. The last is the `-` of a field that AWS has not announced yet. */
export function fieldsOf(request: Request): string[] {
  const target = request.target ?? '-';
  const targetStatus = String(request.targetStatus ?? '-');
  return [
    request.type ?? 'https',
    iso(request.time),
    request.elb,
    request.client ?? '203.0.113.80:51000',
    target,
    ...request.times.split(' '),
    String(request.status),
    targetStatus,
    String(request.received ?? 280),
    String(request.sent ?? 202),
    quoted(request.line ?? 'GET https://shop.example:443/ HTTP/1.1'),
    quoted(request.agent ?? 'curl/8.5.0'),
    request.cipher ?? 'TLS_AES_128_GCM_SHA256',
    request.protocol ?? 'TLSv1.3',
    request.group ?? '-',
    quoted(request.trace),
    quoted(request.domain ?? 'shop.example'),
    quoted(request.certificate === undefined ? CERTIFICATE : request.certificate),
    request.priority ?? '1',
    iso(request.created),
    quoted(request.actions ?? 'forward'),
    quoted(request.redirect),
    quoted(request.error),
    quoted(target),
    quoted(targetStatus),
    quoted(request.classification),
    quoted(request.reason),
    request.connection ?? '-',
    quoted(request.host),
    quoted(request.uri),
    quoted(request.transform),
    request.node,
    '-',
  ];
}

/** Returns the row as a line without line feed, with `width` fields. */
export function lineOf(request: Request, width: number): string {
  return fieldsOf(request).slice(0, width).join(' ');
}
