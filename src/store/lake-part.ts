/** The parts of a lake: which rows become which file, and the checksums that tell whether a part has changed. */
import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_MS } from '../time/time.ts';
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
  /** Whether the rows come about in the order of time, so that they need not be sorted. */
  isOrdered: boolean;
}

/** A part whose checksum is known. */
export type CountedPart = LakePart & { checksum: string };

export const quotedText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const IS_DAY = /^\d{4}-\d\d-\d\d$/;

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
  settled: ReadonlyMap<string, LakeFile>,
): Promise<LakePart[]> {
  const parts: LakePart[] = [];
  const evidence = await evidenceTables(connection, views);
  // Computed once each, because one view reads the other.
  await keepViews(
    connection,
    evidence.map(({ name }) => name),
  );
  for (const table of [...TABLES, ...evidence]) {
    const { name } = table;
    if (name === ALB_LOG.name) {
      parts.push(...(await logParts(connection, keys, archive, settled)));
      continue;
    }
    const [row] = await rowsOf(connection, `select ${COUNTED} from (${selectOf(table)}) t`);
    parts.push({
      table,
      path: [...(evidence.includes(table) ? ['view', name] : [name]), FILE].join('/'),
      rowsSql: selectOf(table),
      rows: Number(row![0]),
      stored: null,
      checksum: String(row![1]),
      isOrdered: false,
    });
  }
  return parts;
}

/**
 * Returns the parts of alb_log. Those of `settled` files have not changed as long as they have as many rows; the rows of the others
 * are read.
 */
async function logParts(
  connection: DuckDBConnection,
  keys: readonly PartitionKey[],
  archive: Archive | null,
  settled: ReadonlyMap<string, LakeFile>,
): Promise<LakePart[]> {
  const kept = keptCondition(archive);
  const partOf = (values: readonly string[]) => {
    const folders = keys.map((key, i) => `${FOLDER_OF[key]}=${encodeURIComponent(values[i]!)}`);
    const where = keys.map((key, i) => partCondition(key, values[i]!)).join(' and ') || 'true';
    return {
      table: ALB_LOG,
      path: [ALB_LOG.name, ...folders, FILE].join('/'),
      rowsSql: `select t.* from (${selectOf(ALB_LOG)} where ${kept}) t where ${where}`,
    };
  };
  const found = new Map<string, LakePart>();
  const open = new Set<string>();
  if (settled.size > 0) {
    for (const row of await rowsOf(
      connection,
      `select ${groupOf(keys)}, sum(t.rows) from ${countedRows(kept)} group by all`,
    )) {
      const values = row.slice(0, keys.length).map(String);
      const part = partOf(values);
      const file = settled.get(part.path);
      const rows = Number(row[keys.length]);
      // A file with more rows has those of objects that the database has no longer.
      const isWhole =
        file !== undefined && (file.rows === rows || (archive !== null && archive.expired > 0 && file.rows > rows));
      if (isWhole)
        found.set(part.path, { ...part, rows: file.rows, stored: file.stored!, checksum: null, isOrdered: false });
      else open.add(values[keys.indexOf('day')]!);
    }
  }
  const where = settled.size === 0 ? kept : `${kept} and (${daysCondition([...open])})`;
  for (const row of await rowsOf(connection, countedParts(keys, where))) {
    const part = partOf(row.slice(0, keys.length).map(String));
    if (found.has(part.path)) continue;
    found.set(part.path, {
      ...part,
      rows: Number(row[keys.length]),
      stored: String(row[keys.length + 1]),
      checksum: null,
      isOrdered: row[keys.length + 2] === true,
    });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const groupOf = (keys: readonly PartitionKey[]): string => keys.map((key) => KEY_OF[key]).join(', ');

/** Numbers of rows `t.rows` of each day and load balancer: counted before texts are made of them, which costs a tenth. */
const countedRows = (condition: string): string => `(
  select r.time, c.elb, r.rows
  from (
    select cast(r.time as date) as time, r.context_id, count(*) as rows from alb_row r where ${condition} group by all
  ) r
  join alb_context c on c.context_id = r.context_id
) t`;

/** Returns the condition that a stored row `r` is of one of these days. Days in a row are one range. */
function daysCondition(days: readonly string[]): string {
  const conditions: string[] = [];
  let range: { first: string; last: string } | null = null;
  const end = () => {
    if (range)
      conditions.push(`r.time >= timestamp '${range.first}' and r.time < timestamp '${range.last}' + interval 1 day`);
  };
  for (const day of [...days].sort()) {
    if (!IS_DAY.test(day))
      conditions.push(day === 'unknown' ? 'r.time is null' : `strftime(r.time, '%Y-%m-%d') = ${quotedText(day)}`);
    else if (range && Date.parse(day) - Date.parse(range.last) <= DAY_MS) range.last = day;
    else {
      end();
      range = { first: day, last: day };
    }
  }
  end();
  return conditions.map((condition) => `(${condition})`).join(' or ') || 'false';
}

/** Number of rows, and a sum of hashes that does not depend on their order. */
export const COUNTED = 'count(*), coalesce(sum(cast(hash(t) as hugeint)), 0)';

/**
 * Rows of alb_log as they are stored, `t`, with a hash of each. alb_log computes texts from them, which costs twenty times as
 * much. The number of a context is no part of a row.
 */
const storedRows = (condition: string): string => `(
  select r.rowid as position, r.time, c.elb, hash(${ROW_COLUMNS.map((name) => `r."${name}"`).join(', ')}, c.content) as content
  from alb_row r
  join (select context_id, elb, hash(${CONTEXT_COLUMNS.map((name) => `"${name}"`).join(', ')}) as content from alb_context) c
    on c.context_id = r.context_id
  where ${condition}
) t`;

/** Rows of one row group of a Parquet file, as DuckDB writes it. */
const ROW_GROUP = 122_880;
/** Rows that are looked at together, to see how row groups will lie in time. */
const STRETCH = 4096;
/**
 * Objects are loaded in the order of their names, each with some minutes of one node of a balancer: unsorted row groups of such
 * rows span two to three times what sorted ones do. Up to this many times, sorting saves readers less than it costs.
 */
const MOST_OVERLAP = 4;

/** The statement for the number of rows, checksum as stored, and order of each part. */
function countedParts(keys: readonly PartitionKey[], condition: string): string {
  const names = keys.map((key) => `${key}_key`);
  const each = names.map((name) => `${name}, `).join('');
  const group = (columns: readonly string[]): string => (columns.length > 0 ? `group by ${columns.join(', ')}` : '');
  return `
    with stretch as (
      select ${keys.map((key, i) => `${KEY_OF[key]} as ${names[i]}, `).join('')} t.position // ${STRETCH} as stretch,
        count(*) as rows, sum(cast(t.content as hugeint)) as content, min(t.time) as first_time, max(t.time) as last_time
      from ${storedRows(condition)}
      ${group([...names, 'stretch'])}
    ),
    placed as (
      select *, (sum(rows) over (${keys.length > 0 ? `partition by ${names.join(', ')} ` : ''}order by stretch) - 1) // ${ROW_GROUP} as row_group
      from stretch
    ),
    row_group as (
      select ${each} row_group, sum(rows) as rows, sum(content) as content, min(first_time) as first_time, max(last_time) as last_time
      from placed
      ${group([...names, 'row_group'])}
    )
    select ${each} coalesce(sum(rows), 0), coalesce(sum(content), 0),
      coalesce(sum(epoch_us(last_time) - epoch_us(first_time)) <= ${MOST_OVERLAP} * (epoch_us(max(last_time)) - epoch_us(min(first_time))), true)
    from row_group
    ${group(names)}
    ${keys.length > 0 ? 'order by all' : ''}`;
}

/** Identifies how stored rows become rows of the lake: in another form, equal stored rows may be other rows. */
export const storedForm = (): string =>
  createHash('sha256').update(albLogView()).update(storedRows('true')).digest('hex').slice(0, 16);

/** Returns the condition that a row `t` belongs to a folder. A range of times lets DuckDB leave out what it need not read. */
function partCondition(key: PartitionKey, value: string): string {
  if (key !== 'day' || !IS_DAY.test(value)) return `${KEY_OF[key]} = ${quotedText(value)}`;
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
