/**
 * Whom a run tells: `slack:env:NAME`, `teams:file:PATH`, `webhook:...`, `openmetrics:...`, `sns:ARN`. The address of a webhook is a
 * secret, so it comes from a variable or a file: its first line is the url, each further line a header. It is never printed.
 */

/** Kinds of targets that take a request of HTTP. */
const HOOKS = ['slack', 'teams', 'webhook', 'openmetrics'] as const;
type HookKind = (typeof HOOKS)[number];

/** A target as typed is printed; url and headers are not. */
export interface HookTarget {
  kind: HookKind;
  shown: string;
  url: string;
  headers: Readonly<Record<string, string>>;
}

export interface TopicTarget {
  kind: 'sns';
  shown: string;
  arn: string;
  region: string;
}

export type NotifyTarget = HookTarget | TopicTarget;

/** A target that cannot be used. The message is one sentence without secrets. */
export class TargetError extends Error {
  override name = 'TargetError';
}

/** Where secrets are. */
export interface Secrets {
  env: Readonly<Record<string, string | undefined>>;
  /** Returns the text of a file, or throws an error with a code. */
  read(path: string): string;
}

const TOPIC = /^arn:aws[\w-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/;
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const VARIABLE = /^[A-Za-z_]\w{0,127}$/;
/** A name as HTTP has it; a value without control signs. */
const HEADER = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x20-\x7e]*)$/;

/** Parses a target, and reads its secret. Throws TargetError. */
export function parseTarget(text: string, secrets: Secrets): NotifyTarget {
  const kind = text.slice(0, Math.max(0, text.indexOf(':')));
  const rest = text.slice(kind.length + 1);
  if (kind === 'sns') {
    const region = TOPIC.exec(rest)?.[1];
    if (region === undefined) {
      throw new TargetError('sns:ARN needs the ARN of a topic, as sns:arn:aws:sns:eu-west-1:111122223333:alarms');
    }
    return { kind, shown: text, arn: rest, region };
  }
  const hook = HOOKS.find((one) => one === kind);
  // A url alone would be taken for a kind, and printed.
  if (hook === undefined) {
    throw new TargetError(`a target begins with ${[...HOOKS, 'sns'].join(', ')}, as slack:env:SLACK_URL`);
  }
  const [, place, name] = /^(env|file):(.+)$/s.exec(rest) ?? [];
  const how = `write it as ${hook}:env:NAME or ${hook}:file:PATH`;
  if (place !== undefined && name !== undefined) {
    // A name that cannot be one may be the address itself, which an error would print.
    if (place === 'env' ? !VARIABLE.test(name) : name.includes('://')) {
      throw new TargetError(`${hook}:${place}: names no ${place === 'env' ? 'variable' : 'file'}: ${how}`);
    }
    return hookOf(hook, text, secretOf(place, name, text, secrets));
  }
  const isOpen = hook === 'openmetrics' && URL.canParse(rest) && !/[?@#]/.test(rest);
  if (isOpen) return hookOf(hook, text, rest);
  throw new TargetError(`the address of ${hook} is a secret and does not belong on a command line: ${how}`);
}

function secretOf(place: string, name: string, shown: string, { env, read }: Secrets): string {
  if (place === 'env') {
    const value = env[name];
    if (value === undefined || value.trim() === '') throw new TargetError(`${shown}: the variable ${name} is not set`);
    return value;
  }
  try {
    return read(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TargetError(`${shown}: the file cannot be read (${code ?? 'unknown error'})`);
  }
}

function hookOf(kind: HookKind, shown: string, secret: string): HookTarget {
  const [first = '', ...more] = secret
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const url = URL.canParse(first) ? new URL(first) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TargetError(`${shown} holds no address: its first line must be a url that begins with https://`);
  }
  if ((kind === 'slack' || kind === 'teams') && url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new TargetError(`${shown} is not encrypted: the address of ${kind} begins with https://`);
  }
  const headers: Record<string, string> = {};
  for (const [i, line] of more.entries()) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new TargetError(`${shown}: line ${i + 2} is no header, as Authorization: Bearer ...`);
    }
    headers[name.toLowerCase()] = value;
  }
  if (url.username !== '' || url.password !== '') {
    const words = `${decoded(url.username)}:${decoded(url.password)}`;
    headers.authorization ??= `Basic ${Buffer.from(words).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { kind, shown, url: url.href, headers };
}

/** Returns a part of a url without its escapes; as it is where they are none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
