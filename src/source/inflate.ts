/** Reads a (gzipped) file into memory. Returns what could be read, and what was damaged. */
import { type Damage, inflated, isGzip } from './inflated-stream.ts';

export interface Text {
  bytes: Buffer;
  gzip: boolean;
  /** Damage of the gzip data in the part that was read; null without damage. */
  damage: Damage;
  /** The file has more text than was requested. */
  cut: boolean;
}

/** Returns the first `limit` bytes of the text of a file, gzipped or plain. Throws only for file system errors. */
export async function readHead(path: string, limit: number): Promise<Text> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let damage: Damage = null;
  const text = inflated(path);
  for (;;) {
    const next = await text.next();
    if (next.done) {
      damage = next.value;
      break;
    }
    chunks.push(next.value);
    size += next.value.length;
    if (size > limit) {
      await text.return(null);
      break;
    }
  }
  const bytes = Buffer.concat(chunks, Math.min(size, limit));
  return { bytes, gzip: await isGzip(path), damage, cut: size > limit };
}

/** Returns the whole text of a file, or null when it has more than `limit` bytes. Throws only for file system errors. */
export async function readAll(path: string, limit: number): Promise<Text | null> {
  const text = await readHead(path, limit);
  return text.cut ? null : text;
}
