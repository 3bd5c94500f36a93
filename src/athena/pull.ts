/** Builds the statements that pull logs from Athena, and reads their rows. The statements are in queries/athena. */
import { readFileSync } from 'node:fs';
import { FIELDS } from '../alb/field.ts';
import { trinoMacros } from '../engine/relation.ts';
import { composeStatement, literal, type Relation, timestampText } from '../engine/statement.ts';
import { rawTables } from '../engine/table.ts';
import type { BoundValue } from '../query/parameter.ts';
import type { PulledCount } from '../store/pulled.ts';
import type { Micros } from '../time/time.ts';
import { dayFolder, daysOf, type Location, placedName } from './location.ts';
import { placeCondition } from './path-range.ts';

/** The path is right from src/ and from dist/. */
const QUERIES = new URL('../../queries/athena/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, QUERIES), 'utf8');

interface Window {
  from: Micros;
  to: Micros;
}

/** The lines that verdicts need beside failures. */
export interface WantedLines {
  /** Targets (`ip:port`) of which every line near the spans is fetched, and the first and last answers of other times. */
  targets: readonly string[];
  /** Ten minutes, `2026-03-10T14:0`. */
  spans: readonly string[];
  /** Target groups of which the first and last answers are fetched, of all targets. */
  groups: readonly string[];
  /** Lines with this text are fetched too; null for none. */
  text: string | null;
}

/** Returns the statement that counts all plain lines of the window. */
export function countsStatement(location: Location, window: Window): string {
  return compose('pull-counts.sql', [], location, window, {});
}

/** Bytes of the statement that its lists may take; Athena takes 262,144 for all of it. */
const ROOM = { target: 150_000, span: 20_000, group: 50_000 };

/** Returns the statement for these lines, for failures, and for lines that are not plain. */
export function linesStatement(location: Location, window: Window, wanted: WantedLines): string {
  const targets = fit(wanted.targets, ROOM.target);
  const spans = fit(wanted.spans, ROOM.span);
  const all = sizeOf(wanted.groups) > ROOM.group;
  const lists = [
    listRelation('kept_target', 'target', targets.texts),
    listRelation('near_span', 'span', spans.texts),
    all ? EVERY_GROUP : listRelation('kept_group', 'target_group', wanted.groups),
  ];
  return compose('pull-lines.sql', lists, location, window, {
    target_length: { type: 'integer', value: targets.length },
    span_length: { type: 'integer', value: spans.length },
    every_group: { type: 'boolean', value: all },
    text: { type: 'text', value: wanted.text },
  });
}

const EVERY_GROUP: Relation = { name: 'kept_group', sql: "select '' as target_group where false", needs: [] };

/** Bytes of a list of texts in a statement. */
const sizeOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length + 6, 0);

/**
 * Returns the texts, or the beginnings of all of them of the greatest length that fits into so many bytes. A beginning stands for more
 * lines than those asked for, never for fewer.
 */
export function fit(texts: readonly string[], room: number): { length: number; texts: string[] } {
  let length = texts.reduce((longest, text) => Math.max(longest, text.length), 1);
  let beginnings = [...new Set(texts)];
  while (sizeOf(beginnings) > room && length > 1) {
    length--;
    beginnings = [...new Set(beginnings.map((text) => text.slice(0, length)))];
  }
  return { length, texts: beginnings };
}

/** Returns the name of the table of lines. */
export const linesTable = (location: Location): string => placedName(accessLog().name, { location, lake: null });

const accessLog = () => rawTables().find(({ of }) => of.name === 'alb_log')!;

function compose(
  file: string,
  lists: readonly Relation[],
  location: Location,
  window: Window,
  parameters: Readonly<Record<string, BoundValue>>,
): string {
  const relations: Relation[] = [
    { name: 'log_line', sql: lineSelect(location, window), needs: [] },
    { name: 'part', sql: read('part.sql'), needs: ['log_line'] },
    ...lists,
  ];
  const bound = (micros: Micros) => ({ type: 'text', value: `${timestampText(micros).replace(' ', 'T')}Z` }) as const;
  return composeStatement(read(file), ['part', ...lists.map(({ name }) => name)], relations, trinoMacros(), {
    from: bound(window.from),
    to: bound(window.to),
    known_fields: { type: 'integer', value: FIELDS.length },
    ...parameters,
  });
}

/** Selects all access log lines, valid or not, of the window's day folders. */
function lineSelect(location: Location, window: Window): string {
  const { objects } = accessLog();
  const { first, last } = daysOf(window);
  const narrow = placeCondition('alb_log', location, window);
  return `select "$path" as path, line from ${linesTable(location)}
    where ${narrow === null ? '' : `${narrow} and `}regexp_like("$path", '${objects}') and day >= '${dayFolder(first)}' and day <= '${dayFolder(last)}'`;
}

function listRelation(name: string, column: string, texts: readonly string[]): Relation {
  const rows = texts.map((text) => `(${literal({ type: 'text', value: text })})`);
  const sql =
    texts.length === 0
      ? `select '' as ${column} where false`
      : `select ${column} from (values ${rows.join(', ')}) named (${column})`;
  return { name, sql, needs: [] };
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
    firstRouted: String(row[14]),
  };
}

/** The counted fields of a plain line: every field has today's quotes, and no quote holds another one. */
const PLAIN = /^\S+ (\S+) (\S+) \S+ (\S+) \S+ \S+ \S+ (\S+) (\S+) (\S+) (\S+) "[^"]*" "[^"]*" \S+ \S+ (\S+) /;

/** Returns the group that takes equal plain lines of the window out of the counts, because they were fetched. */
export function fetchedCount(uri: string, line: string, copies: number): PulledCount {
  const parts = PLAIN.exec(line);
  if (!parts) throw new Error(`Athena calls a line plain that is not: ${line.slice(0, 100)}`);
  const [, time, elb, target, elbStatus, targetStatus, received, sent, targetGroup] = parts as unknown as string[];
  const bytes = (text: string): number => (text === '-' ? 0 : Number(text)) * -copies;
  const fields = line.match(/"[^"]*"|[^ "]+/g)!.length;
  return {
    ...{ uri, inside: true, minute: time!.slice(0, 16), elb: elb!, targetGroup: targetGroup!, target: target! },
    ...{ elbStatus: elbStatus!, targetStatus: targetStatus!, requests: -copies },
    ...{
      receivedBytes: bytes(received!),
      sentBytes: bytes(sent!),
      firstTime: time!,
      lastTime: time!,
      firstRouted: time!,
    },
    extraFields: Math.max(0, fields - FIELDS.length) * -copies,
  };
}
