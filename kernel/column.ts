/**
 * Appends values to columns as src/parquet/column.ts does, in the same memory. A column is: bytes used, rows, absent values, the
 * position of its values, the position of its bits (1 means present), and its capacity (0 if the row limit bounds it).
 */
import { COLUMN_BYTES, COLUMNS } from './layout.ts';

const LENGTH: usize = 0;
const ROWS: usize = 4;
const ABSENT: usize = 8;
const DATA: usize = 12;
const PRESENT: usize = 16;
const CAPACITY: usize = 20;

// @ts-expect-error: decorator
@inline
function at(column: i32): usize {
  return COLUMNS + <usize>column * COLUMN_BYTES;
}

export function rowsOf(column: i32): i32 {
  return load<i32>(at(column), ROWS);
}

/** Returns the smallest number of bytes that any column has left. */
export function roomOf(columns: i32): i32 {
  let least = i32.MAX_VALUE;
  for (let i = 0; i < columns; i++) {
    const capacity = load<i32>(at(i), CAPACITY);
    if (capacity > 0) least = min(least, capacity - load<i32>(at(i), LENGTH));
  }
  return least;
}

// @ts-expect-error: decorator
@inline
function take(column: usize, size: i32): usize {
  const length = load<i32>(column, LENGTH);
  store<i32>(column, length + size, LENGTH);
  const row = load<i32>(column, ROWS);
  store<i32>(column, row + 1, ROWS);
  const bits = load<u32>(column, PRESENT) + (row >> 3);
  store<u8>(bits, load<u8>(bits) | (<u8>1 << <u8>(row & 7)));
  return <usize>load<u32>(column, DATA) + <usize>length;
}

// @ts-expect-error: decorator
@inline
export function putAbsent(column: i32): void {
  const c = at(column);
  store<i32>(c, load<i32>(c, ROWS) + 1, ROWS);
  store<i32>(c, load<i32>(c, ABSENT) + 1, ABSENT);
}

// @ts-expect-error: decorator
@inline
export function put32(column: i32, value: i32): void {
  store<i32>(take(at(column), 4), value);
}

// @ts-expect-error: decorator
@inline
export function put64(column: i32, value: i64): void {
  store<i64>(take(at(column), 8), value);
}

// @ts-expect-error: decorator
@inline
export function putDouble(column: i32, value: f64): void {
  store<f64>(take(at(column), 8), value);
}

// @ts-expect-error: decorator
@inline
export function put128(column: i32, value: v128): void {
  v128.store(take(at(column), 16), value);
}

/** Copies in blocks of 16 bytes, up to 15 bytes too many: `to` must have room for them. */
export function copy(from: usize, length: usize, to: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}

// @ts-expect-error: decorator
@inline
export function put16(column: i32, value: i32): void {
  store<u16>(take(at(column), 2), <u16>value);
}

export function putText(column: i32, from: usize, to: usize): void {
  const length = <i32>(to - from);
  const place = take(at(column), length + 4);
  store<i32>(place, length);
  copy(from, <usize>length, place + 4);
}
