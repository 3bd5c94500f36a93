/**
 * The empty database, made once at build time. Its views cost DuckDB 0.7 s of work, because each is bound with all that it
 * reads; a copy of the file costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { schemaStatements } from './schema.ts';
import { viewsVersion } from './view.ts';

/** Returns where the gzipped empty database of this schema and these views is, or would be. Beside src/ and dist/ alike. */
export function emptyPath(): string {
  const hash = createHash('sha256').update(schemaStatements().join(';')).update(viewsVersion()).digest('hex');
  return fileURLToPath(new URL(`../../dist/empty-${hash.slice(0, 16)}.duckdb.gz`, import.meta.url));
}

/** Makes `path` an empty database where nothing is there yet. Where it cannot, it leaves all as it was: DuckDB says why. */
export function beginWithEmpty(path: string): void {
  // A log that was left behind by another file would be taken for one of this.
  if (path === ':memory:' || existsSync(path) || existsSync(`${path}.wal`)) return;
  const empty = emptyPath();
  if (!existsSync(empty)) return;
  const fresh = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(fresh, gunzipSync(readFileSync(empty)));
    // Unlike a rename, this does not replace what another process made meanwhile.
    linkSync(fresh, path);
  } catch {
    // Nothing is lost: DuckDB makes the file, or says why it cannot be made.
  }
  try {
    rmSync(fresh, { force: true });
  } catch {
    // Its folder is none.
  }
}
