/** Paths as DuckDB takes them. */

/** Returns a pattern that only this path fits: what is special in a pattern is made a class of itself. */
export const patternOf = (path: string): string => path.replace(/[*?[]/g, '[$&]');

/** Returns a list of patterns, each for one of these files, for read_parquet and the like. */
export const listOfFiles = (paths: readonly string[]): string =>
  `[${paths.map((path) => `'${patternOf(path).replaceAll("'", "''")}'`).join(', ')}]`;
