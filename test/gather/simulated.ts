/** Files of a simulation on the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the paths of all files below a folder, relative and with `/`, in order. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

export const textBelow = (folder: string, file: string): Buffer => readFileSync(join(folder, file));
