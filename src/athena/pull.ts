/** Builds the statements that pull logs from Athena, and reads their rows. The statements are in queries/athena. */
import { readFileSync } from 'node:fs';
import { FIELDS } from '../alb/field.ts';
import { trinoMacros } from '../engine/relation.ts';
import { composeStatement, type Relation, timestampText } from '../engine/statement.ts';
import { rawTables } from '../engine/table.ts';
import type { PulledCount } from '../store/pulled.ts';
import type { Micros } from '../time/time.ts';
import { dayFolder, daysOf, type Location, placedName } from './location.ts';

/** The path is right from src/ and from dist/. */
const QUERIES = new URL('../../queries/athena/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, QUERIES), 'utf8');

interface Window {
  from: Micros;
  to: Micros;
}

/** Returns the statement that counts all plain lines of the window. */
export function countsStatement(location: Location, window: Window): string {
  return compose('pull-counts.sql', ['part'], location, window, []);
}

/** Returns the statement for the lines to keep: lines of these targets (`ip:port`), failures, and lines that are not plain. */
export function linesStatement(location: Location, window: Window, targets: readonly string[]): string {
  return compose('pull-lines.sql', ['part', 'kept_target'], location, window, targets);
}

/** Returns the name of the table of lines. */
export const linesTable = (location: Location): string => placedName(accessLog().name, { location, lake: null });

const accessLog = () => rawTables().find(({ of }) => of.name === 'alb_log')!;

function compose(
  file: string,
  needs: readonly string[],
  location: Location,
  window: Window,
  targets: readonly string[],
): string {
  const relations: Relation[] = [
    { name: 'log_line', sql: lineSelect(location, window), needs: [] },
    { name: 'part', sql: read('part.sql'), needs: ['log_line'] },
    { name: 'kept_target', sql: targetSelect(targets), needs: [] },
  ];
  const bound = (micros: Micros) => ({ type: 'text', value: `${timestampText(micros).replace(' ', 'T')}Z` }) as const;
  return composeStatement(read(file), needs, relations, trinoMacros(), {
    from: bound(window.from),
    to: bound(window.to),
    known_fields: { type: 'integer', value: FIELDS.length },
  });
}

/** Selects all access log lines, valid or not, of the window's day folders. */
function lineSelect(location: Location, window: Window): string {
  const { objects } = accessLog();
  const { first, last } = daysOf(window);
  return `select "$path" as path, line from ${linesTable(location)}
    where regexp_like("$path", '${objects}') and day >= '${dayFolder(first)}' and day <= '${dayFolder(last)}'`;
}

function targetSelect(targets: readonly string[]): string {
  if (targets.length === 0) return "select '' as target where false";
  const rows = targets.map((target) => `('${target.replaceAll("'", "''")}')`);
  return `select target from (values ${rows.join(', ')}) named (target)`;
}

type Cell = string | number | boolean | null;

/** Returns a row of the counts in the form that the store takes. */
export function countOf(row: readonly Cell[]): PulledCount {
  const text = (i: number): string | null => (row[i] === null ? null : String(row[i]));
  return {
    uri: String(row[0]),
    inside: row[1] === 1,
    minute: text(2),
    elb: text(3),
    targetGroup: text(4),
    target: text(5),
    elbStatus: text(6),
    targetStatus: text(7),
    requests: Number(row[8]),
    receivedBytes: Number(row[9]),
    sentBytes: Number(row[10]),
    firstTime: String(row[11]),
    lastTime: String(row[12]),
    extraFields: Number(row[13]),
  };
}
