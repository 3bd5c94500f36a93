/**
 * Source for the objects that an S3 inventory lists, instead of a listing of the bucket. The files of the inventory are fetched and
 * read one after another, line by line, so memory does not grow with the number of keys.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatTime, type Micros } from '../time/time.ts';
import { readAll } from './inflate.ts';
import { inflated } from './inflated-stream.ts';
import {
  InventoryError,
  type InventoryFile,
  type InventoryManifest,
  type InventoryRow,
  inventoryRow,
  parseInventory,
} from './inventory.ts';
import { logReason, type Selection } from './key.ts';
import { type Listed, type Source, SourceError, type SourceObject } from './source.ts';

/** A manifest names some dozen files, in 200 bytes each. */
const MAX_MANIFEST = 64 << 20;
/** A key has at most 1,024 bytes, three times that when encoded; the other fields are short. */
const MAX_LINE = 1 << 16;

/** Reads the rows of a Parquet file of an inventory. Throws an Error for a file that cannot be read. */
export type ReadInventoryParquet = (path: string) => AsyncIterable<readonly (InventoryRow | null)[]>;

export interface InventoryPlace {
  selection: Selection;
  spoolDirectory: string;
  /** Returns the source of a file that the inventory names. */
  open(manifest: InventoryManifest, file: InventoryFile): Source;
  /** Returns the source of the listed bucket. */
  bucket(name: string): Source;
  readParquet: ReadInventoryParquet;
}

/** Wraps the source of one object: if that is the manifest of an inventory, the source has the objects that it lists. */
export function inventorySource(named: Source, place: InventoryPlace): Source {
  let listing: InventoryListing | null = null;
  return {
    mayRepeat: true,
    async *list(signal) {
      await mkdir(place.spoolDirectory, { recursive: true });
      for await (const found of named.list(signal)) {
        const manifest = 'object' in found ? await manifestOf(named, found.object, place.spoolDirectory, signal) : null;
        if (manifest === null || !('object' in found)) yield found;
        else {
          listing = new InventoryListing(found.object.uri, manifest, place);
          yield* listing.list(signal);
        }
      }
    },
    fetch: (object, spoolDirectory, signal) => (listing ?? named).fetch(object, spoolDirectory, signal),
    async close() {
      await listing?.close();
      await named.close?.();
    },
  };
}

/** Returns the manifest that an object is, or null. Throws SourceError for an inventory that cannot be read. */
async function manifestOf(
  source: Source,
  object: SourceObject,
  directory: string,
  signal: AbortSignal,
): Promise<InventoryManifest | null> {
  const { path, temporary } = await source.fetch(object, directory, signal);
  try {
    const text = await readAll(path, MAX_MANIFEST);
    return text === null ? null : parseInventory(text.bytes.toString());
  } catch (error) {
    if (!(error instanceof InventoryError)) throw error;
    throw new SourceError(`The S3 inventory ${object.uri} ${error.message}`, object.uri, true);
  } finally {
    if (temporary) await rm(path, { force: true });
  }
}

class InventoryListing {
  readonly #bucket: Source;
  readonly #uri: string;
  readonly #manifest: InventoryManifest;
  readonly #place: InventoryPlace;

  constructor(uri: string, manifest: InventoryManifest, place: InventoryPlace) {
    this.#uri = uri;
    this.#manifest = manifest;
    this.#place = place;
    this.#bucket = place.bucket(manifest.sourceBucket);
  }

  async *list(signal: AbortSignal): AsyncGenerator<Listed> {
    for (const file of this.#manifest.files) {
      signal.throwIfAborted();
      try {
        yield* this.#file(file, signal);
      } catch (error) {
        signal.throwIfAborted();
        // A file that is not there has no answer of the server as its cause.
        const isMissing = error instanceof SourceError && !(error.fatal && error.cause !== undefined);
        if (!isMissing && !(error instanceof InventoryError)) throw error;
        yield { failed: this.#failed(file, error.message) };
      }
    }
  }

  async *#file(file: InventoryFile, signal: AbortSignal): AsyncGenerator<Listed> {
    const source = this.#place.open(this.#manifest, file);
    try {
      for await (const found of source.list(signal)) {
        if (!('object' in found)) continue;
        const { path, temporary } = await source.fetch(found.object, this.#place.spoolDirectory, signal);
        try {
          const md5 = await md5Of(path);
          if (md5 !== file.md5) throw new InventoryError(`has the MD5 ${md5} where the manifest says ${file.md5}`);
          yield* this.#rows(file, path, signal);
        } finally {
          if (temporary) await rm(path, { force: true });
        }
      }
    } finally {
      await source.close?.();
    }
  }

  async *#rows(file: InventoryFile, path: string, signal: AbortSignal): AsyncGenerator<Listed> {
    const { format, columns } = this.#manifest;
    const chunks = format === 'CSV' ? csvRows(path, columns) : parquetRows(path, this.#place.readParquet);
    let number = 0;
    let bad = 0;
    let first = 0;
    for await (const rows of chunks) {
      signal.throwIfAborted();
      for (const row of rows) {
        number++;
        if (row !== null && row.bucket === this.#manifest.sourceBucket) yield this.#listed(row);
        else if (bad++ === 0) first = number;
      }
    }
    if (bad > 0) {
      yield {
        failed: this.#failed(file, `has rows that name no object: ${bad} of ${number}, the first is row ${first}`),
      };
    }
  }

  #listed({ key, etag, size, modified, isLatest, isDeleteMarker }: InventoryRow): Listed {
    const uri = `s3://${this.#manifest.sourceBucket}/${key}`;
    if (isDeleteMarker) return { skipped: { uri, reason: 'delete marker' } };
    if (!isLatest) return { skipped: { uri, reason: 'older version' } };
    const reason = logReason(key, this.#place.selection);
    if (reason !== null) return { skipped: { uri, reason } };
    return { object: { uri, etag, size, modified, name: uri.slice(uri.lastIndexOf('/') + 1) } };
  }

  #failed({ key }: InventoryFile, why: string) {
    const message = why.includes(key) ? why : `${key} ${why}`;
    const how = 'what it lists is missing here; load a newer inventory, or the bucket itself';
    return { uri: this.#uri, message: `The S3 inventory ${this.#uri} cannot be read in full: ${message}; ${how}` };
  }

  async fetch(object: SourceObject, directory: string, signal: AbortSignal) {
    try {
      return await this.#bucket.fetch(object, directory, signal);
    } catch (error) {
      const gone = error instanceof SourceError ? changeOf(error) : null;
      if (gone === null) throw error;
      const message = `${object.uri} ${gone} after its S3 inventory was made${timeOf(this.#manifest.created)}`;
      throw new SourceError(`${message}; load a newer inventory`, object.uri, false, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#bucket.close?.();
  }
}

/** Returns what has become of an object since somebody listed it, null for other errors. */
export function changeOf({ cause }: SourceError): string | null {
  const { name, $metadata } = (cause ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  if ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket') return 'was deleted';
  return $metadata?.httpStatusCode === 412 || name === 'ReplacedError' ? 'was replaced' : null;
}

const timeOf = (created: Micros | null): string => (created === null ? '' : ` (${formatTime(created)})`);

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Yields the rows of a CSV file, null for a line of another form. Throws InventoryError for damaged gzip. */
async function* csvRows(path: string, columns: readonly string[]): AsyncGenerator<(InventoryRow | null)[]> {
  const decoder = new TextDecoder();
  let rest = '';
  const text = inflated(path);
  for (;;) {
    const next = await text.next();
    if (next.done) {
      if (next.value !== null) throw new InventoryError(`is damaged: ${next.value}`);
      break;
    }
    const lines = (rest + decoder.decode(next.value, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) throw new InventoryError(`has a line of more than ${MAX_LINE >> 10} KiB`);
    yield lines.filter((line) => line !== '' && line !== '\r').map((line) => inventoryRow(line.trimEnd(), columns));
  }
  if (rest.trim() !== '') yield [inventoryRow(rest.trimEnd(), columns)];
}

async function* parquetRows(
  path: string,
  read: ReadInventoryParquet,
): AsyncGenerator<readonly (InventoryRow | null)[]> {
  try {
    yield* read(path);
  } catch (cause) {
    const why = (cause as Error).message.split('\n')[0]!.slice(0, 200);
    throw new InventoryError(`cannot be read as Parquet (${why})`, { cause });
  }
}

/**
 * Returns the path of a local copy of an inventory's file: below a folder that holds the manifest as the key says, or beside the
 * manifest. Throws InventoryError if there is none.
 */
export function localInventoryFile(manifestPath: string, { key }: InventoryFile): string {
  const folder = dirname(manifestPath);
  const near = [
    join(folder, basename(key)),
    join(folder, 'data', basename(key)),
    join(folder, '..', 'data', basename(key)),
  ];
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    above.push(join(at, ...key.split('/')));
    if (dirname(at) === at) break;
  }
  const found = [...above, ...near].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InventoryError(`is not there; copy it beside the manifest, or to ${join(folder, '..', 'data')}`);
}
