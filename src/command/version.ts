/** Reads the version of this program. */
import { readFileSync } from 'node:fs';

/** Returns this program's version from package.json. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
