/**
 * Writes files of lines that survive a kill: each line reaches the operating system within a fifth of a second and the disk
 * within one. Files are rotated by size and age and compressed when closed. Nothing is ever overwritten.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { publishFile } from '../publish/publish.ts';
import { makeFolder } from '../source/folder.ts';
import { SourceError } from '../source/source.ts';
import { HOUR_MS, SECOND_MS } from '../time/time.ts';

export interface Rotation {
  /** Bytes of text after which a file is closed. */
  bytes: number;
  /** Milliseconds after which it is closed. */
  ms: number;
}

export const ROTATION: Rotation = { bytes: 64 << 20, ms: HOUR_MS };

const FLUSH_MS = 200;
const SYNC_MS = SECOND_MS;
/** A recording that cannot be written. */
export class RecordError extends SourceError {
  constructor(path: string, why: string, remedy: string, cause: unknown) {
    super(`${path} cannot be written (${why}); ${remedy}`, path, true, { cause });
  }
}

/** Bytes of lines that may wait for the disk; beyond that, writers wait too. */
const MOST_WAITING = 4 << 20;
const LINES = '.jsonl';

export class Journal {
  /** Bytes of text written to all files, and the number of files. */
  written = 0;
  files = 0;
  readonly #directory: string;
  readonly #name: string;
  readonly #rotation: Rotation;
  readonly #opening: () => string | null;
  readonly #closed: (path: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #openingBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #file: { handle: FileHandle; path: string; bytes: number; openedMs: number; syncedMs: number } | null = null;
  readonly #packing = new Set<Promise<void>>();
  #failure: unknown = null;

  /**
   * Files are `<directory>/<name>-<time>.jsonl`, and `.jsonl.gz` when closed. `opening` returns the first line of each file;
   * `closed` takes the path of each compressed file.
   */
  constructor(
    directory: string,
    name: string,
    rotation: Rotation,
    opening: () => string | null = () => null,
    closed: (path: string) => void = () => {},
  ) {
    this.#directory = directory;
    this.#name = name;
    this.#rotation = rotation;
    this.#opening = opening;
    this.#closed = closed;
  }

  /** Begins the first file with the known state, before anything else is written. */
  begin(): void {
    this.#put(this.#opening());
    this.#openingBytes = this.#waitingBytes;
  }

  /** Takes a line with its newline. Resolves at once, or when the disk has caught up. Throws SourceError if writing fails. */
  async write(line: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#put(line);
    this.#timer ??= setTimeout(() => void this.#flush().catch(() => {}), FLUSH_MS);
    if (this.#waitingBytes > MOST_WAITING) await this.#flush();
  }

  /** Writes the waiting lines and closes the file. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#shut();
    await Promise.all(this.#packing);
    if (this.#failure) throw this.#failure;
  }

  #put(line: string | null): void {
    if (line === null) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  /** Writes one block at a time. After a failure all later writes fail. */
  #flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#work = this.#work.then(() => this.#writeOut());
    return this.#work;
  }

  async #writeOut(): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      const text = Buffer.from(this.#waiting.join(''));
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (text.length === 0) return;
      this.#file ??= await this.#open();
      const file = this.#file;
      await file.handle.appendFile(text);
      file.bytes += text.length;
      this.written += text.length;
      const nowMs = Date.now();
      if (nowMs - file.syncedMs >= SYNC_MS) {
        await file.handle.datasync();
        file.syncedMs = nowMs;
      }
      // A file must grow beyond its opening line, however large that is.
      const enough = Math.max(this.#rotation.bytes, 2 * this.#openingBytes);
      if (file.bytes >= enough || nowMs - file.openedMs >= this.#rotation.ms) {
        // Before anything is awaited: lines that come meanwhile, and those that wait already, stand behind it.
        const opening = this.#opening();
        if (opening !== null) {
          this.#waiting.unshift(opening);
          this.#waitingBytes += opening.length;
        }
        this.#openingBytes = opening?.length ?? 0;
        await this.#shut();
      }
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const path = this.#file?.path ?? join(this.#directory, this.#name);
      this.#failure = new RecordError(path, `${code ?? message}`, 'make room or choose another --out', cause);
      throw this.#failure;
    }
  }

  async #open() {
    await makeFolder(this.#directory);
    const nowMs = Date.now();
    // Two runs, or two files of one millisecond, never share a file.
    for (let n = 0; ; n++) {
      const time = new Date(nowMs + n).toISOString().replaceAll(/[-:]/g, '');
      const path = join(this.#directory, `${this.#name}-${time}${LINES}`);
      try {
        const handle = await open(path, 'ax', 0o640);
        this.files++;
        return { handle, path, bytes: 0, openedMs: nowMs, syncedMs: nowMs };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  async #shut(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    this.#file = null;
    await file.handle.datasync();
    await file.handle.close();
    const packing = pack(file.path).then(this.#closed, (error: unknown) => {
      this.#failure ??= error;
    });
    this.#packing.add(packing);
    void packing.finally(() => this.#packing.delete(packing));
  }
}

/** Compresses a closed file and returns the path of the result, which never appears incomplete. */
export async function pack(path: string): Promise<string> {
  const packed = `${path}.gz`;
  await publishFile(
    packed,
    (unfinished) => pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished)),
    {
      mode: 0o640,
    },
  );
  await rm(path);
  return packed;
}

/** A file of an earlier run, or of another run that still writes. */
export interface UnfinishedFile {
  path: string;
  packed: boolean;
  modifiedMs: number;
}

/** Returns this journal's files in the order in which they were begun. */
export async function unfinishedFiles(directory: string, name: string): Promise<UnfinishedFile[]> {
  const found: UnfinishedFile[] = [];
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries.sort()) {
    const match = /^(.*)-\d{8}T\d{6}\.\d{3}Z\.jsonl(\.gz)?$/.exec(basename(entry));
    if (!match || match[1] !== name) continue;
    const path = join(directory, entry);
    found.push({ path, packed: match[2] !== undefined, modifiedMs: (await stat(path)).mtimeMs });
  }
  return found;
}
