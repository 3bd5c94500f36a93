/**
 * The loop of `load` over the lines of a text: reads each line, counts or appends it, and stops for work that the kernel does not
 * do. AssemblyScript, compiled to WebAssembly by kernel/build.ts into src/alb/kernel-code.ts. src/alb/kernel.ts calls it.
 */
import { roomOf, rowsOf } from './column.ts';
import { clear, flagOf, hasRoomFor, intern, keyOf, lengthOf, setFlag, sizeOf } from './intern.ts';
import { feed, floatOf, integerOf, read } from './line.ts';
import {
  COLUMN_COUNT,
  COLUMN_OBJECT_ID,
  CONTEXTS,
  COUNTERS,
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
  STOP_NEW_SUM,
  STOP_NO_ROOM,
  STOP_NO_SUM,
  STOP_OTHER,
  SUMS,
  TEXT,
} from './layout.ts';
import { appendRow, contextOf, dictionary, putKey } from './row.ts';
import { addTo, sumOf } from './tally.ts';

export { feed, read };

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
/** Flag of a sum whose rows are wanted, set by JavaScript; 1 means that they are not. */
const WANTED = 2;

let objectId = 0;
let from: f64 = 0;
let to: f64 = 0;
let counts = false;
let mostRows = 0;
let longest = 0;
let firstContext = 0;
/** Every column has at least this much room left. */
let room = 0;

/** Sets the object, the wanted times [minTime, maxTime), and whether lines are counted too, for all following lines. */
export function begin(object: i32, minTime: f64, maxTime: f64, isCounted: bool, longestLine: i32): void {
  objectId = object;
  from = minTime;
  to = maxTime;
  counts = isCounted;
  longest = longestLine;
}

/** Declares the columns empty. Contexts are numbered from `first` on; `rows` is the row limit. */
export function clearRows(first: i32, rows: i32): void {
  firstContext = first;
  mostRows = rows;
  room = 0;
  clear(CONTEXTS);
  for (let i = 0; i < DICTIONARY_COUNT; i++) clear(dictionary(i));
}

export function clearSums(): void {
  memory.fill(COUNTERS, 0, <usize>sizeOf(SUMS) * 24);
  clear(SUMS);
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

export function sumCount(): i32 {
  return sizeOf(SUMS);
}

export function sumKey(number: i32): i32 {
  return <i32>keyOf(SUMS, number);
}

export function sumLength(number: i32): i32 {
  return lengthOf(SUMS, number);
}

export function setWanted(number: i32, isWanted: bool): void {
  setFlag(SUMS, number, isWanted ? WANTED : 1);
}

// @ts-expect-error: decorator
@inline
function count(at: usize): void {
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Reads the lines of text[at, filled), numbered after `line`. Returns why it stopped. REPORT then has: where to go on, start and
 * end of the current line, the number of a new context or sum; since the call: lines done, rows, failures, rows outside the
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
      let sum = 0;
      if (counts) {
        sum = sumOf();
        if (sum < 0) return STOP_NO_SUM;
        if (flagOf(SUMS, sum) == 0) {
          store<i32>(NUMBER, sum);
          return STOP_NEW_SUM;
        }
      }
      if (!counts || flagOf(SUMS, sum) == WANTED) {
        if (!hasRoom(end - at)) return STOP_NO_ROOM;
        const known = sizeOf(CONTEXTS);
        context = contextOf();
        isNew = context == known;
        appendRow(objectId, line + load<i32>(LINES) + 1, firstContext + context);
      }
      if (counts) addTo(sum);
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
