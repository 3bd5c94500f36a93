/**
 * Converts between local paths and `file:` uris. A name may hold bytes that are not UTF-8: its path is kept as bytes, and its
 * uri has them percent-encoded, so every file that can be listed can be opened.
 */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A path: text if it is UTF-8, else bytes. */
export type Path = string | Buffer;

/** Returns the path that these bytes spell. */
export const pathOfBytes = (bytes: Buffer): Path => (isUtf8(bytes) ? bytes.toString() : bytes);

/** Returns the path of a name in a folder. */
export function pathIn(folder: Path, name: Buffer): Path {
  if (typeof folder === 'string' && isUtf8(name)) return join(folder, name.toString());
  return Buffer.concat([Buffer.from(folder as string), Buffer.from('/'), name]);
}

/** Returns the path as people read it. Bytes that are not UTF-8 become `\xHH`. */
export function shownPath(path: Path): string {
  if (typeof path === 'string') return path;
  let shown = '';
  for (let at = 0; at < path.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= path.length && isUtf8(path.subarray(at, at + n)));
    if (length === undefined) shown += `\\x${hex(path[at]!)}`;
    else shown += path.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return shown;
}

/** Returns the uri of an absolute path. */
export function uriOfPath(path: Path): string {
  // pathToFileURL drops control characters and blanks at the end of a name.
  if (typeof path === 'string' && !/[\x00-\x20]$/.test(path)) return pathToFileURL(path).href;
  return `file://${[...Buffer.from(path as string)].map(encoded).join('')}`;
}

/** Returns the path of a uri (from `uriOfPath` or typed by a user); null for a uri that names no local file. */
export function pathOfUri(uri: string): Path | null {
  const match = /^file:\/\/(?:localhost)?(\/[^?#]*)/i.exec(uri);
  if (!match) return null;
  const bytes: number[] = [];
  for (const [piece] of match[1]!.matchAll(/%[\dA-Fa-f]{2}|[^%]+|%/g)) {
    if (piece === '%') return null;
    if (piece.startsWith('%')) bytes.push(Number.parseInt(piece.slice(1), 16));
    else bytes.push(...Buffer.from(piece));
  }
  return bytes.includes(0) ? null : pathOfBytes(Buffer.from(bytes));
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
const encoded = (byte: number): string => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/.test(character) ? character : `%${hex(byte)}`;
};
