/** Looks up words that come from a database, which may hold any text. Pure. */

/** Returns the entry of `word`, undefined without one. Names that every object inherits, such as `constructor`, are no entries. */
export function lookup<T>(table: Readonly<Record<string, T>>, word: string | null): T | undefined {
  return word !== null && Object.hasOwn(table, word) ? table[word] : undefined;
}
