/**
 * Exports the tables as Parquet files that any engine reads: `alb_log` by day and load balancer, every other table in one
 * file, and below `view/` the rows of each view that reads only evidence.
 * Each partition is one file. It is written beside its place, read back, and renamed over the old file, so a reader sees the
 * old rows or the new ones. A partition that has not changed since the last manifest is not written again.
 */
import { createHash } from 'node:crypto';
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
import { albLogView, CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';
import { ALB_LOG, TABLES, type Table } from './table.ts';

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
  /** Checksum of the rows as the database stores them, which is cheap to compute; null for rows that are stored as they are. */
  stored: string | null;
  /** Checksum of the rows as readers see them; null until it is needed. */
  checksum: string | null;
}

/** A part whose checksum is known. */
type CountedPart = Part & { checksum: string };

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
  const about: Omit<LakeManifest, 'files'> = {
    format: 1,
    engine,
    database: await databaseId(connection),
    partition: keys,
    stored: storedForm(),
  };
  // Written first, so a lake whose first export was killed has an owner.
  if (before === null) await publishManifest(target, { ...about, files: [] });

  const known = new Map(before?.files.map((file) => [file.path, file]));
  const expired = prune || before === null ? null : await coverExpired(connection, target, before);
  // Kept rows know nothing of what the lake has besides.
  if (expired) await dropKept(connection);
  const outcome: LakeOutcome = { written: 0, unchanged: 0, removed: 0, kept: 0, rows: 0, bytes: 0 };
  const files: LakeFile[] = [];
  const isComparable = before?.engine === engine;
  for (const found of await partsOf(connection, keys)) {
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
      if (!isSame() && isThere && expired) part = await addExpired(connection, target, part, expired);
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
    const isSplit = name === ALB_LOG.name;
    const found = await rowsOf(
      connection,
      `select ${[...group, isSplit ? COUNTED_AS_STORED : COUNTED].join(', ')} from ${isSplit ? STORED_ROWS : `(${selectOf(table)}) t`}
       ${group.length > 0 ? `group by ${group.join(', ')} order by all` : ''}`,
    );
    for (const row of found) {
      const values = row.slice(0, by.length).map(String);
      const folders = by.map((key, i) => `${FOLDER_OF[key]}=${encodeURIComponent(values[i]!)}`);
      const where = by.map((key, i) => partCondition(key, values[i]!)).join(' and ') || 'true';
      const sum = String(row[by.length + 1]);
      parts.push({
        table,
        path: [...(evidence.includes(table) ? ['view', name] : [name]), ...folders, FILE].join('/'),
        rowsSql: `select t.* from (${selectOf(table)}) t where ${where}`,
        rows: Number(row[by.length]),
        ...(isSplit ? { stored: sum, checksum: null } : { stored: null, checksum: sum }),
      });
    }
  }
  return parts;
}

/** Number of rows, and a sum of hashes that does not depend on their order. */
const COUNTED = 'count(*), coalesce(sum(cast(hash(t) as hugeint)), 0)';

/**
 * Rows of alb_log as they are stored, `t`, with a hash of each. alb_log computes texts from them, which costs twenty times as
 * much. The number of a context is no part of a row.
 */
const STORED_ROWS = `(
  select r.time, c.elb, hash(${ROW_COLUMNS.map((name) => `r."${name}"`).join(', ')}, c.content) as content
  from alb_row r
  join (select context_id, elb, hash(${CONTEXT_COLUMNS.map((name) => `"${name}"`).join(', ')}) as content from alb_context) c
    on c.context_id = r.context_id
) t`;
const COUNTED_AS_STORED = 'count(*), coalesce(sum(cast(t.content as hugeint)), 0)';

/** Identifies how stored rows become rows of the lake: in another form, equal stored rows may be other rows. */
const storedForm = (): string =>
  createHash('sha256').update(albLogView()).update(STORED_ROWS).digest('hex').slice(0, 16);

/** Returns the condition that a row `t` belongs to a folder. A range of times lets DuckDB leave out what it need not read. */
function partCondition(key: PartitionKey, value: string): string {
  if (key !== 'day' || !/^\d{4}-\d\d-\d\d$/.test(value)) return `${KEY_OF[key]} = ${text(value)}`;
  return `t.time >= timestamp ${text(value)} and t.time < timestamp ${text(value)} + interval 1 day`;
}

async function withChecksum(connection: DuckDBConnection, part: Part): Promise<CountedPart> {
  if (part.checksum !== null) return { ...part, checksum: part.checksum };
  const [row] = await rowsOf(connection, `select ${COUNTED} from (${part.rowsSql}) t`);
  return { ...part, rows: Number(row![0]), checksum: String(row![1]) };
}

/** Returns the entry of a file with the checksum of the stored rows, if the part has one. */
const asStored = (file: LakeFile, { stored }: Part): LakeFile => ({ ...file, ...(stored === null ? {} : { stored }) });

/** A view may have integers that Parquet has no type for. */
const selectOf = ({ name, columns }: Table): string =>
  `select ${columns.map((column) => `cast("${column.name}" as ${column.type}) as "${column.name}"`).join(', ')} from ${name}`;

/** Returns the part with the rows of expired objects that its lake file holds. */
async function addExpired(
  connection: DuckDBConnection,
  target: LakeTarget,
  part: CountedPart,
  expired: Expired,
): Promise<CountedPart> {
  const rowsSql = await withExpired(connection, target, part, expired);
  if (rowsSql === null) return part;
  const [row] = await rowsOf(connection, `select ${COUNTED} from (${rowsSql}) t`);
  return { ...part, rowsSql, rows: Number(row![0]), checksum: String(row![1]) };
}

async function writePart(connection: DuckDBConnection, target: LakeTarget, part: CountedPart): Promise<LakeFile> {
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
    return asStored({ path: part.path, rows: part.rows, checksum: part.checksum, bytes: statSync(file).size }, part);
  });
}

async function publishManifest(target: LakeTarget, manifest: LakeManifest): Promise<void> {
  await target.publish(MANIFEST, (file) => writeFile(file, `${JSON.stringify(manifest, null, 1)}\n`));
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}
