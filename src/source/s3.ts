/** Source for a bucket or a part of a bucket. */
import type { Selection } from './key.ts';
import type { S3Location } from './plan.ts';
import { PATIENCE, type Patience } from './retry.ts';
import { S3Bucket } from './s3-bucket.ts';
import type { Access } from './s3-client.ts';
import { fetchObject } from './s3-fetch.ts';
import { listPlace } from './s3-list.ts';
import type { Source } from './source.ts';

/** Takes a note for the user, one sentence a call. */
export type Note = (text: string) => void;

/**
 * Returns the source for the part of `place` that `selection` requests. Sends nothing before `list` or `fetch`. Listing costs
 * one request for each 1,000 keys and for each account, region and day. Each fetch is one request, more with retries.
 */
export function s3Source(
  place: S3Location,
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
