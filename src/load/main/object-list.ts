/**
 * A list of objects on disk, one JSON line each: a million objects take no more memory than a thousand. It is written once, then
 * read from its beginning or from a mark on.
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes written, and read, at once. */
const STEP = 1 << 18;

/** A part of the list. */
export interface ListPart {
  /** Byte where it begins. */
  at: number;
  bytes: number;
}

export class ObjectList<T> {
  readonly path: string;
  readonly #file: FileHandle;
  #length = 0;
  /** Bytes given to `add`. */
  #size = 0;
  #pending: string[] = [];
  #pendingBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes an empty list in a new file. */
  static async create<T>(path: string): Promise<ObjectList<T>> {
    return new ObjectList<T>(path, await open(path, 'wx+', 0o600));
  }

  /** Number of objects. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the list: where the next object begins. */
  get size(): number {
    return this.#size;
  }

  async add(one: T): Promise<void> {
    const line = `${JSON.stringify(one)}\n`;
    const bytes = Buffer.byteLength(line);
    this.#pending.push(line);
    this.#pendingBytes += bytes;
    this.#size += bytes;
    this.#length++;
    if (this.#pendingBytes >= STEP) await this.flush();
  }

  /** Writes what is in memory. */
  async flush(): Promise<void> {
    const text = this.#pending.join('');
    this.#pending = [];
    this.#pendingBytes = 0;
    if (text !== '') await this.#file.appendFile(text);
  }

  /** Yields the list, at most `most` objects at a time. */
  async *chunks(most: number): AsyncGenerator<T[]> {
    let objects: T[] = [];
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; at < this.#size; at += STEP) {
      const bytes = await this.#bytes({ at, bytes: Math.min(STEP, this.#size - at) });
      const text = Buffer.concat([rest, bytes]);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.subarray(end);
      for (const one of linesOf<T>(text.subarray(0, end))) {
        objects.push(one);
        if (objects.length < most) continue;
        yield objects;
        objects = [];
      }
    }
    if (objects.length > 0) yield objects;
  }

  /** Returns the objects of a part. */
  async part(part: ListPart): Promise<T[]> {
    return linesOf<T>(await this.#bytes(part));
  }

  async #bytes({ at, bytes }: ListPart): Promise<Buffer> {
    await this.flush();
    const buffer = Buffer.alloc(bytes);
    for (let read = 0; read < bytes; ) {
      const { bytesRead } = await this.#file.read(buffer, read, bytes - read, at + read);
      if (bytesRead === 0) throw new Error(`${this.path} was cut short by another program`);
      read += bytesRead;
    }
    return buffer;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const linesOf = <T>(bytes: Buffer): T[] =>
  bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
