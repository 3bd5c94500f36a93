/** Defines the external tables of an engine: over the files of a lake, and over logs in place. */
import { CONNECTION_LOG } from '../alb/connection-log.ts';
import { HEALTH_CHECK_LOG } from '../alb/health-check-log.ts';
import { knownEvidenceTables } from '../store/evidence-view.ts';
import { ALB_LOG, CONNECTION, HEALTH_CHECK, TABLES, type Table } from '../store/table.ts';
import { accessLogPattern, formatPattern, type LinePattern } from './line-pattern.ts';

/** Type names of Hive, Glue and Athena's DDL. */
export type HiveType = 'string' | 'bigint' | 'int' | 'smallint' | 'double' | 'boolean' | 'binary';

export interface ExternalTable {
  name: string;
  columns: { name: string; type: HiveType }[];
  /** Partition folders, all of type string. For logs in place, `day` is `yyyy/MM/dd`, and all are projected. */
  partitions: ('account' | 'region' | 'day' | 'lb')[];
  /** Path below the lake's folder; null for logs in place. */
  folder: string | null;
  /** Pattern by which java.util.regex cuts a line, one group for each column; null for Parquet. */
  pattern: string | null;
}

export const HIVE_TYPE: Record<string, HiveType> = {
  VARCHAR: 'string',
  // Some engines cut a file's timestamp to milliseconds, but return all digits of its integer.
  TIMESTAMP: 'bigint',
  DOUBLE: 'double',
  SMALLINT: 'smallint',
  INTEGER: 'int',
  BIGINT: 'bigint',
  BOOLEAN: 'boolean',
  BLOB: 'binary',
};

function hiveType(type: string): HiveType {
  const known = HIVE_TYPE[type];
  if (!known) throw new Error(`the lake has no type for ${type}`);
  return known;
}

/** A table of a lake, with the select of its rows. */
export interface LakeTable extends ExternalTable {
  of: Table;
}

let evidence: Promise<Table[]> | undefined;

/** Returns the tables of a lake: one for each table, and one for each view that reads only evidence. */
export async function lakeTables(): Promise<LakeTable[]> {
  evidence ??= knownEvidenceTables();
  const views = await evidence;
  return [...TABLES, ...views].map((of) => ({
    name: `lake_${of.name}`,
    columns: of.columns.map(({ name, type }) => ({ name, type: hiveType(type) })),
    partitions: of.name === 'alb_log' ? ['day', 'lb'] : [],
    folder: views.includes(of) ? `view/${of.name}` : of.name,
    pattern: null,
    of,
  }));
}

/** A table over logs, with the select that its lines become. */
export interface RawTable extends ExternalTable {
  of: Table;
  /** Pattern of its object names, because other logs lie in the same folders. */
  objects: string;
}

/** Returns the tables over logs in place, `.../elasticloadbalancing/<region>/<day>/`. */
export function rawTables(): RawTable[] {
  const raw = (of: Table, { pattern, columns }: LinePattern, prefix: string): RawTable => ({
    name: `raw_${of.name}`,
    columns: columns.map((name) => ({ name, type: 'string' })),
    partitions: ['day'],
    folder: null,
    pattern,
    of,
    objects: `/${prefix}[0-9]{12}_elasticloadbalancing_[^/_]+_app[.][^/]*[.]log[.]gz$`,
  });
  return [
    raw(ALB_LOG, accessLogPattern(), ''),
    raw(CONNECTION, formatPattern(CONNECTION_LOG), 'conn_log_'),
    raw(HEALTH_CHECK, formatPattern(HEALTH_CHECK_LOG), 'health_check_log_'),
  ];
}
