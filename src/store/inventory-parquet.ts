/** Reads the rows of an S3 inventory that was written as Parquet: a chunk at a time, in a database of its own, in memory. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { memoryInstance, parquetRelation } from './delivered-parquet.ts';

/** Columns that are read, and the SQL of each; `c` stands for the column. */
const COLUMNS: readonly (readonly [name: string, sql: string])[] = [
  ['bucket', 'CAST(c AS VARCHAR)'],
  ['key', 'CAST(c AS VARCHAR)'],
  ['size', 'CAST(c AS DOUBLE)'],
  ['e_tag', 'CAST(c AS VARCHAR)'],
  ['last_modified_date', 'CAST(epoch_us(CAST(c AS TIMESTAMP)) AS DOUBLE)'],
  ['is_latest', 'CAST(c AS BOOLEAN)'],
  ['is_delete_marker', 'CAST(c AS BOOLEAN)'],
];

/** Yields the rows of the file, null for a row without a key. Throws an Error with the reason for a file that cannot be read. */
export async function* readInventoryParquet(path: string) {
  const instance = await memoryInstance();
  let connection: DuckDBConnection | null = null;
  try {
    connection = await instance.connect();
    const relation = await parquetRelation(connection, path);
    const described = (await connection.runAndReadAll(`DESCRIBE FROM ${relation}`)).getRows().map(([name]) => name);
    const expressions = COLUMNS.map(([name, sql]) =>
      described.includes(name) ? sql.replace(/\bc\b/, `"${name}"`) : 'NULL',
    );
    const result = await connection.stream(`SELECT ${expressions} FROM ${relation}`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      yield chunk.getRows().map((row) => {
        const [bucket, key, size, etag, modified, isLatest, isDeleteMarker] = row as Row;
        const isObject = isDeleteMarker === true || (size !== null && etag !== null);
        if (bucket === null || !key || !isObject) return null;
        return {
          ...{ bucket, key, size: size ?? 0, etag: (etag ?? '').replaceAll('"', ''), modified },
          ...{ isLatest: isLatest !== false, isDeleteMarker: isDeleteMarker === true },
        };
      });
    }
  } finally {
    connection?.closeSync();
    instance.closeSync();
  }
}

type Row = [
  bucket: string | null,
  key: string | null,
  size: number | null,
  etag: string | null,
  modified: number | null,
  isLatest: boolean | null,
  isDeleteMarker: boolean | null,
];
