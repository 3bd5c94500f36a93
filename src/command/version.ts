/** Which draintrace this is. */
import { readFileSync } from 'node:fs';

/** Returns this program's version, as its package.json has it. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
