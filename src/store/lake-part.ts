/** The parts of a lake: which rows become which file, and the checksums that tell whether a part has changed. */
import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { evidenceTables } from './evidence-view.ts';
import { type Archive, keptCondition } from './lake-archive.ts';
import type { LakeFile } from './lake-manifest.ts';
import { keepViews } from './materialised-view.ts';
import { albLogView, CONTEXT_COLUMNS, ROW_COLUMNS } from './schema.ts';
import { ALB_LOG, TABLES, type Table } from './table.ts';

export const PARTITION_KEYS = ['day', 'elb'] as const;
export type PartitionKey = (typeof PARTITION_KEYS)[number];

/** Name of every Parquet file. */
const FILE = 'data.parquet';

/** A part of a table that becomes one file. */
export interface LakePart {
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
export type CountedPart = LakePart & { checksum: string };

export const quotedText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const KEY_OF: Record<PartitionKey, string> = {
  day: "coalesce(strftime(t.time, '%Y-%m-%d'), 'unknown')",
  elb: "coalesce(replace(t.elb, '/', '.'), 'unknown')",
};
/** Folder names differ from column names, so each file holds all columns and no folder hides one. */
export const FOLDER_OF: Record<PartitionKey, string> = { day: 'day', elb: 'lb' };

/** Returns the parts of what the lake is to hold. */
export async function lakeParts(
  connection: DuckDBConnection,
  keys: readonly PartitionKey[],
  archive: Archive | null,
  views: readonly string[],
): Promise<LakePart[]> {
  const parts: LakePart[] = [];
  const evidence = await evidenceTables(connection, views);
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
    const kept = isSplit ? ` where ${keptCondition(archive)}` : '';
    const found = await rowsOf(
      connection,
      `select ${[...group, isSplit ? COUNTED_AS_STORED : COUNTED].join(', ')} from ${isSplit ? storedRows(keptCondition(archive)) : `(${selectOf(table)}) t`}
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
        rowsSql: `select t.* from (${selectOf(table)}${kept}) t where ${where}`,
        rows: Number(row[by.length]),
        ...(isSplit ? { stored: sum, checksum: null } : { stored: null, checksum: sum }),
      });
    }
  }
  return parts;
}

/** Number of rows, and a sum of hashes that does not depend on their order. */
export const COUNTED = 'count(*), coalesce(sum(cast(hash(t) as hugeint)), 0)';

/**
 * Rows of alb_log as they are stored, `t`, with a hash of each. alb_log computes texts from them, which costs twenty times as
 * much. The number of a context is no part of a row.
 */
const storedRows = (condition: string): string => `(
  select r.time, c.elb, hash(${ROW_COLUMNS.map((name) => `r."${name}"`).join(', ')}, c.content) as content
  from alb_row r
  join (select context_id, elb, hash(${CONTEXT_COLUMNS.map((name) => `"${name}"`).join(', ')}) as content from alb_context) c
    on c.context_id = r.context_id
  where ${condition}
) t`;
const COUNTED_AS_STORED = 'count(*), coalesce(sum(cast(t.content as hugeint)), 0)';

/** Identifies how stored rows become rows of the lake: in another form, equal stored rows may be other rows. */
export const storedForm = (): string =>
  createHash('sha256').update(albLogView()).update(storedRows('true')).digest('hex').slice(0, 16);

/** Returns the condition that a row `t` belongs to a folder. A range of times lets DuckDB leave out what it need not read. */
function partCondition(key: PartitionKey, value: string): string {
  if (key !== 'day' || !/^\d{4}-\d\d-\d\d$/.test(value)) return `${KEY_OF[key]} = ${quotedText(value)}`;
  return `t.time >= timestamp ${quotedText(value)} and t.time < timestamp ${quotedText(value)} + interval 1 day`;
}

/** Returns the part with its number of rows and checksum as readers see them. */
export async function withChecksum(connection: DuckDBConnection, part: LakePart): Promise<CountedPart> {
  if (part.checksum !== null) return { ...part, checksum: part.checksum };
  const [row] = await rowsOf(connection, `select ${COUNTED} from (${part.rowsSql}) t`);
  return { ...part, rows: Number(row![0]), checksum: String(row![1]) };
}

/** Returns the entry of a file with the checksum of the stored rows, if the part has one. */
export const asStored = (file: LakeFile, { stored }: LakePart): LakeFile => ({
  ...file,
  ...(stored === null ? {} : { stored }),
});

/** A view may have integers that Parquet has no type for. */
const selectOf = ({ name, columns }: Table): string =>
  `select ${columns.map((column) => `cast("${column.name}" as ${column.type}) as "${column.name}"`).join(', ')} from ${name}`;

/** Returns the rows of a statement. */
export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
}
