/** Runs a statement and returns its rows in chunks, as values that are safe to print. */
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBIntervalValue,
  type DuckDBPreparedStatement,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { formatExact, SECOND } from '../time/time.ts';
import { SqlError, type SqlPlace } from './error.ts';

export interface ResultColumn {
  name: string;
  /** As DuckDB spells it: VARCHAR, TIMESTAMP, DECIMAL(18,3), INTEGER[]. */
  type: string;
}

/**
 * NULL is null; times are ISO 8601 with six digits and Z, intervals its durations (P1DT2H); integers beyond 2^53 are text; bytes are text with `\xHH` for
 * everything except printable ASCII; lists and structs are their JSON.
 */
export type Cell = Json;

export interface ResultRows {
  columns: ResultColumn[];
  /** Chunks of about 2,000 rows. Throws SqlError if a value cannot be computed. */
  chunks: AsyncIterable<Cell[][]>;
}

/** A named parameter; null is a NULL of that type. */
export type ParameterValue =
  | { type: 'text'; value: string | null }
  | { type: 'integer'; value: number | null }
  | { type: 'number'; value: number | null }
  | { type: 'boolean'; value: boolean | null }
  | { type: 'timestamp'; value: Micros | null };

/** Runs one statement. Throws SqlError, also for several statements. */
export async function select(
  connection: DuckDBConnection,
  sql: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Promise<ResultRows> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count === 0) throw new SqlError('there is no statement in it');
    if (statements.count > 1) throw new SqlError(`it holds ${statements.count} statements: give one at a time`);
    const prepared = await statements.prepare(0);
    bind(prepared, parameters);
    const result = await prepared.stream();
    const names = result.deduplicatedColumnNames();
    const types = result.columnTypes();
    async function* chunks(): AsyncGenerator<Cell[][]> {
      try {
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          yield chunk.convertRows(toCell);
        }
      } catch (error) {
        throw sqlError(error);
      } finally {
        prepared.destroySync();
      }
    }
    return { columns: names.map((name, i) => ({ name, type: String(types[i]) })), chunks: chunks() };
  } catch (error) {
    throw sqlError(error);
  }
}

/** Returns all rows as objects, for results that are known to be small. */
export async function selectAll(
  connection: DuckDBConnection,
  sql: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Promise<Record<string, Cell>[]> {
  const objects: Record<string, Cell>[] = [];
  for await (const row of rowsIn(await select(connection, sql, parameters))) objects.push(row);
  return objects;
}

/** Yields the rows as objects, one by one: of a large result only one chunk is in memory. */
export async function* rowsIn({ columns, chunks }: ResultRows): AsyncGenerator<Record<string, Cell>> {
  for await (const rows of chunks) {
    for (const row of rows) yield Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!]));
  }
}

function bind(prepared: DuckDBPreparedStatement, parameters: Readonly<Record<string, ParameterValue>>): void {
  for (let i = 1; i <= prepared.parameterCount; i++) {
    const name = prepared.parameterName(i);
    const parameter = parameters[name];
    if (!parameter) throw new SqlError(`it has a parameter $${name} without a value`);
    if (parameter.value === null) prepared.bindNull(i);
    else if (parameter.type === 'text') prepared.bindVarchar(i, parameter.value);
    else if (parameter.type === 'integer') prepared.bindBigInt(i, BigInt(parameter.value));
    else if (parameter.type === 'number') prepared.bindDouble(i, parameter.value);
    else if (parameter.type === 'boolean') prepared.bindBoolean(i, parameter.value);
    else prepared.bindTimestamp(i, new DuckDBTimestampValue(BigInt(parameter.value)));
  }
}

/** DuckDB's message as one sentence, with the place that it draws below. */
function sqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // The binding says so of a text without a statement.
  if (text === 'Error in native callback') return new SqlError('there is no statement in it', { cause: error });
  const sentence = text
    .split(/\n\s*LINE \d+:/)[0]!
    .replace(/\s+/g, ' ')
    .trim();
  return new SqlError(sentence, { cause: error, place: placeIn(text) });
}

/** Reads the place from the last lines of DuckDB's message: `LINE 1: select x` and a `^` below the mistake. */
function placeIn(text: string): SqlPlace | null {
  const [, head, number, line, blanks] = /\n(LINE (\d+): )([^\n]*)\n( *)\^\s*$/.exec(text) ?? [];
  if (head === undefined || line === undefined) return null;
  return { line: Number(number), text: line, cells: blanks!.length - head.length };
}

const INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

/** Converts a DuckDB value to a Cell. */
export const toCell: DuckDBValueConverter<Json> = (value, type, self) => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint' && INTEGERS.has(type.typeId)) {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return isoTime(value);
  if (value instanceof DuckDBIntervalValue) return isoDuration(value);
  if (value instanceof DuckDBBlobValue) return escapeBytes(value.bytes);
  return JsonDuckDBValueConverter(value, type, self);
};

const LAST_DATE = 8_640_000_000_000_000_999n;

function isoTime(value: DuckDBTimestampValue | DuckDBTimestampTZValue): string {
  // DuckDB's dates exceed those of JavaScript, and may be infinite.
  if (value.micros > LAST_DATE || value.micros < 0n) return String(value satisfies DuckDBValue);
  return formatExact(value.micros);
}

const MICROS_A_SECOND = BigInt(SECOND);

/** Formats an interval as a duration of ISO 8601: `P1M3DT4.5S`, `PT-3600S`. Its parts stay apart, because months and days differ in length. */
function isoDuration({ months, days, micros }: DuckDBIntervalValue): string {
  const whole = micros < 0n ? -micros : micros;
  const rest = whole % MICROS_A_SECOND;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
  const time = whole === 0n ? '' : `T${micros < 0n ? '-' : ''}${whole / MICROS_A_SECOND}${fraction}S`;
  const text = `${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}${time}`;
  return text === '' ? 'PT0S' : `P${text}`;
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
