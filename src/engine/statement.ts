/**
 * Composes one statement for an engine that holds only files of ours. The tables and views that a question needs become a
 * chain of WITH clauses before it, macros are expanded, constant rows are read from an array, parameters become typed literals.
 * The rest of the question's own text does not change. Pure.
 */
import type { BoundValue } from '../query/parameter.ts';
import { type Token, textOf, tokensOf, trimTokens } from '../query/token.ts';
import { formatTime, type Micros } from '../time/time.ts';
import { unnestConstantRows } from './constant-row.ts';
import { expand, type Macro } from './macro.ts';

/** A view or table as a select, with the relations that it reads. */
export interface Relation {
  name: string;
  sql: string;
  needs: readonly string[];
}

const isWith = (token: Token | undefined): boolean => token?.kind === 'name' && token.text.toLowerCase() === 'with';

/**
 * Returns `sql` as one statement over `relations`, in their order, with only the relations that it needs directly or
 * indirectly. Throws an Error for a name in the question that hides a relation, and for a parameter without a value.
 */
export function composeStatement(
  sql: string,
  needs: readonly string[],
  relations: readonly Relation[],
  macros: ReadonlyMap<string, Macro>,
  parameters: Readonly<Record<string, BoundValue>> = {},
): string {
  const clauses = needed(needs, relations).map(
    ({ name, sql: text }) =>
      `${name} as (\n${textOf(unnestConstantRows(expand(trimTokens(tokensOf(text)), macros)))}\n)`,
  );
  const body = bind(unnestConstantRows(trimTokens(expand(tokensOf(sql), macros))), parameters);
  if (clauses.length === 0) return textOf(body);
  if (!isWith(body[0])) return `with ${clauses.join(',\n')}\n${textOf(body)}`;
  for (const [i, token] of body.entries()) {
    const own = token.kind === 'name' && /^\s*as\s*\($/i.test(textOf(body.slice(i + 1, i + 5)).slice(0, 5));
    if (own && clauses.some((clause) => clause.startsWith(`${token.text} as (`))) {
      throw new Error(`the question's own ${token.text} would hide the view of that name`);
    }
  }
  return `with ${clauses.join(',\n')},${textOf(body.slice(1))}`;
}

/** Returns the named relations and all relations that they read, in the order of `relations`. */
export function needed(names: readonly string[], relations: readonly Relation[]): Relation[] {
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const relation = relations.find((known) => known.name === name);
    if (!relation) throw new Error(`there is no table or view ${name}`);
    if (wanted.has(name)) return;
    wanted.add(name);
    relation.needs.forEach(want);
  };
  names.forEach(want);
  return relations.filter(({ name }) => wanted.has(name));
}

function bind(tokens: readonly Token[], parameters: Readonly<Record<string, BoundValue>>): Token[] {
  return tokens.map((token) => {
    if (token.kind !== 'parameter') return token;
    const value = parameters[token.text.slice(1)];
    if (!value) throw new Error(`parameter ${token.text} has no value`);
    return { kind: 'text', text: literal(value) };
  });
}

/** Returns a value as a literal. No text in the value can end the literal. */
export function literal(bound: BoundValue): string {
  if (bound.value === null) return 'null';
  switch (bound.type) {
    case 'text':
      return `'${bound.value.replaceAll("'", "''")}'`;
    case 'integer':
      return String(bound.value);
    case 'number':
      return `cast('${bound.value}' as double)`;
    case 'boolean':
      return String(bound.value);
    case 'timestamp':
      return `timestamp '${timestampText(bound.value)}'`;
  }
}

/** Formats microseconds since the epoch as `2026-11-03 10:00:00.123456`. */
export function timestampText(time: Micros): string {
  return formatTime(time).slice(0, -1).replace('T', ' ');
}
