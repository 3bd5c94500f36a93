/** Computes the cost of a statement: Athena bills the bytes that it reads from S3. Pure. */

/** Dollars for each terabyte (10^12 bytes) read, in most regions in 2026. For other prices: --price. */
export const PRICE_PER_TERABYTE = 5;
/** Athena bills at least this much for each statement, and whole megabytes. */
const LEAST_BYTES = 10_000_000;

const MEGABYTE = 1_000_000;

/** Returns the dollars for `bytes` read by one statement. A result of an earlier run costs nothing. */
export function costOf(bytes: number, price = PRICE_PER_TERABYTE): number {
  return (Math.max(LEAST_BYTES, Math.ceil(bytes / MEGABYTE) * MEGABYTE) / 1e12) * price;
}

/** Formats dollars for people: `$0.00005`, `$0.42`, `$12.30`. */
export function dollars(amount: number): string {
  return `$${amount >= 0.1 ? amount.toFixed(2) : Number(amount.toPrecision(2)).toString()}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Formats bytes for people, in powers of ten as AWS bills them. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** Parses `500MB` or `1.5 TB`; null for other text. */
export function parseBytes(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgtp]?b)$/i.exec(text) ?? [];
  if (number === undefined) return null;
  const power = UNITS.findIndex((one) => one.toLowerCase() === unit.toLowerCase());
  const bytes = Number(number) * 1000 ** power;
  return bytes;
}
