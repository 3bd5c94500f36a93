/** The table that `kubectl get pods [-o wide]` prints, columns found by where the header puts them. */
import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../time/time.ts';
import { parseIp } from './address.ts';
import type { Rejection } from './fact.ts';
import type { Interval } from './moment.ts';
import { quote, reject } from './rejection.ts';

/** An age as kubectl prints it: at least `min`, less than `below`. */
export interface Age {
  min: Micros;
  below: Micros;
}

export interface PodRow {
  line: number;
  namespace: string | null;
  name: string;
  /** All containers ready, and at least one. */
  allReady: boolean;
  status: string;
  restarts: number;
  /** How long ago the last restart was, where kubectl says it: `1 (3m ago)`. */
  lastRestart: Age | null;
  age: Age | null;
  ip: string | null;
  node: string | null;
  /** Of `--output-watch-events`. */
  event: string | null;
}

const UNITS: readonly (readonly [string, Micros])[] = [
  ['y', 365 * DAY],
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
];

const AGE = /^(?=\d)(?:(\d{1,3})y)?(?:(\d{1,5})d)?(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?$/;

/**
 * Returns the range of an age. kubectl drops what is smaller than the last unit that it prints, so that unit is the
 * width: 39m is [39m, 40m), 5m30s is [5m30s, 5m31s), 2d3h is [2d3h, 2d4h). Newer versions drop zeros (5m for 5m0s),
 * older ones round (5m for 5m30s): the wider reading holds for both. 0s also stands for ages down to -2 s.
 * Returns null for `<invalid>`, `<unknown>` and anything else.
 */
export function parseAge(text: string): Age | null {
  const match = AGE.exec(text);
  if (!match) return null;
  let min = 0;
  let width = 0;
  for (const [index, [, unit]] of UNITS.entries()) {
    const digits = match[index + 1];
    if (digits === undefined) continue;
    min += Number(digits) * unit;
    width = unit;
  }
  return { min: min === 0 && width === SECOND ? -2 * SECOND : min, below: min + width };
}

/**
 * Returns when something happened that has this age at some moment of `asked`. kubectl counts from a time that is
 * stored in whole seconds, so the result covers whole seconds.
 */
export function momentOfAge(age: Age, asked: Interval): Interval {
  const second = (time: Micros) => Math.floor(time / SECOND) * SECOND;
  return {
    earliest: second(asked.earliest - age.below) + SECOND,
    latest: second(asked.latest - age.min) + SECOND - 1,
  };
}

/** Returns the rows of a table whose first line is the header; rows that do not fit the columns are rejected. */
export function readPodTable(lines: string[], firstLine: number): { rows: PodRow[]; rejected: Rejection[] } {
  const header = lines[0]!;
  // A shell that printed the lines without quotes left single blanks.
  const cellsOf = /\S {2,}\S/.test(header) ? columns(header) : words(header);
  const rows: PodRow[] = [];
  const rejected: Rejection[] = [];
  for (const [index, text] of lines.entries()) {
    if (index === 0) continue;
    const cells = cellsOf(text);
    const row = cells ? readRow(cells, firstLine + index) : 'bad_pod_row: not aligned with the header';
    if (typeof row === 'string') rejected.push(reject(firstLine + index, row, text));
    else rows.push(row);
  }
  return { rows, rejected };
}

/** Returns the cells of a row by title, null where they fit no columns. */
type CellsOf = (text: string) => Map<string, string> | null;

/** Columns are at least two blanks apart, titles and cells hold single ones. */
function columns(header: string): CellsOf {
  const titles = [...header.matchAll(/\S+(?: \S+)*/g)];
  const starts = titles.map((title) => title.index);
  return (text) => {
    // A row of a watch whose status is longer than those before it is shifted, and its cells are not below their titles.
    const own = text.trim().split(/ {2,}/);
    if (own.length === titles.length) return new Map(titles.map((title, at) => [title[0], own[at]!]));
    const aligned = starts.every((start) => start === 0 || start > text.length || text[start - 1] === ' ');
    if (!aligned) return null;
    return new Map(titles.map((title, at) => [title[0], text.slice(title.index, starts[at + 1]).trim()]));
  };
}

function words(header: string): CellsOf {
  const titles = header.trim().match(/NOMINATED NODE|READINESS GATES|\S+/g) ?? [];
  return (text) => {
    const own = text.trim().match(/\d+ \(\S+ ago\)|\S+/g) ?? [];
    return own.length === titles.length ? new Map(titles.map((title, at) => [title, own[at]!])) : null;
  };
}

function readRow(cells: Map<string, string>, line: number): PodRow | string {
  const cell = (title: string): string | null => {
    const text = cells.get(title) ?? '';
    return text === '' || text === '<none>' || text === '<unknown>' ? null : text;
  };
  // With several kinds in one command (`get all`), the kind stands before the name.
  const name = cell('NAME')?.replace(/^pods?\//, '') ?? null;
  if (name === null || !/^[a-z0-9][a-z0-9.-]*$/.test(name)) return `bad_pod_row: NAME: ${quote(name)}`;
  const ready = /^(\d+)\/(\d+)$/.exec(cell('READY') ?? '');
  if (!ready) return `bad_pod_row: READY: ${quote(cell('READY'))}`;
  const status = cell('STATUS');
  if (status === null) return 'bad_pod_row: STATUS is empty';
  const restarts = /^(\d+)(?: \((\S+) ago\))?$/.exec(cell('RESTARTS') ?? '0');
  if (!restarts) return `bad_pod_row: RESTARTS: ${quote(cell('RESTARTS'))}`;
  const ip = cell('IP') === null ? null : parseIp(cell('IP')!);
  if (cell('IP') !== null && ip === null) return `bad_pod_row: IP: ${quote(cell('IP'))}`;
  return {
    line,
    namespace: cell('NAMESPACE'),
    name,
    allReady: ready[1] === ready[2] && ready[1] !== '0',
    status,
    restarts: Number(restarts[1]),
    lastRestart: restarts[2] ? parseAge(restarts[2]) : null,
    age: parseAge(cell('AGE') ?? ''),
    ip,
    node: cell('NODE'),
    event: cell('EVENT'),
  };
}
