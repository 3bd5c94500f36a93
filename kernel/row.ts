/** Appends the last line as a row of the spool. The result must equal that of src/load/worker/row-buffer.ts. */
import { copy, put16, put32, put64, put128, putAbsent, putDouble, putText, rowsOf } from './column.ts';
import { find, intern, sizeOf } from './intern.ts';
import { ABSENT, endOf, floatOf, integerOf, isSaid, startOf } from './line.ts';
import {
  addRuns,
  COLUMN_CLIENT_IP,
  COLUMN_CONN_TRACE_TEXT,
  COLUMN_CONN_TRACE_UUID,
  COLUMN_CONTEXT,
  COLUMN_ELB_STATUS_CODE,
  COLUMN_EXTRA,
  COLUMN_LINE,
  COLUMN_OBJECT_ID,
  COLUMN_RECEIVED_BYTES,
  COLUMN_REQUEST_CREATION_TIME,
  COLUMN_REQUEST_PROCESSING_TIME,
  COLUMN_SENT_BYTES,
  COLUMN_TARGET_IP,
  COLUMN_TARGET_PORT_LIST,
  COLUMN_TARGET_STATUS_CODE,
  COLUMN_TARGET_STATUS_CODE_LIST,
  COLUMN_TIME,
  COLUMN_TRACE_TEXT,
  COLUMN_TRACE_UUID,
  CONNECTIONS_TRIED,
  CONTEXTS,
  DICTIONARIES,
  DICTIONARY_CLIENT_IP,
  DICTIONARY_CONN_TRACE_TEXT,
  DICTIONARY_STRIDE,
  DICTIONARY_TARGET_IP,
  FIELD_CLIENT_PORT,
  FIELD_CONN_TRACE_ID,
  FIELD_TARGET_PORT,
  FIELD_TARGET_PORT_LIST,
  FIELD_TARGET_STATUS_CODE,
  FIELD_TARGET_STATUS_CODE_LIST,
  FIELD_TRACE_ID,
  FLOAT_RECEIVED_BYTES,
  FLOAT_REQUEST_CREATION_TIME,
  FLOAT_SECONDS,
  FLOAT_SENT_BYTES,
  FLOAT_TIME,
  INTEGER_CLIENT_END,
  INTEGER_ELB_STATUS_CODE,
  INTEGER_FIELD_COUNT,
  INTEGER_TARGET_END,
  INTEGER_TARGET_STATUS_CODE,
  KEY,
  putTexts,
  repeatedColumn,
  TEXT,
} from './layout.ts';

/** `Root=1-` and `TID_` as they appear in memory. */
const ROOT: u64 = 0x002d313d746f6f52;
const TID: u32 = 0x5f444954;

// @ts-expect-error: decorator
@inline
function putInteger(column: i32, value: i32): void {
  if (value == ABSENT) putAbsent(column);
  else put32(column, value);
}

// @ts-expect-error: decorator
@inline
function putLong(column: i32, value: f64): void {
  if (value == ABSENT) putAbsent(column);
  else put64(column, <i64>value);
}

// @ts-expect-error: decorator
@inline
function putSeconds(column: i32, value: f64): void {
  if (value == ABSENT) putAbsent(column);
  else putDouble(column, value);
}

/** Returns the table of a repeated column. */
// @ts-expect-error: decorator
@inline
export function dictionary(which: i32): usize {
  return DICTIONARIES + <usize>which * DICTIONARY_STRIDE;
}

/** Appends the number of the text at KEY to a dictionary column. A new text is added to the dictionary. */
export function putKey(which: i32, length: usize): void {
  v128.store(KEY + length, i8x16.splat(0));
  const number = intern(dictionary(which), KEY, length);
  if (number == rowsOf(which)) putText(which, KEY, KEY + length);
  put16(repeatedColumn(which), number);
}

// @ts-expect-error: decorator
@inline
function putRepeated(which: i32, from: usize, to: usize): void {
  copy(from, to - from, KEY);
  putKey(which, to - from);
}

/** Appends an address and its port: integer `slot` is the end of the address, the next integer the port. */
// @ts-expect-error: decorator
@inline
function putEndpoint(column: i32, which: i32, field: i32, slot: usize): void {
  const port = integerOf(slot + 1);
  if (port == ABSENT) {
    putAbsent(column);
    putAbsent(column + 1);
  } else {
    putRepeated(which, startOf(field), <usize>integerOf(slot) + TEXT);
    put32(column + 1, port);
  }
}

// @ts-expect-error: decorator
@inline
export function putField(column: i32, field: i32): void {
  if (isSaid(field)) putText(column, startOf(field), endOf(field));
  else putAbsent(column);
}

// @ts-expect-error: decorator
@inline
export function putRepeatedField(column: i32, which: i32, field: i32): void {
  if (isSaid(field)) putRepeated(which, startOf(field), endOf(field));
  else putAbsent(column);
}

/** Appends a list as logged, `-` included; absent if it only repeats the single value. */
function putList(column: i32, field: i32, single: i32): void {
  if (field >= integerOf(INTEGER_FIELD_COUNT)) {
    putAbsent(column);
    return;
  }
  const from = startOf(field);
  const length = endOf(field) - from;
  const other = startOf(single);
  let same = length == endOf(single) - other;
  for (let i: usize = 0; same && i < length; i++) same = load<u8>(from + i) == load<u8>(other + i);
  if (same) putAbsent(column);
  else putText(column, from, from + length);
}

let digitsAreHex = true;

/** Returns the values of 16 lower-case hexadecimal digits. digitsAreHex checks them. */
// @ts-expect-error: decorator
@inline
function nibbles(digits: v128): v128 {
  const number = i8x16.sub(digits, i8x16.splat(0x30));
  const letter = i8x16.sub(digits, i8x16.splat(0x61));
  const isNumber = i8x16.lt_u(number, i8x16.splat(10));
  const isLetter = i8x16.lt_u(letter, i8x16.splat(6));
  digitsAreHex = digitsAreHex && i8x16.all_true(v128.or(isNumber, isLetter));
  return v128.bitselect(number, i8x16.add(letter, i8x16.splat(10)), isNumber);
}

/** Combines pairs of nibbles, high first, to bytes: one in each 16 bits. */
// @ts-expect-error: decorator
@inline
function bytesOf(values: v128): v128 {
  const both = v128.or(i16x8.shl(values, 4), i16x8.shr_u(values, 8));
  return v128.and(both, i16x8.splat(0xff));
}

/** Returns the 16 bytes of 32 lower-case hexadecimal digits. digitsAreHex checks them. */
function readUuid(first: v128, second: v128): v128 {
  digitsAreHex = true;
  return i8x16.narrow_i16x8_u(bytesOf(nibbles(first)), bytesOf(nibbles(second)));
}

function putTraceId(): void {
  const from = startOf(FIELD_TRACE_ID);
  if (endOf(FIELD_TRACE_ID) - from == 40 && (load<u64>(from) & 0x00ffffffffffffff) == ROOT && load<u8>(from + 15) == 0x2d) {
    const first = i64x2.replace_lane(v128.load64_zero(from + 7), 1, load<i64>(from + 16));
    const id = readUuid(first, v128.load(from + 24));
    if (digitsAreHex) {
      put128(COLUMN_TRACE_UUID, id);
      putAbsent(COLUMN_TRACE_TEXT);
      return;
    }
  }
  putAbsent(COLUMN_TRACE_UUID);
  putField(COLUMN_TRACE_TEXT, FIELD_TRACE_ID);
}

/** Lines of the spool whose connection came before. */
let repeats = 0;
/** Number of the connection of which takesConnection was asked last; -1 for a new one. */
let connection = 0;

export function clearRepeats(): void {
  repeats = 0;
}

/**
 * Returns whether the id of a connection, of `length` bytes at KEY, is written as a text of the dictionary, because its connection
 * came before, or others do so often. Otherwise its 16 bytes are smaller. Counts the line.
 */
export function takesConnection(length: usize): bool {
  v128.store(KEY + length, i8x16.splat(0));
  const table = dictionary(DICTIONARY_CONN_TRACE_TEXT);
  connection = find(table, KEY, length);
  if (connection < 0) return sizeOf(table) < CONNECTIONS_TRIED + (repeats >> 1);
  repeats++;
  return true;
}

function putConnTraceId(): void {
  if (integerOf(INTEGER_FIELD_COUNT) > FIELD_CONN_TRACE_ID) {
    const from = startOf(FIELD_CONN_TRACE_ID);
    if (endOf(FIELD_CONN_TRACE_ID) - from == 36 && load<u32>(from) == TID) {
      copy(from, 36, KEY);
      if (takesConnection(36)) {
        putAbsent(COLUMN_CONN_TRACE_UUID);
        if (connection < 0) putKey(DICTIONARY_CONN_TRACE_TEXT, 36);
        else put16(COLUMN_CONN_TRACE_TEXT, connection);
        return;
      }
      const id = readUuid(v128.load(from + 4), v128.load(from + 20));
      if (digitsAreHex) {
        put128(COLUMN_CONN_TRACE_UUID, id);
        putAbsent(COLUMN_CONN_TRACE_TEXT);
        return;
      }
    }
  }
  putAbsent(COLUMN_CONN_TRACE_UUID);
  putRepeatedField(COLUMN_CONN_TRACE_TEXT, DICTIONARY_CONN_TRACE_TEXT, FIELD_CONN_TRACE_ID);
}

let keyLength: usize = 0;

/** Adds the fields from first to last as logged, if the line has them, and a line feed. */
// @ts-expect-error: decorator
@inline
export function addRun(first: i32, last: i32): void {
  const count = integerOf(INTEGER_FIELD_COUNT);
  if (first >= count) return;
  const from = startOf(first);
  const length = endOf(last < count ? last : count - 1) - from;
  copy(from, length, KEY + keyLength);
  store<u8>(KEY + keyLength + length, 0x0a);
  keyLength += length + 1;
}

/** Returns the number of the line's context: the fields that other lines repeat. */
export function contextOf(): i32 {
  keyLength = 0;
  addRuns();
  store<u16>(KEY + keyLength, <u16>integerOf(INTEGER_FIELD_COUNT));
  keyLength += 2;
  v128.store(KEY + keyLength, i8x16.splat(0));
  return intern(CONTEXTS, KEY, keyLength);
}

export function appendRow(objectId: i32, line: i32, context: i32): void {
  put32(COLUMN_OBJECT_ID, objectId);
  put64(COLUMN_LINE, line);
  put64(COLUMN_CONTEXT, context);
  put64(COLUMN_TIME, <i64>floatOf(FLOAT_TIME));
  putLong(COLUMN_REQUEST_CREATION_TIME, floatOf(FLOAT_REQUEST_CREATION_TIME));
  putEndpoint(COLUMN_CLIENT_IP, DICTIONARY_CLIENT_IP, FIELD_CLIENT_PORT, INTEGER_CLIENT_END);
  putEndpoint(COLUMN_TARGET_IP, DICTIONARY_TARGET_IP, FIELD_TARGET_PORT, INTEGER_TARGET_END);
  for (let i = 0; i < 3; i++) putSeconds(COLUMN_REQUEST_PROCESSING_TIME + i, floatOf(FLOAT_SECONDS + i));
  putInteger(COLUMN_ELB_STATUS_CODE, integerOf(INTEGER_ELB_STATUS_CODE));
  putInteger(COLUMN_TARGET_STATUS_CODE, integerOf(INTEGER_TARGET_STATUS_CODE));
  putLong(COLUMN_RECEIVED_BYTES, floatOf(FLOAT_RECEIVED_BYTES));
  putLong(COLUMN_SENT_BYTES, floatOf(FLOAT_SENT_BYTES));
  putTraceId();
  putConnTraceId();
  putList(COLUMN_TARGET_PORT_LIST, FIELD_TARGET_PORT_LIST, FIELD_TARGET_PORT);
  putList(COLUMN_TARGET_STATUS_CODE_LIST, FIELD_TARGET_STATUS_CODE_LIST, FIELD_TARGET_STATUS_CODE);
  putAbsent(COLUMN_EXTRA);
  putTexts();
}
