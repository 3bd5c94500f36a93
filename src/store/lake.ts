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
import { formatDay, type Micros } from '../time/time.ts';
import { StoreError } from './database.ts';
import { type Archive, coverArchive, withExpired, withoutDropped } from './lake-archive.ts';
import { dayOf, settledFiles } from './lake-change.ts';
import { type LakeFile, type LakeManifest, MANIFEST, parseManifest } from './lake-manifest.ts';
import { databaseId, refuseForeign } from './lake-owner.ts';
import {
  asStored,
  COUNTED,
  type CountedPart,
  FOLDER_OF,
  lakeParts,
  PARTITION_KEYS,
  type PartitionKey,
  quotedText,
  rowsOf,
  storedForm,
  withChecksum,
} from './lake-part.ts';
import type { LakeTarget } from './lake-target.ts';
import { dropKept } from './materialised-view.ts';
import { ownWrites } from './own-write.ts';
import { ALB_LOG } from './table.ts';

export interface LakeOptions {
  /** Columns by which alb_log is divided. */
  keys: readonly PartitionKey[];
  /** Whether to remove files whose rows the database no longer has. */
  prune: boolean;
  /** Objects that ended before this leave the lake; null keeps all. */
  before: Micros | null;
  /** Views besides those of evidence whose rows are written too. */
  views?: readonly string[];
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

/** Writes what has changed and returns a summary. Throws StoreError, also for a lake of another database. */
export async function exportLake(
  connection: DuckDBConnection,
  target: LakeTarget,
  { keys, prune, before: oldest, views = [], note }: LakeOptions,
): Promise<LakeOutcome> {
  const engine = String((await rowsOf(connection, 'select version()'))[0]![0]);
  const before = await readLakeManifest(target);
  const there = await target.list();
  await refuseForeign(connection, target, before, there);
  refuseOtherPartition(target, before, keys);
  const about: Omit<LakeManifest, 'files'> = {
    format: 1,
    engine,
    database: await databaseId(connection),
    partition: keys,
    stored: storedForm(),
    own: await ownWrites(connection),
  };
  // Written first, so a lake whose first export was killed has an owner.
  if (before === null) await publishManifest(target, { ...about, own: null, files: [] });

  const known = new Map(before?.files.map((file) => [file.path, file]));
  const archive = await coverArchive(connection, target, prune ? null : before, oldest);
  // Kept rows know nothing of what the lake has besides, or no longer.
  if (archive) await dropKept(connection);
  const outcome: LakeOutcome = { written: 0, unchanged: 0, removed: 0, kept: 0, rows: 0, bytes: 0 };
  const files: LakeFile[] = [];
  const isComparable = before?.engine === engine;
  const isAlike = isComparable && before.stored === about.stored;
  const settled = await settledFiles(connection, target, before, there, isAlike);
  for (const found of await lakeParts(connection, keys, archive, views, settled)) {
    const old = known.get(found.path);
    const isThere = old !== undefined && there.get(found.path) === old.bytes;
    const isAsStored =
      isThere && isComparable && before.stored === about.stored && found.stored !== null && old.stored === found.stored;
    // A file with more rows has those of expired objects too: compare row by row whether they still belong there.
    if (isAsStored && old.rows === found.rows) files.push(old);
    else {
      note(found.path);
      let part = await withChecksum(connection, found);
      const isSame = (): boolean => isThere && isComparable && old.rows === part.rows && old.checksum === part.checksum;
      if (!isSame() && isThere && archive) part = await addExpired(connection, target, part, archive);
      files.push(isSame() ? asStored(old!, part) : await writePart(connection, target, part));
      if (!isSame()) outcome.written++;
    }
    const file = files.at(-1)!;
    outcome.rows += file.rows;
    outcome.bytes += file.bytes;
  }
  outcome.unchanged = files.length - outcome.written;

  // Touches only files that the manifest named: other files in the folder are not ours.
  const named = new Set(files.map(({ path }) => path));
  const gone = (before?.files ?? []).filter(({ path }) => !named.has(path) && there.has(path));
  const staying = prune ? [] : await keepGone(connection, target, gone, archive, oldest);
  files.push(...staying.map(({ file }) => file));
  outcome.kept = staying.length;
  outcome.written += staying.filter(({ isWritten }) => isWritten).length;
  const kept = new Set(files.map(({ path }) => path));
  const removing = [...gone.map(({ path }) => path), ...(before?.removing ?? [])].filter((path) => !kept.has(path));
  // Written before files are removed, so a manifest never names a missing file.
  await publishManifest(target, { ...about, files, ...(removing.length === 0 ? {} : { removing }) });
  for (const path of new Set(removing)) {
    if (there.has(path)) outcome.removed++;
    await target.remove(path);
  }
  return outcome;
}

/** Returns which files stay of those whose rows the database no longer has, some of them written anew without dropped objects. */
async function keepGone(
  connection: DuckDBConnection,
  target: LakeTarget,
  gone: readonly LakeFile[],
  archive: Archive | null,
  oldest: Micros | null,
): Promise<{ file: LakeFile; isWritten: boolean }[]> {
  // Dropped objects ended before this day's end, so later files have none of them.
  const lastDay = oldest === null ? null : formatDay(oldest);
  const staying: { file: LakeFile; isWritten: boolean }[] = [];
  for (const file of gone) {
    const day = dayOf(file.path);
    const mayDrop = archive?.drops && (day === null || lastDay === null || day <= lastDay);
    const rest = mayDrop ? await withoutDropped(connection, target, ALB_LOG, file.path) : null;
    if (rest === null) staying.push({ file, isWritten: false });
    else if (rest.rows > 0) {
      const part = { table: ALB_LOG, path: file.path, ...rest, stored: null, checksum: null, isOrdered: false };
      staying.push({
        file: await writePart(connection, target, await withChecksum(connection, part)),
        isWritten: true,
      });
    }
  }
  return staying;
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

/** Returns the part with the rows of expired objects that its lake file holds. */
async function addExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  part: CountedPart,
  archive: Archive,
): Promise<CountedPart> {
  const rowsSql = await withExpired(connection, target, part, archive);
  if (rowsSql === null) return part;
  const [row] = await rowsOf(connection, `select ${COUNTED} from (${rowsSql}) t`);
  return { ...part, rowsSql, rows: Number(row![0]), checksum: String(row![1]), isOrdered: false };
}

/** DuckDB's memory limit while it sorts a file: the rest goes to the disk. Sorting takes whatever it may. */
const SORT_MEMORY = '1GB';

/** Runs a statement that sorts rows, with little memory, or, where that does not suffice, with as much as before. */
async function runSort(connection: DuckDBConnection, sql: string): Promise<void> {
  try {
    await withSetting(connection, 'memory_limit', SORT_MEMORY, () => connection.run(sql));
  } catch (error) {
    if (!/^Out of Memory Error/.test((error as Error).message)) throw error;
    await connection.run(sql);
  }
}

/** Runs something while DuckDB has a setting. */
async function withSetting(
  connection: DuckDBConnection,
  name: string,
  value: string,
  run: () => Promise<unknown>,
): Promise<void> {
  const [before] = (await rowsOf(connection, `select current_setting('${name}')`))[0]!;
  const set = (to: unknown) => connection.run(`set ${name} = ${quotedText(String(to))}`);
  await set(value);
  try {
    await run();
  } finally {
    await set(before);
  }
}

async function writePart(connection: DuckDBConnection, target: LakeTarget, part: CountedPart): Promise<LakeFile> {
  const { columns } = part.table;
  // In the order of the columns that questions filter, so statistics let readers skip row groups.
  const order = ['time', 'object_id', 'line'].filter((name) => columns.some((column) => column.name === name));
  const isSorted = order.length > 0 && !part.isOrdered;
  return target.publish(part.path, async (file) => {
    const copy = `copy (from (${part.rowsSql}) ${isSorted ? `order by ${order.join(', ')}` : ''})
       to ${quotedText(file)} (format parquet, compression zstd, use_tmp_file false)`;
    await (isSorted
      ? runSort(connection, copy)
      : withSetting(connection, 'preserve_insertion_order', 'true', () => connection.run(copy))
    ).catch((error: Error) => {
      throw /No space left|disk full/i.test(error.message) ? systemError('ENOSPC', file, error) : error;
    });
    const [back] = await rowsOf(
      connection,
      `select ${COUNTED} from read_parquet(${quotedText(file)}, hive_partitioning = false) t`,
    );
    if (Number(back![0]) !== part.rows || String(back![1]) !== part.checksum) {
      throw new StoreError(
        `${target.place}/${part.path} reads back different bytes than were written: check the disk. The old file is unchanged`,
      );
    }
    return asStored({ path: part.path, rows: part.rows, checksum: part.checksum, bytes: statSync(file).size }, part);
  });
}

async function publishManifest(target: LakeTarget, manifest: LakeManifest): Promise<void> {
  await target.publish(MANIFEST, (file) => writeFile(file, `${JSON.stringify(manifest, null, 1)}\n`));
}
