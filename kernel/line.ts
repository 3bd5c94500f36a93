/**
 * Reads plain log lines with the processor's wide instructions.
 *
 * Reads only the lines that make up nearly all of a log: ASCII without NUL, 18 to 34 fields, no backslash before a quote, times
 * with six decimals. It reports any other line, and src/alb/record.ts decides: no line is rejected here.
 */

import {
  ENDS,
  FIELD_CLIENT_PORT,
  FIELD_ELB_STATUS_CODE,
  FIELD_MATCHED_RULE_PRIORITY,
  FIELD_RECEIVED_BYTES,
  FIELD_REQUEST_CREATION_TIME,
  FIELD_REQUEST_PROCESSING_TIME,
  FIELD_TARGET_PORT,
  FIELD_TIME,
  FIELDS,
  FLOAT_RECEIVED_BYTES,
  FLOAT_REQUEST_CREATION_TIME,
  FLOAT_SECONDS,
  FLOAT_TIME,
  FLOATS,
  INTEGER_CLIENT_END,
  INTEGER_ELB_STATUS_CODE,
  INTEGER_FIELD_COUNT,
  INTEGER_MATCHED_RULE_PRIORITY,
  INTEGER_TARGET_END,
  INTEGERS,
  MIN_FIELDS,
  STARTS,
  TEXT,
} from './layout.ts';

export const ABSENT: i32 = -2;
const SPACE: u8 = 0x20;
const QUOTE: u8 = 0x22;
const DASH: u8 = 0x2d;
const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const OPEN_BRACKET: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;

const POWERS: StaticArray<f64> = [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/** The last minute, as its 16 characters and its microseconds: neighbours in a log share it. */
let minuteHigh: u64 = 0;
let minuteLow: u64 = 0;
let minuteMicros: i64 = 0;

// @ts-expect-error: decorator
@inline
export function startOf(field: i32): usize {
  return load<i32>(STARTS + (<usize>field << 2)) + TEXT;
}

// @ts-expect-error: decorator
@inline
export function endOf(field: i32): usize {
  return load<i32>(ENDS + (<usize>field << 2)) + TEXT;
}

// @ts-expect-error: decorator
@inline
function putFloat(slot: usize, value: f64): void {
  store<f64>(FLOATS + (slot << 3), value);
}

// @ts-expect-error: decorator
@inline
function putInteger(slot: usize, value: i32): void {
  store<i32>(INTEGERS + (slot << 2), value);
}

// @ts-expect-error: decorator
@inline
export function floatOf(slot: usize): f64 {
  return load<f64>(FLOATS + (slot << 3));
}

// @ts-expect-error: decorator
@inline
export function integerOf(slot: usize): i32 {
  return load<i32>(INTEGERS + (slot << 2));
}

/** Whether the field is present and is not `-`. */
// @ts-expect-error: decorator
@inline
export function isSaid(field: i32): bool {
  if (field >= integerOf(INTEGER_FIELD_COUNT)) return false;
  const from = startOf(field);
  return endOf(field) - from != 1 || load<u8>(from) != DASH;
}

/** Returns a non-negative integer of up to 15 digits, else -1. */
function integer(from: usize, to: usize): i64 {
  if (to - from > 15 || from == to) return -1;
  let value: i64 = 0;
  for (; from < to; from++) {
    const digit: u32 = <u32>load<u8>(from) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Returns non-negative seconds with decimals, -2 for absent, else -1. */
function seconds(from: usize, to: usize): f64 {
  if (load<u8>(from) == DASH) {
    if (to - from == 1 || (to - from == 2 && load<u8>(from + 1) == 0x31)) return ABSENT;
    return -1;
  }
  let value: i64 = 0;
  let decimals = -1;
  let digits = 0;
  for (; from < to; from++) {
    const byte = load<u8>(from);
    if (byte == DOT && decimals < 0) {
      decimals = 0;
      continue;
    }
    const digit: u32 = <u32>byte - 0x30;
    if (digit > 9 || ++digits > 15) return -1;
    value = value * 10 + digit;
    if (decimals >= 0) decimals++;
  }
  if (digits == 0 || decimals == 0) return -1;
  return decimals > 0 ? <f64>value / unchecked(POWERS[decimals]) : <f64>value;
}

function two(at: usize): i32 {
  const tens: u32 = <u32>load<u8>(at) - 0x30;
  const ones: u32 = <u32>load<u8>(at + 1) - 0x30;
  return tens > 9 || ones > 9 ? -10000 : <i32>(tens * 10 + ones);
}

/** Returns the microseconds of `YYYY-MM-DDTHH:MM`, else -1. */
function minute(at: usize): i64 {
  if (load<u8>(at + 4) != DASH || load<u8>(at + 7) != DASH || load<u8>(at + 10) != 0x54) return -1;
  if (load<u8>(at + 13) != COLON) return -1;
  const year = two(at) * 100 + two(at + 2);
  const month = two(at + 5);
  const day = two(at + 8);
  const hour = two(at + 11);
  const min = two(at + 14);
  if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return -1;
  if (min < 0 || min > 59) return -1;
  const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const long = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  if (day > long) return -1;
  // Days since 1970: years begin in March here, so the leap day is the last day of its year.
  const y = month <= 2 ? year - 1 : year;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const days = era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
  return (<i64>days * 1440 + hour * 60 + min) * 60000000;
}

/** Returns the microseconds of `YYYY-MM-DDTHH:MM:SS.ffffffZ`, else -1. */
function time(from: usize, to: usize): i64 {
  if (to - from != 27) return -1;
  const high = load<u64>(from);
  const low = load<u64>(from + 8);
  if (high != minuteHigh || low != minuteLow) {
    const micros = minute(from);
    if (micros < 0) return -1;
    minuteHigh = high;
    minuteLow = low;
    minuteMicros = micros;
  }
  if (load<u8>(from + 16) != COLON || load<u8>(from + 19) != DOT || load<u8>(from + 26) != 0x5a) return -1;
  const second = two(from + 17);
  const fraction = two(from + 20) * 10000 + two(from + 22) * 100 + two(from + 24);
  if (second < 0 || second > 59 || fraction < 0 || fraction > 999999) return -1;
  // Non-digit characters can still yield a positive value, so check each pair.
  if (two(from + 20) < 0 || two(from + 22) < 0 || two(from + 24) < 0) return -1;
  return minuteMicros + <i64>second * 1000000 + fraction;
}

/** Returns the position of the port's colon, 0 if it is not among the last six characters. */
function colon(from: usize, to: usize): usize {
  for (let i = 1; i <= 6 && to - i > from; i++) if (load<u8>(to - i) == COLON) return to - i;
  return 0;
}

function endpoint(field: i32, slot: usize): bool {
  const from = startOf(field);
  const to = endOf(field);
  if (to - from == 1 && load<u8>(from) == DASH) {
    putInteger(slot, 0);
    putInteger(slot + 1, ABSENT);
    return true;
  }
  // record.ts removes brackets round an IPv6 address.
  if (load<u8>(from) == OPEN_BRACKET) return false;
  const at = colon(from, to);
  if (at == 0) return false;
  const port = integer(at + 1, to);
  if (port < 0 || port > 65535) return false;
  putInteger(slot, <i32>(at - TEXT));
  putInteger(slot + 1, <i32>port);
  return true;
}

/** Returns an integer field, or absent; -1 for any other text. */
function number(field: i32): i64 {
  const from = startOf(field);
  const to = endOf(field);
  return to - from == 1 && load<u8>(from) == DASH ? ABSENT : integer(from, to);
}

/** Finds the fields and returns their number, 0 for a line that is not plain. */
function split(from: usize, to: usize): i32 {
  const spaces = i8x16.splat(SPACE);
  const quotes = i8x16.splat(QUOTE);
  const zeros = i8x16.splat(0);
  let seen = zeros;
  let nul = zeros;
  let at = from;
  let count = 0;
  while (at < to && count < FIELDS) {
    const quoted = load<u8>(at) == QUOTE;
    const wanted = quoted ? quotes : spaces;
    if (quoted) at++;
    const first = at;
    for (;;) {
      const block = v128.load(at);
      seen = v128.or(seen, block);
      nul = v128.or(nul, i8x16.eq(block, zeros));
      const found = i8x16.bitmask(i8x16.eq(block, wanted));
      if (found != 0) {
        at += ctz(found);
        break;
      }
      at += 16;
      if (at >= to) break;
    }
    if (at >= to) {
      if (quoted) return 0;
      at = to;
    }
    store<i32>(STARTS + (<usize>count << 2), <i32>(first - TEXT));
    store<i32>(ENDS + (<usize>count << 2), <i32>(at - TEXT));
    count++;
    if (quoted) {
      if (load<u8>(at - 1) == BACKSLASH) return 0;
      at++;
      if (at < to && load<u8>(at) != SPACE) return 0;
    }
    at++;
  }
  // Bytes of a block beyond the line count too. Then the line takes the slower way, which gives the same result.
  return at < to || i8x16.bitmask(v128.or(seen, nul)) != 0 ? 0 : count;
}

/** Returns the position of the next line feed in text[start, end), -1 without one. */
export function feed(start: i32, end: i32): i32 {
  const feeds = i8x16.splat(0x0a);
  for (let at = start; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at + TEXT), feeds));
    if (found != 0) {
      const feed = at + ctz(found);
      return feed < end ? feed : -1;
    }
  }
  return -1;
}

/** Reads the line text[start, end) and returns 1, or 0 if the line is not plain. */
export function read(start: i32, end: i32): i32 {
  const count = split(start + TEXT, end + TEXT);
  if (count < MIN_FIELDS) return 0;
  const at = time(startOf(FIELD_TIME), endOf(FIELD_TIME));
  if (at < 0 || !endpoint(FIELD_CLIENT_PORT, INTEGER_CLIENT_END)) return 0;
  if (!endpoint(FIELD_TARGET_PORT, INTEGER_TARGET_END)) return 0;
  putFloat(FLOAT_TIME, <f64>at);
  // The three times, the two statuses and the two sizes are neighbours in the line.
  for (let i = 0; i < 3; i++) {
    const field = FIELD_REQUEST_PROCESSING_TIME + i;
    const value = seconds(startOf(field), endOf(field));
    if (value == -1) return 0;
    putFloat(FLOAT_SECONDS + i, value);
  }
  for (let i = 0; i < 2; i++) {
    const status = number(FIELD_ELB_STATUS_CODE + i);
    if (status == -1 || status > 999) return 0;
    putInteger(INTEGER_ELB_STATUS_CODE + i, <i32>status);
    const size = number(FIELD_RECEIVED_BYTES + i);
    if (size == -1) return 0;
    putFloat(FLOAT_RECEIVED_BYTES + i, <f64>size);
  }
  const priority: i64 = count > FIELD_MATCHED_RULE_PRIORITY ? number(FIELD_MATCHED_RULE_PRIORITY) : ABSENT;
  if (priority == -1 || priority > 2147483647) return 0;
  putInteger(INTEGER_MATCHED_RULE_PRIORITY, <i32>priority);
  let creation: i64 = ABSENT;
  const from = count > FIELD_REQUEST_CREATION_TIME ? startOf(FIELD_REQUEST_CREATION_TIME) : 0;
  if (from != 0 && !(endOf(FIELD_REQUEST_CREATION_TIME) - from == 1 && load<u8>(from) == DASH)) {
    creation = time(from, endOf(FIELD_REQUEST_CREATION_TIME));
    if (creation < 0) return 0;
  }
  putFloat(FLOAT_REQUEST_CREATION_TIME, <f64>creation);
  putInteger(INTEGER_FIELD_COUNT, count);
  return 1;
}
