/** Completes a half-typed word in the shell. Pure. */

/** Candidates for completion. */
export interface Words {
  /** Tables, views, columns, macros and SQL words. */
  sql: readonly string[];
  tables: readonly string[];
  queries: readonly string[];
  formats: readonly string[];
  commands: readonly string[];
}

const SQL_WORDS =
  'select from where group by order having limit join left on with as and or not null is in like between case when then else end distinct count sum min max avg union all asc desc interval timestamp describe summarize explain'.split(
    ' ',
  );

/** Returns the completions of the last word of `line`, and that word, as readline expects them. */
export function complete(line: string, words: Words): [hits: string[], part: string] {
  const command = /^\s*(\.\w+)\s+/.exec(line)?.[1];
  const part = /[\w.-]*$/.exec(line)![0];
  if (/^\s*\.\w*$/.test(line)) return [matching(words.commands, part), part];
  if (command === '.run') return [matching(words.queries, part), part];
  if (command === '.schema') return [matching(words.tables, part), part];
  if (command === '.format' || command === '.mode') return [matching(words.formats, part), part];
  if (command) return [[], part];
  // `v.ca`: the text before the dot is an alias.
  const word = part.slice(part.lastIndexOf('.') + 1);
  return [word === '' ? [] : matching([...words.sql, ...SQL_WORDS], word), word];
}

function matching(known: readonly string[], part: string): string[] {
  const low = part.toLowerCase();
  return [...new Set(known.filter((word) => word.toLowerCase().startsWith(low)))].sort();
}
