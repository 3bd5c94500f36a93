/** Writes the files of a spool. */
import { closeSync, openSync, writevSync } from 'node:fs';
import type { Column } from '../../parquet/column.ts';
import { parquetFile } from '../../parquet/file.ts';

/** The spool cannot be written (disk full, say): nothing more can be loaded. */
export class SpoolError extends Error {
  override name = 'SpoolError';
}

/** Pieces of one call: POSIX allows 1,024. */
const PIECES = 512;

function writePieces(file: number, pieces: readonly Uint8Array[]): void {
  for (let at = 0; at < pieces.length; at += PIECES) {
    let left = pieces.slice(at, at + PIECES);
    while (left.length > 0) {
      let written = writevSync(file, left);
      const next = left.findIndex(({ length }) => {
        if (length > written) return true;
        written -= length;
        return false;
      });
      left = next < 0 ? [] : [left[next]!.subarray(written), ...left.slice(next + 1)];
    }
  }
}

/** Writes columns to a new file and returns its path; null for columns without rows. Throws SpoolError. */
export function writeColumns(path: string, columns: readonly Column[]): string | null {
  if (columns[0]!.rows === 0) return null;
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writePieces(file, parquetFile(columns));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new SpoolError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
  return path;
}
