/** Writes rows as a stream, in each output format. */
import { stringify } from 'csv-stringify/sync';
import { cellWidth, markdownCell, pad, printable, safeJson, truncate } from './text.ts';

export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export interface RowColumn {
  name: string;
  /** DuckDB's type name, which distinguishes numbers from text. */
  type: string;
}

/** null, or a JSON value. */
export type RowCell = unknown;

export interface RowOptions {
  /** Terminal width in cells; null without a terminal, and nothing is cut. */
  width: number | null;
}

type Write = (text: string) => Promise<void>;
type Chunks = AsyncIterable<readonly (readonly RowCell[])[]> | Iterable<readonly (readonly RowCell[])[]>;

/**
 * Writes all rows and returns their number. `json` is one array of objects, `ndjson` one object a line, `csv` is RFC 4180 with
 * a header. `table` aligns by the first rows and, on a terminal, cuts cells to fit.
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
      return writeEach(chunks, write, (rows) => rows.map((row) => `${objectText(row)}\n`).join(''));
    }
    case 'csv':
      return writeCsv(columns, chunks, write);
    case 'markdown':
      return writeMarkdown(columns, chunks, write);
    case 'table':
      return writeTable(columns, chunks, write, options);
  }
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/;
const isNumber = (column: RowColumn): boolean => NUMBER_TYPE.test(column.type);

const cellText = (cell: RowCell): string =>
  cell === null || cell === undefined ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell);

/** Returns a function that writes a row as a JSON object. */
function objectWriter(columns: readonly RowColumn[]): (row: readonly RowCell[]) => string {
  const names = columns.map(({ name }) => `${safeJson(name)}:`);
  return (row) => `{${names.map((name, i) => name + safeJson(row[i] ?? null)).join(',')}}`;
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
    const text = separator + rows.map(objectText).join(',\n');
    separator = ',\n';
    return text;
  });
  await write(count === 0 ? '[]\n' : '\n]\n');
  return count;
}

/** A spreadsheet runs text that opens with one of these (some also in full width). An apostrophe before it prevents that. */
const FORMULA = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

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
  // Some readers end a row at a bare line feed too.
  const options = { record_delimiter: '\r\n', quoted_match: /[\r\n]/ };
  const lines = (rows: string[][]): string => stringify(rows, options);
  const safe = (text: string): string => {
    const shown = csvText(text);
    return FORMULA.test(shown) ? `'${shown}` : shown;
  };
  const textOf = columns.map((column) =>
    isNumber(column) ? cellText : (cell: RowCell): string => safe(cellText(cell)),
  );
  await write(lines([columns.map(({ name }) => safe(name))]));
  return writeEach(chunks, write, (rows) => lines(rows.map((row) => textOf.map((text, i) => text(row[i])))));
}

async function writeMarkdown(columns: readonly RowColumn[], chunks: Chunks, write: Write): Promise<number> {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  await write(line(columns.map(({ name }) => markdownCell(name))));
  await write(line(columns.map((column) => (isNumber(column) ? '---:' : '---'))));
  return writeEach(chunks, write, (rows) =>
    rows.map((row) => line(columns.map((_, i) => markdownCell(cellText(row[i]))))).join(''),
  );
}

/** Number of rows that decide the column widths. */
const SAMPLE = 1000;
const GAP = '  ';

async function writeTable(
  columns: readonly RowColumn[],
  chunks: Chunks,
  write: Write,
  { width }: RowOptions,
): Promise<number> {
  if (columns.length === 0) return 0;
  const header = columns.map(({ name }) => printable(name));
  let sample: string[][] = [];
  let widths: number[] | null = null;
  let count = 0;
  const sides = columns.map((column) => (isNumber(column) ? 'left' : 'right'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(width === null ? cell : truncate(cell, widths![i]!), widths![i]!, sides[i]!))
      .join(GAP)
      .trimEnd()
      .concat('\n');
  const flush = async (): Promise<void> => {
    if (widths === null) {
      widths = fit(columnWidths([header, ...sample]), width);
      await write(line(header) + line(widths.map((n) => '─'.repeat(n))));
    }
    await write(sample.map(line).join(''));
    sample = [];
  };
  for await (const rows of chunks) {
    count += rows.length;
    for (const row of rows) sample.push(columns.map((_, i) => printable(cellText(row[i]))));
    if (widths !== null || sample.length >= SAMPLE) await flush();
  }
  await flush();
  return count;
}

function columnWidths(lines: readonly (readonly string[])[]): number[] {
  const widths = lines[0]!.map(() => 0);
  for (const cells of lines) {
    cells.forEach((cell, i) => {
      widths[i] = Math.max(widths[i]!, cellWidth(cell));
    });
  }
  return widths;
}

/** Narrows the widest columns until the line fits the terminal. No column gets narrower than 8 cells or its own width. */
function fit(widths: readonly number[], total: number | null): number[] {
  if (total === null) return [...widths];
  const fitted = [...widths];
  const room = total - GAP.length * (widths.length - 1);
  for (let excess = fitted.reduce((a, b) => a + b, 0) - room; excess > 0; ) {
    const widest = Math.max(...fitted);
    if (widest <= 8) break;
    const at = fitted.indexOf(widest);
    const second = Math.max(8, ...fitted.filter((n) => n < widest));
    const cut = Math.min(excess, Math.max(1, widest - second));
    fitted[at] = widest - cut;
    excess -= cut;
  }
  return fitted;
}
