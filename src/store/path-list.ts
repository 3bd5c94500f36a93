/** Formats paths for DuckDB. */

/** Returns a pattern that matches only this path: special characters become classes of one character. */
export const patternOf = (path: string): string => path.replace(/[*?[]/g, '[$&]');

/** Returns a list of patterns, one for each file, for read_parquet and similar functions. */
export const listOfFiles = (paths: readonly string[]): string =>
  `[${paths.map((path) => `'${patternOf(path).replaceAll("'", "''")}'`).join(', ')}]`;
