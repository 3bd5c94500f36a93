/** Source for local files and folders. */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { open, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { fromNanos } from '../time/time.ts';
import { type Path, pathIn, pathOfBytes, pathOfUri, shownPath, uriOfPath } from './file-url.ts';
import { type Selection, type SkipReason, skipReason } from './key.ts';
import { type Listed, type Source, SourceError, type SourceObject } from './source.ts';

/**
 * Returns the source for a file, or for all files below a folder. A name excludes a file only if AWS gives such names;
 * otherwise the content decides later. A file that the user named is always read.
 */
export function localSource(path: Path, selection: Selection): Source {
  return {
    list: (signal) => listPath(path, selection, signal),
    fetch: async (object, spoolDirectory, signal) => {
      signal.throwIfAborted();
      const opened = await openable(object);
      if (typeof opened === 'string') return { path: opened, temporary: false };
      // Readers take paths as text, so a path that is not UTF-8 gets a link with a text name.
      const link = join(spoolDirectory, `${randomUUID()}.object`);
      await symlink(opened, link);
      return { path: link, temporary: true };
    },
  };
}

async function* listPath(path: Path, selection: Selection, signal: AbortSignal): AsyncGenerator<Listed> {
  const root = await realPath(path).catch((error) => refuse(path, error, true));
  const stats = await stat(root).catch((error) => refuse(path, error, true));
  if (stats.isDirectory()) yield* new Tree(root, selection, signal).list();
  else if (stats.isFile()) {
    const listed = await found(root).catch((error) => refuse(path, error, true));
    yield 'object' in listed ? { object: { ...listed.object, isNamed: true } } : listed;
  } else throw new SourceError(`${shownPath(path)} is no regular file`, uriOf(root), true);
}

const realPath = async (path: Path): Promise<Path> => pathOfBytes(await realpath(path, { encoding: 'buffer' }));

/** The kind of an entry of a folder, links followed. */
type Kind = 'folder' | 'file' | 'not a regular file' | 'broken link' | 'link to a file that is loaded anyway';

interface Entry {
  path: Path;
  /** Real path; differs from `path` behind links. */
  real: Path;
  kind: Kind;
  /** The entry is a link. */
  linked: boolean;
  order: string;
}

class Tree {
  /** Uris of real folders that were walked and of files found through links: each is listed once, and loops end. */
  readonly #met = new Set<string>();

  constructor(
    readonly root: Path,
    readonly selection: Selection,
    readonly signal: AbortSignal,
  ) {}

  /** Yields everything below the root, depth first. Uses a stack instead of recursion: trees may be thousands deep. */
  async *list(): AsyncGenerator<Listed> {
    const open: Entry[][] = [
      await this.#entries(this.root, this.root).catch((error) => refuse(this.root, error, true)),
    ];
    for (let rest = open.at(-1); rest; rest = open.at(-1)) {
      this.signal.throwIfAborted();
      const entry = rest.pop();
      if (!entry) open.pop();
      else if (entry.kind === 'folder' && !this.#isMet(entry)) {
        try {
          open.push(await this.#entries(entry.path, entry.real));
        } catch (error) {
          // The requested folder must be readable. An unreadable folder below it is one failure among others.
          yield { failed: { uri: uriOf(entry.path), message: whyUnreadable(entry.path, error) } };
        }
      } else yield await this.#listed(entry);
    }
  }

  /** Returns the entries of a folder, last first. */
  async #entries(folder: Path, real: Path): Promise<Entry[]> {
    this.#met.add(uriOf(real));
    const names = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
    const entries = await Promise.all(names.map((name) => this.#entry(name, folder, real)));
    return entries.sort((a, b) => (a.order < b.order ? 1 : -1));
  }

  /** Call this late: only then is it known where other links of the folder led. */
  #isMet({ real, kind, linked }: Entry): boolean {
    return this.#met.has(uriOf(real)) || (linked && kind === 'file' && this.#met.has(uriOf(folderOf(real))));
  }

  async #listed(entry: Entry): Promise<Listed> {
    const { path, real, kind } = entry;
    const again = this.#isMet(entry);
    const reason = again
      ? 'link to a file that is loaded anyway'
      : kind === 'file'
        ? skipped(path, this.selection)
        : kind;
    if (reason !== null) return { skipped: { uri: uriOf(path), reason } };
    if (uriOf(real) !== uriOf(path)) this.#met.add(uriOf(real));
    try {
      return await found(path);
    } catch (error) {
      return { failed: { uri: uriOf(path), message: whyUnreadable(path, error) } };
    }
  }

  async #entry(name: Dirent<Buffer>, folder: Path, realFolder: Path): Promise<Entry> {
    const path = pathIn(folder, name.name);
    let real = pathIn(realFolder, name.name);
    let kind = kindOf(name);
    const linked = name.isSymbolicLink();
    if (linked) {
      try {
        real = await realPath(path);
        const below = `${uriOf(real)}/`.startsWith(`${uriOf(this.root).replace(/\/$/, '')}/`);
        kind = below ? 'link to a file that is loaded anyway' : kindOf(await stat(real));
      } catch {
        kind = 'broken link';
      }
    }
    // Below a folder every uri continues with a slash, which decides the sort order.
    return { path, real, kind, linked, order: kind === 'folder' ? `${uriOf(path)}/` : uriOf(path) };
  }
}

const folderOf = (path: Path): Path =>
  typeof path === 'string' ? dirname(path) : pathOfBytes(path.subarray(0, path.lastIndexOf('/')));

/** Selects as for S3, so a copy of a bucket loads like the bucket. A name that AWS never gives excludes nothing here. */
function skipped(path: Path, selection: Selection): SkipReason | null {
  const reason = skipReason(shownPath(path).replaceAll(sep, '/'), selection);
  return reason === 'not an ALB log' ? null : reason;
}

function kindOf(stats: { isDirectory(): boolean; isFile(): boolean }): Kind {
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'not a regular file';
}

async function found(path: Path): Promise<{ object: SourceObject }> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return {
    object: {
      uri: uriOf(path),
      etag: `${size}-${mtimeNs}`,
      size: Number(size),
      modified: fromNanos(mtimeNs),
      name: basename(shownPath(path)),
    },
  };
}

/** Returns the path of a listed file. Throws SourceError if the file cannot be opened or has changed since the listing. */
async function openable({ uri, etag }: SourceObject): Promise<Path> {
  const path = pathOfUri(uri)!;
  let now: string;
  try {
    const file = await open(path);
    const { size, mtimeNs } = await file.stat({ bigint: true }).finally(() => file.close());
    now = `${size}-${mtimeNs}`;
  } catch (error) {
    return refuse(path, error, false);
  }
  if (now !== etag) throw new SourceError(`${shownPath(path)} changed while loading; run again`, uri, false);
  return path;
}

const uriOf = uriOfPath;

function refuse(path: Path, error: unknown, fatal: boolean): never {
  // A path with a NUL byte has no uri.
  const uri = typeof path === 'string' && path.includes('\0') ? path : uriOf(path);
  throw new SourceError(whyUnreadable(path, error), uri, fatal, { cause: error });
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  ENOTDIR: 'does not exist, because a part of its path is not a folder (ENOTDIR); check the path',
  EACCES: 'may not be read (EACCES); check its permissions',
  EPERM: 'may not be read (EPERM); check its permissions',
  ELOOP: 'is a symbolic link that leads back to itself (ELOOP); check where it points',
  ENAMETOOLONG: 'has a path longer than the system allows (ENAMETOOLONG); load a folder further down',
  ERR_INVALID_ARG_VALUE: 'contains a NUL byte, which no path may contain; check the path',
};

/** Returns why a path could not be read, as one sentence. */
export function whyUnreadable(path: Path, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const shown = shownPath(path) || "''";
  const short = shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
  // Arguments that are not UTF-8 arrive with this character in place of their bytes.
  if (code === 'ENOENT' && shown.includes('\ufffd')) {
    return `${short} does not exist; to load a file whose name is not UTF-8, load its folder`;
  }
  return `${short} ${WHY[code ?? ''] ?? `cannot be read (${code ?? message})`}`;
}
