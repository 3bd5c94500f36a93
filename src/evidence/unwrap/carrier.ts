/** Under which names shippers, stores and consoles keep a line, and when it was written. Names of wrappers, not of contents. */
import { END_OF_TIME, MILLISECOND, SECOND } from '../../time/time.ts';
import { asObject } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';

/** Names that say "this is the line", without case, signs and what stands before a dot. */
const LINE: ReadonlySet<string> = new Set([
  ...['log', 'message', 'line', 'raw', 'rawstring', 'rawlog', 'textpayload', 'fullmessage', 'logentry', 'logmessage'],
  ...[
    'logline',
    'logevent',
    'original',
    'content',
    'body',
    'stringvalue',
    'cloudtrailevent',
    'eventjson',
    'text',
    'payload',
  ],
  ...['userdata', 'rawdata', 'database', 'lines', 'logs', 'stdout', 'stdoutlines', 'output'],
  ...[
    'jsonpayload',
    'protopayload',
    'event',
    'record',
    'data',
    'value',
    'shortmessage',
    'detail',
    'entry',
    'rawmessage',
  ],
]);

/** Of these, names that are so common that a column of this name alone makes no table of log lines. */
const VAGUE: ReadonlySet<string> = new Set([
  ...['value', 'event', 'record', 'data', 'text', 'detail', 'payload', 'entry'],
]);

const bare = (name: string): string => {
  const last = name.slice(name.lastIndexOf('.') + 1).trim();
  // VictoriaLogs; `msg` itself is what programs call their own message.
  return last === '_msg' ? 'line' : last.toLowerCase().replace(/[^a-z]/g, '');
};

/** Whether a member of this name may hold a line. */
export const isCarrier = (name: string): boolean => name.length <= 80 && LINE.has(bare(name));

/** Whether a member of this name may hold the beginning of a line only, as GELF's does beside the full one. */
export const isAbridged = (name: string): boolean => name.length <= 80 && bare(name) === 'shortmessage';

/** Whether a column of this name makes a table one of log lines. */
export const isLineColumn = (name: string): boolean => isCarrier(name) && !VAGUE.has(bare(name));

/** Names that no payload has: what has one is a wrapper, whatever stands beside it. */
const OUTER: readonly string[] = ['@message', '_raw', 'textPayload', 'jsonPayload', '_source', 'CloudTrailEvent'];

/** Returns whether an object is a wrapper by a name that only wrappers have. */
export const isWrapper = (value: Record<string, unknown>): boolean => OUTER.some((name) => Object.hasOwn(value, name));

const BULK_ACTION: ReadonlySet<string> = new Set(['index', 'create', 'update', 'delete']);

/** Action lines, which say where a document goes, in Elasticsearch's bulk format. */
const BULK_MEMBER =
  /^(?:_index|_id|_type|_?routing|_?version(?:_type)?|_?parent|pipeline|op_type|require_(?:alias|data_stream)|if_(?:seq_no|primary_term)|_?retry_on_conflict|dynamic_templates)$/;

/** Returns whether an object is the line above a document in Elasticsearch's bulk format, which says where that goes. */
export function isBulkAction(value: Record<string, unknown>): boolean {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0 || !BULK_ACTION.has(name)) return false;
  const action = asObject(value[name]);
  return action !== null && Object.keys(action).every((member) => BULK_MEMBER.test(member));
}

/** Returns whether an object is an entry of Google Cloud's audit log. */
export function isGoogleAudit(value: Record<string, unknown>): boolean {
  const type = asObject(value.protoPayload)?.['@type'];
  return typeof type === 'string' && type.startsWith('type.googleapis.com/google.cloud.audit.');
}

const TIMES: ReadonlySet<string> = new Set(['time', 'timestamp', 'date', 'receivetimestamp', 'realtimetimestamp']);

/** Returns the time at which a wrapper says that its line was written; its year is what matters. */
export function timeIn(value: Record<string, unknown>): Interval | null {
  for (const [name, said] of Object.entries(value)) {
    if (name.length <= 40 && TIMES.has(bare(name))) {
      const time = timeOf(said);
      if (time !== null) return time;
    }
  }
  return null;
}

/** Returns that time where its zone is known: a console prints times as its user sees them, and Logs Insights all in UTC. */
export function writtenIn(value: Record<string, unknown>): Interval | null {
  for (const [name, said] of Object.entries(value)) {
    // When a store received a line is some time after it was written.
    if (name.length > 40 || !TIMES.has(bare(name)) || /receive/i.test(name)) continue;
    const time = timeOf(said);
    if (time === null) continue;
    if (typeof said === 'string' && /[-:]\d\d/.test(said)) {
      return name === '@timestamp' || /(?:[Zz]|[+-]\d\d:?\d\d)$/.test(said.trim()) ? time : null;
    }
    // A number of whole seconds or milliseconds is as wide as they are.
    const width = time.earliest % SECOND === 0 && Number(said) < 1e11 ? SECOND : Number(said) < 1e14 ? MILLISECOND : 1;
    return { earliest: time.earliest, latest: time.earliest + width - 1 };
  }
  return null;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, as a number or in digits, or a printed time. */
export function timeOf(said: unknown): Interval | null {
  const number = typeof said === 'string' && /^\d{9,19}(?:\.\d+)?$/.test(said) ? Number(said) : said;
  if (typeof number === 'string') return parseTime(number, 0);
  if (typeof number !== 'number' || !(number > 1e8)) return null;
  const scale = number < 1e11 ? SECOND : number < 1e14 ? MILLISECOND : number < 1e17 ? 1 : 1 / MILLISECOND;
  const micros = Math.floor(number * scale);
  return micros < END_OF_TIME ? { earliest: micros, latest: micros } : null;
}

/** Returns a row that is a list of named fields (Logs Insights, attributes of OpenTelemetry) as an object; null for other arrays. */
export function rowOf(value: readonly unknown[]): Record<string, unknown> | null {
  if (value.length === 0) return null;
  const row: Record<string, unknown> = Object.create(null);
  for (const cell of value) {
    if (typeof cell !== 'object' || cell === null) return null;
    const { field, key, value: held, ...rest } = cell as Record<string, unknown>;
    const name = field ?? key;
    if (typeof name !== 'string' || held === undefined || Object.keys(rest).length > 0) return null;
    row[name] = held;
  }
  return row;
}

/** Names under which stores keep the columns of a table, and its rows as arrays of cells. */
const COLUMNS: readonly string[] = ['columns', 'schema', 'meta'];
const ROWS: readonly string[] = ['rows', 'datarows', 'values', 'data'];

const namesIn = (columns: unknown): string[] | null => {
  if (!Array.isArray(columns) || columns.length === 0) return null;
  const names = columns.map((column: unknown) => asObject(column)?.name);
  return names.every((name) => typeof name === 'string') ? (names as string[]) : null;
};

const rowWith = (names: readonly string[], cellOf: (column: number) => unknown): Record<string, unknown> => {
  const row: Record<string, unknown> = Object.create(null);
  for (const [column, name] of names.entries()) row[name] = cellOf(column);
  return row;
};

/**
 * Returns the rows of a table as objects: names of columns beside rows of cells (Azure Log Analytics, OpenSearch, ES|QL,
 * ClickHouse), or beside columns of cells (a data frame of Grafana), or in the first row (Athena). Returns null where an object
 * is no table.
 */
export function tableRows(value: Record<string, unknown>): Record<string, unknown>[] | null {
  const names = COLUMNS.map((name) => namesIn(value[name])).find((one) => one !== null);
  const rows = ROWS.map((name) => value[name]).find(
    (one) => Array.isArray(one) && one.length > 0 && one.every(Array.isArray),
  );
  if (names && rows) return (rows as unknown[][]).map((row) => rowWith(names, (column) => row[column]));
  const answer = athenaCells(value.Rows);
  if (answer) {
    const [header, ...below] = answer;
    return below.map((row) => rowWith(header!.map(String), (column) => row[column]));
  }
  const fields = namesIn(asObject(value.schema)?.fields);
  const cells = asObject(value.data)?.values;
  if (!fields || !Array.isArray(cells) || !cells.every(Array.isArray)) return null;
  const count = (cells[0] as unknown[] | undefined)?.length ?? 0;
  return Array.from({ length: count }, (_, i) => rowWith(fields, (column) => (cells as unknown[][])[column]?.[i]));
}

/** Returns the cells of the rows that `aws athena get-query-results` prints; null for anything else. */
function athenaCells(rows: unknown): unknown[][] | null {
  if (!Array.isArray(rows) || rows.length === 0) return null;
  const cells = rows.map((row: unknown) => {
    const data = asObject(row)?.Data;
    return Array.isArray(data) ? data.map((cell: unknown) => asObject(cell)?.VarCharValue) : null;
  });
  const isTable = cells.every((row) => row !== null) && cells[0]!.every((cell) => typeof cell === 'string');
  return isTable ? (cells as unknown[][]) : null;
}

/** Members in one another that are taken apart. */
const MAX_PACKED = 40;

/** Returns a value that OpenTelemetry wrote with the type of each of its members as plain JSON. */
export function unpacked(value: unknown, depth = 0): unknown {
  const packed = asObject(value);
  if (packed === null || depth > MAX_PACKED) return null;
  for (const name of ['stringValue', 'boolValue', 'doubleValue']) if (name in packed) return packed[name];
  if ('intValue' in packed) return Number(packed.intValue);
  const list = asObject(packed.arrayValue)?.values;
  if (Array.isArray(list)) return list.map((one) => unpacked(one, depth + 1));
  const members = asObject(packed.kvlistValue)?.values;
  if (!Array.isArray(members)) return null;
  const object: Record<string, unknown> = Object.create(null);
  for (const member of members) {
    const { key, value: held } = asObject(member) ?? {};
    if (typeof key === 'string') object[key] = unpacked(held, depth + 1);
  }
  return object;
}
