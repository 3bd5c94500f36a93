/** Destination of an export: a local folder (command/bucket-target.ts does S3). */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { sweepNames } from '../publish/leftover.ts';
import { isUnfinished } from '../publish/owner.ts';
import { publishFile, systemError } from '../publish/publish.ts';
import { makeFolder } from '../source/folder.ts';

/** Destination for files that others may read during the export. Paths are relative, with `/`. */
export interface LakeTarget {
  /** Name of the destination for people. */
  place: string;
  /** Local folder that holds all local files of `bring` and `publish`. */
  directory: string;
  /** Returns the sizes of the existing Parquet files by path. Removes leftovers of killed exports. */
  list(): Promise<Map<string, number>>;
  /** Returns the text of a file, or null for a missing file. */
  read(path: string): Promise<string | null>;
  /** Returns the path of a local file with the same content. */
  bring(path: string): Promise<string>;
  /** Calls `write` with the path of an empty local file, then publishes that file, complete or not at all. */
  publish<T>(path: string, write: (file: string) => Promise<T>): Promise<T>;
  remove(path: string): Promise<void>;
}

/** Returns the target for an existing folder. */
export function folderTarget(folder: string): LakeTarget {
  return {
    place: folder,
    directory: folder,
    list: async () => {
      const names = await readdir(folder, { recursive: true, encoding: 'utf8' });
      const left = names.filter((name) => isUnfinished(basename(name)));
      await sweepNames(folder, left);
      const files = names.filter((name) => name.endsWith('.parquet'));
      return new Map(files.map((name) => [name.replaceAll(sep, '/'), statSync(join(folder, name)).size]));
    },
    read: async (path) => {
      try {
        return readFileSync(join(folder, path), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    bring: async (path) => join(folder, path),
    publish: async (path, write) => {
      const file = join(folder, path);
      await makeFolder(dirname(file));
      // A link below the lake could lead anywhere.
      const [root, real] = await Promise.all([realpath(folder), realpath(dirname(file))]);
      if (!`${real}${sep}`.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) throw systemError('ELOOP', file);
      return publishFile(file, write);
    },
    remove: async (path) => rmSync(join(folder, path), { force: true }),
  };
}
