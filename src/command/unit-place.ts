/** Where units lie: a folder, or a prefix of a bucket. Nothing that is complete is ever written again. */
import { type Dirent, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sweepFolder } from '../publish/leftover.ts';
import { unfinishedName } from '../publish/owner.ts';
import { makeFolder } from '../source/folder.ts';
import { parseS3Url, type S3Location } from '../source/plan.ts';
import { PATIENCE } from '../source/retry.ts';
import { S3Bucket } from '../source/s3-bucket.ts';
import type { Access } from '../source/s3-client.ts';
import { folderTarget, type LakeTarget } from '../store/lake-target.ts';
import { withBucketTarget } from './bucket-target.ts';
import { CliError, EXIT } from './error.ts';
import { orUnwritable, publish } from './publish.ts';

export interface UnitPlace {
  /** The place as people and `load` write it. */
  place: string;
  /** Returns the names of the files beside the units' folders. */
  files(): Promise<string[]>;
  /** Returns the text of such a file; null without it. */
  read(file: string): Promise<string | null>;
  /** Gives `work` an empty lake, which is at the path `lake` when `work` has succeeded. */
  fill<T>(lake: string, work: (target: LakeTarget) => Promise<T>): Promise<T>;
  /** Writes a file, complete or not at all. */
  write(file: string, text: string): Promise<void>;
  /** Returns the path or url of a lake. */
  urlOf(lake: string): string;
}

/** Returns the place. Throws CliError for a url of another kind. */
export function unitPlace(where: string, access: Access, note: (text: string) => void, signal: AbortSignal): UnitPlace {
  if (where.trim() === '')
    throw new CliError('the place of units is empty: name a folder or s3://bucket/prefix', EXIT.usage);
  const bucket = parseS3Url(where);
  if (bucket !== null) return bucketPlace(bucket, access, note, signal);
  if (/^(?:s3:|[a-z0-9]+:\/\/)/i.test(where))
    throw new CliError(`${where} is no folder and no s3://bucket/prefix: write it as units`, EXIT.usage);
  return folderPlace(where);
}

function folderPlace(folder: string): UnitPlace {
  return {
    place: folder,
    files: async () => {
      const entries = readdirSync(folder, { withFileTypes: true });
      // A link may lead to a file on another disk; one that leads nowhere is told by `read`.
      const isOne = (entry: Dirent): boolean =>
        entry.isFile() || (entry.isSymbolicLink() && isFileOrNothing(join(folder, entry.name)));
      return entries.filter(isOne).map(({ name }) => name);
    },
    read: async (file) => {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') return null;
        throw new CliError(`${join(folder, file)} cannot be read (${code}): check the folder`, EXIT.output, {
          cause: error,
        });
      }
    },
    fill: (lake, work) => {
      const path = join(folder, lake);
      return orUnwritable(folder, async () => {
        const unit = dirname(path);
        await makeFolder(unit);
        // Folders of killed tries have names that say so.
        await sweepFolder(unit);
        const unfinished = join(unit, unfinishedName());
        mkdirSync(unfinished);
        try {
          const result = await work(folderTarget(unfinished));
          renameSync(unfinished, path);
          return result;
        } finally {
          rmSync(unfinished, { recursive: true, force: true });
        }
      });
    },
    write: (file, text) => publish(join(folder, file), text),
    urlOf: (lake) => join(folder, lake),
  };
}

function isFileOrNothing(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

function bucketPlace(
  { bucket: name, prefix }: S3Location,
  access: Access,
  note: (text: string) => void,
  signal: AbortSignal,
): UnitPlace {
  const below = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const at = <T>(path: string, work: (target: LakeTarget) => Promise<T>): Promise<T> =>
    withBucketTarget({ bucket: name, prefix: below + path }, access, note, signal, work);
  return {
    place: `s3://${name}/${below}`,
    files: async () => {
      const bucket = new S3Bucket(name, access, PATIENCE, note);
      const files: string[] = [];
      try {
        let token: string | null = null;
        do {
          const page = await bucket.page({ prefix: below, delimiter: '/', token }, signal);
          files.push(...page.entries.map(({ key }) => key.slice(below.length)));
          token = page.token;
        } while (token !== null);
        return files;
      } finally {
        await bucket.close();
      }
    },
    read: (file) => at('', (target) => target.read(file)),
    fill: at,
    write: (file, text) => at('', (target) => target.publish(file, (path) => writeFile(path, text))),
    urlOf: (lake) => `s3://${name}/${below}${lake}/`,
  };
}
