/**
 * Writes one row group of columns as a Parquet file: PLAIN or dictionary values, no compression. The file
 * is a buffer between two parts of one process, so it is written for speed. Any Parquet reader can read it.
 *
 * Source: Apache Parquet format, parquet.thrift (FileMetaData, PageHeader, Encodings).
 */
import type { Column, ColumnType } from './column.ts';
import { CompactWriter, I32, I64 } from './thrift.ts';

const PHYSICAL: Record<ColumnType, number> = {
  int32: 1,
  int64: 2,
  timestamp: 2,
  double: 5,
  string: 6,
  binary: 6,
  uuid: 7,
};
const OPTIONAL = 1;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DICTIONARY_PAGE = 2;
const CONVERTED_UTF8 = 0;
const CONVERTED_TIMESTAMP_MICROS = 10;

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** Rows of a page: a reader holds one page of each column, not the column. A multiple of eight, so that bits are not shifted. */
const PAGE_ROWS = 8192;

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** A page's rows, and where its values begin and end in the bytes of the column. */
interface Page {
  first: number;
  rows: number;
  absent: number;
  from: number;
  to: number;
}

/** Bytes of a value; null where each has its own length. */
function sizeOfValue(column: Column): number | null {
  if (column.dictionary !== null) return 2;
  return { int32: 4, int64: 8, timestamp: 8, double: 8, uuid: 16, string: null, binary: null }[column.type];
}

/** Cuts a column into pages. */
function pagesOf(column: Column): Page[] {
  const pages: Page[] = [];
  const size = sizeOfValue(column);
  let from = 0;
  for (let first = 0; first < column.rows; first += PAGE_ROWS) {
    const rows = Math.min(PAGE_ROWS, column.rows - first);
    let present = column.absent === 0 ? rows : 0;
    if (column.absent > 0 && column.absent < column.rows)
      for (let i = first >> 3; i < (first + rows + 7) >> 3; i++) present += ONES[column.present[i]!]!;
    let to = from;
    if (size !== null) to += present * size;
    else for (let i = 0; i < present; i++) to += 4 + column.view.getInt32(to, true);
    pages.push({ first, rows, absent: rows - present, from, to });
    from = to;
  }
  return pages;
}

/** Definition levels in the RLE/bit-packed hybrid, preceded by their length: always one run. */
function definitionLevels(column: Column, { first, rows, absent }: Page): Uint8Array {
  let levels: Uint8Array;
  if (absent === 0 || absent === rows) {
    levels = Uint8Array.of(...varint(rows << 1), absent === 0 ? 1 : 0);
  } else {
    const groups = (rows + 7) >> 3;
    const head = varint((groups << 1) | 1);
    levels = new Uint8Array(head.length + groups);
    levels.set(head);
    levels.set(column.present.subarray(first >> 3, (first >> 3) + groups), head.length);
  }
  const framed = new Uint8Array(4 + levels.length);
  new DataView(framed.buffer).setUint32(0, levels.length, true);
  framed.set(levels, 4);
  return framed;
}

/** The values of a page. 16-bit dictionary numbers already are a run of packed bits, in groups of eight. */
function values(column: Column, { from, to }: Page): Uint8Array[] {
  const bytes = column.bytes.subarray(from, to);
  if (!isRepeated(column)) return [bytes];
  const groups = (bytes.length + 15) >> 4;
  return [Uint8Array.of(16, ...varint((groups << 1) | 1)), bytes, new Uint8Array(groups * 16 - bytes.length)];
}

/** A column that holds only absent values needs no dictionary. */
const isRepeated = (column: Column): boolean => column.dictionary !== null && column.length > 0;

function dictionaryHeader({ rows, length }: Column): Uint8Array {
  const w = new CompactWriter();
  w.element(() => {
    w.integer(1, I32, DICTIONARY_PAGE);
    w.integer(2, I32, length);
    w.integer(3, I32, length);
    w.struct(7, () => {
      w.integer(1, I32, rows);
      w.integer(2, I32, PLAIN);
    });
  });
  return w.bytes();
}

function pageHeader(rows: number, size: number, encoding: number): Uint8Array {
  const w = new CompactWriter();
  w.element(() => {
    w.integer(1, I32, 0);
    w.integer(2, I32, size);
    w.integer(3, I32, size);
    w.struct(5, () => {
      w.integer(1, I32, rows);
      w.integer(2, I32, encoding);
      w.integer(3, I32, RLE);
      w.integer(4, I32, RLE);
    });
  });
  return w.bytes();
}

function schemaElement(w: CompactWriter, column: Column): void {
  w.integer(1, I32, PHYSICAL[column.type]);
  if (column.type === 'uuid') w.integer(2, I32, 16);
  w.integer(3, I32, OPTIONAL);
  w.text(4, column.name);
  if (column.type === 'string') w.integer(6, I32, CONVERTED_UTF8);
  if (column.type === 'timestamp') w.integer(6, I32, CONVERTED_TIMESTAMP_MICROS);
  if (column.type === 'uuid') w.struct(10, () => w.struct(14, () => {}));
}

const sizeOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/**
 * Returns the pieces of a Parquet file with these columns as its one row group, in order. The pieces share memory with
 * the columns: write them before the columns are cleared. All columns must hold the same number of rows, at least one.
 */
export function parquetFile(columns: readonly Column[]): Uint8Array[] {
  const rows = columns[0]!.rows;
  const pieces: Uint8Array[] = [MAGIC];
  let at = MAGIC.length;
  const add = (...more: Uint8Array[]) => {
    pieces.push(...more);
    at += sizeOf(more);
  };
  /** Start of the dictionary, start of the page, and the size of both. */
  const chunks: { column: Column; dictionary: number | null; page: number; size: number }[] = [];
  for (const column of columns) {
    if (column.rows !== rows) throw new Error(`column ${column.name} holds ${column.rows} rows, not ${rows}`);
    const begin = at;
    const repeated = isRepeated(column) ? column.dictionary : null;
    if (repeated) add(dictionaryHeader(repeated), repeated.bytes.subarray(0, repeated.length));
    const page = at;
    for (const one of pagesOf(column)) {
      const body = [definitionLevels(column, one), ...values(column, one)];
      add(pageHeader(one.rows, sizeOf(body), repeated ? RLE_DICTIONARY : PLAIN), ...body);
    }
    chunks.push({ column, dictionary: repeated ? begin : null, page, size: at - begin });
  }
  const w = new CompactWriter();
  w.element(() => {
    w.integer(1, I32, 1);
    w.structs<Column | null>(2, [null, ...columns], (column) => {
      if (column) schemaElement(w, column);
      else {
        w.text(4, 'schema');
        w.integer(5, I32, columns.length);
      }
    });
    w.integer(3, I64, rows);
    w.structs(4, [0], () => {
      w.structs(1, chunks, ({ column, dictionary, page, size }) => {
        w.integer(2, I64, dictionary ?? page);
        w.struct(3, () => {
          w.integer(1, I32, PHYSICAL[column.type]);
          w.integers(2, dictionary === null ? [PLAIN, RLE] : [PLAIN, RLE, RLE_DICTIONARY]);
          w.strings(3, [column.name]);
          w.integer(4, I32, 0);
          w.integer(5, I64, rows);
          w.integer(6, I64, size);
          w.integer(7, I64, size);
          w.integer(9, I64, page);
          if (dictionary !== null) w.integer(11, I64, dictionary);
        });
      });
      w.integer(2, I64, at - MAGIC.length);
      w.integer(3, I64, rows);
    });
    w.text(6, 'draintrace');
  });
  const footer = w.bytes();
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, footer.length, true);
  tail.set(MAGIC, 4);
  pieces.push(footer, tail);
  return pieces;
}
