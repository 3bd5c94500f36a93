/**
 * The empty database, made once at build time. Its views cost DuckDB 0.7 s of work, because each is bound with all that it
 * reads; a copy of the file costs nothing.
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

/** Returns where the gzipped empty database of this schema and these views is, or would be. Beside src/ and dist/ alike. */
export const emptyPath = (): string => built('duckdb.gz');

/** Returns where the definitions of the empty database are, or would be. */
export const emptyDefinitionsPath = (): string => built('json');

let definitions: Definitions | null = null;

/** Returns the definitions in a database of this program; null where the build made none. */
export function builtDefinitions(): Definitions | null {
  const path = emptyDefinitionsPath();
  if (definitions === null && existsSync(path)) definitions = JSON.parse(readFileSync(path, 'utf8')) as Definitions;
  return definitions;
}

/** Returns the bytes of an empty database with an identity of its own; null where the build made none. */
export function newEmpty(): Buffer | null {
  const path = emptyPath();
  if (!existsSync(path)) return null;
  const bytes = gunzipSync(readFileSync(path));
  return renewIdentity(bytes) ? bytes : null;
}

/** Makes `path` an empty database where nothing is there yet. On failure nothing changes; DuckDB then reports the reason. */
export async function beginWithEmpty(path: string): Promise<void> {
  // A log that was left behind by another file would be taken for one of this.
  if (path === ':memory:' || existsSync(path) || existsSync(`${path}.wal`)) return;
  // A folder that is not there was mistyped: publishing would make it.
  if (!existsSync(dirname(resolve(path)))) return;
  const bytes = newEmpty();
  if (bytes === null) return;
  try {
    // Exclusive: what another process made meanwhile is not replaced.
    await publishFile(path, (unfinished) => writeFile(unfinished, bytes), { exclusive: true });
  } catch {
    // Nothing is lost: DuckDB makes the file, or says why it cannot be made.
  }
}
