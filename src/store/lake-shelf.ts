/** Where an exported lake is put: a folder of this machine. A bucket is another one. */
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** A place for files that others read while they are put there. Paths are below it, with `/`. */
export interface Shelf {
  /** What people call it. */
  place: string;
  /** Returns the sizes of the Parquet files that are there, by path. */
  list(): Promise<Map<string, number>>;
  /** Returns the text of a file, or null where there is none. */
  read(path: string): Promise<string | null>;
  /** Returns the path of a new local file that `put` will take: its folder exists. */
  fresh(path: string): Promise<string>;
  /** Puts a local file in its place, whole or not at all; the local file may be gone then. */
  put(path: string, file: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** Returns the shelf that is a folder, which exists. */
export function folderShelf(folder: string): Shelf {
  return {
    place: folder,
    list: async () => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
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
    fresh: async (path) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      return `${join(folder, path)}.${process.pid}.tmp`;
    },
    put: async (path, file) => renameSync(file, join(folder, path)),
    remove: async (path) => rmSync(join(folder, path), { force: true }),
  };
}
