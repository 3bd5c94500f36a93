/** Numbers as people read them, with a noun that agrees. Pure. */

/** Nouns with one form. */
const UNCHANGED = /\bseries$/;

/** Returns the noun in the form for `n`. The last word takes the ending: `day folder`, `day folders`. */
function nounFor(n: number, singular: string): string {
  if (n === 1 || UNCHANGED.test(singular)) return singular;
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** Formats as `1,234`. */
export const grouped = (n: number): string => n.toLocaleString('en-US');

/** Formats as `1 request`, `1234 requests`. */
export const count = (n: number, singular: string): string => `${n} ${nounFor(n, singular)}`;

/** Formats as `1 object`, `1,234 objects`. */
export const groupedCount = (n: number, singular: string): string => `${grouped(n)} ${nounFor(n, singular)}`;
