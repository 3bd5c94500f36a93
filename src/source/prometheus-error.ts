/** Turns a Prometheus failure into one sentence: the thing, what was wrong, and what to do. */
import { SetupError } from './s3-error.ts';
import { CredentialsError } from './sign.ts';

/** An unsuccessful answer. */
export class AnswerError extends Error {
  override name = 'AnswerError';
  constructor(
    readonly status: number,
    message: string,
    /** Whether the Prometheus API answered, not something in front of it. */
    readonly isApi: boolean,
  ) {
    super(message);
  }

  /** The query is too large; a part of it may succeed. */
  get isTooLarge(): boolean {
    return this.status === 422 && /too many samples|too large|limit|exceed/i.test(this.message);
  }
}

interface Judged {
  /** Trying again may help. */
  retry: boolean;
  /** Other windows will fail too: the run ends. */
  fatal: boolean;
  message: string;
}

const REFUSED = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;
const CERTIFICATE = /^(?:ERR_TLS\w*|CERT_\w+|SELF_SIGNED\w*|DEPTH_ZERO\w*|UNABLE_TO_\w+|EPROTO|ERR_SSL\w*)$/;
const CREDENTIALS =
  'set DRAINTRACE_PROMETHEUS_TOKEN, or DRAINTRACE_PROMETHEUS_USERNAME and DRAINTRACE_PROMETHEUS_PASSWORD';

/** How a request said who asks. */
export type Sent = 'none' | 'header' | 'signature';

/** Judges an error of fetch or an answer. `base` is the server's address. */
export function judgePrometheus(error: unknown, base: string, sent: Sent): Judged {
  const fatal = (message: string, retry = false): Judged => ({ retry, fatal: true, message });
  if (error instanceof AnswerError) return judgeAnswer(error, base, sent);
  if (error instanceof CredentialsError || error instanceof SetupError) return fatal(`${base}: ${error.message}`);
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const code = cause?.code ?? '';
  if (name === 'StalledError')
    return { retry: true, fatal: false, message: `${base} stopped answering (${message}); run again` };
  if (REFUSED.test(code)) return fatal(`${base} cannot be reached (${code}); check host, port and network`, true);
  if (cause?.message === 'bad port') return fatal(`${base} has a port that no HTTP server may use; check the address`);
  if (CERTIFICATE.test(code)) {
    return fatal(
      `${base} has no certificate that this machine trusts (${code}); set NODE_EXTRA_CA_CERTS to its CA file, or use prometheus+http://`,
    );
  }
  const said = oneLine(code || (cause?.message ?? message));
  return { retry: true, fatal: false, message: `${base}: the connection broke off (${said}); run again` };
}

const CURE: Readonly<Record<Sent, string>> = {
  none: CREDENTIALS,
  header: 'check the credentials in DRAINTRACE_PROMETHEUS_*',
  signature: 'allow aps:QueryMetrics of this workspace, and check region and AWS identity',
};

function judgeAnswer(error: AnswerError, base: string, sent: Sent): Judged {
  const { status, isApi } = error;
  const said = oneLine(error.message);
  const fatal = (message: string, retry = false): Judged => ({ retry, fatal: true, message });
  if (status === 401 || status === 403) {
    const words = sent === 'signature' && said !== '' ? `${status} ${said}` : status;
    return fatal(`${base} refuses this user (${words}); ${CURE[sent]}`);
  }
  if (status === 400 && isApi) return fatal(`${base} does not understand the query (${said}); check --selector`);
  if (status === 422) {
    return { retry: false, fatal: false, message: `${base} cannot answer (${said}); ask for less with --selector` };
  }
  if (status === 429 || status >= 500) {
    return { retry: true, fatal: false, message: `${base} keeps failing (${status} ${said}); run again later` };
  }
  if (status >= 300 && status < 400) return fatal(`${base} leads to ${said}; give that address`);
  return fatal(`${base} does not answer as Prometheus does (${status}); check the address and its path`);
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);
