/** Defines tables and views as relations of one statement: views from queries/view, tables over a lake or over logs in place. */
import { readFileSync } from 'node:fs';
import { evidenceViews, readViewFiles } from '../store/evidence-view.ts';
import type { TableColumn } from '../store/table.ts';
import { DAY, formatDay, type Micros } from '../time/time.ts';
import { type Macro, readMacros } from './macro.ts';
import { type Relation, timestampText } from './statement.ts';
import { type LakeTable, lakeTables, type RawTable, rawTables } from './table.ts';

/** The path is right from src/ and from dist/. */
const PRELUDE = new URL('../../queries/engine/trino/macro.sql', import.meta.url);
const THRESHOLDS = new URL('../../queries/view/01-threshold-macro.sql', import.meta.url);

/** Rows whose `time` is in [from, to), microseconds; null is open. */
export interface Window {
  from: number | null;
  to: number | null;
}

/** Returns the engine's name of a table, for engines with several tables of one kind. */
export type NameOf = (table: string) => string;
const asItIs: NameOf = (table) => table;

export const EVERYTHING: Window = { from: null, to: null };

/** Returns the macros of Trino's prelude, and the thresholds that all engines share. */
export function trinoMacros(): Map<string, Macro> {
  const files = [PRELUDE, THRESHOLDS].map((file) => readFileSync(file, 'utf8').replace(/^(?:--.*\n)+/, ''));
  return readMacros(files.join('\n'));
}

/** Returns the views that an engine computes. Views that read only evidence are tables of the lake instead. */
export function viewRelations(): Relation[] {
  const asTables = evidenceViews();
  return readViewFiles().filter(({ name }) => !asTables.includes(name));
}

/** Returns the tables of a lake. For alb_log only the folders of the window's days are read, and only the window's rows returned. */
export async function lakeRelations(window: Window, nameOf: NameOf = asItIs): Promise<Relation[]> {
  return (await lakeTables()).map((table) => ({
    name: table.of.name,
    sql: lakeSelect({ ...table, name: nameOf(table.name) }, window),
    needs: [],
  }));
}

/** How logs in place are read. */
export interface LogPlace {
  /** Returns one more condition for a table's rows, by their partitions or `"$path"`; null for none. */
  narrow(table: string): string | null;
  /** Partitions that each row names behind its own columns. */
  keys: readonly string[];
}

/**
 * Returns the same tables with logs read in place and everything else from a lake. Logs in place include the rows that `load`
 * left out, so alb_count is empty. A row's object_id and line are computed from the object's uri and the line's text.
 */
export async function rawRelations(
  window: Window,
  nameOf: NameOf = asItIs,
  place: LogPlace = { narrow: () => null, keys: [] },
): Promise<Relation[]> {
  const logs = rawTables().map((table) => ({
    name: table.of.name,
    sql: rawSelect({ ...table, name: nameOf(table.name) }, window, place),
    needs: [],
  }));
  const lake = (await lakeRelations(window, nameOf)).map((relation) =>
    relation.name === 'alb_count' ? { ...relation, sql: `${relation.sql} where false` } : relation,
  );
  return lake.map((relation) => logs.find(({ name }) => name === relation.name) ?? relation);
}

function lakeSelect(table: LakeTable, { from, to }: Window): string {
  const columns = table.of.columns.map(({ name, type }) =>
    type === 'TIMESTAMP' ? `time_of_micros("${name}") as "${name}"` : `"${name}"`,
  );
  const conditions: string[] = [];
  if (table.of.name === 'alb_log') {
    if (from !== null) conditions.push(`day >= '${timestampText(from).slice(0, 10)}'`, `"time" >= ${from}`);
    if (to !== null) conditions.push(`day <= '${timestampText(to - 1).slice(0, 10)}'`, `"time" < ${to}`);
  }
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  return `select ${columns.join(', ')} from ${table.name}${where}`;
}

const dayFolder = (time: Micros): string => formatDay(time).replaceAll('-', '/');

function rawSelect({ name, of, objects, columns }: RawTable, { from, to }: Window, place: LogPlace): string {
  const narrow = place.narrow(of.name);
  const known = new Set(columns.map((column) => column.name));
  const times = of.columns.filter(({ type }) => type === 'TIMESTAMP').map((column) => column.name);
  const time = times.find((column) => known.has(column))!;
  const conditions = [
    ...(narrow === null ? [] : [narrow]),
    `regexp_like("$path", '${objects}')`,
    // A day that does not exist in its month.
    ...times
      .filter((column) => known.has(column))
      .map((column) => `("${column}" is null or time_of("${column}") is not null)`),
    `"${time}" is not null`,
    `not contains_unreadable(line)`,
  ];
  if (from !== null) {
    conditions.push(`day >= '${dayFolder(from)}'`, `time_of("${time}") >= timestamp '${timestampText(from)}'`);
  }
  if (to !== null) {
    // A row of the last moment is delivered minutes later, maybe on the next day.
    conditions.push(`day <= '${dayFolder(to - 1 + DAY)}'`, `time_of("${time}") < timestamp '${timestampText(to)}'`);
  }
  const selected = of.columns.map((column) => `${rawColumn(column, known, time)} as "${column.name}"`);
  return `select ${[...selected, ...place.keys].join(', ')} from ${name} where ${conditions.join(' and ')}`;
}

function rawColumn({ name, type }: TableColumn, known: ReadonlySet<string>, time: string): string {
  switch (name) {
    case 'object_id':
      return 'object_number("$path")';
    case 'line':
      return 'line_number(line)';
    case 'field_count':
      return 'field_count(line)';
    case 'extra':
      return 'tail';
    case 'request_method':
      return 'request_part(request_line, 1)';
    case 'request_url':
      return 'request_part(request_line, 2)';
    case 'request_protocol':
      return 'request_part(request_line, 3)';
  }
  if (type === 'TIMESTAMP') return `time_of("${known.has(name) ? name : time}")`;
  return type === 'VARCHAR' ? `"${name}"` : `cast("${name}" as ${type.toLowerCase()})`;
}
