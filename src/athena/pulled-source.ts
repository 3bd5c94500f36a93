/** Source of pulled lines, as objects that `load` reads. Each has the uri and the identity of its original object. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratch } from '../publish/scratch.ts';
import type { Listed, Source, SourceObject } from '../source/source.ts';

/** Size of a gzip file without content, including the packed file's name. Any access log line needs more bytes. */
const EMPTY_BYTES = 100;

export class PulledSource implements Source {
  #objects: readonly SourceObject[];
  readonly #remove: () => Promise<void>;
  readonly #seen = new Set<string>();
  readonly #files = new Map<string, string>();
  /** Objects that have lines, and whether the lines are sorted. */
  readonly #ordered = new Map<string, boolean>();

  private constructor(objects: readonly SourceObject[], folder: string, remove: () => Promise<void>) {
    this.#objects = objects;
    this.#remove = remove;
    objects.forEach(({ uri }, i) => {
      this.#files.set(uri, join(folder, `${i}.log`));
    });
  }

  static async open(objects: readonly SourceObject[]): Promise<PulledSource> {
    const { path, remove } = await makeScratch();
    return new PulledSource(objects, path, remove);
  }

  /** Records that lines of an object were counted. */
  saw(uri: string): void {
    this.#seen.add(uri);
  }

  /** Whether no object has a line. */
  get isUnseen(): boolean {
    return this.#seen.size === 0;
  }

  /**
   * Leaves out and returns the objects without lines and counts although they are larger than an empty gzip file: Athena did
   * not read them.
   */
  leaveOutUnseen(): SourceObject[] {
    const isUnseen = ({ uri, size }: SourceObject): boolean => size > EMPTY_BYTES && !this.#seen.has(uri);
    const unseen = this.#objects.filter(isUnseen);
    this.#objects = this.#objects.filter((object) => !isUnseen(object));
    return unseen;
  }

  /** Returns the objects that are not left out. */
  uris(): string[] {
    return this.#objects.map(({ uri }) => uri);
  }

  has(uri: string): boolean {
    return this.#files.has(uri);
  }

  /** Adds lines, `copies` times each, except lines of unknown objects. Returns the number of added lines. */
  async add(rows: readonly { uri: string; line: string; copies: number }[]): Promise<number> {
    const byFile = new Map<string, string[]>();
    let added = 0;
    for (const { uri, line, copies } of rows) {
      const file = this.#files.get(uri);
      if (file === undefined) continue;
      const lines = byFile.get(file) ?? [];
      for (let i = 0; i < copies; i++) lines.push(line);
      byFile.set(file, lines);
      this.#seen.add(uri);
      added += copies;
    }
    for (const [file, lines] of byFile) {
      await appendFile(file, `${lines.join('\n')}\n`);
      this.#ordered.set(file, false);
    }
    return added;
  }

  async *list(): AsyncGenerator<Listed> {
    for (const object of this.#objects) yield { object };
  }

  async fetch({ uri }: SourceObject): Promise<{ path: string; temporary: boolean }> {
    const path = this.#files.get(uri)!;
    const ordered = this.#ordered.get(path);
    if (ordered === undefined) await writeFile(path, '');
    else if (!ordered) await writeFile(path, inOrder(await readFile(path, 'utf8')));
    this.#ordered.set(path, true);
    return { path, temporary: false };
  }

  /** Returns the lines of each object that has some, in the order in which they are loaded. */
  async *lines(): AsyncGenerator<{ uri: string; lines: string[] }> {
    for (const object of this.#objects) {
      const { path } = await this.fetch(object);
      const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
      if (lines.length > 0) yield { uri: object.uri, lines };
    }
  }

  async close(): Promise<void> {
    await this.#remove();
  }
}

/** Sorts lines by time, then text. Athena returns rows in any order, and a repeated pull must number lines alike. */
function inOrder(text: string): string {
  const timeOf = (line: string): string => line.split(' ', 2)[1] ?? '';
  const lines = text.split('\n').slice(0, -1);
  const order = (a: string, b: string): number => {
    const [first, second] = [timeOf(a), timeOf(b)];
    return first === second ? (a < b ? -1 : 1) : first < second ? -1 : 1;
  };
  return `${lines.sort(order).join('\n')}\n`;
}
