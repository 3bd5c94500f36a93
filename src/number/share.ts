/** Shares as people read them. Pure. */

/**
 * Formats `part` of `whole` in percent with two digits: `3.0%`, `42%`, `0.0021%`, `99.9979%`. Only nothing is `0%` and only all is
 * `100%`, however close others come.
 */
export function share(part: number, whole: number): string {
  if (part <= 0 || whole <= 0) return '0%';
  if (part >= whole) return '100%';
  const percent = (100 * part) / whole;
  const rest = (100 * (whole - part)) / whole;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(Math.min(percent, rest))));
  return `${percent.toFixed(decimals)}%`;
}
