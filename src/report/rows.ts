/** Writes rows as a stream, in each output format. */
import { stringify } from 'csv-stringify/sync';
import { lookup } from './lookup.ts';
import { type Chunks, cellText, isNumber, type RowCell, type RowColumn, shortTime, type Write } from './row.ts';
import { writeTable, writeVertical } from './table.ts';
import { markdownCell, printable, safeJson } from './text.ts';

/** `vertical` is the table with a line for each cell. `excel` is CSV for spreadsheets, which change what they are given. */
export const FORMATS = ['table', 'vertical', 'json', 'ndjson', 'csv', 'excel', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export interface RowOptions {
  /** Terminal width in cells; null without a terminal, and nothing is cut or left out. */
  width: number | null;
  /** Times in full in a table too, for those who wrote the statement. */
  exactTimes?: boolean;
  /** Colours the cell of a cause. */
  paint?: (cause: string, text: string) => string;
}

/**
 * Writes all rows and returns their number. `json` is one array of objects, `ndjson` one object a line, `csv` is RFC 4180 with
 * a header, lines ended by LF. `table` aligns by the first rows; on a terminal it leaves out the columns that do not fit, and
 * names them.
 */
export async function writeRows(
  columns: readonly RowColumn[],
  chunks: Chunks,
  format: Format,
  write: Write,
  options: RowOptions,
): Promise<number> {
  switch (format) {
    case 'json':
      return writeJson(columns, chunks, write);
    case 'ndjson': {
      const objectText = objectWriter(columns);
      return writeEach(chunks, write, (rows) =>
        objectText(rows)
          .map((text) => `${text}\n`)
          .join(''),
      );
    }
    case 'csv':
      return writeCsv(columns, chunks, write);
    case 'excel':
      return writeExcel(columns, chunks, write);
    case 'markdown':
      return writeMarkdown(columns, chunks, write, options);
    case 'table':
      return writeTable(columns, chunks, write, options);
    case 'vertical':
      return writeVertical(columns, chunks, write);
  }
}

/** Whole numbers that may exceed what JSON readers hold exactly (2^53). Their cells are text then. */
const WIDE_INTEGER = /^U?(?:BIG|HUGE)INT$/;

/** Columns of the views that hold a list as text, and what stands between its items. In JSON they are arrays. */
const LISTS: Readonly<Record<string, string>> = { evidence: '; ', sources: '; ', failed_pods: ', ' };

/** Decimals whose digits every JSON reader holds exactly, at most 15. Longer ones are text. */
const DECIMAL = /^DECIMAL\((?:\d|1[0-5]),\d+\)$/;

/**
 * Returns a function that writes rows as JSON objects. A column is numbers or text, never both: a whole number that does not fit
 * makes its column text if the first chunk has one. Found later, it is written in all its digits, still as a number.
 */
function objectWriter(columns: readonly RowColumn[]): (rows: Rows) => string[] {
  const names = columns.map(({ name }) => `${safeJson(name)}:`);
  let texts: ((cell: RowCell) => string)[] | null = null;
  const textOf = (column: RowColumn, i: number, first: Rows): ((cell: RowCell) => string) => {
    const separator = column.type === 'VARCHAR' ? lookup(LISTS, column.name) : undefined;
    if (separator !== undefined)
      return (cell) => safeJson(typeof cell === 'string' ? cell.split(separator) : (cell ?? null));
    if (DECIMAL.test(column.type)) return (cell) => String(cell ?? null);
    if (!WIDE_INTEGER.test(column.type)) return (cell) => safeJson(cell ?? null);
    return first.some((row) => typeof row[i] === 'string')
      ? (cell) => (cell === null || cell === undefined ? 'null' : safeJson(String(cell)))
      : (cell) => String(cell ?? null);
  };
  return (rows) => {
    if (rows.length > 0) texts ??= columns.map((column, i) => textOf(column, i, rows));
    return rows.map((row) => `{${names.map((name, i) => name + texts![i]!(row[i])).join(',')}}`);
  };
}

type Rows = readonly (readonly RowCell[])[];

async function writeEach(chunks: Chunks, write: Write, text: (rows: Rows) => string): Promise<number> {
  let count = 0;
  for await (const rows of chunks) {
    count += rows.length;
    await write(text(rows));
  }
  return count;
}

async function writeJson(columns: readonly RowColumn[], chunks: Chunks, write: Write): Promise<number> {
  const objectText = objectWriter(columns);
  let separator = '[\n';
  const count = await writeEach(chunks, write, (rows) => {
    if (rows.length === 0) return '';
    const text = separator + objectText(rows).join(',\n');
    separator = ',\n';
    return text;
  });
  await write(count === 0 ? '[]\n' : '\n]\n');
  return count;
}

/**
 * Returns text as a CSV cell: keeps line ends and tabs, and escapes everything else that could act on a terminal, because
 * people read CSV with `head` too. JSON has the exact text.
 */
const csvText = (text: string): string =>
  /[\n\t]/.test(text)
    ? text
        .split(/(\r?\n|\t)/)
        .map((part, i) => (i % 2 === 1 ? part : printable(part)))
        .join('')
    : printable(text);

async function writeCsv(columns: readonly RowColumn[], chunks: Chunks, write: Write): Promise<number> {
  // Some readers end a row at a carriage return too.
  const lines = (rows: string[][]): string => stringify(rows, { record_delimiter: '\n', quoted_match: /\r/ });
  const textOf = columns.map((column) =>
    isNumber(column) ? cellText : (cell: RowCell): string => csvText(cellText(cell)),
  );
  await write(lines([columns.map(({ name }) => csvText(name))]));
  return writeEach(chunks, write, (rows) => lines(rows.map((row) => textOf.map((text, i) => text(row[i])))));
}

/** A spreadsheet runs text that opens with one of these (some also in full width). An apostrophe before it prevents that. */
const FORMULA = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;
/** Tells a spreadsheet that the text is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

async function writeExcel(columns: readonly RowColumn[], chunks: Chunks, write: Write): Promise<number> {
  // Some readers end a row at a bare line feed too.
  const lines = (rows: string[][]): string => stringify(rows, { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
  const safe = (text: string): string => {
    const shown = csvText(text);
    return FORMULA.test(shown) ? `'${shown}` : shown;
  };
  const textOf = columns.map((column) =>
    isNumber(column) ? cellText : (cell: RowCell): string => safe(cellText(cell)),
  );
  await write(BYTE_ORDER_MARK + lines([columns.map(({ name }) => safe(name))]));
  return writeEach(chunks, write, (rows) => lines(rows.map((row) => textOf.map((text, i) => text(row[i])))));
}

async function writeMarkdown(
  columns: readonly RowColumn[],
  chunks: Chunks,
  write: Write,
  { exactTimes = false }: RowOptions,
): Promise<number> {
  const textOf = exactTimes ? (_: RowColumn, text: string): string => text : shortTime;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  await write(line(columns.map(({ name }) => markdownCell(name))));
  await write(line(columns.map((column) => (isNumber(column) ? '---:' : '---'))));
  return writeEach(chunks, write, (rows) =>
    rows.map((row) => line(columns.map((column, i) => markdownCell(textOf(column, cellText(row[i])))))).join(''),
  );
}
