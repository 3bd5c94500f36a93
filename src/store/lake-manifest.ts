/** Reads and writes the manifest of an exported lake: its files, and how to check each. */
import { posix } from 'node:path';
import { StoreError } from './database.ts';

/** One file of the lake. */
export interface LakeFile {
  /** Path below the lake's folder, with `/`. The first part is the table. */
  path: string;
  rows: number;
  /** Sum of DuckDB's hashes of the rows. The order does not matter; a missing or extra row does. */
  checksum: string;
  /** The same over the database's stored rows, which is cheaper to compute; absent if an older version wrote the entry. */
  stored?: string;
  bytes: number;
}

export interface LakeManifest {
  /** Version of the layout. */
  format: 1;
  /** DuckDB version. Hashes are compared only between equal versions. */
  engine: string;
  /** Identity of the lake's database; null or absent if a version without identities wrote the manifest. */
  database?: string | null;
  /** Form of the stored rows; entries' `stored` are compared only between equal forms. Absent in a manifest of an older version. */
  stored?: string;
  /** Id of this program's writes to the database, see own-write.ts; null or absent if another client may have written. */
  own?: string | null;
  /** How alb_log is divided; absent if an older version wrote the manifest. */
  partition?: readonly string[];
  files: LakeFile[];
  /** Files that the last export was about to remove: the next one removes those that a kill has left. */
  removing?: readonly string[];
}

export const MANIFEST = 'draintrace-lake.json';

/** Parses the manifest; `place` is its location. Throws StoreError if it is not understood. */
export function parseManifest(text: string, place: string): LakeManifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new StoreError(`${place} is damaged: remove it and export again, then every file is written anew`, { cause });
  }
  if (isObject(manifest) && manifest.format !== 1) {
    throw new StoreError(`${place} was written by another version of draintrace: export to another folder`);
  }
  if (!isManifest(manifest)) {
    throw new StoreError(`${place} is not a list of a lake's files: remove it and export again`);
  }
  const paths = manifest.files.map(({ path }) => posix.normalize(path));
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) throw new StoreError(`${place} names ${twice} twice: remove it and export again`);
  return manifest;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isManifest = (value: unknown): value is LakeManifest =>
  isObject(value) &&
  typeof value.engine === 'string' &&
  ['string', 'undefined'].includes(typeof (value.database ?? undefined)) &&
  ['string', 'undefined'].includes(typeof value.stored) &&
  ['string', 'undefined'].includes(typeof (value.own ?? undefined)) &&
  (value.partition === undefined || Array.isArray(value.partition)) &&
  (value.removing === undefined || (Array.isArray(value.removing) && value.removing.every(isPath))) &&
  Array.isArray(value.files) &&
  value.files.every(isFile);

/** A path below the lake's folder. */
const isPath = (value: unknown): value is string => typeof value === 'string' && !value.split('/').includes('..');

const isFile = (value: unknown): value is LakeFile =>
  isObject(value) &&
  isPath(value.path) &&
  typeof value.rows === 'number' &&
  typeof value.checksum === 'string' &&
  ['string', 'undefined'].includes(typeof value.stored) &&
  typeof value.bytes === 'number';

/** Returns the table whose rows a file holds. */
export const tableOf = ({ path }: Pick<LakeFile, 'path'>): string => path.slice(0, path.indexOf('/'));
