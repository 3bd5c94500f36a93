/** Files and folders of this machine. */
import type { Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Selection, type SkipReason, skipReason } from './key.ts';
import { type Listed, type Source, SourceError, type SourceObject } from './source.ts';

/**
 * Returns the source for a file, or for all files below a folder. A name leaves a file out only where it is one that AWS
 * gives; all else is told by content, later. A file that is named itself is always read.
 */
export function localSource(path: string, selection: Selection): Source {
  return {
    list: (signal) => listPath(path, selection, signal),
    fetch: async (object, _spoolDirectory, signal) => {
      signal.throwIfAborted();
      return { path: await openable(object), temporary: false };
    },
  };
}

async function* listPath(path: string, selection: Selection, signal: AbortSignal): AsyncGenerator<Listed> {
  const root = await realpath(path).catch((error) => refuse(path, error, true));
  const stats = await stat(root).catch((error) => refuse(path, error, true));
  if (stats.isDirectory()) yield* new Tree(root, selection, signal).below(root, root);
  else if (stats.isFile()) yield { object: { ...(await found(root)).object, isNamed: true } };
  else throw new SourceError(`${path} is no regular file`, uriOf(root), true);
}

/** What a name in a folder stands for, links followed. */
type Kind = 'folder' | 'file' | 'not a regular file' | 'broken link' | 'link to what is loaded anyway';

interface Entry {
  path: string;
  /** Its real path; another than `path` behind links. */
  real: string;
  kind: Kind;
  /** It is a link itself. */
  linked: boolean;
  order: string;
}

class Tree {
  /** Real paths of folders walked and of files met through links: so that each is met once, and loops end. */
  readonly #met = new Set<string>();

  constructor(
    readonly root: string,
    readonly selection: Selection,
    readonly signal: AbortSignal,
  ) {}

  /** Yields what is below `folder`, whose real path is `real`. */
  async *below(folder: string, real: string): AsyncGenerator<Listed> {
    this.#met.add(real);
    let names: Dirent[];
    try {
      names = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      // The folder that was asked for must be readable; one below it is a failure among others.
      if (folder === this.root) refuse(folder, error, true);
      yield { failed: { uri: uriOf(folder), message: sentence(folder, error) } };
      return;
    }
    const entries = await Promise.all(names.map((name) => this.#entry(name, folder, real)));
    for (const entry of entries.sort((a, b) => (a.order < b.order ? -1 : 1))) {
      this.signal.throwIfAborted();
      yield* this.#walk(entry);
    }
  }

  async *#walk({ path, real, kind, linked }: Entry): AsyncGenerator<Listed> {
    // What other links of the same folder led to is known only now.
    const again = this.#met.has(real) || (linked && kind === 'file' && this.#met.has(dirname(real)));
    if (kind === 'folder' && !again) {
      yield* this.below(path, real);
      return;
    }
    const reason = again ? 'link to what is loaded anyway' : kind === 'file' ? skipped(path, this.selection) : kind;
    if (reason !== null) {
      yield { skipped: { uri: uriOf(path), reason } };
      return;
    }
    if (real !== path) this.#met.add(real);
    try {
      yield await found(path);
    } catch (error) {
      yield { failed: { uri: uriOf(path), message: sentence(path, error) } };
    }
  }

  async #entry(name: Dirent, folder: string, realFolder: string): Promise<Entry> {
    const path = join(folder, name.name);
    let real = join(realFolder, name.name);
    let kind = kindOf(name);
    if (name.isSymbolicLink()) {
      try {
        real = await realpath(path);
        kind = `${real}${sep}`.startsWith(join(this.root, sep))
          ? 'link to what is loaded anyway'
          : kindOf(await stat(real));
      } catch {
        kind = 'broken link';
      }
    }
    // Below a folder every uri goes on with a slash, which decides where it sorts.
    const linked = name.isSymbolicLink();
    return { path, real, kind, linked, order: kind === 'folder' ? `${uriOf(path)}/` : uriOf(path) };
  }
}

/** As in S3, so that a copy of a bucket loads as the bucket does; but a name that AWS never gives says nothing here. */
function skipped(path: string, selection: Selection): SkipReason | null {
  const reason = skipReason(path.replaceAll(sep, '/'), selection);
  return reason === 'not an ALB log' ? null : reason;
}

function kindOf(stats: { isDirectory(): boolean; isFile(): boolean }): Kind {
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'not a regular file';
}

async function found(path: string): Promise<{ object: SourceObject }> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return {
    object: {
      uri: uriOf(path),
      etag: `${size}-${mtimeNs}`,
      size: Number(size),
      modified: Number(mtimeNs / 1000n),
      name: basename(path),
    },
  };
}

/** Returns the path of a listed file. Throws SourceError when it cannot be opened, or is not what was listed. */
async function openable({ uri, etag }: SourceObject): Promise<string> {
  const path = fileURLToPath(uri);
  let now: string;
  try {
    const file = await open(path);
    const { size, mtimeNs } = await file.stat({ bigint: true }).finally(() => file.close());
    now = `${size}-${mtimeNs}`;
  } catch (error) {
    return refuse(path, error, false);
  }
  if (now !== etag) throw new SourceError(`${path} changed while loading; run again`, uri, false);
  return path;
}

function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function refuse(path: string, error: unknown, fatal: boolean): never {
  throw new SourceError(sentence(path, error), uriOf(path), fatal, { cause: error });
}

function sentence(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${path} does not exist; check the path`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read (${code}); check its permissions`;
  return `${path} cannot be read (${code ?? message})`;
}
