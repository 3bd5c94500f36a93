/** Copies objects of a bucket into the folder, under the names that they have there. */
import { join } from 'node:path';
import pMap from 'p-map';
import { groupedCount } from '../../number/count.ts';
import { makeScratch } from '../../publish/scratch.ts';
import type { Selection } from '../../source/key.ts';
import { s3Source } from '../../source/s3.ts';
import { type Failed, SourceError, type SourceObject } from '../../source/source.ts';
import { gapOf } from '../gap.ts';
import type { Gap } from '../outcome.ts';
import type { Gathering } from '../step.ts';

const AT_ONCE = 8;
/** Most bytes of a file's name. */
const LONGEST_NAME = 255;
/** A key may be too long, or a folder of another one. */
const OF_NAME = /^E(?:NAMETOOLONG|NOTDIR|ISDIR|EXIST|INVAL|ILSEQ)$/;
/** Downloads above this are announced. */
const LARGE_BYTES = 100e6;

/** Every object of a place. */
export const EVERY_OBJECT: Selection = {
  ...{ window: null, accounts: [], regions: [], loadBalancers: [], logs: [], lookBackDays: 0 },
};

/** Copies the objects of a place into the folder, below `s3/BUCKET/`. What is there already is not fetched again. */
export async function download(
  place: { bucket: string; prefix: string },
  selection: Selection,
  { folder, env, profile, patience, signal, note, region }: Gathering & { region: string },
): Promise<{ files: string[]; gaps: Omit<Gap, 'what'>[] }> {
  const source = s3Source(place, selection, { endpointUrl: null, region, profile, env }, note, patience);
  const files: string[] = [];
  const failed: Failed[] = [];
  const scratch = await makeScratch();
  try {
    const objects: SourceObject[] = [];
    for await (const listed of source.list(signal)) {
      if ('object' in listed) objects.push(listed.object);
      else if ('failed' in listed) failed.push(listed.failed);
    }
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    if (bytes > LARGE_BYTES) {
      note(
        `s3://${place.bucket}: ${groupedCount(objects.length, 'object')}, ${Math.round(bytes / 1e6)} MB; Ctrl-C stops, and the next run goes on`,
      );
    }
    await pMap(
      objects,
      async (object) => {
        const name = nameOf(object.uri);
        if (name === null) failed.push(unnameable(object.uri));
        else if ((await folder.sizeOf(name)) === object.size) files.push(name);
        else {
          try {
            const { path } = await source.fetch(object, scratch.path, signal);
            await folder.take(name, path);
            files.push(name);
          } catch (error) {
            if (OF_NAME.test(String((error as NodeJS.ErrnoException).code))) failed.push(unnameable(object.uri));
            else if (error instanceof SourceError && !error.fatal) {
              failed.push({ uri: object.uri, message: error.message });
            } else throw error;
          }
        }
      },
      { concurrency: AT_ONCE, signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    return { files: files.sort(), gaps: [gapOf(error, '')] };
  } finally {
    await source.close?.();
    await scratch.remove();
  }
  const gaps = failed.slice(0, 1).map(({ message }) => ({
    ...{
      reason: `${failed.length} not read, such as: ${message}`,
      next: 'run again: what is here is kept',
      failed: true,
    },
  }));
  return { files: files.sort(), gaps };
}

const unnameable = (uri: string): Failed => ({ uri, message: `${uri} has a name that no file can have here` });

/** The key as a path below the folder; null for one that would lead elsewhere. */
function nameOf(uri: string): string | null {
  const parts = uri.slice('s3://'.length).split('/');
  const isPath = parts.every(
    (part) =>
      part !== '' && part !== '.' && part !== '..' && !part.includes('\0') && Buffer.byteLength(part) <= LONGEST_NAME,
  );
  return isPath ? join('s3', ...parts) : null;
}
