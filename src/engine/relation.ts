/** The tables and views as relations of one statement: views from queries/view, tables from the files of a lake. */
import { readdirSync, readFileSync } from 'node:fs';
import { TABLES, type Table } from '../store/table.ts';
import { type Macro, readMacros } from './macro.ts';
import { type Relation, timestampText } from './statement.ts';

/** Beside src/ and beside dist/ alike. */
const QUERIES = new URL('../../queries/', import.meta.url);

/** Rows of [from, to), microseconds; null is open. */
export interface Window {
  from: number | null;
  to: number | null;
}

export const EVERYTHING: Window = { from: null, to: null };

/** Returns the macros of Trino's prelude. */
export function trinoMacros(): Map<string, Macro> {
  return readMacros(readFileSync(new URL('engine/trino/macro.sql', QUERIES), 'utf8').replace(/^(?:--.*\n)+/, ''));
}

/** Returns the views of queries/view in their order. What each reads stands in its header. */
export function viewRelations(): Relation[] {
  return readdirSync(new URL('view/', QUERIES))
    .filter((file) => file.endsWith('.sql') && !file.endsWith('macro.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(`view/${file}`, QUERIES), 'utf8');
      const needs = /^-- Needs: (.+)$/m.exec(sql)?.[1];
      if (!needs) throw new Error(`queries/view/${file}: header needs a line "-- Needs:"`);
      return { name: file.replace(/^\d+-|\.sql$/g, ''), sql, needs: needs.split(', ') };
    });
}

const HIVE_TYPE: Record<string, string> = {
  VARCHAR: 'varchar',
  // Engines that keep milliseconds of a file's timestamp give all digits of the integer that it is.
  TIMESTAMP: 'bigint',
  DOUBLE: 'double',
  SMALLINT: 'smallint',
  INTEGER: 'integer',
  BIGINT: 'bigint',
  BOOLEAN: 'boolean',
  BLOB: 'varbinary',
};

/** Returns the type that a column of a lake's table is declared with. Throws an Error for a type that no engine was asked about. */
export function lakeType(type: string): string {
  const known = HIVE_TYPE[type];
  if (!known) throw new Error(`the lake has no type for ${type}`);
  return known;
}

/** Name of the external table over a table's files. */
export const lakeName = (table: string): string => `lake_${table}`;

/** Returns the tables of a lake. Of alb_log only the folders of the window's days are read, and only its rows are given. */
export function lakeRelations(window: Window): Relation[] {
  return TABLES.map((table) => ({ name: table.name, sql: lakeSelect(table, window), needs: [] }));
}

function lakeSelect(table: Table, window: Window): string {
  const columns = table.columns.map(({ name, type }) =>
    type === 'TIMESTAMP' ? `time_of_micros("${name}") as "${name}"` : `"${name}"`,
  );
  const where = table.name === 'alb_log' ? windowConditions(window) : [];
  return `select ${columns.join(', ')} from ${lakeName(table.name)}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}`;
}

function windowConditions({ from, to }: Window): string[] {
  const conditions: string[] = [];
  if (from !== null) conditions.push(`day >= '${timestampText(from).slice(0, 10)}'`, `"time" >= ${from}`);
  if (to !== null) conditions.push(`day <= '${timestampText(to).slice(0, 10)}'`, `"time" < ${to}`);
  return conditions;
}
