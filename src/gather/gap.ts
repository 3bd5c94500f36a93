/** Turns a failure into a gap: what could not be had, why, and the one thing to do. */
import { SourceError } from '../source/source.ts';
import { ApiError } from '../watch/api.ts';
import { AwsError } from './aws-error.ts';
import type { Gap } from './outcome.ts';

/** Returns a function that makes one part of a step: a part that fails leaves a gap, and the others go on. */
export const partsOf =
  (gaps: Gap[], signal: AbortSignal) =>
  async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      gaps.push(gapOf(error, what));
    }
  };

/** Returns the error of a list that does not end: its rest is a gap, and not left out in silence. */
export const endless = (action: string, pages: number): SourceError =>
  new SourceError(
    `${action} has more than ${pages} pages, and the rest was not asked for; gather this by hand (docs/evidence.md)`,
    action,
    false,
  );

/** Errors of a disk, whose calls are named as those of a socket. */
const OF_DISK = /^E(?:NOSPC|DQUOT|FBIG|IO|ROFS|ISDIR|BADF|STALE)$/;

/** Returns the gap that a failure leaves. Throws errors of the local disk: they are no failure of a source. */
export function gapOf(error: unknown, what: string): Gap {
  const gap = (reason: string, next: string): Gap => ({ what, reason, next, failed: true });
  if (error instanceof AwsError) return gap(error.message, remedyOf(error));
  if (error instanceof SourceError) {
    const [reason, ...next] = error.message.split('; ');
    return gap(reason!, next.join('; ') || 'run again');
  }
  const { syscall, code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof ApiError) {
    return gap(
      `the API server refuses (${error.status} ${oneLine(message)})`,
      'check the context and the rights: kubectl auth can-i --list',
    );
  }
  const isNetwork =
    /^(?:connect|getaddrinfo|read|write)$/.test(syscall ?? '') && /^(?:E|UND)/.test(code) && !OF_DISK.test(code);
  if (syscall !== undefined && !isNetwork) throw error;
  if (isNetwork || code !== '')
    return gap(`the connection failed (${code || oneLine(message)})`, 'check the network, then run again');
  return gap(
    `an answer of another form (${oneLine(message)})`,
    'run again; if it stays, gather this by hand (docs/evidence.md)',
  );
}

function remedyOf({ trouble, right }: AwsError): string {
  switch (trouble) {
    case 'denied':
      return `allow ${right}`;
    case 'identity':
      return 'set or renew the credentials (AWS_PROFILE, aws sso login), then run again: finished steps are kept';
    case 'throttled':
      return 'run again later: finished steps are kept';
    case 'absent':
      return 'check the name, the region and the account';
    case 'unreached':
      return 'check the network and the region, then run again';
    case 'endpoint':
      return 'correct or unset it, then run again';
    case 'own':
      return 'run again; if it stays, gather this by hand (docs/evidence.md)';
  }
}

const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
