/** A bucket, or a part of one, as a source. */
import type { Selection } from './key.ts';
import type { Place } from './plan.ts';
import { PATIENCE, type Patience } from './retry.ts';
import { S3Bucket } from './s3-bucket.ts';
import type { Access } from './s3-client.ts';
import { fetchObject } from './s3-fetch.ts';
import { listPlace } from './s3-list.ts';
import type { Source } from './source.ts';

/** Told what a user may want to know, one sentence at a time. */
export type Note = (text: string) => void;

/**
 * Returns the source for what `selection` asks of `place`. Nothing is asked of the server before `list` or `fetch`.
 * Listing costs one request for each 1,000 keys and for each account, region and day; each fetch is one, and more when tried again.
 */
export function s3Source(
  place: Place,
  selection: Selection,
  access: Access,
  note: Note = () => {},
  patience: Partial<Patience> = {},
): Source {
  const bucket = new S3Bucket(place.bucket, access, { ...PATIENCE, ...patience }, note);
  return {
    list: (signal) => listPlace(bucket, place, selection, signal),
    fetch: async (object, spoolDirectory, signal) => ({
      path: await fetchObject(bucket, object, spoolDirectory, signal),
      temporary: true,
    }),
    close: () => bucket.close(),
  };
}
