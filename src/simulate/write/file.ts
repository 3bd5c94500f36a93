/** What a simulation writes: files as values, and who writes them where is not known here. */
import { gzipSync } from 'node:zlib';

export interface OutFile {
  /** Relative, with /. */
  path: string;
  bytes: Uint8Array;
}

export const textFile = (path: string, text: string): OutFile => ({ path, bytes: new TextEncoder().encode(text) });

/** JSON values, one a line. */
export const ndjson = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** The same bytes on every system. */
export function gzipFile(path: string, text: string): OutFile {
  const bytes = gzipSync(text, { level: 6 });
  // zlib writes no time; which system made it differs.
  bytes[9] = 3;
  return { path, bytes };
}
