/** Writes inventories as S3 does, for tests. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { etagOf, type StoredObject } from './stand-in.ts';

/** One object as an inventory lists it. */
export interface Listing {
  key: string;
  etag: string;
  size: number;
  modified: string;
  isLatest?: boolean;
  isDeleteMarker?: boolean;
}

export const CSV_SCHEMA =
  'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, EncryptionStatus';
const PARQUET_SCHEMA =
  'message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional binary version_id (UTF8); optional boolean is_latest; optional boolean is_delete_marker; optional int64 size; optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); optional binary storage_class (UTF8);}';

/** Returns the objects of a bucket as an inventory lists them. */
export const listingOf = (objects: ReadonlyMap<string, StoredObject>): Listing[] =>
  [...objects].map(([key, { body, modified }]) => {
    return { key, etag: etagOf(body), size: body.length, modified: modified.toISOString() };
  });

const encoded = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

/** Returns the text of a CSV file. */
export function csvOf(bucket: string, listing: readonly Listing[]): string {
  const quoted = (values: readonly unknown[]) => `${values.map((value) => `"${value}"`).join(',')}\n`;
  return listing
    .map(({ key, etag, size, modified, isLatest = true, isDeleteMarker = false }) =>
      quoted([
        ...[bucket, encoded(key), 'v1', isLatest, isDeleteMarker, isDeleteMarker ? '' : size],
        ...[modified, isDeleteMarker ? '' : etag, 'STANDARD', 'SSE-S3'],
      ]),
    )
    .join('');
}

async function parquetOf(bucket: string, listing: readonly Listing[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-inventory-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = listing.map(({ key, etag, size, modified, isLatest = true, isDeleteMarker = false }) => {
      const time = `TIMESTAMP_MS '${modified.replace(/[TZ]/g, ' ').trim()}'`;
      const own = isDeleteMarker ? 'NULL::BIGINT' : `${size}::BIGINT`;
      return `('${bucket}', '${key}', 'v1', ${isLatest}, ${isDeleteMarker}, ${own}, ${time}, ${isDeleteMarker ? 'NULL' : `'${etag}'`})`;
    });
    const columns = 'bucket, key, version_id, is_latest, is_delete_marker, size, last_modified_date, e_tag';
    const path = join(folder, 'x.parquet');
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) t(${columns})) TO '${path}' (FORMAT parquet)`,
    );
    return readFileSync(path);
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}

/** Returns the files of an inventory by their keys in the destination bucket, the manifest last. */
export async function inventoryFiles(
  source: string,
  listing: readonly Listing[],
  { format = 'CSV', destination = 'inventory', perFile = 5, change = {} as Record<string, unknown> } = {},
): Promise<[key: string, body: Buffer][]> {
  const files: [string, Buffer][] = [];
  for (let at = 0; at < listing.length; at += perFile) {
    const part = listing.slice(at, at + perFile);
    const body = format === 'CSV' ? gzipSync(csvOf(source, part)) : await parquetOf(source, part);
    files.push([`${source}/daily/data/part-${at}.${format === 'CSV' ? 'csv.gz' : 'parquet'}`, body]);
  }
  const manifest = {
    sourceBucket: source,
    destinationBucket: `arn:aws:s3:::${destination}`,
    version: '2016-11-30',
    creationTimestamp: String(Date.parse('2026-03-11T01:00:00Z')),
    fileFormat: format,
    fileSchema: format === 'CSV' ? CSV_SCHEMA : PARQUET_SCHEMA,
    files: files.map(([key, body]) => {
      return { key, size: body.length, MD5checksum: createHash('md5').update(body).digest('hex') };
    }),
    ...change,
  };
  files.push([`${source}/daily/2026-03-11T01-00Z/manifest.json`, Buffer.from(JSON.stringify(manifest))]);
  return files;
}
