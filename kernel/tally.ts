/** Counts the last line by minute, balancer, target group, target and both statuses. */
import { ABSENT, endOf, floatOf, integerOf, startOf } from './line.ts';
import { COUNTERS, KEY, SUMS } from './memory.ts';
import { copy } from './column.ts';
import { intern } from './intern.ts';

/** Minute (64 bits), statuses (16 bits each, as logged), then three texts, each after its length (32 bits). */
const FIXED: usize = 12;

// @ts-expect-error: decorator
@inline
function addText(at: usize, field: i32): usize {
  const from = startOf(field);
  const length = endOf(field) - from;
  store<u32>(at, <u32>length);
  copy(from, length, at + 4);
  return at + 4 + length;
}

/** Returns the number of the line's sum in SUMS; -1 without room for a new one. */
export function sumOf(): i32 {
  store<i64>(KEY, <i64>floatOf(0) / 60000000);
  store<i16>(KEY, <i16>integerOf(5), 8);
  store<i16>(KEY, <i16>integerOf(6), 10);
  let end = addText(KEY + FIXED, 2);
  end = addText(end, 16);
  end = addText(end, 4);
  v128.store(end, i8x16.splat(0));
  return intern(SUMS, KEY, end - KEY);
}

// @ts-expect-error: decorator
@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

export function addTo(sum: i32): void {
  const at = COUNTERS + <usize>sum * 24;
  add(at, 1);
  if (floatOf(5) != ABSENT) add(at + 8, floatOf(5));
  if (floatOf(6) != ABSENT) add(at + 16, floatOf(6));
}
