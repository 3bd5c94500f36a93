/**
 * Exports the tables as Parquet files that any engine reads: `alb_log` by day and load balancer, every other table in one
 * file, and below `view/` the rows of each view that reads only evidence.
 * Each partition is one file. It is written beside its place, read back, and renamed over the old file, so a reader sees the
 * old rows or the new ones. A partition that has not changed since the last manifest is not written again.
 */
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { systemError } from '../publish/publish.ts';
import { StoreError } from './database.ts';
import { evidenceTables } from './evidence-view.ts';
import { coverExpired, type Expired, withExpired } from './lake-archive.ts';
import { type LakeFile, type LakeManifest, MANIFEST, parseManifest } from './lake-manifest.ts';
import { databaseId, refuseForeign } from './lake-owner.ts';
import type { LakeTarget } from './lake-target.ts';
import { dropKept, keepViews } from './materialised-view.ts';
import { TABLES, type Table } from './table.ts';

export const PARTITION_KEYS = ['day', 'elb'] as const;
export type PartitionKey = (typeof PARTITION_KEYS)[number];

export interface LakeOptions {
  /** Columns by which alb_log is divided. */
  keys: readonly PartitionKey[];
  /** Whether to remove files whose rows the database no longer has. */
  prune: boolean;
  /** Takes the path of each written file. */
  note: (path: string) => void;
}

export interface LakeOutcome {
  written: number;
  unchanged: number;
  removed: number;
  /** Files that stay although the database no longer has their rows. */
  kept: number;
  rows: number;
  bytes: number;
}

/** Name of every Parquet file. */
const FILE = 'data.parquet';

/** A part of a table that becomes one file. */
interface Part {
  table: Table;
  path: string;
  /** The select that gives its rows. */
  rowsSql: string;
  rows: number;
  checksum: string;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const KEY_OF: Record<PartitionKey, string> = {
  day: "coalesce(strftime(t.time, '%Y-%m-%d'), 'unknown')",
  elb: "coalesce(replace(t.elb, '/', '.'), 'unknown')",
};
/** Folder names differ from column names, so each file holds all columns and no folder hides one. */
const FOLDER_OF: Record<PartitionKey, string> = { day: 'day', elb: 'lb' };

/** Writes what has changed and returns a summary. Throws StoreError, also for a lake of another database. */
export async function exportLake(
  connection: DuckDBConnection,
  target: LakeTarget,
  { keys, prune, note }: LakeOptions,
): Promise<LakeOutcome> {
  const engine = String((await rowsOf(connection, 'select version()'))[0]![0]);
  const before = await readLakeManifest(target);
  const there = await target.list();
  await refuseForeign(connection, target, before, there);
  refuseOtherPartition(target, before, keys);
  const about = { format: 1, engine, database: await databaseId(connection), partition: [...keys] } as const;
  // Written first, so a lake whose first export was killed has an owner.
  if (before === null) await publishManifest(target, { ...about, files: [] });

  const known = new Map(before?.files.map((file) => [file.path, file]));
  const expired = prune || before === null ? null : await coverExpired(connection, target, before);
  // Kept rows know nothing of what the lake has besides.
  if (expired) await dropKept(connection);
  const outcome: LakeOutcome = { written: 0, unchanged: 0, removed: 0, kept: 0, rows: 0, bytes: 0 };
  const files: LakeFile[] = [];
  for (let part of await partsOf(connection, keys)) {
    const old = known.get(part.path);
    const isThere = old !== undefined && there.get(part.path) === old.bytes;
    const isSame = (): boolean =>
      isThere && before?.engine === engine && old.rows === part.rows && old.checksum === part.checksum;
    if (!isSame() && isThere && expired) part = await addExpired(connection, target, part, expired);
    if (isSame()) {
      outcome.unchanged++;
      files.push(old!);
    } else {
      note(part.path);
      files.push(await writePart(connection, target, part));
      outcome.written++;
    }
    outcome.rows += part.rows;
    outcome.bytes += files.at(-1)!.bytes;
  }

  // Touches only files that the manifest named: other files in the folder are not ours.
  const named = new Set(files.map(({ path }) => path));
  const gone = (before?.files ?? []).filter(({ path }) => !named.has(path) && there.has(path));
  if (!prune) {
    files.push(...gone);
    outcome.kept = gone.length;
  }
  // Written before files are removed, so a manifest never names a missing file.
  await publishManifest(target, { ...about, files });
  if (prune) {
    for (const { path } of gone) {
      await target.remove(path);
      outcome.removed++;
    }
  }
  return outcome;
}

/** Returns the manifest of a lake, or null without one. Throws StoreError if it is not understood. */
export async function readLakeManifest(target: LakeTarget): Promise<LakeManifest | null> {
  const manifest = await target.read(MANIFEST);
  return manifest === null ? null : parseManifest(manifest, `${target.place}/${MANIFEST}`);
}

/** Refuses another partitioning, because the lake would hold rows twice. */
function refuseOtherPartition(target: LakeTarget, before: LakeManifest | null, keys: readonly PartitionKey[]): void {
  const sample = before?.files.find(({ path }) => path.startsWith('alb_log/'))?.path;
  if (sample === undefined) return;
  const folders = sample
    .split('/')
    .slice(1, -1)
    .map((folder) => folder.split('=')[0]);
  const divided = before?.partition ?? PARTITION_KEYS.filter((key) => folders.includes(FOLDER_OF[key]));
  if (divided.join() !== keys.join()) {
    throw new StoreError(
      `${target.place} is divided by ${divided.join(',')}: export with --partition ${divided.join(',')}, or to another folder`,
    );
  }
}

async function partsOf(connection: DuckDBConnection, keys: readonly PartitionKey[]): Promise<Part[]> {
  const parts: Part[] = [];
  const evidence = await evidenceTables(connection);
  // Computed once each, because one view reads the other.
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
      `select ${[...group, COUNTED].join(', ')} from (${selectOf(table)}) t
       ${group.length > 0 ? `group by ${group.join(', ')} order by all` : ''}`,
    );
    for (const row of found) {
      const values = row.slice(0, by.length).map(String);
      const folders = by.map((key, i) => `${FOLDER_OF[key]}=${encodeURIComponent(values[i]!)}`);
      const where = by.map((key, i) => `${KEY_OF[key]} = ${text(values[i]!)}`).join(' and ') || 'true';
      parts.push({
        table,
        path: [...(evidence.includes(table) ? ['view', name] : [name]), ...folders, FILE].join('/'),
        rowsSql: `select t.* from (${selectOf(table)}) t where ${where}`,
        rows: Number(row[by.length]),
        checksum: String(row[by.length + 1]),
      });
    }
  }
  return parts;
}

/** Number of rows, and a sum of hashes that does not depend on their order. */
const COUNTED = 'count(*), coalesce(sum(cast(hash(t) as hugeint)), 0)';

/** A view may have integers that Parquet has no type for. */
const selectOf = ({ name, columns }: Table): string =>
  `select ${columns.map((column) => `cast("${column.name}" as ${column.type}) as "${column.name}"`).join(', ')} from ${name}`;

/** Returns the part with the rows of expired objects that its lake file holds. */
async function addExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  part: Part,
  expired: Expired,
): Promise<Part> {
  const rowsSql = await withExpired(connection, target, part, expired);
  if (rowsSql === null) return part;
  const [row] = await rowsOf(connection, `select ${COUNTED} from (${rowsSql}) t`);
  return { ...part, rowsSql, rows: Number(row![0]), checksum: String(row![1]) };
}

async function writePart(connection: DuckDBConnection, target: LakeTarget, part: Part): Promise<LakeFile> {
  const { columns } = part.table;
  // Sorted by the columns that questions filter, so statistics let readers skip row groups.
  const order = ['time', 'object_id', 'line'].filter((name) => columns.some((column) => column.name === name));
  return target.publish(part.path, async (file) => {
    await connection
      .run(
        `copy (from (${part.rowsSql}) ${order.length > 0 ? `order by ${order.join(', ')}` : ''})
         to ${text(file)} (format parquet, compression zstd, use_tmp_file false)`,
      )
      .catch((error: Error) => {
        throw /No space left|disk full/i.test(error.message) ? systemError('ENOSPC', file, error) : error;
      });
    const [back] = await rowsOf(
      connection,
      `select ${COUNTED} from read_parquet(${text(file)}, hive_partitioning = false) t`,
    );
    if (Number(back![0]) !== part.rows || String(back![1]) !== part.checksum) {
      throw new StoreError(
        `${target.place}/${part.path} reads back different bytes than were written: check the disk. The old file is unchanged`,
      );
    }
    return { path: part.path, rows: part.rows, checksum: part.checksum, bytes: statSync(file).size };
  });
}

async function publishManifest(target: LakeTarget, manifest: LakeManifest): Promise<void> {
  await target.publish(MANIFEST, (file) => writeFile(file, `${JSON.stringify(manifest, null, 1)}\n`));
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}
