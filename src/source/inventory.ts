/** Reads what S3 Inventory writes: the manifest of one inventory, and the rows of its CSV files. Pure. */
import { fromMillis, type Micros } from '../time/time.ts';

/** One file of an inventory. */
export interface InventoryFile {
  key: string;
  /** MD5 of the file, in hex. */
  md5: string;
}

export interface InventoryManifest {
  /** The bucket whose objects are listed. */
  sourceBucket: string;
  /** The bucket that has the files; null where the manifest names none. */
  destinationBucket: string | null;
  format: string;
  /** Names of the columns in their order, as `columnName` writes them. */
  columns: string[];
  files: InventoryFile[];
  /** When S3 began to list. */
  created: Micros | null;
}

/** One object of an inventory. */
export interface InventoryRow {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  modified: Micros | null;
  /** False for an older version of an object. */
  isLatest: boolean;
  isDeleteMarker: boolean;
}

/** A manifest that cannot be used. The message continues a sentence that begins with the manifest's name. */
export class InventoryError extends Error {
  override name = 'InventoryError';
}

const BUCKET = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const MD5 = /^[\da-f]{32}$/i;
const NEEDED = { bucket: 'Bucket', key: 'Key', size: 'Size', etag: 'ETag' };

/** Returns a column's name as all formats share it: `LastModifiedDate` and `last_modified_date` become `lastmodifieddate`. */
const columnName = (name: string): string => name.trim().replaceAll('_', '').toLowerCase();

/** Returns the manifest that a text is, or null for any other text. Throws InventoryError for a manifest of no use. */
export function parseInventory(text: string): InventoryManifest | null {
  const value = objectOf(text);
  if (value === null) return null;
  const { sourceBucket, destinationBucket, fileFormat, fileSchema, files, creationTimestamp } = value;
  if (typeof sourceBucket !== 'string' || typeof fileFormat !== 'string' || !Array.isArray(files)) return null;
  if (!BUCKET.test(sourceBucket)) throw new InventoryError('names no valid sourceBucket');
  if (!/^(?:CSV|Parquet)$/.test(fileFormat)) {
    const shown = fileFormat.slice(0, 20);
    throw new InventoryError(`lists its objects as ${shown}, which cannot be read; configure it as CSV or Parquet`);
  }
  const columns = columnsOf(String(fileSchema ?? ''), fileFormat);
  checkColumns(columns);
  const destination = /^(?:arn:[\w-]+:s3:::)?(.+)$/.exec(String(destinationBucket ?? ''))?.[1] ?? null;
  const created = Number(creationTimestamp);
  return {
    sourceBucket,
    destinationBucket: destination !== null && BUCKET.test(destination) ? destination : null,
    format: fileFormat,
    columns,
    files: files.map(fileOf),
    created: Number.isSafeInteger(created) && created > 0 ? fromMillis(created) : null,
  };
}

/** CSV has `Bucket, Key, Size`; Parquet has `message s3.inventory { required binary bucket (UTF8); ... }`. */
function columnsOf(schema: string, format: string): string[] {
  if (format === 'CSV') return schema.split(',').map(columnName);
  return [...schema.matchAll(/\b(?:required|optional) \w+ (\w+)/g)].map(([, name]) => columnName(name!));
}

/** Throws InventoryError unless the columns tell which object is meant, and of which content. */
function checkColumns(columns: readonly string[]): void {
  const missing = Object.entries(NEEDED).flatMap(([column, name]) => (columns.includes(column) ? [] : [name]));
  if (missing.length === 0) return;
  throw new InventoryError(`has no ${missing.join(' and no ')} of its objects; add that to the inventory's fields`);
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function fileOf(value: unknown): InventoryFile {
  const { key, MD5checksum } = (value ?? {}) as { key?: unknown; MD5checksum?: unknown };
  const isFile = typeof key === 'string' && typeof MD5checksum === 'string' && MD5.test(MD5checksum);
  // A key becomes a path below a local folder.
  if (!isFile || key.split('/').includes('..')) throw new InventoryError('names a file without a key and its MD5');
  return { key, md5: MD5checksum.toLowerCase() };
}

/** Returns the row of a CSV line, or null for a line of another form. */
export function inventoryRow(line: string, columns: readonly string[]): InventoryRow | null {
  const fields = fieldsOf(line);
  if (fields === null || fields.length !== columns.length) return null;
  const field = (name: string): string | null => fields[columns.indexOf(name)] ?? null;
  const key = decodedKey(field('key')!);
  const isDeleteMarker = field('isdeletemarker') === 'true';
  const size = field('size')!;
  // A delete marker has neither size nor ETag.
  if (key === null || key === '' || (!isDeleteMarker && !/^\d{1,15}$/.test(size))) return null;
  const millis = Date.parse(field('lastmodifieddate') ?? '');
  return {
    bucket: field('bucket')!,
    key,
    size: Number(size),
    etag: field('etag')!.replaceAll('"', ''),
    modified: Number.isNaN(millis) ? null : fromMillis(millis),
    isLatest: field('islatest') !== 'false',
    isDeleteMarker,
  };
}

/** Returns the key that S3 writes url-encoded in CSV and in event notifications, a blank as `+`; null for other text. */
export function decodedKey(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

function fieldsOf(line: string): string[] | null {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(line);
    if (match === null) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}
