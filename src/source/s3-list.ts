/** Decides for each key of a place whether it is read. */
import { DAY, type Micros } from '../time/time.ts';
import { OUTSIDE, type Selection, skipReason } from './key.ts';
import { planSteps, type S3Location } from './plan.ts';
import type { Entry, S3Bucket } from './s3-bucket.ts';
import { Walk } from './s3-walk.ts';
import { type Listed, SourceError } from './source.ts';

/** Limit for pages of keys that are looked at to learn whether a place holds what is asked for at other times. */
const MAX_OTHER_PAGES = 10;
const WEEK: Micros = 7 * DAY;

/** Limits of keys for one place. Beyond them the listing counts as endless. */
export interface ListLimits {
  /** Requested keys: each takes some 200 bytes of disk beside its characters until it is loaded. */
  taken: number;
  /** Characters of the requested keys: bytes of disk. */
  characters: number;
  /** All keys: 1,000 keys are one request. */
  seen: number;
}

const LIMITS: ListLimits = { taken: 10_000_000, characters: 2_000_000_000, seen: 20_000_000 };

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
  for await (const found of walk.through(steps)) {
    for (const entry of found) {
      if (!('key' in entry)) {
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
    const uri = walk.requested ?? (await findAtOtherTimes(bucket, prefix, selection, signal));
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
    const walk = new Walk(bucket, other, signal, 1);
    for await (const found of walk.through(planSteps(prefix, other))) {
      for (const entry of found) {
        if ('key' in entry && skipReason(entry.key, other) === null) return bucket.uri(entry.key);
      }
      if (walk.pages >= MAX_OTHER_PAGES) break;
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
  const walk = new Walk(bucket, { ...selection, window: null }, signal, 1);
  for await (const found of walk.through(planSteps(prefix, { ...selection, window: null }))) {
    if (found.length > 0) return;
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
