/**
 * Copies the empty database that the build made. DuckDB needs 0.7 s to make its views, because it binds each with everything
 * the view reads; a copy of the file costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { publishFile } from '../publish/publish.ts';
import type { Definitions } from './definition.ts';
import { renewIdentity } from './file-header.ts';
import { schemaStatements } from './schema.ts';
import { viewsVersion } from './view.ts';

function built(ending: string): string {
  const hash = createHash('sha256').update(schemaStatements().join(';')).update(viewsVersion()).digest('hex');
  return fileURLToPath(new URL(`../../dist/empty-${hash.slice(0, 16)}.${ending}`, import.meta.url));
}

/** Path of the gzipped empty database for this schema and these views, which may not exist. Right from src/ and dist/. */
export const emptyPath = (): string => built('duckdb.gz');

/** Path of the definitions of the empty database, which may not exist. */
export const emptyDefinitionsPath = (): string => built('json');

let definitions: Definitions | null = null;

/** Returns the definitions of this program's empty database; null if the build made none. */
export function builtDefinitions(): Definitions | null {
  const path = emptyDefinitionsPath();
  if (definitions === null && existsSync(path)) definitions = JSON.parse(readFileSync(path, 'utf8')) as Definitions;
  return definitions;
}

/** Returns the bytes of an empty database with a new identity; null if the build made none. */
export function newEmpty(): Buffer | null {
  const path = emptyPath();
  if (!existsSync(path)) return null;
  const bytes = gunzipSync(readFileSync(path));
  return renewIdentity(bytes) ? bytes : null;
}

/**
 * Copies the empty database to `path` if nothing exists there, and returns whether it did. On failure nothing changes; DuckDB then
 * reports the reason.
 */
export async function beginWithEmpty(path: string): Promise<boolean> {
  // DuckDB would take a leftover log of another file for this file's log.
  if (path === ':memory:' || existsSync(path) || existsSync(`${path}.wal`)) return false;
  // The parent folder does not exist, so the path was mistyped; publishing would make the folder.
  if (!existsSync(dirname(resolve(path)))) return false;
  const bytes = newEmpty();
  if (bytes === null) return false;
  try {
    // Exclusive: never replaces a file that another process made meanwhile.
    await publishFile(path, (unfinished) => writeFile(unfinished, bytes), { exclusive: true });
    return true;
  } catch {
    // Nothing is lost: DuckDB makes the file, or reports why it cannot.
    return false;
  }
}
