/** Walks the key plan through a bucket and decides for each key whether it is read. Keeps one page in memory. */
import { DAY, type Micros } from '../time/time.ts';
import { OUTSIDE, type Selection, skipReason } from './key.ts';
import { behind, planSteps, type S3Location, type Step, treeOf } from './plan.ts';
import type { Entry, Page, PageRequest, S3Bucket } from './s3-bucket.ts';
import { type Listed, SourceError } from './source.ts';

/** Limit for consecutive pages without keys. */
const MAX_EMPTY_PAGES = 100;
/** Limit for keys that are looked at to learn whether a place holds what is asked for at other times. */
const MAX_OTHER_KEYS = 10_000;
const WEEK: Micros = 7 * DAY;
/** S3 allows keys of 1,024 bytes. */
const MAX_KEY_LENGTH = 4096;

/** Limits of keys for one place. Beyond them the listing counts as endless. */
export interface ListLimits {
  /** Requested keys: each takes some 400 bytes of memory beside its characters until it is loaded. */
  taken: number;
  /** Characters of the requested keys. */
  characters: number;
  /** All keys: 1,000 keys are one request. */
  seen: number;
}

const LIMITS: ListLimits = { taken: 1_000_000, characters: 200_000_000, seen: 20_000_000 };

/** Yields what is under `place`, in key order, each key once. Throws SourceError when the place itself cannot be listed. */
export async function* listPlace(
  bucket: S3Bucket,
  place: S3Location,
  selection: Selection,
  signal: AbortSignal,
  limits = LIMITS,
): AsyncGenerator<Listed> {
  // A url without a slash at its end may name one object.
  let { prefix } = place;
  if (prefix !== '' && !prefix.endsWith('/')) {
    const [first] = (await bucket.page({ prefix, limit: 1 }, signal)).entries;
    if (first?.key === prefix) {
      yield { object: objectOf(bucket, first) };
      return;
    }
    prefix += '/';
  }

  const steps = planSteps(prefix, selection);
  if (steps.length === 0) {
    throw refusal(bucket, prefix, 'is outside the range of --account, --region, --from and --to');
  }
  const walk = new Walk(bucket, selection, signal);
  const count: ListLimits = { taken: 0, characters: 0, seen: 0 };
  let outside = false;
  for (const step of steps) {
    for await (const entry of walk.entries(step)) {
      if ('failed' in entry) {
        yield entry;
        continue;
      }
      const reason = skipReason(entry.key, selection);
      count.seen++;
      if (reason === OUTSIDE) outside = true;
      if (reason === null) {
        count.taken++;
        count.characters += entry.key.length;
      }
      const isEndless = count.taken > limits.taken || count.characters > limits.characters || count.seen > limits.seen;
      if (isEndless) throw tooMany(bucket, prefix, count);
      if (reason === null) yield { object: objectOf(bucket, entry) };
      else yield { skipped: { uri: bucket.uri(entry.key), reason } };
    }
  }
  if (!walk.met) await explainNothing(bucket, prefix, selection, signal);
  if (count.taken === 0 && !outside && selection.window !== null) {
    const uri = await findAtOtherTimes(bucket, prefix, selection, signal);
    if (uri !== null) yield { skipped: { uri, reason: OUTSIDE } };
  }
}

/**
 * Returns the uri of a key that is asked for at another time, or null: it tells a window without logs from a mistyped load
 * balancer. Looks at the week before the window, then at the oldest keys.
 */
async function findAtOtherTimes(
  bucket: S3Bucket,
  prefix: string,
  selection: Selection,
  signal: AbortSignal,
): Promise<string | null> {
  const from = selection.window?.from ?? null;
  for (const window of from === null ? [null] : [{ from: from - WEEK, to: from }, null]) {
    const other = { ...selection, window };
    const walk = new Walk(bucket, other, signal);
    let left = MAX_OTHER_KEYS;
    for (const step of planSteps(prefix, other)) {
      for await (const entry of walk.entries(step)) {
        if ('key' in entry && skipReason(entry.key, other) === null) return bucket.uri(entry.key);
        if (--left === 0) break;
      }
      if (left === 0) break;
    }
  }
  return null;
}

/** Throws SourceError unless the window alone explains the empty result. */
async function explainNothing(
  bucket: S3Bucket,
  prefix: string,
  selection: Selection,
  signal: AbortSignal,
): Promise<void> {
  const { entries } = await bucket.page({ prefix, limit: 1 }, signal);
  if (entries.length === 0) throw refusal(bucket, prefix, 'holds no objects; check the bucket and the prefix');
  const walk = new Walk(bucket, { ...selection, window: null }, signal);
  for (const step of planSteps(prefix, { ...selection, window: null })) {
    for await (const _ of walk.entries(step)) return;
  }
  throw refusal(bucket, prefix, 'has no load balancer logs for --account and --region');
}

function tooMany(bucket: S3Bucket, prefix: string, { taken, seen }: ListLimits): SourceError {
  const numbers = `${seen.toLocaleString('en-US')} keys, ${taken.toLocaleString('en-US')} of them to be loaded`;
  const how = 'give a longer prefix, or a shorter --from and --to; if the bucket is small, the server makes up keys';
  const uri = bucket.uri(prefix);
  return new SourceError(`Listing ${uri} has no end (${numbers} so far); ${how}`, uri, true);
}

function refusal(bucket: S3Bucket, prefix: string, why: string): SourceError {
  return new SourceError(`${bucket.uri(prefix)} ${why}`, bucket.uri(prefix), true);
}

function objectOf(bucket: S3Bucket, { key, etag, size, modified }: Entry) {
  const uri = bucket.uri(key);
  // A part of the uri, not of the key, which would be kept beside it.
  return { uri, etag, size, modified, name: uri.slice(uri.lastIndexOf('/') + 1) };
}

class Walk {
  /** Whether any key was found. */
  met = false;
  #listed = false;

  constructor(
    readonly bucket: S3Bucket,
    readonly selection: Selection,
    readonly signal: AbortSignal,
  ) {}

  /** Yields the keys of a step. A part that cannot be listed is reported and the rest continues, except for the very first part. */
  async *entries(step: Step): AsyncGenerator<Entry | Extract<Listed, { failed: unknown }>> {
    try {
      if (step.kind === 'discover') yield* this.#discover(step.prefix);
      else if (step.kind === 'search') yield* this.#search(step.prefix);
      else yield* this.#list(step);
    } catch (error) {
      if (!(error instanceof SourceError) || error.fatal) throw error;
      if (!this.#listed) throw new SourceError(error.message, error.uri, true, { cause: error });
      yield { failed: { uri: error.uri, message: error.message } };
    }
  }

  async *#list({ prefix, after, until }: Extract<Step, { kind: 'list' }>) {
    for await (const page of this.#pages({ prefix, after })) {
      for (const entry of page.entries) {
        if (until !== null && order(entry.key, until) >= 0) return;
        yield entry;
      }
    }
  }

  async *#discover(prefix: string): AsyncGenerator<Entry | Extract<Listed, { failed: unknown }>> {
    for await (const page of this.#pages({ prefix, delimiter: true })) {
      const deep = page.entries.find(({ key }) => key.indexOf('/', prefix.length) >= 0);
      if (deep) throw this.#endless(prefix, 'it has no folders, though the request asked for them');
      for (const folder of page.folders) {
        for (const step of planSteps(folder, this.selection)) yield* this.entries(step);
      }
    }
  }

  /** Looks at one key before it lists on, so a tree of logs is planned instead of listed. */
  async *#search(prefix: string): AsyncGenerator<Entry | Extract<Listed, { failed: unknown }>> {
    let after: string | null = null;
    for (;;) {
      const first = await this.#first({ prefix, after, limit: 1 });
      if (first === null) return;
      let tree = treeOf(first.key);
      if (tree === null) {
        for await (const page of this.#pages({ prefix, after })) {
          for (const entry of page.entries) {
            tree = treeOf(entry.key);
            if (tree !== null) break;
            this.met = true;
            yield entry;
          }
          if (tree !== null) break;
        }
      }
      if (tree === null) return;
      for (const step of planSteps(tree, this.selection)) yield* this.entries(step);
      after = behind(tree);
    }
  }

  /** Returns the first key, or null. Earlier pages may be empty. */
  async #first(request: PageRequest): Promise<Entry | null> {
    for await (const { entries } of this.#pages(request)) if (entries[0]) return entries[0];
    return null;
  }

  async #page(request: PageRequest): Promise<Page> {
    const page = await this.bucket.page(request, this.signal);
    this.#listed = true;
    return page;
  }

  /** Yields all pages. Throws SourceError when pages do not advance, because the listing would never end. */
  async *#pages(request: PageRequest): AsyncGenerator<Page> {
    let token: string | null = null;
    let last = request.after ?? '';
    let empty = 0;
    for (;;) {
      const page: Page = await this.#page({ ...request, token });
      for (const key of page.folders.length > 0 ? page.folders : page.entries.map((entry) => entry.key)) {
        const shown = JSON.stringify(key.slice(0, 200));
        if (order(key, last) <= 0) throw this.#endless(request.prefix, `it comes back to ${shown}`);
        if (!key.startsWith(request.prefix)) throw this.#endless(request.prefix, `it leads to ${shown}`);
        if (key.length > MAX_KEY_LENGTH) throw this.#endless(request.prefix, `a key has ${key.length} characters`);
        last = key;
      }
      empty = page.folders.length + page.entries.length === 0 ? empty + 1 : 0;
      if (!request.delimiter && request.limit !== 1 && page.entries.length > 0) this.met = true;
      yield page;
      if (page.token === null) return;
      if (page.token === '' || page.token === token) throw this.#endless(request.prefix, 'it repeats a page');
      if (empty > MAX_EMPTY_PAGES) throw this.#endless(request.prefix, `${empty} pages held no key`);
      token = page.token;
    }
  }

  #endless(prefix: string, why: string): SourceError {
    const uri = this.bucket.uri(prefix);
    return new SourceError(`Listing ${uri} does not advance (${why}); the server's paging is broken`, uri, true);
  }
}

/** From this character on, UTF-16 order (that of strings) differs from byte order. */
const BEYOND = /[\ud800-\uffff]/;

/** Compares keys by bytes, as S3 does. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  if (BEYOND.test(a) || BEYOND.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
