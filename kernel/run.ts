/**
 * The loop of `load` over the lines of a text: reads each line, appends it, and stops for work that the kernel does not
 * do. AssemblyScript, compiled to WebAssembly by kernel/build.ts into src/alb/kernel-code.ts. src/alb/kernel.ts calls it.
 */
import { roomOf, rowsOf } from './column.ts';
import { clear, hasRoomFor, intern, sizeOf } from './intern.ts';
import { feed, floatOf, integerOf, read } from './line.ts';
import {
  COLUMN_COUNT,
  COLUMN_OBJECT_ID,
  CONTEXTS,
  DICTIONARY_COUNT,
  FLOAT_TIME,
  INTEGER_ELB_STATUS_CODE,
  KEY,
  REPORT,
  REPORT_DROPPED,
  REPORT_END,
  REPORT_FAILURES,
  REPORT_FIRST_TIME,
  REPORT_LAST_TIME,
  REPORT_LINES,
  REPORT_NEXT,
  REPORT_NUMBER,
  REPORT_ROWS,
  REPORT_START,
  STOP_DONE,
  STOP_FULL,
  STOP_NEW_CONTEXT,
  STOP_NO_ROOM,
  STOP_OTHER,
  TEXT,
} from './layout.ts';
import { appendRow, clearRepeats, contextOf, dictionary, putKey, takesConnection } from './row.ts';

export { feed, read, takesConnection };

const NEXT: usize = REPORT + REPORT_NEXT;
const START: usize = REPORT + REPORT_START;
const END: usize = REPORT + REPORT_END;
const NUMBER: usize = REPORT + REPORT_NUMBER;
const LINES: usize = REPORT + REPORT_LINES;
const ROWS: usize = REPORT + REPORT_ROWS;
const FAILURES: usize = REPORT + REPORT_FAILURES;
const DROPPED: usize = REPORT + REPORT_DROPPED;
const FIRST_TIME: usize = REPORT + REPORT_FIRST_TIME;
const LAST_TIME: usize = REPORT + REPORT_LAST_TIME;

const CARRIAGE_RETURN: u8 = 0x0d;

let objectId = 0;
let from: f64 = 0;
let to: f64 = 0;
let mostRows = 0;
let longest = 0;
let firstContext = 0;
/** Every column has at least this much room left. */
let room = 0;

/** Sets the object and the wanted times [minTime, maxTime) of all following lines. */
export function begin(object: i32, minTime: f64, maxTime: f64, longestLine: i32): void {
  objectId = object;
  from = minTime;
  to = maxTime;
  longest = longestLine;
}

/** Declares the columns empty. Contexts are numbered from `first` on; `rows` is the row limit. */
export function clearRows(first: i32, rows: i32): void {
  firstContext = first;
  mostRows = rows;
  room = 0;
  clear(CONTEXTS);
  clearRepeats();
  for (let i = 0; i < DICTIONARY_COUNT; i++) clear(dictionary(i));
}

/** Returns whether every column has room for a line of this length. The caller must then append the line. */
export function hasRoom(length: i32): bool {
  const most = length + 64;
  if (room < most) room = roomOf(COLUMN_COUNT);
  if (room < most || !hasRoomFor(CONTEXTS, most)) return false;
  for (let i = 0; i < DICTIONARY_COUNT; i++) if (!hasRoomFor(dictionary(i), most)) return false;
  room -= length + 4;
  return true;
}

/** Returns the number of the context whose key of `length` bytes is at KEY. A line that has room has room for its context. */
export function internContext(length: i32): i32 {
  v128.store(KEY + <usize>length, i8x16.splat(0));
  return intern(CONTEXTS, KEY, <usize>length);
}

/** Appends the text of `length` bytes at KEY to a dictionary column. */
export function putRepeatedKey(which: i32, length: i32): void {
  putKey(which, <usize>length);
}

export function contextCount(): i32 {
  return sizeOf(CONTEXTS);
}

// @ts-expect-error: decorator
@inline
function count(at: usize): void {
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Reads the lines of text[at, filled), numbered after `line`. Returns why it stopped. REPORT then has: where to go on, start and
 * end of the current line, the number of a new context; since the call: lines done, rows, failures, rows outside the
 * window, and the first and last time.
 */
export function run(at: i32, filled: i32, line: i32): i32 {
  memory.fill(LINES, 0, 16);
  store<f64>(FIRST_TIME, Infinity);
  store<f64>(LAST_TIME, -Infinity);
  while (true) {
    const end = feed(at, filled);
    store<i32>(NEXT, at);
    if (end < 0) return STOP_DONE;
    store<i32>(START, at);
    store<i32>(END, end);
    const stop = end > at && load<u8>(<usize>end + TEXT - 1) == CARRIAGE_RETURN ? end - 1 : end;
    if (end - at > longest || !read(at, stop)) return STOP_OTHER;
    const time = floatOf(FLOAT_TIME);
    let context = -1;
    let isNew = false;
    if (time >= from && time < to) {
      if (!hasRoom(end - at)) return STOP_NO_ROOM;
      const known = sizeOf(CONTEXTS);
      context = contextOf();
      isNew = context == known;
      appendRow(objectId, line + load<i32>(LINES) + 1, firstContext + context);
    } else {
      count(DROPPED);
    }
    count(LINES);
    count(ROWS);
    const status = integerOf(INTEGER_ELB_STATUS_CODE);
    if (status >= 500 || status == 460) count(FAILURES);
    if (time < load<f64>(FIRST_TIME)) store<f64>(FIRST_TIME, time);
    if (time > load<f64>(LAST_TIME)) store<f64>(LAST_TIME, time);
    at = end + 1;
    store<i32>(NEXT, at);
    if (isNew) {
      store<i32>(NUMBER, context);
      return STOP_NEW_CONTEXT;
    }
    if (context >= 0 && rowsOf(COLUMN_OBJECT_ID) >= mostRows) return STOP_FULL;
  }
}
