/** Appends the last line as a row of the spool. The result must equal that of src/load/worker/row-buffer.ts. */
import { copy, put16, put32, put64, put128, putAbsent, putDouble, putText, rowsOf } from './column.ts';
import { intern } from './intern.ts';
import { ABSENT, endOf, floatOf, integerOf, isSaid, startOf } from './line.ts';
import { CONTEXTS, DICTIONARIES, DICTIONARY_STRIDE, KEY, TEXT } from './memory.ts';

/** Texts of the repeated columns: clients, targets, user agents. */
const VALUES = 0;
const CLIENTS = 0;
const TARGETS = 1;
const AGENTS = 2;
export const DICTIONARY_COUNT = 3;
/** Columns of alb_row, in the order of the spool. */
export const OBJECT_ID = 3;
const LINE = 4;
const CONTEXT = 5;
const TIME = 6;
const CREATION = 7;
const CLIENT = 8;
const TARGET = 10;
const SECONDS = 12;
const ELB_STATUS = 15;
const TARGET_STATUS = 16;
const RECEIVED = 17;
const SENT = 18;
const TRACE_UUID = 19;
const TRACE_TEXT = 20;
const CONN_UUID = 21;
const CONN_TEXT = 22;
const PORT_LIST = 23;
const STATUS_LIST = 24;
const EXTRA = 25;
const REQUEST_LINE = 26;
const USER_AGENT = 27;
const REDIRECT_URL = 28;
const TRANSFORMED_HOST = 29;
const TRANSFORMED_URI = 30;
export const COLUMN_COUNT = 31;

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
  if (number == rowsOf(VALUES + which)) putText(VALUES + which, KEY, KEY + length);
  put16(which == CLIENTS ? CLIENT : which == TARGETS ? TARGET : USER_AGENT, number);
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
function putField(column: i32, field: i32): void {
  if (isSaid(field)) putText(column, startOf(field), endOf(field));
  else putAbsent(column);
}

/** Appends a list as logged, `-` included; absent if it only repeats the single value. */
function putList(column: i32, field: i32, single: i32): void {
  if (field >= integerOf(0)) {
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

// @ts-expect-error: decorator
@inline
function putId(uuid: i32, text: i32, field: i32): void {
  putAbsent(uuid);
  if (isSaid(field)) putText(text, startOf(field), endOf(field));
  else putAbsent(text);
}

function putTraceId(): void {
  const from = startOf(17);
  if (endOf(17) - from == 40 && (load<u64>(from) & 0x00ffffffffffffff) == ROOT && load<u8>(from + 15) == 0x2d) {
    const first = i64x2.replace_lane(v128.load64_zero(from + 7), 1, load<i64>(from + 16));
    const id = readUuid(first, v128.load(from + 24));
    if (digitsAreHex) {
      put128(TRACE_UUID, id);
      putAbsent(TRACE_TEXT);
      return;
    }
  }
  putId(TRACE_UUID, TRACE_TEXT, 17);
}

function putConnTraceId(): void {
  if (integerOf(0) > 29) {
    const from = startOf(29);
    if (endOf(29) - from == 36 && load<u32>(from) == TID) {
      const id = readUuid(v128.load(from + 4), v128.load(from + 20));
      if (digitsAreHex) {
        put128(CONN_UUID, id);
        putAbsent(CONN_TEXT);
        return;
      }
    }
  }
  putId(CONN_UUID, CONN_TEXT, 29);
}

let keyLength: usize = 0;

/** Adds the fields from first to last as logged, if the line has them, and a line feed. */
// @ts-expect-error: decorator
@inline
function addRun(first: i32, last: i32): void {
  const count = integerOf(0);
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
  addRun(0, 0);
  addRun(2, 2);
  addRun(14, 16);
  addRun(18, 20);
  addRun(22, 22);
  addRun(24, 24);
  addRun(27, 28);
  addRun(32, 33);
  store<u16>(KEY + keyLength, <u16>integerOf(0));
  keyLength += 2;
  v128.store(KEY + keyLength, i8x16.splat(0));
  return intern(CONTEXTS, KEY, keyLength);
}

export function appendRow(objectId: i32, line: i32, context: i32): void {
  put32(OBJECT_ID, objectId);
  put64(LINE, line);
  put64(CONTEXT, context);
  put64(TIME, <i64>floatOf(0));
  putLong(CREATION, floatOf(1));
  putEndpoint(CLIENT, CLIENTS, 3, 1);
  putEndpoint(TARGET, TARGETS, 4, 3);
  for (let i = 0; i < 3; i++) putSeconds(SECONDS + i, floatOf(2 + i));
  putInteger(ELB_STATUS, integerOf(5));
  putInteger(TARGET_STATUS, integerOf(6));
  putLong(RECEIVED, floatOf(5));
  putLong(SENT, floatOf(6));
  putTraceId();
  putConnTraceId();
  putList(PORT_LIST, 25, 4);
  putList(STATUS_LIST, 26, 9);
  putAbsent(EXTRA);
  putField(REQUEST_LINE, 12);
  if (isSaid(13)) putRepeated(AGENTS, startOf(13), endOf(13));
  else putAbsent(USER_AGENT);
  putField(REDIRECT_URL, 23);
  putField(TRANSFORMED_HOST, 30);
  putField(TRANSFORMED_URI, 31);
}
