/** Reads the typed values of a log field directly from its bytes. The caller checks for absent values with isAbsent. */
import { fromMillis, LAST_YEAR, SECOND } from '../time/time.ts';

const ZERO = 0x30;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;

/** Result for text that is not of the reader's type. */
export const INVALID = Number.NaN;

export function isAbsent(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && bytes[start] === DASH;
}

/** A non-negative integer of up to 15 digits, else INVALID. */
export function readInteger(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 15 || start === end) return INVALID;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return INVALID;
    value = value * 10 + digit;
  }
  return value;
}

/** True for `-1`, `-1.0`, `-1.000`, which ALB writes for a time that was not measured. */
export function isMinusOne(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== DASH || bytes[start + 1] !== ZERO + 1 || end < start + 2) return false;
  if (end === start + 2) return true;
  if (bytes[start + 2] !== DOT || end === start + 3) return false;
  for (let i = start + 3; i < end; i++) if (bytes[i] !== ZERO) return false;
  return true;
}

const POWERS = Array.from({ length: 16 }, (_, n) => 10 ** n);

/** Non-negative decimal seconds of up to 15 digits, exactly rounded, else INVALID. */
export function readSeconds(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let decimals = -1;
  let digits = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === DOT && decimals < 0) {
      decimals = 0;
      continue;
    }
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9 || ++digits > 15) return INVALID;
    value = value * 10 + digit;
    if (decimals >= 0) decimals++;
  }
  if (digits === 0 || decimals === 0) return INVALID;
  return decimals > 0 ? value / POWERS[decimals]! : value;
}

function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : INVALID;
}

let cachedDayMicros = 0;
let cachedYmd = -1;

/** Midnight UTC of a date in microseconds; INVALID for a date that does not exist. Keeps the last day, because logs repeat it. */
function midnight(year: number, month: number, day: number): number {
  const ymd = year * 10000 + month * 100 + day;
  if (ymd === cachedYmd) return cachedDayMicros;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || year < 1970 || year > LAST_YEAR) return INVALID;
  cachedYmd = ymd;
  cachedDayMicros = fromMillis(date.getTime());
  return cachedDayMicros;
}

/** `YYYY-MM-DDTHH:MM:SS[.f{1,6}]Z` as microseconds since the epoch, else INVALID. */
export function readTime(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 20 || length > 27 || bytes[end - 1] !== 0x5a) return INVALID;
  if (bytes[start + 4] !== DASH || bytes[start + 7] !== DASH || bytes[start + 10] !== 0x54) return INVALID;
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return INVALID;
  const hour = two(bytes, start + 11);
  const minute = two(bytes, start + 14);
  const second = two(bytes, start + 17);
  if (!(hour < 24 && minute < 60 && second < 60)) return INVALID;
  let micros = 0;
  if (length > 20) {
    if (bytes[start + 19] !== DOT || length === 21) return INVALID;
    for (let i = start + 20; i < end - 1; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) return INVALID;
      micros = micros * 10 + digit;
    }
    for (let i = length; i < 27; i++) micros *= 10;
  }
  const day = midnight(two(bytes, start) * 100 + two(bytes, start + 2), two(bytes, start + 5), two(bytes, start + 8));
  return day + ((hour * 60 + minute) * 60 + second) * SECOND + micros;
}

/** Returns the position of the port's colon: the last one, because IPv6 addresses are not bracketed. -1 without a colon. */
export function lastColon(bytes: Uint8Array, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (bytes[i] === COLON) return i;
  return -1;
}

const HEX = new Int8Array(256).fill(-1);
for (let i = 0; i < 10; i++) HEX[ZERO + i] = i;
for (let i = 0; i < 6; i++) HEX[0x61 + i] = 10 + i;

/** Writes `digits` lower-case hexadecimal digits as bytes to `out` at `at`; false where a character is no digit. */
export function readHex(bytes: Uint8Array, start: number, digits: number, out: Uint8Array, at: number): boolean {
  for (let i = 0; i < digits; i += 2) {
    const high = HEX[bytes[start + i]!]!;
    const low = HEX[bytes[start + i + 1]!]!;
    if ((high | low) < 0) return false;
    out[at + (i >> 1)] = (high << 4) | low;
  }
  return true;
}
