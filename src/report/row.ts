/** Rows as the output formats take them: columns with DuckDB's types, and cells that are null or a JSON value. Pure. */

export interface RowColumn {
  name: string;
  /** DuckDB's type name, which distinguishes numbers from text. */
  type: string;
}

/** null, or a JSON value. */
export type RowCell = unknown;

export type Write = (text: string) => Promise<void>;
export type Chunks = AsyncIterable<readonly (readonly RowCell[])[]> | Iterable<readonly (readonly RowCell[])[]>;

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/;

export const isNumber = (column: RowColumn): boolean => NUMBER_TYPE.test(column.type);

export const isTime = (column: RowColumn): boolean => column.type.startsWith('TIMESTAMP');

export const cellText = (cell: RowCell): string =>
  cell === null || cell === undefined ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell);

/** An end of an interval: to the second, both ends of many would be the same. */
const BOUND = /(?:^|_)(?:earliest|latest)$/;

/** Returns a time to the second, for people; every other text as it is. Formats for programs have the microseconds. */
export const shortTime = (column: RowColumn, text: string): string =>
  isTime(column) && !BOUND.test(column.name) ? text.replace(/(:\d\d)\.\d+(?=Z$)/, '$1') : text;
