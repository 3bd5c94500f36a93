/**
 * Expands macros for an engine without them. DuckDB expands the macros of its prelude itself. Athena has neither macros nor
 * user-defined SQL functions, so this file expands definitions of the same form, on tokens. Pure.
 */
import { type Token, textOf, tokensOf, trimTokens } from '../query/token.ts';

export interface Macro {
  name: string;
  parameters: string[];
  body: Token[];
}

const DEFINITION = /^create or replace macro (\w+)\(([^)]*)\) as\s+([\s\S]+)$/;

/** Returns the macros of a prelude, earlier macros already expanded in each body. Throws an Error for any other statement. */
export function readMacros(prelude: string): Map<string, Macro> {
  const macros = new Map<string, Macro>();
  let statement: Token[] = [];
  for (const token of tokensOf(prelude)) {
    if (token.kind === 'comment') continue;
    if (token.text !== ';') {
      statement.push(token);
      continue;
    }
    const text = textOf(trimTokens(statement));
    const [, name, parameters, body] = DEFINITION.exec(text) ?? [];
    if (!name || !body) throw new Error(`prelude is not understood: ${text.slice(0, 80)}`);
    macros.set(name, {
      name,
      parameters: parameters!.split(',').map((word) => word.trim()),
      body: expand(tokensOf(body), macros),
    });
    statement = [];
  }
  if (trimTokens(statement).length > 0) throw new Error('prelude does not end in a semicolon');
  return macros;
}

/** Returns the tokens with every call of a macro replaced by its body, arguments in parentheses. */
export function expand(tokens: readonly Token[], macros: ReadonlyMap<string, Macro>): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const macro = token.kind === 'name' ? macros.get(token.text.toLowerCase()) : undefined;
    if (!macro || tokens[i + 1]?.text !== '(') {
      out.push(token);
      continue;
    }
    const { parts, end } = argumentsFrom(tokens, i + 1);
    if (parts.length !== macro.parameters.length) {
      throw new Error(`${macro.name} takes ${macro.parameters.length} arguments, not ${parts.length}`);
    }
    const given = new Map(
      macro.parameters.map((name, at) => [name, enclosed(trimTokens(expand(parts[at]!, macros)))] as const),
    );
    out.push(...enclosed(macro.body.flatMap((one) => (one.kind === 'name' && given.get(one.text)) || [one])));
    i = end;
  }
  return out;
}

function enclosed(tokens: readonly Token[]): Token[] {
  if (tokens.length === 1) return [...tokens];
  return [{ kind: 'sign', text: '(' }, ...tokens, { kind: 'sign', text: ')' }];
}

/** Returns the arguments of a call whose parenthesis opens at `open`, and the position where it closes. */
function argumentsFrom(tokens: readonly Token[], open: number): { parts: Token[][]; end: number } {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === 'sign' && '([{'.includes(token.text) && depth++ === 0) continue;
    if (token.kind === 'sign' && ')]}'.includes(token.text) && --depth === 0) return { parts, end: i };
    if (token.text === ',' && depth === 1) parts.push([]);
    else if (token.kind !== 'comment') parts.at(-1)!.push(token);
  }
  throw new Error('a parenthesis is not closed');
}
