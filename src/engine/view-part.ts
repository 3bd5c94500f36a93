/**
 * Cuts a large view into parts that have tables of their own: Trino plans a clause again for each use, and a plan of more than fifty
 * stages is one that a stock engine warns of. A part is one clause of the view. Pure.
 */
import { type Token, textOf, tokensOf } from '../query/token.ts';
import type { ViewFile } from '../store/evidence-view.ts';

/** Clauses that are read more than once, by view, in the order in which they stand there. */
const CUTS: Readonly<Record<string, readonly string[]>> = {
  life_fact: ['attached_fact'],
  target_observation: ['stated', 'in_group'],
  pod_address: ['life'],
  backend: ['behind'],
};

/** One select, and the relations that it reads. */
export type ViewPart = Pick<ViewFile, 'name' | 'sql' | 'needs'>;

/** Returns the parts of a view, each after those that it reads, and then the view itself; of most views that one alone. */
export function viewParts({ name, sql, needs }: Pick<ViewFile, 'name' | 'sql' | 'needs'>): ViewPart[] {
  const parts: ViewPart[] = [];
  let tokens = tokensOf(sql);
  for (const clause of CUTS[name] ?? []) {
    const { open, close } = bodyOf(tokens, clause, name);
    const part = `${name}_${clause}`;
    const needed = [...needs, ...parts.map((one) => one.name)];
    parts.push({ name: part, sql: `${textOf(tokens.slice(0, close + 1))}\nselect * from ${clause}`, needs: needed });
    tokens = [...tokens.slice(0, open + 1), ...tokensOf(`select * from ${part}`), ...tokens.slice(close)];
  }
  return [...parts, { name, sql: textOf(tokens), needs: [...needs, ...parts.map((one) => one.name)] }];
}

/** Returns where the parentheses of a clause of the outermost WITH open and close. */
function bodyOf(tokens: readonly Token[], clause: string, view: string): { open: number; close: number } {
  let depth = 0;
  let open = -1;
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'sign') continue;
    if (token.text === '(' && depth++ === 0 && isBegin(tokens, i, clause)) open = i;
    if (token.text === ')' && --depth === 0 && open >= 0) return { open, close: i };
  }
  throw new Error(`${view} has no clause ${clause}`);
}

/** Whether the parenthesis at `open` begins `clause as (`. */
function isBegin(tokens: readonly Token[], open: number, clause: string): boolean {
  const words = tokens.slice(0, open).filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  return words.at(-1)?.text.toLowerCase() === 'as' && words.at(-2)?.text === clause;
}
