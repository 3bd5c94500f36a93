/** Answers that need no parser: the version, and whether the help of the program is asked for. */
import { readFileSync } from 'node:fs';

/** Returns this program's version from package.json. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Whether the words ask for the help of the program, not of a command. */
export const isHelp = ([first, ...more]: readonly string[]): boolean =>
  more.length === 0 && (first === '--help' || first === '-h' || first === 'help');
