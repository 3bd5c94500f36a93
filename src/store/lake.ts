/**
 * The tables as Parquet files that any engine reads: `alb_log` by day and load balancer, every other table in one file, and
 * below `view/` the rows of each view that reads evidence alone.
 * One file per partition, written beside its place, read back, and renamed over the one before: a reader sees the old rows
 * of a partition or the new ones. What has not changed since the last time (the manifest knows) is not written again.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from './database.ts';
import { evidenceTables } from './evidence-view.ts';
import { keepViews } from './kept-view.ts';
import { type LakeFile, type LakeManifest, MANIFEST, parseManifest, tableOf } from './lake-manifest.ts';
import type { Shelf } from './lake-shelf.ts';
import { TABLES, type Table } from './table.ts';

export const PARTITION_KEYS = ['day', 'elb'] as const;
export type PartitionKey = (typeof PARTITION_KEYS)[number];

export interface LakeOutcome {
  written: number;
  unchanged: number;
  removed: number;
  rows: number;
  bytes: number;
}

/** Name of every Parquet file. */
const FILE = 'data.parquet';

/** A part of a table that becomes one file. */
interface Part {
  table: Table;
  path: string;
  where: string;
  rows: number;
  checksum: string;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const KEY_OF: Record<PartitionKey, string> = {
  day: "coalesce(strftime(t.time, '%Y-%m-%d'), 'unknown')",
  elb: "coalesce(replace(t.elb, '/', '.'), 'unknown')",
};
/** Folders are named otherwise than columns, so that a file holds all columns and a folder hides none. */
const FOLDER_OF: Record<PartitionKey, string> = { day: 'day', elb: 'lb' };

/** Writes what has changed, and returns what was done. `note` is told of each file. Throws StoreError. */
export async function exportLake(
  connection: DuckDBConnection,
  shelf: Shelf,
  keys: readonly PartitionKey[],
  note: (path: string) => void,
): Promise<LakeOutcome> {
  const engine = String((await rowsOf(connection, 'select version()'))[0]![0]);
  const before = await readManifest(shelf);
  const there = await shelf.list();
  const known = new Map(before?.engine === engine ? before.files.map((file) => [file.path, file]) : []);
  const outcome: LakeOutcome = { written: 0, unchanged: 0, removed: 0, rows: 0, bytes: 0 };
  const files: LakeFile[] = [];
  for (const part of await partsOf(connection, keys)) {
    const old = known.get(part.path);
    if (old && there.get(part.path) === old.bytes && old.rows === part.rows && old.checksum === part.checksum) {
      outcome.unchanged++;
      files.push(old);
    } else {
      note(part.path);
      files.push(await writePart(connection, shelf, part));
      outcome.written++;
    }
    outcome.rows += part.rows;
    outcome.bytes += files.at(-1)!.bytes;
  }
  // Last, so that a manifest never names what is not there yet.
  await publish(shelf, `${JSON.stringify({ format: 1, engine, files } satisfies LakeManifest, null, 1)}\n`);
  const named = new Set(files.map(({ path }) => path));
  const tables = new Set([...files, ...(before?.files ?? [])].map(tableOf));
  for (const path of there.keys()) {
    // Also what an export left that was ended just here.
    if (named.has(path) || !tables.has(tableOf({ path })) || !path.endsWith(`/${FILE}`)) continue;
    await shelf.remove(path);
    outcome.removed++;
  }
  return outcome;
}

/** Returns the manifest of a lake, or null where there is none. Throws StoreError for one that is not understood. */
export async function readManifest(shelf: Shelf): Promise<LakeManifest | null> {
  const manifest = await shelf.read(MANIFEST);
  return manifest === null ? null : parseManifest(manifest, `${shelf.place}/${MANIFEST}`);
}

async function partsOf(connection: DuckDBConnection, keys: readonly PartitionKey[]): Promise<Part[]> {
  const parts: Part[] = [];
  const evidence = await evidenceTables(connection);
  // Once each: one reads the other.
  await keepViews(
    connection,
    evidence.map(({ name }) => name),
  );
  for (const table of [...TABLES, ...evidence]) {
    const { name, columns } = table;
    const by = columns.some((column) => column.name === 'elb') && name === 'alb_log' ? keys : [];
    const group = by.map((key) => KEY_OF[key]);
    const found = await rowsOf(
      connection,
      `select ${[...group, 'count(*)', 'coalesce(sum(cast(hash(t) as hugeint)), 0)'].join(', ')} from ${rowsSql(table)} t
       ${group.length > 0 ? `group by ${group.join(', ')} order by all` : ''}`,
    );
    for (const row of found) {
      const values = row.slice(0, by.length).map(String);
      const folders = by.map((key, i) => `${FOLDER_OF[key]}=${encodeURIComponent(values[i]!)}`);
      parts.push({
        table,
        path: [...(evidence.includes(table) ? ['view', name] : [name]), ...folders, FILE].join('/'),
        where: by.map((key, i) => `${KEY_OF[key]} = ${text(values[i]!)}`).join(' and ') || 'true',
        rows: Number(row[by.length]),
        checksum: String(row[by.length + 1]),
      });
    }
  }
  return parts;
}

/** A view may have integers that Parquet has no type for. */
const rowsSql = ({ name, columns }: Table): string =>
  `(select ${columns.map((column) => `cast("${column.name}" as ${column.type}) as "${column.name}"`).join(', ')} from ${name})`;

async function writePart(connection: DuckDBConnection, shelf: Shelf, part: Part): Promise<LakeFile> {
  const fresh = await shelf.fresh(part.path);
  const { columns } = part.table;
  // Sorted as rows are asked for, so that the statistics of a row group skip it.
  const order = ['time', 'object_id', 'line'].filter((name) => columns.some((column) => column.name === name));
  try {
    await connection.run(
      `copy (select t.* from ${rowsSql(part.table)} t where ${part.where} ${order.length > 0 ? `order by ${order.join(', ')}` : ''})
       to ${text(fresh)} (format parquet, compression zstd)`,
    );
    const [back] = await rowsOf(
      connection,
      `select count(*), coalesce(sum(cast(hash(t) as hugeint)), 0) from read_parquet(${text(fresh)}, hive_partitioning = false) t`,
    );
    if (Number(back![0]) !== part.rows || String(back![1]) !== part.checksum) {
      throw new StoreError(
        `${shelf.place}/${part.path} reads back otherwise than it was written: is the disk sound? The old file stands`,
      );
    }
    const { size } = statSync(fresh);
    await shelf.put(part.path, fresh);
    return { path: part.path, rows: part.rows, checksum: part.checksum, bytes: size };
  } finally {
    rmSync(fresh, { force: true });
  }
}

async function publish(shelf: Shelf, manifest: string): Promise<void> {
  const fresh = await shelf.fresh(MANIFEST);
  try {
    writeFileSync(fresh, manifest);
    await shelf.put(MANIFEST, fresh);
  } finally {
    rmSync(fresh, { force: true });
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}
