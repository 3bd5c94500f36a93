/**
 * DDL statements that give an Athena database the tables and views of the local database: external tables over logs and lake
 * in place, and views with our names and columns. Tables use Hive's syntax, views Trino's. Pure.
 */
import type { IcebergTable } from '../engine/iceberg-table.ts';
import { expand, type Macro } from '../engine/macro.ts';
import type { Relation } from '../engine/statement.ts';
import type { ExternalTable } from '../engine/table.ts';
import { textOf, tokensOf, trimTokens } from '../query/token.ts';
import type { Table } from '../store/table.ts';
import { folderTemplate, type LakePlace, type Location, placedName, siteKeys, tableFolder } from './location.ts';

/** First day of Application Load Balancers. */
const FIRST_DAY = '2016-08-01';

/** Hive quotes names with backquotes. The names of columns and tables are ours; the database's name is checked. */
const named = (name: string): string => `\`${name}\``;
/** Hive reads a backslash in a text as the start of an escape. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Returns the statement for the database itself. */
export const databaseStatement = (database: string): string => `CREATE DATABASE IF NOT EXISTS ${named(database)}`;

/**
 * Returns a table over logs in place. The pattern knows every line width so far and returns unknown fields as one tail. For a
 * line that does not match, it returns the whole line: no row is lost and no column shifts.
 */
export function logStatement(database: string, table: ExternalTable, location: Location): string {
  return statementOf(database, placedName(table.name, { location, lake: null }), placedTable(table, location), [
    "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'",
    `WITH SERDEPROPERTIES ('input.regex' = ${quoted(table.pattern ?? '')})`,
    `LOCATION ${quoted(tableFolder(location))}`,
    properties(logProjection(location)),
  ]);
}

/** Returns a table over logs with the partitions that it has there. */
export const placedTable = (table: ExternalTable, location: Location): ExternalTable => ({
  ...table,
  partitions: [...siteKeys(location), ...table.partitions],
});

/** Returns the partitions that a table declares, of type string. Deeper folders of a day, by load balancer, are read with it. */
export const declaredPartitions = ({ partitions }: ExternalTable): string[] => partitions.filter((one) => one !== 'lb');

/** Returns a table over a lake that was exported by day. A day's files may lie deeper, by load balancer. */
export function lakeStatement(database: string, table: ExternalTable, lake: LakePlace): string {
  const folder = `${lake.folder}/${table.folder}/`;
  const byDay = table.partitions.includes('day');
  return statementOf(database, placedName(table.name, { location: null, lake }), table, [
    'STORED AS PARQUET',
    `LOCATION ${quoted(folder)}`,
    ...(byDay ? [properties(lakeProjection(folder))] : []),
  ]);
}

/**
 * Returns a table of Iceberg, by day where it may become large. Files that a compaction leaves behind go with the snapshots that
 * name them.
 */
export function icebergStatement(database: string, { name, of, columns }: IcebergTable, lake: LakePlace): string {
  const declared = columns.map((column) => `  ${named(column.name)} ${column.type}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${named(database)}.${named(placedName(name, { location: null, lake }))} (\n${declared.join(',\n')}\n)`,
    ...(of.name === 'alb_log' ? [`PARTITIONED BY (day(${named('time')}))`] : []),
    `LOCATION ${quoted(`${lake.folder}/${of.name}/`)}`,
    properties({
      table_type: 'ICEBERG',
      format: 'parquet',
      write_compression: 'zstd',
      vacuum_max_snapshot_age_seconds: '259200',
    }),
  ].join('\n');
}

/** Returns the statements that make few large files of many small ones, and remove what no snapshot of the last days names. */
export function compactStatements(database: string, { name }: IcebergTable, lake: LakePlace): string[] {
  const table = `"${database}"."${placedName(name, { location: null, lake })}"`;
  return [`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`, `VACUUM ${table}`];
}

function statementOf(database: string, name: string, table: ExternalTable, rest: readonly string[]): string {
  const columns = table.columns.map(({ name, type }) => `  ${named(name)} ${type}`);
  const keys = declaredPartitions(table);
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${named(database)}.${named(name)} (\n${columns.join(',\n')}\n)`,
    ...(keys.length > 0 ? [`PARTITIONED BY (${keys.map((key) => `${named(key)} string`).join(', ')})`] : []),
    ...rest,
  ].join('\n');
}

/**
 * Returns the projection for logs in place. Athena takes accounts and regions from the question itself (`injected`), so the table knows no
 * list of them that could be out of date.
 */
export const logProjection = (location: Location): Record<string, string> => {
  const { 'projection.enabled': enabled, ...days } = projection(
    'yyyy/MM/dd',
    FIRST_DAY.replaceAll('-', '/'),
    folderTemplate(location),
  );
  const sites = siteKeys(location).map((key) => [`projection.${key}.type`, 'injected']);
  return { 'projection.enabled': enabled!, ...Object.fromEntries(sites), ...days };
};

/** Returns the projection for a folder of the lake. */
export const lakeProjection = (folder: string): Record<string, string> =>
  projection('yyyy-MM-dd', FIRST_DAY, `${folder}day=\${day}/`);

/** Returns a partition projection of days: Athena computes the folders of a window, and partitions need not be added by hand. */
const projection = (format: string, first: string, template: string): Record<string, string> => ({
  'projection.enabled': 'true',
  'projection.day.type': 'date',
  'projection.day.format': format,
  'projection.day.range': `${first},NOW`,
  'projection.day.interval': '1',
  'projection.day.interval.unit': 'DAYS',
  'storage.location.template': template,
});

function properties(entries: Readonly<Record<string, string>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`);
  return `TBLPROPERTIES (\n${lines.join(',\n')}\n)`;
}

/** A view of the console with its columns. */
export interface ConsoleView extends Pick<Relation, 'name' | 'sql' | 'needs'> {
  columns: Table['columns'];
}

/** Returns the name of the view with the same rows whose times are microseconds since the epoch. */
export const exactName = (view: string): string => `exact_${view}`;

/**
 * Returns the two statements of a view, with macros expanded, because Athena stores no macros. Catalogues of Hive know timestamps of three
 * digits, and Athena may refuse a view with others. So no column of a view has more: the first view has times as integers, all
 * digits of them, and every other view reads it; the second has them as timestamps, cut to milliseconds.
 */
export function viewStatements(
  database: string,
  { name, sql, needs, columns }: ConsoleView,
  columnsOf: ReadonlyMap<string, Table['columns']>,
  macros: ReadonlyMap<string, Macro>,
): string[] {
  const clauses = needs.map(
    (need) => `${need} as (select ${select(columnsOf.get(need) ?? [], asTime)} from ${exactName(need)})`,
  );
  const head = clauses.length === 0 ? '' : `with ${clauses.join(',\n')}\n`;
  const statement = (view: string, text: string): string =>
    `CREATE OR REPLACE VIEW "${database}"."${view}" AS\n${textOf(trimTokens(expand(trimTokens(tokensOf(text)), macros)))}`;
  return [
    statement(exactName(name), `${head}select ${select(columns, asMicros)} from (\n${sql.trim()}\n)`),
    statement(name, `select ${select(columns, asMillis)} from ${exactName(name)}`),
  ];
}

const asTime = (name: string): string => `time_of_micros("${name}")`;
const asMillis = (name: string): string => `millis_of_micros("${name}")`;
const asMicros = (name: string): string => `micros_of_time("${name}")`;

const select = (columns: Table['columns'], time: (name: string) => string): string =>
  columns.map(({ name, type }) => (type === 'TIMESTAMP' ? `${time(name)} as "${name}"` : `"${name}"`)).join(', ');
