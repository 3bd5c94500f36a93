/**
 * Statements that make a database of Athena hold what the local database holds: external tables over logs and lake where they
 * lie, and views with the names and columns of ours. Tables are declared in Hive's words, views in Trino's. Pure.
 */
import { expand, type Macro } from '../engine/macro.ts';
import type { Relation } from '../engine/statement.ts';
import type { ExternalTable } from '../engine/table.ts';
import { textOf, tokensOf, trim } from '../query/token.ts';
import { type Location, logFolder, placedName } from './location.ts';

/** Application Load Balancers exist since then. */
const FIRST_DAY = '2016-08-01';

/** In Hive's words a name stands in backquotes; those of columns and tables are ours, that of the database is checked. */
const named = (name: string): string => `\`${name}\``;
/** Hive reads a backslash in a text as the begin of an escape. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Returns the statement for the database itself. */
export const databaseStatement = (database: string): string => `CREATE DATABASE IF NOT EXISTS ${named(database)}`;

/**
 * Returns a table over logs in place. The pattern knows every width of line that there was, gives the fields it does not know
 * as one tail, and for a line that is none of this log still the whole line: no row is lost and no column shifts.
 */
export function logStatement(database: string, table: ExternalTable, location: Location): string {
  const folder = logFolder(location);
  return statementOf(database, placedName(table.name, { location, lake: null }), table, [
    "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'",
    `WITH SERDEPROPERTIES ('input.regex' = ${quoted(table.pattern ?? '')})`,
    `LOCATION ${quoted(folder)}`,
    projection('yyyy/MM/dd', FIRST_DAY.replaceAll('-', '/'), `${folder}\${day}/`),
  ]);
}

/** Returns a table over the files of a lake that was exported by day. Those of one day may lie deeper, by load balancer. */
export function lakeStatement(database: string, table: ExternalTable, lake: string): string {
  const folder = `${lake}/${table.folder}/`;
  const byDay = table.partitions.includes('day');
  return statementOf(database, placedName(table.name, { location: null, lake }), table, [
    'STORED AS PARQUET',
    `LOCATION ${quoted(folder)}`,
    ...(byDay ? [projection('yyyy-MM-dd', FIRST_DAY, `${folder}day=\${day}/`)] : []),
  ]);
}

function statementOf(database: string, name: string, table: ExternalTable, rest: readonly string[]): string {
  const columns = table.columns.map(({ name, type }) => `  ${named(name)} ${type}`);
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${named(database)}.${named(name)} (\n${columns.join(',\n')}\n)`,
    // Days alone: what lies deeper in a day's folder is read with it.
    ...(table.partitions.includes('day') ? [`PARTITIONED BY (${named('day')} string)`] : []),
    ...rest,
  ].join('\n');
}

/** Days of a projection: Athena works out the folders of a window by itself, and no partition is ever to be added. */
function projection(format: string, first: string, template: string): string {
  const entries = {
    'projection.enabled': 'true',
    'projection.day.type': 'date',
    'projection.day.format': format,
    'projection.day.range': `${first},NOW`,
    'projection.day.interval': '1',
    'projection.day.interval.unit': 'DAYS',
    'storage.location.template': template,
  };
  const lines = Object.entries(entries).map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`);
  return `TBLPROPERTIES (\n${lines.join(',\n')}\n)`;
}

/** Returns the statement of a view, macros expanded: Athena keeps none. */
export function viewStatement(
  database: string,
  { name, sql }: Pick<Relation, 'name' | 'sql'>,
  macros: ReadonlyMap<string, Macro>,
): string {
  const body = textOf(trim(expand(trim(tokensOf(sql)), macros)));
  return `CREATE OR REPLACE VIEW "${database}"."${name}" AS\n${body}`;
}
