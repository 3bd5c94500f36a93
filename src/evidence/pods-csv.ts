/**
 * Pods as people write them down: a CSV with the header
 * `namespace,pod,ip,port,created_at,ready_at,deleted_at,finished_at`, columns in any order, all but `pod` optional,
 * `uid` as an extra one. An empty cell is unknown. deleted_at is when the deletion was asked for.
 */
import { parse } from 'csv-parse/sync';
import { parseIp, parsePort } from './address.ts';
import { type CaptureTime, captureTime } from './capture-time.ts';
import { type PodEvent, type PodFact, type Reading, type ReadingContext, type Rejection, UNSAID } from './fact.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote, reject } from './rejection.ts';

/** Columns that a pod CSV may have. */
export const POD_COLUMNS = [
  'namespace',
  'pod',
  'ip',
  'port',
  'created_at',
  'ready_at',
  'deleted_at',
  'finished_at',
  'uid',
] as const;
type Column = (typeof POD_COLUMNS)[number];

/** Time columns and the event that each is. */
const EVENTS = {
  created_at: 'created',
  ready_at: 'ready',
  deleted_at: 'deleted',
  finished_at: 'finished',
} as const satisfies Partial<Record<Column, PodEvent>>;
type TimeColumn = keyof typeof EVENTS;

/** Returns the facts of every row; a bad row is rejected with its line and the column that is wrong, the others are read. */
export function readPodsCsv(text: string, context: ReadingContext): Reading {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const headerAt = lines.findIndex((line) => line.trim() !== '');
  if (headerAt === -1) return { records: 0, facts: [], rejected: [], notes: [] };
  const columns = splitRow(lines[headerAt]!)?.map((name) => name.toLowerCase()) ?? [];
  const wrong = wrongHeader(columns);
  if (wrong) return { records: 0, facts: [], rejected: [reject(headerAt + 1, wrong, lines[headerAt]!)], notes: [] };

  const capture = captureTime(context);
  const facts: PodFact[] = [];
  const rejected: Rejection[] = [];
  let records = 0;
  let living = 0;
  for (let at = headerAt + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === '') continue;
    const row = readRow(line, columns, at + 1, context, capture);
    if (typeof row === 'string') {
      rejected.push(reject(at + 1, row, line));
      continue;
    }
    records++;
    if (row.living) living++;
    for (const fact of row.facts) facts.push(fact);
  }
  const notes =
    living > 0 ? [`Pods without an end (${living}) count as alive when it was written. ${capture.note}`] : [];
  const unknown = columns.filter((name) => !isColumn(name));
  if (unknown.length > 0) notes.push(`Columns left out: ${unknown.map(quote).join(', ')}.`);
  return { records, facts, rejected, notes };
}

/**
 * Returns the cells of one line, or null when its quoting is broken. Line by line, because no cell here holds a line
 * break, and so one lost quote costs one row and not the rest of the file.
 */
function splitRow(line: string): string[] | null {
  // The common case needs no parser.
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  try {
    const rows: string[][] = parse(line, { trim: true, relax_column_count: true });
    return rows.length === 1 ? rows[0]! : null;
  } catch {
    return null;
  }
}

const isColumn = (name: string): name is Column => (POD_COLUMNS as readonly string[]).includes(name);

function wrongHeader(columns: string[]): string | null {
  if (!columns.includes('pod')) return 'bad_header: no column "pod"';
  const twice = columns.find((name, at) => isColumn(name) && columns.indexOf(name) !== at);
  return twice ? `bad_header: column ${quote(twice)} twice` : null;
}

function readRow(
  line: string,
  columns: string[],
  number: number,
  context: ReadingContext,
  capture: CaptureTime,
): { facts: PodFact[]; living: boolean } | string {
  const cells = splitRow(line);
  if (!cells) return 'bad_quoting';
  if (cells.length !== columns.length) return `bad_width: ${cells.length} cells under ${columns.length} columns`;
  const cell = (column: Column): string | null => cells[columns.indexOf(column)] || null;

  const name = cell('pod');
  if (name === null) return 'missing: pod';
  const ip = cell('ip') === null ? null : parseIp(cell('ip')!);
  if (cell('ip') !== null && ip === null) return `bad_ip: ip: ${quote(cell('ip'))}`;
  const port = parsePort(cell('port'));
  if (cell('port') !== null && port === null) return `bad_port: port: ${quote(cell('port'))}`;

  const times = new Map<TimeColumn, Interval>();
  for (const column of Object.keys(EVENTS) as TimeColumn[]) {
    const text = cell(column);
    if (text === null) continue;
    const moment = parseTime(text, context.timezoneMinutes);
    if (!moment) return `bad_time: ${column}: ${quote(text)}`;
    times.set(column, moment);
  }
  if (times.size === 0) return 'missing: no time in any column';
  const created = times.get('created_at');
  for (const [column, moment] of times) {
    if (created && moment.latest < created.earliest) return `bad_order: ${column} before created_at`;
  }

  const facts = [...times].map(([column, moment]) => fact(EVENTS[column], moment));
  // Who writes a pod down without an end says that it lives.
  const living = !times.has('deleted_at') && !times.has('finished_at');
  const { moment } = capture;
  if (living && moment && (!created || created.earliest <= moment.latest)) facts.push(fact('seen', moment));
  return { facts, living };

  function fact(event: PodEvent, { earliest, latest }: Interval): PodFact {
    return {
      ...UNSAID,
      kind: 'pod',
      line: number,
      event,
      earliest,
      latest,
      uid: cell('uid'),
      namespace: cell('namespace'),
      name: name!,
      ip,
      port,
    };
  }
}
