/** Inserts rows from memory: one list for each column, bound to one statement. */
import {
  BIGINT,
  BOOLEAN,
  type DuckDBConnection,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';

/** Times are microseconds since the epoch. */
export type InsertValue = string | number | boolean | null;

const TYPES: Readonly<Record<string, DuckDBType>> = { VARCHAR, INTEGER, BIGINT, BOOLEAN, TIMESTAMP };

/** Rows of one statement. */
const TOGETHER = 2000;

function toValue(type: string, cell: InsertValue): DuckDBValue {
  if (cell === null) return null;
  if (type === 'BIGINT') return BigInt(cell);
  if (type === 'TIMESTAMP') return new DuckDBTimestampValue(BigInt(cell));
  return cell;
}

/** Adds rows to a table, by column name, in the caller's transaction. */
export async function insertRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly { name: string; type: string }[],
  rows: readonly Readonly<Record<string, InsertValue>>[],
): Promise<void> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const lists = columns.map((_, i) => `unnest($${i + 1})`).join(', ');
  const types = columns.map(({ type }) => LIST(TYPES[type]!));
  for (let at = 0; at < rows.length; at += TOGETHER) {
    const some = rows.slice(at, at + TOGETHER);
    const values = columns.map(({ name, type }) => listValue(some.map((row) => toValue(type, row[name] ?? null))));
    await connection.run(`INSERT INTO ${table} (${names}) SELECT ${lists}`, values, types);
  }
}
