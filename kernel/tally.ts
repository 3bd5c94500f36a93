/** Counts the last line by minute, balancer, target group, target and both statuses. */
import { ABSENT, endOf, floatOf, integerOf, startOf } from './line.ts';
import {
  COUNTERS,
  FIELD_ELB,
  FIELD_TARGET_GROUP_ARN,
  FIELD_TARGET_PORT,
  FLOAT_RECEIVED_BYTES,
  FLOAT_SENT_BYTES,
  FLOAT_TIME,
  INTEGER_ELB_STATUS_CODE,
  INTEGER_TARGET_STATUS_CODE,
  KEY,
  SUMS,
} from './layout.ts';
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
  store<i64>(KEY, <i64>floatOf(FLOAT_TIME) / 60000000);
  store<i16>(KEY, <i16>integerOf(INTEGER_ELB_STATUS_CODE), 8);
  store<i16>(KEY, <i16>integerOf(INTEGER_TARGET_STATUS_CODE), 10);
  let end = addText(KEY + FIXED, FIELD_ELB);
  end = addText(end, FIELD_TARGET_GROUP_ARN);
  end = addText(end, FIELD_TARGET_PORT);
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
  if (floatOf(FLOAT_RECEIVED_BYTES) != ABSENT) add(at + 8, floatOf(FLOAT_RECEIVED_BYTES));
  if (floatOf(FLOAT_SENT_BYTES) != ABSENT) add(at + 16, floatOf(FLOAT_SENT_BYTES));
}
