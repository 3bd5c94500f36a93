/**
 * Rewrites joins with constant rows for Trino, which plans each `(values ...)` as a stage of its own and refuses more than 150 stages.
 * The same rows out of an array are no stage. Pure.
 */
import type { Token } from '../query/token.ts';

const isSpace = ({ kind }: Token): boolean => kind === 'blank' || kind === 'comment';
const sign = (text: string): Token => ({ kind: 'sign', text });
const name = (text: string): Token => ({ kind: 'name', text });

/** Returns the tokens with `cross join (values (a), (b))` as `cross join unnest(array[row(a), row(b)])`. */
export function unnestConstantRows(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  let words: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const values =
      token.text === '(' && words.at(-2) === 'cross' && words.at(-1) === 'join' ? valuesFrom(tokens, i) : null;
    if (values) {
      out.push(name('unnest'), sign('('), name('array'), sign('['), ...values.rows, sign(']'), sign(')'));
      i = values.end;
      words = [];
      continue;
    }
    if (!isSpace(token)) words = [...words.slice(-1), token.text.toLowerCase()];
    out.push(token);
  }
  return out;
}

/** Returns the rows of `(values ...)` that opens at `open`, and the position where it closes; null if it is something else. */
function valuesFrom(tokens: readonly Token[], open: number): { rows: Token[]; end: number } | null {
  let at = open + 1;
  while (at < tokens.length && isSpace(tokens[at]!)) at++;
  if (tokens[at]?.text.toLowerCase() !== 'values') return null;
  const rows: Token[] = [];
  let depth = 1;
  for (at++; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (isSpace(token) && rows.length === 0) continue;
    if (token.text === ')' && --depth === 0) return { rows, end: at };
    if (token.text === '(' && depth++ === 1) rows.push(name('row'));
    rows.push(token);
  }
  return null;
}
