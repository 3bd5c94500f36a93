/** Splits SQL into tokens, so a name inside a text or a comment is never taken for a name. Pure. */

export type TokenKind = 'blank' | 'comment' | 'text' | 'name' | 'quoted' | 'number' | 'parameter' | 'sign';

export interface Token {
  kind: TokenKind;
  text: string;
}

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<blank>\s+)|(?<text>'(?:[^']|'')*'|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)|(?<quoted>"(?:[^"]|"")*")|(?<parameter>\$[A-Za-z_]\w*)|(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<sign>[\s\S])/y;

/** Returns the tokens of a statement. Their texts joined are the statement. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match; match = TOKEN.exec(sql)) {
    const kind = Object.keys(match.groups!).find((name) => match!.groups![name] !== undefined) as TokenKind;
    tokens.push({ kind, text: match[0] });
  }
  return tokens;
}

export const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

/** Returns the tokens without comments and blanks at the two ends. */
export function trimTokens(tokens: readonly Token[]): Token[] {
  const isSpace = ({ kind }: Token): boolean => kind === 'blank' || kind === 'comment';
  let start = 0;
  let end = tokens.length;
  while (start < end && isSpace(tokens[start]!)) start++;
  while (end > start && isSpace(tokens[end - 1]!)) end--;
  return tokens.slice(start, end);
}

/**
 * Splits text at the semicolons that end statements. `rest` is the text after the last semicolon: an unfinished statement
 * (a text, name or comment may be open), or empty if only blanks and comments follow.
 */
export function splitStatements(text: string): { statements: string[]; rest: string } {
  const statements: string[] = [];
  let current: Token[] = [];
  let begin = 0;
  let at = 0;
  const tokens = tokensOf(text);
  for (const [i, token] of tokens.entries()) {
    const opens = token.text === "'" || token.text === '"' || (token.text === '/' && tokens[i + 1]?.text === '*');
    if (token.kind === 'sign' && opens) return { statements, rest: text.slice(begin) };
    at += token.text.length;
    if (token.kind !== 'sign' || token.text !== ';') {
      current.push(token);
      continue;
    }
    const statement = textOf(trimTokens(current));
    if (statement !== '') statements.push(statement);
    current = [];
    begin = at;
  }
  return { statements, rest: textOf(trimTokens(current)) };
}
