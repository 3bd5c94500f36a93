/** Source for a Prometheus-compatible HTTP API: each time window is an object that holds the answers to all queries. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatShort, fromSeconds, type Micros, toSeconds } from '../time/time.ts';
import { AnswerError, judgePrometheus } from './prometheus-error.ts';
import { type PrometheusPlace, type PrometheusWindow, planQueries, planWindows } from './prometheus-plan.ts';
import { type Alive, PATIENCE, type Patience, persist, watched } from './retry.ts';
import { Signer } from './sign.ts';
import { type Listed, type Source, SourceError, type SourceObject } from './source.ts';

/** A window that the server calls too large is halved down to this. */
const LEAST_SECONDS = 15;
/** Largest answer that is held in memory. */
const MAX_ANSWER = 128 << 20;

/**
 * Returns the source for `[from, to)`. Sends nothing before `fetch`; each window takes a dozen queries. A closed window keeps
 * its etag, so it is fetched once; a window that was still open when fetched gets a new etag each time. Credentials come from
 * `env`: DRAINTRACE_PROMETHEUS_TOKEN (bearer), else DRAINTRACE_PROMETHEUS_USERNAME and DRAINTRACE_PROMETHEUS_PASSWORD
 * (basic). They are sent to this server alone: redirects are not followed. Requests to Amazon Managed Service for Prometheus are
 * signed with the AWS identity of `profile` and `env`; so are those to another address (a VPC endpoint of another name, a tunnel)
 * where DRAINTRACE_PROMETHEUS_SIGV4_REGION is set.
 */
export function prometheusSource(
  place: PrometheusPlace,
  window: { from: Micros; to: Micros },
  env: Readonly<Record<string, string | undefined>>,
  now: () => Micros,
  patience: Partial<Patience> = {},
  profile: string | null = null,
): Source {
  const region = signingRegion(place, env);
  const signer = region === null ? null : new Signer('aps', region, { endpointUrl: null, region, profile, env });
  const server = new Server(place.base, signer ?? authorization(env), { ...PATIENCE, ...patience });
  const windows = new Map<string, PrometheusWindow>();
  return {
    async *list(): AsyncGenerator<Listed> {
      const asked = now();
      for (const one of planWindows(window.from, window.to, asked)) {
        const uri = uriOf(place, one);
        windows.set(uri, one);
        const etag = one.closed ? 'closed' : `open-${asked}`;
        yield { object: { uri, etag, size: 0, modified: one.to, name: 'prometheus.json' } };
      }
    },
    async fetch(object: SourceObject, spoolDirectory, signal) {
      const path = join(spoolDirectory, `${randomUUID()}.object`);
      const one = windows.get(object.uri)!;
      const file = await open(path, 'wx', 0o600);
      try {
        for (const { query, seconds } of planQueries(one, place.selector)) {
          await server.ask(query, seconds, one.to, file, signal);
        }
      } catch (error) {
        await rm(path, { force: true });
        if (error instanceof SourceError && !error.fatal) {
          throw new SourceError(`${object.uri}: ${error.message}`, object.uri, false, { cause: error });
        }
        throw error;
      } finally {
        await file.close();
      }
      return { path, temporary: true };
    },
  };
}

function uriOf({ base, selector }: PrometheusPlace, { from, ends }: PrometheusWindow): string {
  const chosen = selector === '' ? '' : `&selector=${encodeURIComponent(selector)}`;
  return `prometheus+${base}?from=${formatShort(from)}&to=${formatShort(ends)}${chosen}`;
}

/** The address of a workspace, directly or through an interface endpoint of a VPC. */
const WORKSPACES =
  /(?:^|[.-])aps-workspaces(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:[a-z.]*\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** Returns the region in which requests must be signed; null where they need no signature. */
export function signingRegion(
  { base }: PrometheusPlace,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const own = WORKSPACES.exec(new URL(base).hostname)?.[1];
  if (own !== undefined) return own;
  const isOther = env.DRAINTRACE_PROMETHEUS_TOKEN || env.DRAINTRACE_PROMETHEUS_USERNAME;
  return isOther ? null : env.DRAINTRACE_PROMETHEUS_SIGV4_REGION || null;
}

function authorization(env: Readonly<Record<string, string | undefined>>): string | null {
  const token = env.DRAINTRACE_PROMETHEUS_TOKEN;
  if (token) return `Bearer ${token.trim()}`;
  const user = env.DRAINTRACE_PROMETHEUS_USERNAME;
  if (!user) return null;
  return `Basic ${Buffer.from(`${user}:${env.DRAINTRACE_PROMETHEUS_PASSWORD ?? ''}`).toString('base64')}`;
}

class Server {
  readonly #base: string;
  /** A value of the header, or what signs each request. */
  readonly #authorization: string | Signer | null;
  readonly #patience: Patience;

  constructor(base: string, authorization: string | Signer | null, patience: Patience) {
    this.#base = base;
    this.#authorization = authorization;
    this.#patience = patience;
  }

  /** Writes the answer to the file as one line; when it is too large, writes the answers for its halves. */
  async ask(
    query: (seconds: number) => string,
    seconds: number,
    at: Micros,
    file: FileHandle,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const answer = await this.#answer(query(seconds), at, signal);
      await file.writeFile(answer);
      await file.writeFile('\n');
    } catch (error) {
      const cause = (error as Error).cause;
      if (!(cause instanceof AnswerError) || !cause.isTooLarge || seconds < 2 * LEAST_SECONDS) throw error;
      const half = Math.floor(seconds / 2);
      await this.ask(query, seconds - half, at - fromSeconds(half), file, signal);
      await this.ask(query, half, at, file, signal);
    }
  }

  /** Returns the body of a successful answer. Throws SourceError. */
  async #answer(query: string, at: Micros, signal: AbortSignal): Promise<Uint8Array> {
    const sent = this.#authorization === null ? 'none' : this.#authorization instanceof Signer ? 'signature' : 'header';
    const judge = (error: unknown) => judgePrometheus(error, this.#base, sent);
    try {
      return await persist(
        () => watched(this.#patience.idleMs, signal, (inner, alive) => this.#post(query, at, inner, alive)),
        (error) => judge(error).retry,
        this.#patience,
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      const { fatal, message } = judge(error);
      throw new SourceError(message, this.#base, fatal, { cause: error });
    }
  }

  async #post(query: string, at: Micros, signal: AbortSignal, alive: Alive): Promise<Uint8Array> {
    const url = new URL(`${this.#base}/api/v1/query`);
    const sent = new URLSearchParams({ query, time: String(toSeconds(at)) }).toString();
    const plain = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
    const response = await fetch(url, {
      method: 'POST',
      headers: await this.#headers(url, plain, sent),
      body: sent,
      redirect: 'manual',
      signal,
    });
    alive();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      alive(chunk.length);
      chunks.push(chunk);
      size += chunk.length;
      // Uses Prometheus's own message, so the caller asks for halves of the window.
      if (size > MAX_ANSWER)
        throw new AnswerError(422, `an answer of more than ${MAX_ANSWER >> 20} MiB is too large`, true);
    }
    const body = Buffer.concat(chunks);
    const error = errorOf(body);
    const isAnswer = /^\s*\{/.test(body.subarray(0, 64).toString()) && body.subarray(0, 1024).includes('"status"');
    if (response.status === 200 && isAnswer && error === null) return body;
    const redirected = response.headers.get('location');
    throw new AnswerError(response.status, error ?? redirected ?? refusalOf(body), error !== null);
  }

  async #headers(url: URL, plain: Record<string, string>, body: string): Promise<Record<string, string>> {
    if (this.#authorization instanceof Signer) return this.#authorization.headersOf(url, plain, body);
    return this.#authorization === null ? plain : { ...plain, authorization: this.#authorization };
  }
}

/** Returns what the door of AWS says, which is not the API's own form: `{"Message": "..."}`. */
function refusalOf(body: Buffer): string {
  const said = /^\s*\{\s*"[Mm]essage"\s*:\s*"((?:[^"\\]|\\.){1,300})/.exec(body.subarray(0, 1000).toString());
  return said?.[1] ?? '';
}

/** Returns the error of an API answer, null for any other body. */
function errorOf(body: Buffer): string | null {
  if (body.length > 1 << 16 || !body.includes('"error"')) return null;
  try {
    const { status, error } = JSON.parse(body.toString()) as { status?: unknown; error?: unknown };
    return status === 'error' && typeof error === 'string' ? error : null;
  } catch {
    return null;
  }
}
