/** Source for standard input. It is copied to a file first, because all bytes are needed for its kind and its identity. */
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Micros } from '../time/time.ts';
import { type Listed, type Source, SourceError } from './source.ts';

/**
 * Returns the source for the rest of `stream`: one object, identified by its sha256. `name` is its base name; `now` gives its
 * modification time. The copy lies in its own folder in `parent` until it is fetched or the source is closed.
 */
export function streamSource(
  stream: NodeJS.ReadableStream,
  name: string,
  now: () => Micros,
  parent: string = tmpdir(),
): Source {
  let folder: string | null = null;
  const copy = () => join(folder!, 'content');
  return {
    async *list(signal): AsyncGenerator<Listed> {
      await mkdir(parent, { recursive: true });
      folder = await mkdtemp(join(parent, 'draintrace-'));
      const { sha256, size } = await spool(stream, copy(), signal);
      yield { object: { uri: `stdin:${sha256}`, etag: sha256, size, modified: now(), name, isNamed: true } };
    },
    async fetch(_object, spoolDirectory) {
      const path = join(spoolDirectory, `${randomUUID()}.object`);
      await move(copy(), path);
      return { path, temporary: true };
    },
    async close() {
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Copies the stream. Throws SourceError that names the copy's path, because only its disk may be full. */
async function spool(stream: NodeJS.ReadableStream, path: string, signal: AbortSignal) {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  // Ctrl-C must also end a terminal or pipe that sends nothing.
  const stop = () => (stream as NodeJS.ReadStream).destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      hash.update(bytes);
      size += bytes.length;
      await file.writeFile(bytes).catch((error: NodeJS.ErrnoException) => {
        const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
        throw new SourceError(`standard input cannot be copied to ${path}: ${why}`, path, true, { cause: error });
      });
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from);
  }
}
